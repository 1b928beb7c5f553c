"""Lines found by reading: strips across the whole card, where the layout network has shown no number.

The reader itself says whether a strip holds digits: it has learnt lines of nothing, too. Strips that hold some are
cut to where the digits are and read again as any line is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.warp import cut

COARSE, FINE = (12.5,), (9.0, 12.5, 17.0)
"""Heights of digits to look for, sheet pixels: most cards' alone, or all from 2.7 to 5 mm."""
STEP = 0.28
"""From strip to strip, in heights: the reader bears a line that is off by half of it."""
EDGE = 0.02
"""Share of the card's width at both ends where no digits stand."""
FEWEST, LEAST_SURE = 3, 0.6
MOST = 6
STROKE = 40.0
"""Luma steps beyond which a stroke's edge counts no more: a logo's must not outweigh a line of embossed digits."""


def search(nets: CardNets, upright: Upright, heights: Sequence[float], most: int | None = None) -> list[LineRead]:
    """Lines with digits, from the top down.

    most  strips of each height that are read: those in which upright strokes stand closest; None: all
    """
    if most is None:
        strips = [strip for height in heights for strip in _strips(upright, height)]
    else:
        strokes = _strokes(upright)
        strips = [strip for height in heights for strip in _likeliest(upright, height, strokes, most)]
    read = [row for row in read_lines(nets, upright, strips, beam=False) if _holds_digits(row)]
    kept: list[LineRead] = []
    for row in sorted(read, key=_rank, reverse=True):
        if len(kept) < MOST and all(abs(row.box.y - other.box.y) > 0.6 * other.box.height for other in kept):
            kept.append(row)
    again = read_lines(nets, upright, [row.tightened() for row in kept])
    best = [max(pair, key=_rank) for pair in zip(kept, again, strict=True)]
    return sorted(best, key=lambda row: row.box.y)


def _strips(upright: Upright, height: float) -> list[FieldBox]:
    tall = upright.size[1]
    return [_strip(upright, float(y), height) for y in np.arange(0.75 * height, tall - 0.6 * height, STEP * height)]


def _strip(upright: Upright, y: float, height: float) -> FieldBox:
    wide = upright.size[0]
    return FieldBox("pan", wide / 2, y, wide * (1 - 2 * EDGE), height, 0.0, 0.5)


def _strokes(upright: Upright) -> NDArray[np.float32]:
    """(rows,) how much of upright strokes' edges each row of the upright sheet holds."""
    picture = cut(upright.frame, upright.to_frame, *upright.size)
    rim = round(EDGE * upright.size[0])
    edges = np.abs(cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 4))[:, rim:-rim]
    return np.asarray(np.minimum(edges, STROKE).mean(axis=1), np.float32)


def _likeliest(upright: Upright, height: float, strokes: NDArray[np.float32], most: int) -> list[FieldBox]:
    """Strips about the rows where a band of this height holds the most strokes, and its surroundings less."""
    band = np.convolve(strokes, np.ones(round(height)) / round(height), "same")
    reach = max(1, round(height / 2))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(band, reach, constant_values=0), 2 * reach + 1)
    rows = np.arange(len(band)) + 0.5
    inside = (rows > 0.75 * height) & (rows < upright.size[1] - 0.6 * height)
    tops = np.flatnonzero((band >= around.max(axis=1)) & inside)
    best = sorted(tops, key=lambda row: (-band[row], row))[:most]
    return [_strip(upright, float(rows[row]), height) for row in best]


def _holds_digits(row: LineRead) -> bool:
    return len(row.decoded.text) >= FEWEST and row.decoded.confidence >= LEAST_SURE


def _rank(row: LineRead) -> float:
    """How many digits, and how surely."""
    return min(len(row.decoded.text), 19) * row.decoded.confidence**2
