"""Colours for card artwork: random palettes, ramps over a field of values, and the fields themselves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.art.noise import value_noise

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
Rng = np.random.Generator
Bgr = tuple[int, int, int]


def colour(rng: Rng, hue: float | None = None, saturation: float | None = None, value: float | None = None) -> Bgr:
    """A BGR colour; hue in turns, the others 0…1; what is None is random, pale and dark more than garish."""
    turn = rng.random() if hue is None else hue
    strength = rng.beta(1.3, 1.3) if saturation is None else saturation
    bright = rng.beta(1.1, 0.8) if value is None else value
    pixel = np.array([[[turn % 1.0 * 360, np.clip(strength, 0, 1), np.clip(bright, 0, 1)]]], np.float32)
    blue, green, red = (cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0] * 255).round().tolist()
    return int(blue), int(green), int(red)


def palette(rng: Rng, count: int) -> list[Bgr]:
    """``count`` colours that go together: one hue, neighbours, complements, greys, or anything."""
    scheme = rng.choice(["one", "near", "opposite", "grey", "any"], p=[0.25, 0.25, 0.15, 0.15, 0.2])
    hue, strength, bright = rng.random(), rng.beta(1.5, 1.2), rng.beta(1.4, 1.0)
    spread = rng.uniform(0.1, 0.5)
    colours = []
    for index in range(count):
        turn = {"one": hue, "near": hue + rng.uniform(-0.12, 0.12), "opposite": hue + 0.5 * (index % 2)}.get(
            str(scheme), rng.random()
        )
        saturation = 0.06 * rng.random() if scheme == "grey" else strength + rng.uniform(-0.3, 0.3)
        colours.append(colour(rng, turn, saturation, bright + rng.uniform(-spread, spread)))
    return colours


def ramp(values: Field, colours: list[Bgr]) -> Picture:
    """(H, W, 3) uint8: each value, clipped to 0…1, becomes the colour that far along ``colours``."""
    stops = np.linspace(0, 255, len(colours))
    table = np.empty((1, 256, 3), np.uint8)
    for channel in range(3):
        table[0, :, channel] = np.interp(np.arange(256), stops, [c[channel] for c in colours])
    level = cv2.convertScaleAbs(np.clip(values, 0.0, 1.0), alpha=255)
    return np.asarray(cv2.LUT(cv2.merge([level] * 3), table), np.uint8)


def shaded(picture: Picture, shade: Field) -> Picture:
    """The picture times ``1 + shade``; ``shade`` is (H, W)."""
    factor = cv2.merge([1.0 + shade] * 3).astype(np.float32)
    return np.asarray(cv2.multiply(picture, factor, dtype=cv2.CV_8U), np.uint8)


def noise(
    rng: Rng, width: int, height: int, cell: tuple[float, float], octaves: int = 4, fade: float = 0.5
) -> Field:
    """(H, W) float32 of mean about 0.5, mostly within 0…1; ``cell`` is the coarsest feature in pixels."""
    return np.asarray(0.5 + 0.25 * value_noise((height, width), cell, rng, octaves, fade), np.float32)


def slope(rng: Rng, width: int, height: int, angle: float | None = None) -> Field:
    """(H, W) float32 rising from 0 to 1 across the picture in a direction (radians; random by default)."""
    turn = rng.uniform(0, 2 * np.pi) if angle is None else angle
    x = np.cos(turn) * np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
    y = np.sin(turn) * np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    span = abs(np.cos(turn)) + abs(np.sin(turn))
    return np.asarray((x + y) / span + 0.5, np.float32)


def distance(width: int, height: int, centre: tuple[float, float]) -> Field:
    """(H, W) float32: how far each pixel is from a point, in widths."""
    x = (np.arange(width, dtype=np.float32)[None, :] - centre[0]) / width
    y = (np.arange(height, dtype=np.float32)[:, None] - centre[1]) / width
    return np.asarray(np.sqrt(x * x + y * y), np.float32)


def solid(width: int, height: int, bgr: Bgr) -> Picture:
    """One colour everywhere."""
    return np.full((height, width, 3), bgr, np.uint8)
