"""Text for pictures: dark translucent pills with text drawn by Pillow, kept as stamps.

Pillow needs a millisecond or two for a label, a stamp is laid down in some twenty microseconds: a label is drawn
once and kept while its words stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scanapp.fonts import font
from scanapp.frame import Bgr

Color = tuple[int, int, int]
"""Blue, green, red; 0 to 255."""

WHITE: Color = (255, 255, 255)
INK: Color = (26, 20, 16)
PILL_ALPHA = 0.74
_IN_WORDS = str.maketrans({"␀": "[NUL]", "␍": "[CR]", "␛": "[ESC]", "␝": "[GS]"})
"""Control pictures that `sanitize.printable` writes and that the shipped font has no glyph for."""


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A small picture with transparency, ready to be laid on a frame.

    paint    (h, w, 3) uint8, BGR times alpha
    keep     (h, w, 3) uint8, 255 times (1 - alpha): how much of the frame shows through
    """

    paint: Bgr
    keep: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.paint.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.paint.shape[0])

    def lay_on(self, image: Bgr, x: int, y: int) -> None:
        """Blend the stamp into ``image`` with its top left corner at (x, y); what falls outside is cut."""
        x0, y0 = max(0, x), max(0, y)
        x1, y1 = min(image.shape[1], x + self.width), min(image.shape[0], y + self.height)
        if x0 >= x1 or y0 >= y1:
            return
        cut = np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
        place = image[y0:y1, x0:x1]
        place[:] = cv2.add(cv2.multiply(place, self.keep[cut], scale=1 / 255), self.paint[cut])


@dataclass(frozen=True, slots=True)
class Run:
    """Some words in one colour."""

    text: str
    color: Color = WHITE


@lru_cache(maxsize=128)
def pill(runs: tuple[Run, ...], size: int, max_width: int, mark: Color | None = None, tick: bool = False) -> Stamp:
    """A pill with runs of text in a row; the last run is cut with an … where it would be too wide.

    size       of the font in pixels
    max_width  of the whole pill in pixels
    mark       colour of a dot before the text, None for none
    tick       the dot is larger and holds a tick
    """
    pad, gap = round(size * 0.5), round(size * 0.5)
    height = round(size * 1.55)
    dot = 0 if mark is None else round(size * (0.95 if tick else 0.5))
    left = pad + (dot + gap if dot else 0)
    runs = _fit(runs, size, max_width - left - pad, gap)
    ends = np.cumsum([font(size).getlength(run.text) for run in runs]) + gap * np.arange(len(runs))
    width = max(height, left + round(float(ends[-1] if len(runs) else 0)) + pad)

    canvas = Image.new("RGB", (width, height), INK[::-1])
    draw = ImageDraw.Draw(canvas)
    x = float(left)
    for run in runs:
        draw.text((x, height * 0.5 + size * 0.36), run.text, fill=run.color[::-1], font=font(size), anchor="ls")
        x += font(size).getlength(run.text) + gap
    bgr = np.asarray(canvas, dtype=np.uint8)[:, :, ::-1].copy()
    if mark is not None:
        _dot(bgr, pad + dot / 2, height / 2, dot / 2, mark, tick)
    return _stamp(bgr)


def _fit(runs: tuple[Run, ...], size: int, room: float, gap: int) -> tuple[Run, ...]:
    """The runs, readable in the shipped font, with the last one cut to the room that the others leave."""
    runs = tuple(Run(run.text.translate(_IN_WORDS), run.color) for run in runs if run.text)
    if not runs:
        return runs
    before = sum(font(size).getlength(run.text) + gap for run in runs[:-1])
    return (*runs[:-1], Run(_cut(runs[-1].text, size, room - before), runs[-1].color))


def _cut(text: str, size: int, room: float) -> str:
    face = font(size)
    if face.getlength(text) <= room:
        return text
    short, long = 0, len(text) - 1
    while short < long:
        middle = (short + long + 1) // 2
        if face.getlength(text[:middle] + "…") <= room:
            short = middle
        else:
            long = middle - 1
    return text[:short].rstrip() + "…"


def _dot(bgr: Bgr, x: float, y: float, radius: float, color: Color, tick: bool) -> None:
    cv2.circle(bgr, _sub(x, y), round(radius * 16), color, -1, cv2.LINE_AA, 4)
    if tick:
        points = [
            _sub(x + dx * radius, y + dy * radius) for dx, dy in ((-0.45, 0.02), (-0.12, 0.36), (0.48, -0.34))
        ]
        stroke = max(1, round(radius * 0.3))
        cv2.polylines(bgr, [np.array(points)], False, INK, stroke, cv2.LINE_AA, 4)


def _sub(x: float, y: float) -> tuple[int, int]:
    return round((x - 0.5) * 16), round((y - 0.5) * 16)


def _stamp(bgr: Bgr) -> Stamp:
    """The picture in a rounded shape; letters and marks are opaque, the ground lets the frame shine through."""
    height, width = bgr.shape[:2]
    distance_x = np.maximum(np.abs(np.arange(width) - (width - 1) / 2) - (width - height) / 2, 0)
    distance_y = np.abs(np.arange(height) - (height - 1) / 2)
    inside = np.clip(height / 2 - np.hypot(distance_x[None, :], distance_y[:, None]), 0, 1)
    inked = np.abs(bgr.astype(np.float32) - np.array(INK, dtype=np.float32)).max(axis=2) / 160
    alpha = (inside * np.clip(PILL_ALPHA + inked, 0, 1))[:, :, None]
    keep = np.broadcast_to(255 * (1 - alpha), bgr.shape)
    return Stamp(np.rint(bgr * alpha).astype(np.uint8), np.rint(keep).astype(np.uint8))
