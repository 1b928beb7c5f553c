"""Light that falls unevenly on a card: soft shadows, a lens's vignette, glare in spots and bands.

Fields are drawn at an eighth of the size, for they are smooth, and enlarged.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Box = tuple[float, float, float, float]
Rng = np.random.Generator
_COARSE = 8


def light_fields(
    rng: Rng,
    shape: tuple[int, int],
    card_px: float,
    *,
    glare: float,
    shadow: float,
    number_box: Box | None = None,
    on_number: bool = False,
) -> tuple[Field, Field]:
    """(gain, veil), (H, W) float32 each: what to multiply a picture by, and the grey levels to add.

    ``glare`` and ``shadow`` are probabilities. A picture smaller than the card is taken for a part of it, so the
    card's glare often misses it; unless ``on_number``, where a spot or a band lies on a part of ``number_box`` (by
    default of the picture's middle). Otherwise glare keeps its core off ``number_box`` if that is given.
    """
    height, width = shape
    small = (max(4, height // _COARSE), max(4, width // _COARSE))
    unit = card_px * small[1] / width
    gain = shading(rng, small)
    if rng.random() < shadow:
        gain = gain * soft_shadow(rng, small, unit)
    veil = np.zeros(small, np.float32)
    if rng.random() < glare:
        share = (small[1] / width, small[0] / height) * 2
        box = None if number_box is None else tuple(n * s for n, s in zip(number_box, share, strict=True))
        aim = (box or (0.05 * small[1], 0.4 * small[0], 0.95 * small[1], 0.65 * small[0])) if on_number else None
        for _ in range(int(rng.integers(1, 3))):
            veil = np.maximum(veil, _glare(rng, small, unit, aim, box))  # type: ignore[arg-type]
    full = (width, height)
    return (
        np.asarray(cv2.resize(gain, full, interpolation=cv2.INTER_LINEAR), np.float32),
        np.asarray(cv2.resize(veil, full, interpolation=cv2.INTER_LINEAR), np.float32),
    )


def shading(rng: Rng, shape: tuple[int, int]) -> Field:
    """A gain that falls off linearly in a random direction and, as a vignette, towards the corners."""
    x, y = _axes(shape)
    turn = rng.uniform(0, 2 * np.pi)
    tilt = rng.uniform(0, 0.25) * (np.cos(turn) * x + np.sin(turn) * y)
    return np.asarray(1 + tilt - rng.uniform(0, 0.15) * (x * x + y * y), np.float32)


def soft_shadow(rng: Rng, shape: tuple[int, int], card_px: float) -> Field:
    """A gain below one in a band with soft edges: the shadow of a hand, a phone, a window's frame."""
    height, width = shape
    mask = np.zeros(shape, np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-way[1], way[0]])
    at = rng.random(2) * (width, height)
    wide = card_px * rng.uniform(0.15, 1.0)
    corners = [at + 3 * card_px * side, at - 3 * card_px * side, at - 3 * card_px * side + wide * way]
    corners.append(at + 3 * card_px * side + wide * way)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1.0)
    soft = max(0.4, card_px * rng.choice([0.004, 0.02, 0.06]))
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), float(soft)), np.float32)
    return np.asarray(1 - rng.uniform(0.2, 0.65) * mask, np.float32)


def glare_spot(
    shape: tuple[int, int], centre: tuple[float, float], size: tuple[float, float], turn: float
) -> Field:
    """An elliptic spot: one inside, falling off softly outside; ``size`` are its half axes in pixels."""
    x, y = _offsets(shape, centre)
    along = (np.cos(turn) * x + np.sin(turn) * y) / size[0]
    across = (np.cos(turn) * y - np.sin(turn) * x) / size[1]
    return np.asarray(np.exp(-((along * along + across * across) ** 1.3)), np.float32)


def glare_band(shape: tuple[int, int], centre: tuple[float, float], wide: float, turn: float) -> Field:
    """A lamp's or a window's stripe through ``centre``, ``wide`` pixels to each side, soft at its edges."""
    x, y = _offsets(shape, centre)
    across = (np.cos(turn) * y - np.sin(turn) * x) / wide
    return np.asarray(np.exp(-(np.abs(across) ** 2.5)), np.float32)


def _glare(rng: Rng, shape: tuple[int, int], unit: float, aim: Box | None, keep_off: Box | None) -> Field:
    height, width = shape
    strength = rng.uniform(120, 380) if aim else rng.uniform(40, 320)
    large = 0.6 if aim else 1.0
    size = (unit * rng.uniform(0.05, 0.22) * large, unit * rng.uniform(0.03, 0.12) * large)
    turn = rng.uniform(0, np.pi)
    band = rng.random() < 0.35
    for _ in range(4):
        if aim is not None:
            centre = (rng.uniform(aim[0], aim[2]), rng.uniform(aim[1], aim[3]))
        else:
            room = (max(0.0, unit - width), max(0.0, 0.63 * unit - height))
            centre = tuple(rng.uniform(-r, n + r) for n, r in zip((width, height), room, strict=True))  # type: ignore[assignment]
        field = glare_band(shape, centre, size[1] / 2, turn) if band else glare_spot(shape, centre, size, turn)
        if aim is not None or keep_off is None or _inside(field, keep_off) < 0.25:
            return np.asarray(field * strength, np.float32)
    return np.zeros(shape, np.float32)


def _inside(field: Field, box: Box) -> float:
    """The field's greatest value within a box; 0 where the box lies outside."""
    x0, y0, x1, y1 = (max(0, round(n)) for n in box)
    part = field[y0 : y1 + 1, x0 : x1 + 1]
    return float(part.max()) if part.size else 0.0


def _axes(shape: tuple[int, int]) -> tuple[Field, Field]:
    """x and y from -1 to 1 across the picture."""
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    return x, y


def _offsets(shape: tuple[int, int], centre: tuple[float, float]) -> tuple[Field, Field]:
    y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(centre[1])
    x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(centre[0])
    return x, y
