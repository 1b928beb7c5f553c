"""scanapp: a streaming scan engine."""

__version__ = "0.1.0"
