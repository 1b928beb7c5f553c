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
_NEXT = [1, 2, 3, 0]
_BESIDE = 12
"""Pixels beyond the reach that are looked at, the smoothing's included."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Index = NDArray[np.intp]


def refine(picture: Gray, quad: Quad, reach: float, steps: int = 8) -> tuple[Quad, float]:
    """``quad`` moved onto the edges within ``reach`` pixels of it, and how clear they are.

    picture  (h, w) luma
    steps    offsets looked at on either side of each end of a side

    The clearness is that of the faintest side: its mean step in brightness over that of the noise beside it. A side
    without a clear edge stays where it is.
    """
    part, offset = _around(picture, quad, (1 + 1 / steps) * reach + _BESIDE)
    smooth = np.asarray(cv2.GaussianBlur(part, (3, 3), 0.8), np.uint8)
    starts = quad - offset
    ends = starts[_NEXT]
    normals = _normals(starts, ends)
    first, second, sign, clear = _best_lines(smooth, starts, ends, normals, reach, steps)
    near_starts, near_ends = starts + first * normals, ends + second * normals
    moves = _exact_lines(smooth, near_starts, near_ends, sign)
    normals = _normals(near_starts, near_ends)
    sides = clear >= 1.0
    starts = np.where(sides[:, None], near_starts + moves[:, :1] * normals, starts)
    ends = np.where(sides[:, None], near_ends + moves[:, 1:] * normals, ends)
    corners = _crossings(starts, ends)
    if corners is None:
        return quad, 0.0
    moved = as_quad(corners + offset)
    far = float(np.sqrt(((moved - quad) ** 2).sum(axis=1).max()))
    if far > 2.5 * reach or not is_convex(moved):
        return quad, 0.0
    return moved, float(clear.min())


def _around(picture: Gray, quad: Quad, margin: float) -> tuple[Gray, Float32]:
    """The part of ``picture`` with ``quad`` and so many pixels around it, and where it begins."""
    height, width = picture.shape
    (left, top), (right, bottom) = quad.min(axis=0) - margin, quad.max(axis=0) + margin
    x0, y0 = min(max(int(left), 0), width - 1), min(max(int(top), 0), height - 1)
    x1, y1 = max(min(int(right) + 2, width), x0 + 1), max(min(int(bottom) + 2, height), y0 + 1)
    return picture[y0:y1, x0:x1], np.array([x0, y0], np.float32)


def _best_lines(
    picture: Gray, starts: Float32, ends: Float32, normals: Float32, reach: float, steps: int
) -> tuple[Float32, Float32, Float32, Float32]:
    """Offsets (4, 1) along the normals at both ends of each side's best line, pixels; the signs of their steps
    (4, 1, 1); how clear they are (4,)."""
    unit = np.float32(reach / steps)
    offsets = np.arange(-steps - 1, steps + 2, dtype=np.float32) * unit
    profile = _profiles(picture, starts, ends, normals, offsets)
    slope = profile[..., 2:] - profile[..., :-2]
    # a few glaring samples must not outweigh a faint edge along the whole side
    slope /= 1 + np.abs(slope) / 40
    low, high, part, prior = _ways(steps)
    flat = slope.reshape(4, -1)
    below = flat.take(low, axis=1)
    mean = (below + (flat.take(high, axis=1) - below) * part).sum(axis=-1) / np.float32(SAMPLES)
    best = (np.abs(mean) * prior).argmax(axis=1)
    half = flat.shape[1] // 2
    noise = np.partition(np.abs(flat), (half - 1, half), axis=1)[:, half - 1 : half + 1].mean(axis=1) + 1.0
    top = mean[np.arange(4), best]
    first, second = np.divmod(best, 2 * steps + 1)
    moves = (np.stack([first, second])[..., None] - steps).astype(np.float32) * unit
    return moves[0], moves[1], np.sign(top)[:, None, None], np.abs(top) / noise


@lru_cache(maxsize=4)
def _ways(steps: int) -> tuple[Index, Index, Float32, Float32]:
    """All lines by their offsets at both ends: of a side's profile the cells (lines, SAMPLES) below and above each
    sample, the share of the one above, and how likely such a line is (lines,): what lies far off, or leans, must be
    much clearer."""
    offsets = np.arange(-steps, steps + 1)
    first, second = (one.ravel() for one in np.meshgrid(offsets, offsets, indexing="ij"))
    at = first[:, None] + (second - first)[:, None] * _ALONG + steps
    low = np.floor(at).astype(np.intp)
    prior = np.exp(-0.5 * ((first + second) / (1.6 * steps)) ** 2 - 0.5 * ((first - second) / (1.2 * steps)) ** 2)
    rows = np.arange(SAMPLES) * (2 * steps + 1)
    cells = rows + low, rows + np.minimum(low + 1, 2 * steps)
    return *cells, (at - low).astype(np.float32), prior.astype(np.float32)


def _exact_lines(picture: Gray, starts: Float32, ends: Float32, sign: Float32) -> Float32:
    """Offsets (4, 2) at both ends of the lines through the edges' exact places: least squares without outliers."""
    profile = _profiles(picture, starts, ends, _normals(starts, ends), _NEAR)
    slope = np.maximum((profile[..., 2:] - profile[..., :-2]) * sign, 0) ** 2
    mass = slope.sum(axis=2)
    places = (slope * _NEAR[1:-1]).sum(axis=2) / (mass + 1e-6)
    steep = np.sqrt(mass).astype(np.float64)
    weights = steep
    for _ in range(3):
        fit = _fitted(weights, places)
        off = places - fit[:, :1] * (1 - _ALONG) - fit[:, 1:] * _ALONG
        weights = steep / (1 + (off / 0.6) ** 2)
    return np.minimum(np.maximum(fit, -3), 3).astype(np.float32)


