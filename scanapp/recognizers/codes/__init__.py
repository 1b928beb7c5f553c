"""Reading machine-readable codes: zxing-cpp, the rescues around it, and the agreement that doubtful reads need."""
