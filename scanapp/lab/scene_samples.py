"""Samples for the locator out of rendered frames: the whole, or the part about a card that a second look has."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.lab.composites import MARGIN, Sample, framed, pick
from scanapp.lab.scenes_cache import ScenesCache

WHOLE = 0.45
"""Share of samples that show the whole frame."""
AROUND = (1.15, 2.6)
"""Sides of a part over those of the bounds of what lies there."""
PART = (0.35, 0.9)
"""The same over the frame's, where nothing lies."""
SQUEEZE = 0.12
"""Spread of the ratio of the part's shape to the input's: pictures are squeezed into the nearest shape."""


def scene_sample(
    cache: ScenesCache, rng: np.random.Generator, width: int, height: int, *, held_out: bool = False
) -> Sample:
    """A picture for an input of ``width`` × ``height`` network pixels."""
    scene = cache.scene(pick(rng, cache.ready, held_out=held_out))
    picture, quad = scene.picture, scene.quad
    if (picture.shape[0] > picture.shape[1]) != (height > width):
        picture, quad = _rotated(picture, quad)
    x0, y0, x1, y1 = _part(picture.shape, quad, width / height, rng)
    inner = (width - 2 * MARGIN, height - 2 * MARGIN)
    seen = cv2.resize(picture[y0:y1, x0:x1], inner, interpolation=cv2.INTER_AREA)
    light = seen * float(np.exp(rng.normal(0, 0.1))) + float(rng.normal(0, 6))
    image = framed(np.asarray(np.clip(light, 0, 255), np.uint8))
    mask = np.zeros(inner[::-1], np.uint8)
    if quad is None or not scene.card:
        return Sample(image, None, False, framed(mask, 0))
    scale = np.array([inner[0] / (x1 - x0), inner[1] / (y1 - y0)])
    placed = ((quad - [x0, y0]) * scale).astype(np.float32)
    cv2.fillConvexPoly(mask, np.round(placed).astype(np.int32), (255,))
    return Sample(image, placed + MARGIN, True, framed(mask, 0))


def _rotated(
    picture: npt.NDArray[np.uint8], quad: npt.NDArray[np.float32] | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32] | None]:
    """A quarter turn anticlockwise."""
    width = picture.shape[1]
    turned = np.ascontiguousarray(np.rot90(picture))
    return turned, None if quad is None else np.column_stack([quad[:, 1], width - quad[:, 0]])


def _part(
    shape: tuple[int, ...], quad: npt.NDArray[np.float32] | None, ratio: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """x0 y0 x1 y1 of what is looked at, of about the input's proportions (width over height)."""
    tall, wide = shape
    ratio *= float(np.exp(rng.normal(0, SQUEEZE)))
    if rng.random() < WHOLE:
        size, middle = np.array([wide, tall], np.float64), np.array([wide, tall]) / 2
    elif quad is None:
        size = np.array([wide, tall]) * rng.uniform(*PART)
        middle = rng.uniform(size / 2, np.array([wide, tall]) - size / 2)
    else:
        size = (quad.max(0) - quad.min(0)) * rng.uniform(*AROUND)
        middle = (quad.max(0) + quad.min(0)) / 2 + rng.normal(0, 0.08, 2) * size
    # the longer side grows to the input's proportions, as far as the frame goes
    size = np.maximum(size, [size[1] * ratio, size[0] / ratio])
    low = np.clip(middle - size / 2, 0, None)
    high = np.minimum(middle + size / 2, [wide, tall])
    x0, y0 = (int(side) for side in np.minimum(low, [wide - 16, tall - 16]))
    x1, y1 = (max(int(np.ceil(side)), first + 16) for side, first in zip(high, (x0, y0), strict=True))
    return x0, y0, x1, y1
