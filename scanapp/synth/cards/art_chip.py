"""A smart card's contacts: gold or silver, six or eight fields around a middle, of several makers' patterns."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.art_colour import colour

Float32 = NDArray[np.float32]
Rng = np.random.Generator


def chip_maps(rng: Rng, width: int, height: int, upright: bool) -> tuple[Float32, Float32, Float32, Float32]:
    """(picture, mask, metal, relief) of a contact plate: (H, W, 3) BGR and three times (H, W), float32.

    ``mask`` is where the plate is, ``relief`` is in mm. ``upright`` plates are turned by a quarter.
    """
    if upright:
        turned = chip_maps(rng, height, width, False)
        picture, mask, metal, relief = (np.ascontiguousarray(np.rot90(part)) for part in turned)
        return picture, mask, metal, relief
    plate = _rounded(width, height, rng.uniform(0.08, 0.3))
    cuts = _cuts(rng, width, height)
    silver = rng.random() < 0.35
    base = colour(rng, 0.12, 0.1 * rng.random() if silver else rng.uniform(0.3, 0.65), rng.uniform(0.6, 0.95))
    slope = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * rng.uniform(-0.2, 0.2)
    slope = slope + np.linspace(-1, 1, height, dtype=np.float32)[:, None] * rng.uniform(-0.2, 0.2)
    picture = np.array(base, np.float32) * (1 + slope[..., None])
    dark = np.array(base, np.float32) * rng.uniform(0.15, 0.6)
    picture = picture + cuts[..., None] * (dark - picture)
    metal = plate * (1 - 0.8 * cuts) * np.float32(rng.uniform(0.35, 0.8))
    relief = np.float32(-0.04) * cuts * plate
    return (
        np.asarray(np.clip(picture, 0, 255), np.float32),
        plate,
        np.asarray(metal, np.float32),
        np.asarray(relief, np.float32),
    )


def _rounded(width: int, height: int, share: float) -> Float32:
    """A rectangle with rounded corners, anti-aliased."""
    radius = max(1.0, share * min(width, height))
    x = np.abs(np.arange(width, dtype=np.float32) - (width - 1) / 2)[None, :] - (width / 2 - radius)
    y = np.abs(np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, None] - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0))
    return np.asarray(np.clip(radius - outside, 0, 1), np.float32)


def _cuts(rng: Rng, width: int, height: int) -> Float32:
    """The lines between the contacts, 0…1."""
    lines = np.zeros((height, width), np.uint8)
    thick = max(1, round(width * rng.uniform(0.012, 0.035)))

    def line(x0: float, y0: float, x1: float, y1: float) -> None:
        a, b = (int(x0 * width), int(y0 * height)), (int(x1 * width), int(y1 * height))
        cv2.line(lines, a, b, 255, thick, cv2.LINE_AA)

    rows = int(rng.choice([3, 4]))
    left, right = rng.uniform(0.26, 0.38), rng.uniform(0.62, 0.74)
    top, bottom = rng.uniform(0.0, 0.34), rng.uniform(0.66, 1.0)
    bend = rng.uniform(-0.08, 0.08)
    for n in range(1, rows):
        line(0, n / rows, left, n / rows + bend * (n - rows / 2))
        line(1, n / rows, right, n / rows + bend * (n - rows / 2))
    middle = rng.integers(4)
    if middle == 0:
        axes = (int((right - left) / 2 * width), int((bottom - top) / 2 * height))
        cv2.ellipse(lines, (width // 2, int((top + bottom) / 2 * height)), axes, 0, 0, 360, 255, thick, cv2.LINE_AA)
    elif middle == 1:
        for x in (left, right):
            line(x, 0, x, 1)
    else:
        line(left, top, left, bottom)
        line(right, top, right, bottom)
        line(left, top, right, top)
        line(left, bottom, right, bottom)
    if middle >= 1 and rng.random() < 0.5:
        line(0.5, 0, 0.5, top if middle > 1 else 0.35)
        line(0.5, bottom if middle > 1 else 0.65, 0.5, 1)
    if rng.random() < 0.3:
        line(left, 0.5, right, 0.5)
    return np.asarray(lines / 255, np.float32)
