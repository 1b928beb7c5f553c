"""Which made cards a script looks at."""

from __future__ import annotations

import argparse

from card_views.scene import SPLITS


def add_card_options(arguments: argparse.ArgumentParser, *, count: int) -> None:
    """``--split``, ``--level``, ``--count`` and ``--seed``."""
    arguments.add_argument("--split", choices=SPLITS, default="test")
    arguments.add_argument("--level", choices=("clean", "moderate", "severe"), default="moderate")
    arguments.add_argument("--count", type=int, default=count, metavar="N", help="cards")
    arguments.add_argument("--seed", type=int, default=0, metavar="N", help="other cards, other views")
