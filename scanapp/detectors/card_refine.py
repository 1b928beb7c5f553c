"""Sub-pixel corners from a card's four edges.

Brightness is sampled along short normals of each side; the side is the straight line through these samples along
which the step in brightness, with one sign, adds up highest (a Hough transform in a narrow band). The corners are
where neighbouring sides meet, so rounded corners, and a finger over one of them, do no harm.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray, Quad, as_quad, is_convex

SAMPLES = 28
_ALONG = np.linspace(0.1, 0.9, SAMPLES, dtype=np.float32)

Float32 = NDArray[np.float32]


def refine(picture: Gray, quad: Quad, reach: float, steps: int = 10) -> tuple[Quad, float]:
    """``quad`` moved onto the edges within ``reach`` pixels of it, and how clear they are.

    picture  (h, w) luma
    steps    offsets looked at on either side of each end of a side

    The clearness is that of the faintest side: its mean step in brightness over that of the noise beside it. A side
    without a clear edge stays where it is.
    """
    smooth = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0.8), np.uint8)
    lines, clear = [], []
    for index in range(4):
        start, end = quad[index], quad[(index + 1) % 4]
        offsets, strength = _best_line(smooth, start, end, reach, steps)
        normal = _normal(start, end)
        lines.append(_line(start + offsets[0] * normal, end + offsets[1] * normal))
        clear.append(strength)
    corners = [np.cross(lines[index - 1], lines[index]) for index in range(4)]
    if any(abs(corner[2]) < 1e-9 for corner in corners):
        return quad, 0.0
    moved = as_quad([corner[:2] / corner[2] for corner in corners])
    far = float(np.linalg.norm(moved - quad, axis=1).max())
    if far > 2.5 * reach or not is_convex(moved):
        return quad, 0.0
    return moved, min(clear)


def _best_line(
    picture: Gray, start: Float32, end: Float32, reach: float, steps: int
) -> tuple[tuple[float, float], float]:
    """Offsets along the normal at both ends of the best line, pixels, and its clearness."""
    normal = _normal(start, end)
    middle = start + _ALONG[:, None] * (end - start)
    unit = np.float32(reach / steps)
    away = np.arange(-steps - 1, steps + 2, dtype=np.float32) * unit
    points = middle[:, None, :] + away[None, :, None] * normal - np.float32(0.5)
    profile = cv2.remap(
        picture, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    slope = np.clip(profile[:, 2:] - profile[:, :-2], -40, 40)
    offsets = np.arange(-steps, steps + 1)
    first, second = np.meshgrid(offsets, offsets, indexing="ij")
    at = first[..., None] + (second - first)[..., None] * _ALONG
    low = np.floor(at).astype(np.intp)
    part = (at - low).astype(np.float32)
    rows = np.arange(SAMPLES)
    high = np.minimum(low + 1, steps)
    along = slope[rows, low + steps] * (1 - part) + slope[rows, high + steps] * part
    total = np.abs(along.mean(axis=-1))
    # what lies far off, or leans, must be much clearer
    prior = np.exp(-0.5 * ((first + second) / (1.6 * steps)) ** 2 - 0.5 * ((first - second) / (1.2 * steps)) ** 2)
    best = np.unravel_index(int((total * prior).argmax()), total.shape)
    noise = float(np.median(np.abs(slope))) + 1.0
    strength = float(total[best]) / noise
    if strength < 1.0:
        return (0.0, 0.0), strength
    a, b = _vertex(total, int(best[0]), int(best[1]))
    # at the ends of the side rather than of its sampled part
    return (float((a - steps) * unit), float((b - steps) * unit)), strength


def _vertex(total: NDArray[np.floating], row: int, column: int) -> tuple[float, float]:
    """The top of a parabola through the maximum and its neighbours, each way."""

    def shift(before: float, here: float, after: float) -> float:
        bend = before - 2 * here + after
        return 0.0 if bend >= -1e-6 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))

    a, b = float(row), float(column)
    if 0 < row < total.shape[0] - 1:
        a += shift(total[row - 1, column], total[row, column], total[row + 1, column])
    if 0 < column < total.shape[1] - 1:
        b += shift(total[row, column - 1], total[row, column], total[row, column + 1])
    return a, b


def _normal(start: Float32, end: Float32) -> Float32:
    side = end - start
    length = max(float(np.hypot(side[0], side[1])), 1e-6)
    return np.array([side[1], -side[0]], np.float32) / np.float32(length)


def _line(start: Float32, end: Float32) -> NDArray[np.float64]:
    """Homogeneous coordinates of the line through two points."""
    return np.cross([start[0], start[1], 1.0], [end[0], end[1], 1.0]).astype(np.float64)
