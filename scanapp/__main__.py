"""``python -m scanapp``."""

from scanapp.cli.main import main

main()
