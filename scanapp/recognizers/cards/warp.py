"""Cutting pictures out of a frame by a homography, without aliasing.

Coordinates are continuous: pixel i covers i to i + 1. A warp alone samples points; where many source pixels fall
into one of the target it would pick one and drop the rest, and thin strokes with them. So the source is first
halved (the frame keeps those reductions, detectors use them too) while at least two of its pixels fall into one,
and what is left of the reduction is supersampled and averaged.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, Transform

MAX_TIMES = 4
"""Supersampling along each axis at most."""
_CENTERS = np.array([[1.0, 0, 0.5], [0, 1.0, 0.5], [0, 0, 1.0]])
_BACK = np.array([[1.0, 0, -0.5], [0, 1.0, -0.5], [0, 0, 1.0]])
"""From a pixel's number to its middle, and back."""


def between(source: Quad | NDArray[np.float32], target: Quad | NDArray[np.float32]) -> Transform:
    """The homography that takes four points to four others."""
    found = cv2.getPerspectiveTransform(np.asarray(source, np.float32), np.asarray(target, np.float32))
    return np.asarray(found, dtype=np.float64)


def rectangle(width: float, height: float) -> NDArray[np.float32]:
    """Corners of a ``width × height`` picture, clockwise from its top left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)


def cut(frame: Frame, to_frame: Transform, width: int, height: int) -> Gray:
    """``(height, width)`` uint8: the luma under ``to_frame`` (cut pixels → frame pixels), edges replicated."""
    across, down = _steps(to_frame, width, height)
    halving = 1
    while halving * 2 <= min(across, down) and max(frame.width, frame.height) > 64 * halving:
        halving *= 2
    source = _halved(frame, halving)
    times_x, times_y = (int(min(MAX_TIMES, max(1, math.ceil(step / halving - 0.25)))) for step in (across, down))
    to_source = to_frame * _scale(halving, halving)[:, None] * _scale(times_x, times_y)
    picture = _sampled(source, to_source, width * times_x, height * times_y)
    if times_x * times_y > 1:
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return picture


def _steps(to_frame: Transform, width: int, height: int) -> tuple[float, float]:
    """Frame pixels that one pixel of the cut is wide and high, in its middle."""
    (a, b, c), (d, e, f), (g, h, i) = to_frame.tolist()

    def mapped(x: float, y: float) -> tuple[float, float]:
        depth = g * x + h * y + i or 1e-12
        return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

    x, y = width / 2, height / 2
    middle = mapped(x, y)
    return math.dist(mapped(x + 1, y), middle), math.dist(mapped(x, y + 1), middle)


def _scale(across: int, down: int) -> NDArray[np.float64]:
    return np.array([1 / across, 1 / down, 1.0])


def _sampled(source: Gray, to_source: Transform, width: int, height: int) -> Gray:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        source, _BACK @ to_source @ _CENTERS, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, dtype=np.uint8)


def _halved(frame: Frame, times: int) -> Gray:
    """The frame's luma reduced by ``times``, a power of two."""
    if times == 1:
        return frame.gray
    return frame.thumb(math.ceil(max(frame.width, frame.height) / (1.5 * times)))
