"""The maps of a finished card face, and where its characters are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Face", "FieldLine"]

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class FieldLine:
    """One line of characters. ``text`` as printed; ``chars`` its non-blank characters in order; ``boxes`` (n,
    4) float32 x0 y0 x1 y1 of each, card mm, upright. ``field``: pan, expiry, holder, other."""

    field: str
    text: str
    chars: tuple[str, ...]
    boxes: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face at ``ppmm`` px per mm. ``albedo`` (H, W, 3) uint8 sRGB BGR; ``height`` (H, W) float32 relief in mm
    (embossing positive, dents negative); ``metal`` (H, W) float32 0 plastic … 1 mirror. ``pan``: digits only,
    "" without a number."""

    size_mm: tuple[float, float]
    ppmm: float
    albedo: UInt8
    height: Float32
    metal: Float32
    lines: tuple[FieldLine, ...]
    pan: str
    style: str
    layout: str
