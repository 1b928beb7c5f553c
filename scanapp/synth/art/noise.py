"""Random textures that look the same at any resolution: features are sized in millimetres."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray32 = NDArray[np.float32]


def value_noise(
    shape: tuple[int, int], cell: tuple[float, float], rng: np.random.Generator, octaves: int = 4, fade: float = 0.5
) -> Gray32:
    """(height, width) float32 noise of about zero mean and unit spread.

    ``cell`` is the coarsest feature's (width, height) in pixels; each octave halves it and weighs ``fade`` times.
    Octaves finer than a pixel are left out.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        grid_w, grid_h = (max(2, round(n / c * 2**octave) + 2) for n, c in ((width, cell[0]), (height, cell[1])))
        grid = rng.standard_normal((min(grid_h, height + 2), min(grid_w, width + 2)), dtype=np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        norm += weight**2
        weight *= fade
        if grid_w > width and grid_h > height:
            break
    return np.asarray(total / np.sqrt(norm), np.float32)


def tinted(base: tuple[int, int, int], shade: Gray32) -> NDArray[np.uint8]:
    """(h, w, 4) uint8: an opaque colour, multiplied by ``1 + shade``."""
    sheet = np.empty((*shade.shape, 4), np.uint8)
    for channel in range(3):
        sheet[..., channel] = np.clip(base[channel] * (1 + shade), 0, 255)
    sheet[..., 3] = 255
    return sheet
