"""Reading order: rows from the top, left to right, and columns of running text one after the other.

Lines are put into the page's own axes (the mean reading direction), then cut recursively like the XY-cut of Nagy
and Seth (1984): a vertical gutter separates columns only when both sides look like running text, several lines that
fill their side. A table or a receipt, whose sides are ragged, is read row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad

COLUMN_LINES = 3
COLUMN_FILL = 0.6
COLUMN_WIDTH = 6.0
"""Columns have at least so many lines, whose median fills so much of their width, which is so many line heights."""


@dataclass(frozen=True, slots=True)
class _Box:
    index: int
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def reading_order(quads: Sequence[Quad]) -> list[int]:
    """Indices of ``quads`` (each clockwise from where its reading begins) in the order in which one reads them."""
    if not quads:
        return []
    return [box.index for box in _ordered(_in_page_axes(quads))]


def page_axes(quads: Sequence[Quad]) -> NDArray[np.float64]:
    """(2, 2) float64: the unit vector along the mean reading direction, and the one across it, to the next line."""
    directions = np.array([(quad[1] - quad[0]) + (quad[2] - quad[3]) for quad in quads], dtype=np.float64)
    x, y = directions.sum(axis=0)
    length = max(float(np.hypot(x, y)), 1e-9)
    return np.array([[x, y], [-y, x]]) / length


def _in_page_axes(quads: Sequence[Quad]) -> list[_Box]:
    axes = page_axes(quads)
    boxes = []
    for index, quad in enumerate(quads):
        x, y = axes @ quad.T.astype(np.float64)
        xs, ys = np.sort(x), np.sort(y)
        # Means of the outer pairs: a slanted line's bounding box would overlap its neighbours.
        boxes.append(_Box(index, *(float(v.mean()) for v in (xs[:2], ys[:2], xs[2:], ys[2:]))))
    return boxes


def _ordered(boxes: list[_Box]) -> list[_Box]:
    gutter = _gutter(boxes)
    if gutter is not None:
        left = [box for box in boxes if box.x1 <= gutter]
        right = [box for box in boxes if box.x1 > gutter]
        return _ordered(left) + _ordered(right)
    blocks = _blocks(boxes)
    if len(blocks) > 1:
        return [box for block in blocks for box in _ordered(block)]
    return [box for row in _rows(boxes) for box in row]


def _gutter(boxes: list[_Box]) -> float | None:
    """Where an empty vertical strip separates two columns of running text, if one does."""
    reach = -np.inf
    for box in sorted(boxes, key=lambda box: box.x0):
        if box.x0 > reach > -np.inf:
            sides = [b for b in boxes if b.x1 <= reach], [b for b in boxes if b.x1 > reach]
            if all(_is_column(side) for side in sides):
                return float(reach)
        reach = max(reach, box.x1)
    return None


def _is_column(boxes: list[_Box]) -> bool:
    if len(boxes) < COLUMN_LINES:
        return False
    width = max(box.x1 for box in boxes) - min(box.x0 for box in boxes)
    median = float(np.median([box.x1 - box.x0 for box in boxes]))
    return median >= COLUMN_FILL * width and width >= COLUMN_WIDTH * float(np.median([b.height for b in boxes]))


def _blocks(boxes: list[_Box]) -> list[list[_Box]]:
    """Parts separated by an empty horizontal strip of a line's height or more: a heading over two columns."""
    gap = float(np.median([box.height for box in boxes]))
    blocks: list[list[_Box]] = []
    reach = -np.inf
    for box in sorted(boxes, key=lambda box: box.y0):
        if not blocks or box.y0 > reach + gap:
            blocks.append([])
        blocks[-1].append(box)
        reach = max(reach, box.y1)
    return blocks


def _rows(boxes: list[_Box]) -> list[list[_Box]]:
    """Rows from the top; a box joins the row whose first box it overlaps by half of the lower one's height."""
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda box: (box.middle, box.x0)):
        for row in reversed(rows[-3:]):
            common = min(box.y1, row[0].y1) - max(box.y0, row[0].y0)
            if common > 0.5 * min(box.height, row[0].height):
                row.append(box)
                break
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: (box.x0, box.index)) for row in rows]
