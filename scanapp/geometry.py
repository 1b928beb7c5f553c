"""Quads, boxes and the transforms between views and frames.

A *quad* is a read-only ``(4, 2) float32`` array in frame pixels (x right, y down), clockwise from the top
left corner **of the upright object**, so that corner 0 to corner 1 is the object's reading direction.
A *transform* is a ``(3, 3) float64`` homography that maps column vectors ``(x, y, 1)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scanapp.errors import GeometryError

Quad = NDArray[np.float32]
Transform = NDArray[np.float64]
Gray = NDArray[np.uint8]

IDENTITY: Transform = np.eye(3)
IDENTITY.setflags(write=False)


def as_quad(points: ArrayLike) -> Quad:
    """A read-only ``(4, 2) float32`` copy of ``points``; GeometryError when it is not four finite points."""
    quad = np.array(points, dtype=np.float32)
    if quad.shape != (4, 2):
        raise GeometryError(f"a quad is four (x, y) points, got an array of shape {quad.shape}")
    if not np.isfinite(quad).all():
        raise GeometryError(f"a quad needs finite coordinates, got {quad.tolist()}")
    quad.setflags(write=False)
    return quad


def box_quad(x0: float, y0: float, x1: float, y1: float) -> Quad:
    """The axis-aligned quad of a box."""
    return as_quad([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def bounds(quad: Quad) -> tuple[float, float, float, float]:
    """``(x0, y0, x1, y1)`` of the smallest axis-aligned box around ``quad``."""
    xs, ys = quad.T.tolist()
    return min(xs), min(ys), max(xs), max(ys)


def area(quad: Quad) -> float:
    """Area in square pixels (shoelace formula; never negative)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad.tolist()
    return float(abs((x2 - x0) * (y3 - y1) - (x3 - x1) * (y2 - y0)) / 2)


def center(quad: Quad) -> tuple[float, float]:
    """The mean of the corners."""
    cx, cy = quad.mean(axis=0)
    return float(cx), float(cy)


def sides(quad: Quad) -> tuple[float, float]:
    """``(width, height)`` in pixels: the mean lengths of opposite sides."""
    top, right, bottom, left = (math.hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in _edges(quad))
    return (top + bottom) / 2, (right + left) / 2


def is_convex(quad: Quad) -> bool:
    """Whether the corners turn one way all round and enclose an area."""
    edges = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in _edges(quad)]
    cross = [x0 * y1 - y0 * x1 for (x0, y0), (x1, y1) in zip(edges, edges[1:] + edges[:1], strict=True)]
    return all(turn > 0 for turn in cross) or all(turn < 0 for turn in cross)


def _edges(quad: Quad) -> list[tuple[list[float], list[float]]]:
    """Both ends of each side; a few numbers are reckoned with faster than a small array."""
    corners: list[list[float]] = quad.tolist()
    return list(zip(corners, corners[1:] + corners[:1], strict=True))


def expand(quad: Quad, factor: float) -> Quad:
    """``quad`` scaled about its centre; 1.2 adds a tenth of its size on each side."""
    middle = quad.mean(axis=0)
    return as_quad(middle + (quad - middle) * factor)


def clip_box(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int, int]:
    """``box`` rounded outwards and cut to the image; empty (x0 == x1 or y0 == y1) when it lies outside."""
    x0, y0 = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
    x1, y1 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return x0, y0, max(x0, x1), max(y0, y1)


def transform_points(transform: Transform, points: ArrayLike) -> NDArray[np.float32]:
    """``(n, 2)`` points mapped by a homography."""
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    mapped = flat @ transform[:, :2].T + transform[:, 2]
    return (mapped[:, :2] / mapped[:, 2:3]).astype(np.float32)


def transform_quad(transform: Transform, quad: Quad) -> Quad:
    """``quad`` mapped by a homography; GeometryError when a corner goes to infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return as_quad(transform_points(transform, quad))


def iou(a: Quad, b: Quad) -> float:
    """Intersection over union of two convex quads, 0 for degenerate ones."""
    common = _intersection(a, b)
    union = area(a) + area(b) - common
    return common / union if union > 0 else 0.0


def coverage(inner: Quad, outer: Quad) -> float:
    """Which part of ``inner`` lies in ``outer``, 0 to 1."""
    size = area(inner)
    return min(1.0, _intersection(inner, outer) / size) if size > 0 else 0.0


def rectify(image: NDArray[Any], quad: Quad, width: int, height: int) -> tuple[NDArray[Any], Transform]:
    """The quad's content as an upright ``height × width`` image, and the transform from it to ``image``."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    to_image = np.asarray(cv2.getPerspectiveTransform(corners, quad.astype(np.float32)), dtype=np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpPerspective(image, to_image, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return view, to_image


def order_clockwise(points: Sequence[Sequence[float]] | NDArray[Any]) -> Quad:
    """Four corners in any order as a quad: clockwise, from the one nearest the top left."""
    corners = np.asarray(points, dtype=np.float32).reshape(-1, 2)
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(angles, kind="stable")]
    first = int(np.argmin(ordered.sum(axis=1)))
    return as_quad(np.roll(ordered, -first, axis=0))


def _intersection(a: Quad, b: Quad) -> float:
    ax0, ay0, ax1, ay1 = bounds(a)
    bx0, by0, bx1, by1 = bounds(b)
    if ax1 <= bx0 or bx1 <= ax0 or ay1 <= by0 or by1 <= ay0:
        return 0.0
    common, _ = cv2.intersectConvexConvex(np.ascontiguousarray(a), np.ascontiguousarray(b))
    return float(common)
