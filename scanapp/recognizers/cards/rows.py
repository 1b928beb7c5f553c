"""Pieces of a number put together: groups on one row, rows of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scanapp.recognizers.cards.fields import FieldBox

SAME_ROW = 0.5
"""Line heights by which the middles of two pieces of one row may differ."""
SAME_SIZE = 1.8
SAME_STACK = 2.5
"""Heights of rows of a stack may differ by this factor as they are measured, of pieces of a row by `SAME_SIZE`."""
WIDEST_GAP = 7.0
"""Line heights between two pieces of one row: a group of four that the network missed lies between them."""


def joined_rows(boxes: Sequence[FieldBox]) -> list[FieldBox]:
    """The boxes of one field with the pieces of each row joined, from the top down."""
    rows: list[list[FieldBox]] = []
    for box in sorted(boxes, key=lambda box: _place(box)[0]):
        home = next((row for row in rows if any(_continues(piece, box) for piece in row)), None)
        if home is None:
            rows.append([box])
        else:
            home.append(box)
    return sorted((_hull(row) for row in rows), key=lambda box: _place(box)[1])


def stacks(rows: Sequence[FieldBox], most: int = 5) -> list[tuple[int, int]]:
    """``(first, end)`` of runs of two to ``most`` rows that may be one number, one below the other."""
    runs = []
    for first in range(len(rows)):
        for end in range(first + 2, min(len(rows), first + most) + 1):
            if not _follows(rows[end - 2], rows[end - 1]):
                break
            runs.append((first, end))
    return runs


def _follows(above: FieldBox, below: FieldBox) -> bool:
    """Whether two rows can be neighbours in a stack: of one size, close, one below the other."""
    high, low = max(above.height, below.height), min(above.height, below.height)
    (ax, ay), (bx, by) = _place(above), _place(below)
    overlap = min(ax + above.length / 2, bx + below.length / 2) - max(ax - above.length / 2, bx - below.length / 2)
    return high < SAME_STACK * low and by - ay < 3.5 * high and overlap > 0.4 * min(above.length, below.length)


def _continues(left: FieldBox, right: FieldBox) -> bool:
    high, low = max(left.height, right.height), min(left.height, right.height)
    (lx, ly), (rx, ry) = _place(left), _place(right)
    gap = (rx - right.length / 2) - (lx + left.length / 2)
    return high < SAME_SIZE * low and abs(ly - ry) < SAME_ROW * high and gap < WIDEST_GAP * high


def _hull(row: Sequence[FieldBox]) -> FieldBox:
    if len(row) == 1:
        return row[0]
    places = np.array([_place(box) for box in row])
    lengths = np.array([box.length for box in row])
    left, right = (places[:, 0] - lengths / 2).min(), (places[:, 0] + lengths / 2).max()
    across = float(np.average(places[:, 1], weights=lengths))
    height = float(np.average([box.height for box in row], weights=lengths))
    score = float(np.average([box.score for box in row], weights=lengths))
    middle, (ux, uy) = float(left + right) / 2, row[0].along
    x, y = middle * ux - across * uy, middle * uy + across * ux
    return replace(row[0], x=x, y=y, length=float(right - left), height=height, score=score)


def _place(box: FieldBox) -> tuple[float, float]:
    """The middle's coordinates along and across the lines."""
    ux, uy = box.along
    return box.x * ux + box.y * uy, box.y * ux - box.x * uy
