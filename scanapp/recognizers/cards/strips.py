"""Lines found by reading: strips across the whole card, where the layout network has shown no number.

The reader itself says whether a strip holds digits: it has learnt lines of nothing, too. Strips that hold some are
cut to where the digits are and read again as any line is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.sheet import Upright

COARSE, FINE = (12.5,), (9.0, 12.5, 17.0)
"""Heights of digits to look for, sheet pixels: most cards' alone, or all from 2.7 to 5 mm."""
STEP = 0.28
"""From strip to strip, in heights: the reader bears a line that is off by half of it."""
EDGE = 0.02
"""Share of the card's width at both ends where no digits stand."""
FEWEST, LEAST_SURE = 3, 0.6
MOST = 6


def search(nets: CardNets, upright: Upright, heights: Sequence[float]) -> list[LineRead]:
    """Lines with digits, from the top down."""
    strips = [strip for height in heights for strip in _strips(upright, height)]
    read = [row for row in read_lines(nets, upright, strips, beam=False) if _holds_digits(row)]
    kept: list[LineRead] = []
    for row in sorted(read, key=_rank, reverse=True):
        if len(kept) < MOST and all(abs(row.box.y - other.box.y) > 0.6 * other.box.height for other in kept):
            kept.append(row)
    again = read_lines(nets, upright, [row.tightened() for row in kept])
    best = [max(pair, key=_rank) for pair in zip(kept, again, strict=True)]
    return sorted(best, key=lambda row: row.box.y)


def _strips(upright: Upright, height: float) -> list[FieldBox]:
    wide, tall = upright.size
    middles = np.arange(0.75 * height, tall - 0.6 * height, STEP * height)
    return [FieldBox("pan", wide / 2, float(y), wide * (1 - 2 * EDGE), height, 0.0, 0.5) for y in middles]


def _holds_digits(row: LineRead) -> bool:
    return len(row.decoded.text) >= FEWEST and row.decoded.confidence >= LEAST_SURE


def _rank(row: LineRead) -> float:
    """How many digits, and how surely."""
    return min(len(row.decoded.text), 19) * row.decoded.confidence**2
