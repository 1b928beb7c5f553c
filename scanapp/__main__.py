"""``python -m scanapp``."""

from scanapp.cli.main import console

console()
