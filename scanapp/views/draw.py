"""Shapes on pictures: a shrunk copy to draw on, outlines that show on any ground, and room for labels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Bgr
from scanapp.geometry import Quad
from scanapp.views.labels import Color

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""

DARK: Color = (24, 22, 20)
_SHIFT = 4
_FAR = 1 << 14
"""Coordinates are cut here: a track may have moved far out of the picture, OpenCV's fixed point ends at 2^27."""


def fit_scale(width: int, height: int, max_side: int | None) -> float:
    """The factor that brings the long side to ``max_side`` pixels; never enlarges."""
    return 1.0 if max_side is None else min(1.0, max_side / max(width, height))


def shrunk(image: Bgr, scale: float) -> Bgr:
    """A writable copy of ``image`` at ``scale`` ≤ 1, at least 1×1."""
    if scale == 1.0:
        return image.copy()
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    # Averaging areas costs four times as much and only shows where more than half of the pixels go.
    method = cv2.INTER_AREA if scale <= 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def outline(image: Bgr, quad: Quad, color: Color, thickness: int) -> None:
    """The quad's edge in ``color`` with heavier corners, on a thin dark edge that shows it on white too."""
    edge, brackets = [_fixed(quad)], _brackets(quad)
    for grown, paint in ((2, DARK), (0, color)):
        cv2.polylines(image, edge, True, paint, thickness + grown, cv2.LINE_AA, _SHIFT)
        cv2.polylines(image, brackets, False, paint, 2 * thickness + grown, cv2.LINE_AA, _SHIFT)


def faint_corners(image: Bgr, quads: Sequence[Quad], color: Color, reach: float, strength: float = 0.5) -> None:
    """Only the quads' corners, at most ``reach`` pixels along each edge, shining through: no thing is hidden."""
    if not quads:
        return
    drawn = image.copy()
    lines = [line for quad in quads for line in _brackets(quad, reach)]
    cv2.polylines(drawn, lines, False, DARK, 3, cv2.LINE_AA, _SHIFT)
    cv2.polylines(drawn, lines, False, color, 1, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(drawn, strength, image, 1 - strength, 0, image)


def tint(image: Bgr, quad: Quad, color: Color, strength: float) -> None:
    """Colour the quad's inside, 0 (not at all) to 1 (opaque)."""
    x0, y0 = np.clip(quad.min(axis=0), 0, None).astype(int)
    x1, y1 = np.clip(quad.max(axis=0), 0, image.shape[1::-1]).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    place = image[y0:y1, x0:x1]
    filled = place.copy()
    cv2.fillConvexPoly(filled, _fixed(quad - np.array([x0, y0], dtype=np.float32)), color, cv2.LINE_8, _SHIFT)
    cv2.addWeighted(filled, strength, place, 1 - strength, 0, place)


def box_around(quad: Quad) -> Box:
    """The smallest box of whole pixels around the quad, within ±16384."""
    x0, y0 = np.clip(np.floor(quad.min(axis=0)), -_FAR, _FAR)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)), -_FAR, _FAR)
    return int(x0), int(y0), int(x1), int(y1)


def best_spot(spots: Sequence[Box], obstacles: Sequence[tuple[Box, float]]) -> tuple[int, float]:
    """The index of the freest spot and what it costs: the sum of weight × covered part of the spot.

    Earlier spots win ties and near ties, so that a label does not jump.
    """
    costs = [sum(weight * _covered(spot, box) for box, weight in obstacles) for spot in spots]
    best = min(range(len(spots)), key=lambda i: costs[i] + 0.02 * i)
    return best, costs[best]


def within(box: Box, width: int, height: int) -> Box:
    """The box moved (not cut) into the picture; one that is too large keeps its top left corner in view."""
    x0, y0, x1, y1 = box
    dx = max(-x0, min(0, width - x1))
    dy = max(-y0, min(0, height - y1))
    return x0 + dx, y0 + dy, x1 + dx, y1 + dy


def _covered(box: Box, other: Box) -> float:
    return _common(box, other) / max(1, (box[2] - box[0]) * (box[3] - box[1]))


def _common(a: Box, b: Box) -> int:
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


def _brackets(quad: Quad, longest: float = np.inf) -> list[NDArray[np.int32]]:
    """Three points for each corner: a fifth of the mean edge along both edges, at most half of either."""
    following, before = np.roll(quad, -1, axis=0), np.roll(quad, 1, axis=0)
    reach = min(longest, 0.2 * float(np.linalg.norm(following - quad, axis=1).mean()))
    return [
        _fixed(np.stack([_toward(corner, back, reach), corner, _toward(corner, ahead, reach)]))
        for corner, back, ahead in zip(quad, before, following, strict=True)
    ]


def _toward(start: NDArray[np.float32], end: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    length = float(np.linalg.norm(end - start))
    return start if length == 0 else start + (end - start) * np.float32(min(0.5, reach / length))


def _fixed(points: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.rint(np.clip(points, -_FAR, _FAR) * (1 << _SHIFT)).astype(np.int32)
