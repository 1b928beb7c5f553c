"""The display matrix of a container, applied so that frames stand upright.

Phones record with the sensor's rows and note in the file how to turn them. The matrix maps stored pixels to shown
ones: ``(x, y) -> (a x + c y, b x + d y)``, nine 32-bit integers ``a b u c d v x y w`` (ISO/IEC 14496-12, 6.2.2).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Turn = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


def _rotate(code: int) -> Turn:
    return lambda image: np.asarray(cv2.rotate(image, code), dtype=np.uint8)


def _flip(code: int) -> Turn:
    return lambda image: np.asarray(cv2.flip(image, code), dtype=np.uint8)


def _transpose(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.transpose(image), dtype=np.uint8)


def _anti_transpose(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.flip(cv2.transpose(image), -1), dtype=np.uint8)


_TURNS: dict[tuple[int, int, int, int], Turn] = {
    (0, 1, -1, 0): _rotate(cv2.ROTATE_90_CLOCKWISE),
    (-1, 0, 0, -1): _rotate(cv2.ROTATE_180),
    (0, -1, 1, 0): _rotate(cv2.ROTATE_90_COUNTERCLOCKWISE),
    (-1, 0, 0, 1): _flip(1),
    (1, 0, 0, -1): _flip(0),
    (0, 1, 1, 0): _transpose,
    (0, -1, -1, 0): _anti_transpose,
}


def turn_of(matrix: bytes | None) -> Turn | None:
    """How to stand an image upright under a display matrix (36 bytes, native order); None: it already is.

    Matrices that are no multiple of a right angle (and mirrors) leave the image as it is.
    """
    if matrix is None or len(matrix) < 36:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    scale = max(abs(a), abs(b), abs(c), abs(d))
    if not scale:
        return None
    return _TURNS.get((round(a / scale), round(b / scale), round(c / scale), round(d / scale)))


def display_matrix(frame: Any) -> bytes | None:
    """The raw display matrix of an `av.VideoFrame`, None where it has none."""
    try:
        for data in frame.side_data:
            if data.type.name == "DISPLAYMATRIX":
                return bytes(data)
    except ValueError:  # side data newer than this PyAV: the rotation alone still gets through
        return _matrix_of_rotation(rotation(frame))
    return None


def rotation(frame: Any) -> int:
    """Degrees counterclockwise, cheap enough to ask for on each frame; 0 from a PyAV that does not know (14.0)."""
    return int(getattr(frame, "rotation", 0))


def _matrix_of_rotation(counterclockwise: int) -> bytes | None:
    angle = np.deg2rad(counterclockwise)
    cos, sin = round(65536 * float(np.cos(angle))), round(65536 * float(np.sin(angle)))
    return struct.pack("=9i", cos, -sin, 0, sin, cos, 0, 0, 0, 1 << 30)
