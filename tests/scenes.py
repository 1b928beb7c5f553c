"""Pictures with codes on textured ground, for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanapp.frame import Frame

Image = NDArray[np.uint8]


def ground(width: int = 640, height: int = 360, seed: int = 3) -> Image:
    """Smooth texture that flow can follow and no detector takes for a code."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(90, 170, (height // 24, width // 24), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def code(text: str, format: str = "QRCode", scale: int = 4) -> Image:
    """A code with its quiet zone."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(format))
    return np.asarray(barcode.to_image(scale=scale, add_quiet_zones=True), dtype=np.uint8)


def placed(picture: Image, patch: Image, x: int, y: int) -> Image:
    """``picture`` with ``patch`` on it."""
    out = picture.copy()
    out[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return out


def frames(pictures: Iterable[Image], fps: float = 30.0) -> list[Frame]:
    """Numbered and timed."""
    return [Frame(picture, index=i, pts=i / fps) for i, picture in enumerate(pictures)]


def still(text: str, count: int, format: str = "QRCode") -> list[Frame]:
    """``count`` frames of one code that does not move; sensor noise makes each different."""
    rng = np.random.default_rng(5)
    base = placed(ground(), code(text, format), 120, 90).astype(np.int16)
    return frames(np.clip(base + rng.normal(0, 2, base.shape), 0, 255).astype(np.uint8) for _ in range(count))


def sliding(text: str, count: int, step: int = 4) -> list[Frame]:
    """A window that pans over a wide scene: everything moves ``step`` pixels to the left a frame."""
    wide = placed(ground(640 + step * count), code(text), 420, 90)
    return frames(np.ascontiguousarray(wide[:, i * step : i * step + 640]) for i in range(count))
