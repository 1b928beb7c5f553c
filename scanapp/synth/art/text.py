"""Printed lines of text in the shipped font."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw

from scanapp.fonts import font
from scanapp.synth.art.canvas import Rgb, Rgba, pixels
from scanapp.synth.scene import Truth

_REFERENCE = 200
_FINER = 2
_X_HEIGHT = 0.54
"""x-height of the shipped font in ems."""


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text, cut to their ink.

    em        type size in millimetres (the x-height is 0.54 of it)
    leading   distance of baselines in ems
    bold      extra stroke in ems; 0.03 looks like a bold face
    required  whether a replay must find it
    """

    lines: tuple[str, ...]
    em: float
    ink: Rgb = (24, 24, 28)
    align: Literal["left", "center", "right"] = "left"
    leading: float = 1.5
    bold: float = 0.0
    required: bool = True

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""
        x0, y0, x1, y1 = self._extent()
        return (x1 - x0) * self.em, (y1 - y0) * self.em

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:  # noqa: ARG002  (the protocol has it)
        """See `Art.paint`."""
        em = max(4, round(self.em * ppmm * _FINER))
        x0, y0, x1, y1 = self._extent()
        mask = Image.new("L", (max(1, round((x1 - x0) * em)), max(1, round((y1 - y0) * em))))
        draw = ImageDraw.Draw(mask)
        stroke = round(self.bold * em)
        for line, (x, y) in zip(self.lines, self._starts(), strict=True):
            place = ((x - x0) * em, (y - y0) * em)
            draw.text(place, line, 255, font(em), anchor="ls", stroke_width=stroke)
        width, height = pixels(self.size, ppmm)
        sheet = np.empty((height, width, 4), np.uint8)
        sheet[..., :3] = self.ink
        sheet[..., 3] = cv2.resize(np.array(mask), (width, height), interpolation=cv2.INTER_AREA)
        return sheet

    def truth(self) -> tuple[Truth, ...]:
        """The lines."""
        value = {"text": "\n".join(self.lines), "lines": list(self.lines)}
        return (Truth("text", value, (0.0, 0.0, *self.size), _X_HEIGHT * self.em, self.required),)

    def _starts(self) -> list[tuple[float, float]]:
        """Where each baseline starts, in ems."""
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[self.align]
        return [(-share * _advance(line), i * self.leading) for i, line in enumerate(self.lines)]

    def _extent(self) -> tuple[float, float, float, float]:
        """Ink box in ems."""
        boxes = [
            np.array(_ink(line)) + np.array([x, y, x, y])
            for line, (x, y) in zip(self.lines, self._starts(), strict=True)
        ]
        low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
        edge = self.bold + 0.02
        return float(low[0] - edge), float(low[1] - edge), float(high[2] + edge), float(high[3] + edge)


@lru_cache(maxsize=512)
def _advance(line: str) -> float:
    return float(font(_REFERENCE).getlength(line)) / _REFERENCE


@lru_cache(maxsize=512)
def _ink(line: str) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = font(_REFERENCE).getbbox(line, anchor="ls")
    return x0 / _REFERENCE, y0 / _REFERENCE, x1 / _REFERENCE, y1 / _REFERENCE
