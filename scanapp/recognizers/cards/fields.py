"""From the layout network's maps to boxes of lines on the upright sheet.

The network gives each cell's share that is covered by the *kernel* of a line: the line's box shrunk to half its
height, so that neighbouring lines stay apart. A kernel is half a cell to three cells high, so it is measured by
sums: what its columns hold, added up, is its height to a fraction of a cell, their centres of gravity are its
course, and the first and last columns' shares say where it ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad, Transform, as_quad, transform_quad

Floats = NDArray[np.float32]

FIELDS = ("pan", "expiry", "holder")
STRIDE = 4
"""Sheet pixels a cell of the maps."""
SHRUNK = 0.6
"""A kernel's height as a share of its line's: drawn at a half for training, and given back softer and so higher."""
LEVEL = 0.25
"""Cells covered this much belong to a kernel; at least half a cell of each column must."""
MIN_HEIGHT, MAX_HEIGHT = 4.0, 75.0
"""Of lines, sheet pixels (0.3 mm), or of all rows of a stack that run together."""
SHORTEST = 1.2
"""A line is at least this many times as long as high."""
MAX_TILT = np.tan(np.radians(12))
LONG = 8
"""Columns from which a kernel has a direction of its own."""


@dataclass(frozen=True, slots=True)
class FieldBox:
    """A line of characters on the upright sheet, in its pixels.

    x, y    of the middle; length along the line, height across; tilt in radians, positive turns clockwise
    score   how much of its cells the kernel covers where it covers most, 0 to 1
    """

    field: str
    x: float
    y: float
    length: float
    height: float
    tilt: float
    score: float

    @property
    def along(self) -> tuple[float, float]:
        """Unit vector of the reading direction."""
        return math.cos(self.tilt), math.sin(self.tilt)

    def corners(self) -> Quad:
        """(4, 2) float32, clockwise from where reading begins."""
        (ux, uy), half, high = self.along, self.length / 2, self.height / 2
        right, down = (ux * half, uy * half), (-uy * high, ux * high)
        return as_quad(
            [
                (self.x + across * right[0] + below * down[0], self.y + across * right[1] + below * down[1])
                for across, below in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
        )

    def quad(self, to_frame: Transform) -> Quad:
        """(4, 2) float32, frame pixels. GeometryError when a corner goes to infinity."""
        return transform_quad(to_frame, self.corners())


def turned(maps: Floats, turn: int) -> Floats:
    """``(3, h, w)`` maps after ``turn`` quarter turns clockwise."""
    return np.ascontiguousarray(np.rot90(maps, -turn, axes=(1, 2)))


def field_boxes(logits: Floats) -> list[FieldBox]:
    """The lines in ``(3, h, w)`` logits of the upright sheet, per field from the top down; all have one tilt."""
    shares = 1 / (1 + np.exp(-np.minimum(np.maximum(logits, -30), 30)))
    kernels = [kernel for name, plane in zip(FIELDS, shares, strict=True) for kernel in _kernels(name, plane)]
    slope = _common_slope(kernels)
    boxes = [box for kernel in kernels if (box := _box(kernel, slope)) is not None]
    return sorted(boxes, key=lambda box: (FIELDS.index(box.field), box.y, box.x))


@dataclass(frozen=True, slots=True)
class _Kernel:
    """Measures in cells. slope: of the course y(x), 0 for short kernels; columns: how many it was fitted to."""

    field: str
    left: float
    right: float
    y: float
    height: float
    slope: float
    columns: int
    score: float


def _kernels(name: str, share: Floats) -> Iterator[_Kernel]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((share > LEVEL).astype(np.uint8))
    for label, (x, y, w, h, _) in enumerate(stats[1:].tolist(), 1):
        # A rim of one cell: what a kernel covers of a cell may be less than the level.
        rows, columns = slice(max(0, y - 1), y + h + 1), slice(max(0, x - 1), x + w + 1)
        around = labels[rows, columns]
        mine = share[rows, columns] * ((around == label) | (around == 0))
        kernel = _measured(name, mine, columns.start, rows.start)
        if kernel is not None:
            yield kernel


def _measured(name: str, share: Floats, x0: int, y0: int) -> _Kernel | None:
    """The kernel in a window of the map whose first cell is ``x0, y0``."""
    sums = share.sum(axis=0)
    height = _median(sums[sums > 0.5 * sums.max()])
    solid = np.flatnonzero(sums >= 0.5 * height)
    if height * STRIDE / SHRUNK < MIN_HEIGHT or len(solid) == 0:
        return None
    first, last = int(solid[0]), int(solid[-1])
    filled = [0.0, *np.minimum(sums / np.float32(height), 1).tolist(), 0.0]
    left = first + (1 - filled[first + 1]) - filled[first]
    right = last + filled[last + 1] + filled[last + 2]
    weights = sums[solid].astype(np.float64)
    places = np.arange(len(share), dtype=share.dtype) + share.dtype.type(0.5)
    course = (share * places[:, None]).sum(axis=0)[solid] / weights
    total = float(weights.sum())
    y = float((course * weights).sum()) / total
    slope = _slope(solid, course, weights**2) if len(solid) >= LONG else 0.0
    score = float((share.max(axis=0)[solid] * weights).sum()) / total
    return _Kernel(name, x0 + left, x0 + right, y0 + y, height, slope, len(solid), score)


def _median(values: Floats) -> float:
    ordered: list[float] = np.sort(values).tolist()
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _slope(x: NDArray[np.intp], y: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Of the line through the points, by least squares."""
    total = weights.sum()
    away = x - (x * weights).sum() / total
    return float((away * y * weights).sum() / (away * away * weights).sum())


def _common_slope(kernels: Sequence[_Kernel]) -> float:
    """The lines' direction, by their length; 0 where no kernel is long enough to have one."""
    long = [kernel for kernel in kernels if kernel.columns >= LONG and abs(kernel.slope) < MAX_TILT]
    if not long:
        return 0.0
    return float(np.average([kernel.slope for kernel in long], weights=[kernel.columns**2 for kernel in long]))


def _box(kernel: _Kernel, slope: float) -> FieldBox | None:
    """The line's box around a kernel; None when it is none that print could have."""
    tilt = float(np.arctan(slope))
    # Columns are cut upright: a tilted kernel's are longer than it is high.
    height = kernel.height * STRIDE / SHRUNK * float(np.cos(tilt))
    length = (kernel.right - kernel.left) * STRIDE / float(np.cos(tilt))
    if not MIN_HEIGHT <= height <= MAX_HEIGHT or length < SHORTEST * height:
        return None
    x, y = (kernel.left + kernel.right) / 2 * STRIDE, kernel.y * STRIDE
    return FieldBox(kernel.field, x, y, length, height, tilt, kernel.score)
