"""Network architectures, as torch modules."""