def _fitted(weights: Float64, places: Float32) -> Float64:
    """(4, 2) values at both ends of the lines that fit ``places`` (4, SAMPLES) best."""
    far, near = _ALONG, 1 - _ALONG
    a, b, d = ((weights * kind).sum(axis=1) for kind in (near * near, near * far, far * far))
    pulled = weights * places
    u, v = (pulled * near).sum(axis=1), (pulled * far).sum(axis=1)
    a, d = a + 1e-3, d + 1e-3
    whole = a * d - b * b
    return np.stack([(d * u - b * v) / whole, (a * v - b * u) / whole], axis=1)


def _profiles(picture: Gray, starts: Float32, ends: Float32, normals: Float32, offsets: Float32) -> Float32:
    """(4, SAMPLES, offsets) luma along normals of the sides."""
    middles = starts[:, None] + _ALONG[:, None] * (ends - starts)[:, None]
    points = middles[:, :, None] + offsets[:, None] * normals[:, None, None] - np.float32(0.5)
    x, y = np.moveaxis(points.reshape(-1, len(offsets), 2), 2, 0)
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32).reshape(4, SAMPLES, len(offsets))


def _normals(starts: Float32, ends: Float32) -> Float32:
    """(4, 2) unit vectors across the sides."""
    sides = ends - starts
    length = np.maximum(np.sqrt((sides * sides).sum(axis=1, keepdims=True)), np.float32(1e-6))
    return np.asarray(sides[:, ::-1] * np.array([1, -1], np.float32) / length, np.float32)


def _crossings(starts: Float32, ends: Float32) -> Float64 | None:
    """(4, 2) where each side meets the one before it; None where they are parallel."""
    (x0, y0), (x1, y1) = starts.T.astype(np.float64), ends.T.astype(np.float64)
    a, b, c = y0 - y1, x1 - x0, x0 * y1 - y0 * x1
    before = [3, 0, 1, 2]
    whole = a[before] * b - b[before] * a
    if (np.abs(whole) < 1e-9).any():
        return None
    x = (b[before] * c - c[before] * b) / whole
    y = (c[before] * a - a[before] * c) / whole
    return np.column_stack([x, y])
