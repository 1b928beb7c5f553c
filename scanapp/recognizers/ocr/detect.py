"""Where the lines are: PP-OCR's text map at a bounded size, and rotated boxes out of it.

The post-processing is that of Differentiable Binarization (Liao et al. 2020): threshold, contours, the smallest
rotated box of each, its mean score, and its growth by area × ratio / perimeter, since the map shows shrunken
lines. A box grown by a distance is the box with that distance added on each side: no polygon library is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray
from scanapp.recognizers.ocr.models import Floats

TEXT, SCORE = 0.3, 0.4
GROWTH = 1.6
MARGIN = 8
MAX_BOXES = 200

Corners = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LineBox:
    """A line's rotated box.

    corners   (4, 2) float32, pixels of the picture searched; corner 0 to 1 runs along the line, to the right or,
              for steep lines, downwards; clockwise
    length    pixels along the line; thickness across
    score     mean of the text map inside, 0 to 1
    """

    corners: Corners
    length: float
    thickness: float
    score: float

    @property
    def angle(self) -> float:
        """Degrees of the reading direction, -45 < angle ≤ 135 (y down: 90 runs downwards)."""
        dx, dy = self.corners[1] - self.corners[0]
        return float(np.degrees(np.arctan2(dy, dx)))


def most_text(gray: Gray, text_map: Callable[[Floats], Floats], scale: float) -> float:
    """How sure the text map is of text where it is surest, 0 to 1, at ``scale`` × the size of ``gray``."""
    padded, _, _ = _padded(_resized(gray, scale))
    return float(text_map(_normalized(padded)).max())


def find_lines(gray: Gray, text_map: Callable[[Floats], Floats], scale: float) -> list[LineBox]:
    """Boxes of the lines in ``gray``, found at ``scale`` × its size; at most `MAX_BOXES`, the largest."""
    padded, left, top = _padded(_resized(gray, scale))
    scores = text_map(_normalized(padded))
    boxes = _boxes(scores, scale, np.array([left, top], dtype=np.float32))
    boxes.sort(key=lambda box: -box.length * box.thickness)
    return boxes[:MAX_BOXES]


def _resized(gray: Gray, scale: float) -> Gray:
    if scale == 1.0:
        return gray
    height, width = gray.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, size, interpolation=how), dtype=np.uint8)


def _padded(gray: Gray) -> tuple[Gray, int, int]:
    """``gray`` with a margin (text that touches the rim is missed) and sides that are multiples of 32."""
    height, width = gray.shape
    extra_x, extra_y = -(width + 2 * MARGIN) % 32, -(height + 2 * MARGIN) % 32
    left, top = MARGIN + extra_x // 2, MARGIN + extra_y // 2
    right, bottom = 2 * MARGIN + extra_x - left, 2 * MARGIN + extra_y - top
    padded = cv2.copyMakeBorder(gray, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return np.asarray(padded, dtype=np.uint8), left, top


def _normalized(gray: Gray) -> Floats:
    plane = gray.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.broadcast_to(plane, (1, 3, *plane.shape)).copy()


def _boxes(scores: Floats, scale: float, offset: NDArray[np.float32]) -> list[LineBox]:
    mask = cv2.dilate((scores > TEXT).astype(np.uint8), np.ones((2, 2), dtype=np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        box = _box(contour, scores, scale, offset)
        if box is not None:
            found.append(box)
    return found


def _box(contour: NDArray[Any], scores: Floats, scale: float, offset: NDArray[np.float32]) -> LineBox | None:
    middle, (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < 2:
        return None
    score = _mean_inside(scores, cv2.boxPoints((middle, (width, height), angle)))
    if score < SCORE:
        return None
    grow = GROWTH * width * height / (width + height)
    points = cv2.boxPoints((middle, (width + grow, height + grow), angle))
    corners = _along_reading((np.asarray(points, dtype=np.float32) - offset) / np.float32(scale))
    length = float(np.linalg.norm(corners[1] - corners[0]))
    return LineBox(corners, length, float(np.linalg.norm(corners[3] - corners[0])), score)


def _mean_inside(scores: Floats, points: NDArray[Any]) -> float:
    x0, y0 = np.maximum(np.floor(points.min(axis=0)).astype(int), 0)
    x1, y1 = np.ceil(points.max(axis=0)).astype(int) + 1
    window = scores[y0:y1, x0:x1]
    mask = np.zeros(window.shape, dtype=np.uint8)
    cv2.fillPoly(mask, [np.round(points - [x0, y0]).astype(np.int32)], 1)
    return float(cv2.mean(window, mask)[0])


def _along_reading(points: Corners) -> Corners:
    """The corners clockwise, the first edge being a long one that points right, or down when it is steep."""
    edges = np.roll(points, -1, axis=0) - points
    if edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0] < 0:
        points = points[::-1].copy()
        edges = np.roll(points, -1, axis=0) - points
    lengths = np.linalg.norm(edges, axis=1)
    longest = 0 if lengths[0] >= lengths[1] else 1
    angle = np.degrees(np.arctan2(edges[longest, 1], edges[longest, 0]))
    return np.roll(points, -(longest if -45 < angle <= 135 else longest + 2), axis=0)
