"""Sub-pixel corners from a card's four edges.

Brightness is sampled along short normals of each side; the side is the straight line through these samples along
which the step in brightness, with one sign, adds up highest (a Hough transform in a narrow band). The corners are
where neighbouring sides meet, so rounded corners, and a finger over one of them, do no harm.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray, Quad, as_quad, is_convex

SAMPLES = 24
_ALONG = np.linspace(0.1, 0.9, SAMPLES, dtype=np.float32)
_NEAR = np.arange(-7, 8, dtype=np.float32) * np.float32(0.5)
"""Offsets at which the exact place of an edge is sought about the best line, pixels."""

Float32 = NDArray[np.float32]
Index = NDArray[np.intp]


def refine(picture: Gray, quad: Quad, reach: float, steps: int = 8) -> tuple[Quad, float]:
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
        normal = _normal(start, end)
        first, second, sign, strength = _best_line(smooth, start, end, reach, steps)
        clear.append(strength)
        if strength >= 1.0:
            start, end = start + first * normal, end + second * normal
            first, second = _exact_line(smooth, start, end, sign)
            start, end = start + first * normal, end + second * normal
        lines.append(_line(start, end))
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
) -> tuple[np.float32, np.float32, float, float]:
    """Offsets along the normal at both ends of the best line, pixels; the sign of its step; its clearness."""
    unit = np.float32(reach / steps)
    profile = _profile(picture, start, end, np.arange(-steps - 1, steps + 2, dtype=np.float32) * unit)
    slope = profile[:, 2:] - profile[:, :-2]
    # a few glaring samples must not outweigh a faint edge along the whole side
    slope /= 1 + np.abs(slope) / 40
    low, high, part, prior = _ways(steps)
    rows = np.arange(SAMPLES)
    mean = (slope[rows, low] * (1 - part) + slope[rows, high] * part).mean(axis=-1)
    best = int((np.abs(mean) * prior).argmax())
    noise = float(np.median(np.abs(slope))) + 1.0
    first, second = divmod(best, 2 * steps + 1)
    top = float(mean.flat[best])
    return (first - steps) * unit, (second - steps) * unit, np.sign(top), abs(top) / noise


@lru_cache(maxsize=4)
def _ways(steps: int) -> tuple[Index, Index, Float32, Float32]:
    """All lines by their offsets at both ends: the profiles' cells below and above each sample, the share of the
    one above, and how likely such a line is: what lies far off, or leans, must be much clearer."""
    offsets = np.arange(-steps, steps + 1)
    first, second = np.meshgrid(offsets, offsets, indexing="ij")
    at = first[..., None] + (second - first)[..., None] * _ALONG + steps
    low = np.floor(at).astype(np.intp)
    prior = np.exp(-0.5 * ((first + second) / (1.6 * steps)) ** 2 - 0.5 * ((first - second) / (1.2 * steps)) ** 2)
    return low, np.minimum(low + 1, 2 * steps), (at - low).astype(np.float32), prior.astype(np.float32)


def _exact_line(picture: Gray, start: Float32, end: Float32, sign: float) -> tuple[np.float32, np.float32]:
    """Offsets at both ends of the line through the edge's exact places, by least squares without outliers."""
    profile = _profile(picture, start, end, _NEAR)
    slope = np.maximum((profile[:, 2:] - profile[:, :-2]) * sign, 0) ** 2
    mass = slope.sum(axis=1)
    places = (slope @ _NEAR[1:-1]) / (mass + 1e-6)
    weights = np.sqrt(mass)
    ends = np.column_stack([1 - _ALONG, _ALONG])
    fit = np.zeros(2)
    for _ in range(3):
        normal_equations = ends.T @ (ends * weights[:, None]) + 1e-3 * np.eye(2)
        fit = np.linalg.solve(normal_equations, ends.T @ (weights * places))
        weights = np.sqrt(mass) / (1 + ((places - ends @ fit) / 0.6) ** 2)
    return np.float32(np.clip(fit[0], -3, 3)), np.float32(np.clip(fit[1], -3, 3))


def _profile(picture: Gray, start: Float32, end: Float32, offsets: Float32) -> Float32:
    """(SAMPLES, offsets) luma along normals of a side."""
    middle = start + _ALONG[:, None] * (end - start)
    points = middle[:, None, :] + offsets[:, None] * _normal(start, end) - np.float32(0.5)
    seen = cv2.remap(picture, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32)


def _normal(start: Float32, end: Float32) -> Float32:
    side = end - start
    length = max(float(np.hypot(side[0], side[1])), 1e-6)
    return np.array([side[1], -side[0]], np.float32) / np.float32(length)


def _line(start: Float32, end: Float32) -> NDArray[np.float64]:
    """Homogeneous coordinates of the line through two points."""
    return np.cross([start[0], start[1], 1.0], [end[0], end[1], 1.0]).astype(np.float64)
