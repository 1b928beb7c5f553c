"""From the layout network's maps to boxes of lines on the upright sheet.

The network marks the *kernel* of each line, its box shrunk on all sides, so that neighbouring lines stay apart. The
maps are enlarged before they are cut at one half: a kernel is one to three cells high, and the shape of the
probability's slope says to a fraction of a cell where its edge lies. Boxes are then grown back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad, Transform, as_quad, transform_quad

Floats = NDArray[np.float32]

FIELDS = ("pan", "expiry", "holder")
STRIDE = 4
"""Sheet pixels a cell of the maps."""
LEVEL, SURE = 0.5, 0.6
"""Probability at the edge of a kernel; a kernel must reach `SURE` somewhere."""
SHRUNK = 0.5
"""A kernel's height as a share of its line's."""
INSET = 0.25
"""Line heights that a kernel is shorter at each end."""
MIN_HEIGHT, MAX_HEIGHT = 3.0, 40.0
MAX_TILT = np.radians(14)
LONG = 4.0
"""A kernel this many times as long as high has a direction of its own."""


@dataclass(frozen=True, slots=True)
class FieldBox:
    """A line of characters on the upright sheet, in its pixels.

    x, y    of the middle; length along the line, height across; tilt in radians, positive turns clockwise
    score   mean probability of the kernel, 0 to 1
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
        return float(np.cos(self.tilt)), float(np.sin(self.tilt))

    def corners(self) -> Quad:
        """(4, 2) float32, clockwise from where reading begins."""
        (ux, uy), half, high = self.along, self.length / 2, self.height / 2
        right, down = np.array([ux, uy]) * half, np.array([-uy, ux]) * high
        middle = np.array([self.x, self.y])
        return as_quad([middle - right - down, middle + right - down, middle + right + down, middle - right + down])

    def quad(self, to_frame: Transform) -> Quad:
        """(4, 2) float32, frame pixels. GeometryError when a corner goes to infinity."""
        return transform_quad(to_frame, self.corners())


def turned(maps: Floats, turn: int) -> Floats:
    """``(3, h, w)`` maps after ``turn`` quarter turns clockwise."""
    return np.ascontiguousarray(np.rot90(maps, -turn, axes=(1, 2)))


def field_boxes(logits: Floats) -> list[FieldBox]:
    """The lines in ``(3, h, w)`` logits of the upright sheet, per field from the top down; all have one tilt."""
    kernels = [kernel for name, plane in zip(FIELDS, logits, strict=True) for kernel in _kernels(name, plane)]
    tilt = _common_tilt(kernels)
    boxes = [box for kernel in kernels if (box := _grown(kernel, tilt)) is not None]
    return sorted(boxes, key=lambda box: (FIELDS.index(box.field), box.y, box.x))


@dataclass(frozen=True, slots=True, eq=False)
class _Kernel:
    field: str
    points: Floats
    score: float


def _kernels(name: str, logits: Floats) -> list[_Kernel]:
    height, width = logits.shape
    probability = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    if probability.max() < SURE:
        return []
    fine = cv2.resize(probability, (width * STRIDE, height * STRIDE), interpolation=cv2.INTER_LINEAR)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((fine > LEVEL).astype(np.uint8))
    kernels = []
    for label in range(1, count):
        x, y, w, h, _ = (int(value) for value in stats[label])
        inside = labels[y : y + h, x : x + w] == label
        values = fine[y : y + h, x : x + w][inside]
        if values.max() < SURE:
            continue
        rows, columns = np.nonzero(inside)
        points = np.column_stack([columns + x + 0.5, rows + y + 0.5]).astype(np.float32)
        kernels.append(_Kernel(name, points, float(values.mean())))
    return kernels


def _common_tilt(kernels: Sequence[_Kernel]) -> float:
    """The lines' direction, by their length; 0 where no kernel is long enough to have one."""
    angles, weights = [], []
    for kernel in kernels:
        spread = np.cov(kernel.points.T) if len(kernel.points) > 8 else np.eye(2)
        long, short = float(max(np.linalg.eigvalsh(spread))), float(min(np.linalg.eigvalsh(spread)))
        angle = 0.5 * float(np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1]))
        if long > LONG**2 * max(short, 1e-6) and abs(angle) < MAX_TILT:
            angles.append(angle)
            weights.append(long)
    return float(np.average(angles, weights=weights)) if angles else 0.0


def _grown(kernel: _Kernel, tilt: float) -> FieldBox | None:
    """The line's box around a kernel; None when it is none that print could have."""
    axes = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    place = kernel.points @ axes.T
    (left, top), (right, bottom) = np.percentile(place, 1, axis=0), np.percentile(place, 99, axis=0)
    # The middle of the columns' heights: one bulge does not make a line higher.
    columns = np.round(place[:, 0]).astype(int)
    heights = np.bincount(columns - columns.min())
    thick = float(np.percentile(heights[heights > 0], 60))
    height = thick / SHRUNK
    if not MIN_HEIGHT <= height <= MAX_HEIGHT:
        return None
    length = right - left + 1 + 2 * INSET * height
    x, y = np.array([(left + right) / 2, (top + bottom) / 2]) @ axes
    return FieldBox(kernel.field, float(x), float(y), float(length), height, tilt, kernel.score)
