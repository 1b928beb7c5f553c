"""Reading machine-readable codes: zxing-cpp, the rescues around it, and the agreement that a doubtful read needs."""
