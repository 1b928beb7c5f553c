"""Drawings in millimetres: Pillow's shapes, smooth at the edges, on a transparent sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scanapp.synth.scene import Truth

Rgb = tuple[int, int, int]
Rgba = NDArray[np.uint8]
Point = tuple[float, float]

_FINER = 2


def pixels(size: tuple[float, float], ppmm: float) -> tuple[int, int]:
    """(width, height) in pixels of a size in millimetres, at least 1."""
    return max(1, round(size[0] * ppmm)), max(1, round(size[1] * ppmm))


class Canvas:
    """A transparent sheet to draw on; coordinates are millimetres from its top left."""

    def __init__(self, size: tuple[float, float], ppmm: float, rng: np.random.Generator) -> None:
        self.size = size
        self.rng = rng
        self._scale = ppmm * _FINER
        self._end = pixels(size, ppmm)
        self._image = Image.new("RGBA", (self._end[0] * _FINER, self._end[1] * _FINER))
        self._draw = ImageDraw.Draw(self._image)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Rgb, corner: float = 0.0) -> None:
        """A filled box, with rounded corners if asked for."""
        self._draw.rounded_rectangle(self._px([(x0, y0), (x1, y1)]), corner * self._scale, fill)

    def disc(self, x: float, y: float, radius: float, fill: Rgb) -> None:
        """A filled circle."""
        self._draw.ellipse(self._px([(x - radius, y - radius), (x + radius, y + radius)]), fill)

    def polygon(self, points: Sequence[Point], fill: Rgb) -> None:
        """A filled polygon."""
        self._draw.polygon(self._px(points), fill)

    def line(self, points: Sequence[Point], width: float, fill: Rgb, round_ends: bool = True) -> None:
        """A line through points, ``width`` millimetres wide."""
        thick = max(1, round(width * self._scale))
        self._draw.line(self._px(points), fill, thick, joint="curve")
        if round_ends:
            for x, y in (points[0], points[-1]):
                self.disc(x, y, width / 2, fill)

    def blend(self, x0: float, y0: float, x1: float, y1: float, top: Rgb, bottom: Rgb) -> None:
        """A box filled with a vertical blend of two colours."""
        left, upper, right, lower = (round(v) for point in self._px([(x0, y0), (x1, y1)]) for v in point)
        share = np.linspace(0, 1, max(1, lower - upper))[:, None]
        column = np.round((1 - share) * np.array(top) + share * np.array(bottom)).astype(np.uint8)
        area = np.repeat(column[:, None, :], max(1, right - left), axis=1)
        self._image.paste(Image.fromarray(area), (left, upper))

    def rgba(self) -> Rgba:
        """The sheet as (height, width, 4) uint8."""
        fine = np.array(self._image, np.float32)
        fine[..., :3] *= fine[..., 3:] * np.float32(1 / 255)
        small = np.asarray(cv2.resize(fine, self._end, interpolation=cv2.INTER_AREA), np.float32)
        small[..., :3] /= np.maximum(small[..., 3:], 1.0) * np.float32(1 / 255)
        return np.clip(np.round(small), 0, 255).astype(np.uint8)

    def _px(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]


@dataclass(frozen=True, slots=True)
class Drawing:
    """An artwork drawn by a function; it holds nothing that can be read."""

    width: float
    height: float
    draw: Callable[[Canvas], None]

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""
        return self.width, self.height

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        canvas = Canvas(self.size, ppmm, rng)
        self.draw(canvas)
        return canvas.rgba()

    def truth(self) -> tuple[Truth, ...]:
        """Nothing."""
        return ()
