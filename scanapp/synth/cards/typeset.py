"""Sets a line of characters: one coverage mask for the line, and the box of each character."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.glyphs import Font

__all__ = ["Setting", "line_width", "typeset"]

Float32 = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A set line. ``mask`` (h, w) float32 coverage whose top left pixel is at (``x``, ``y``) on the face in px;
    ``boxes`` (n, 4) float32 x0 y0 x1 y1 in face px, one for each character of ``chars`` (no blanks)."""

    mask: Float32
    x: int
    y: int
    chars: tuple[str, ...]
    boxes: Float32

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the face that ``mask`` covers."""
        return slice(self.y, self.y + self.mask.shape[0]), slice(self.x, self.x + self.mask.shape[1])


def advances(text: str, font: Font, pitch: float | None, gap: float, tracking: float) -> list[float]:
    """Pen steps in cap heights: a fixed ``pitch``, or the font's own plus ``tracking``; a blank steps ``gap``."""
    return [gap if c == " " else pitch if pitch is not None else font.glyph(c).advance + tracking for c in text]


def line_width(text: str, font: Font, *, pitch: float | None, gap: float, tracking: float = 0.0) -> float:
    """Length of a line in cap heights."""
    return sum(advances(text, font, pitch, gap, tracking))


def typeset(
    text: str,
    font: Font,
    *,
    x: float,
    baseline: float,
    cap: float,
    pitch: float | None = None,
    gap: float = 0.5,
    tracking: float = 0.0,
    jitter: float = 0.0,
    rng: Rng | None = None,
    shape: tuple[int, int],
) -> Setting | None:
    """``text`` with its pen starting at (``x``, ``baseline``) face px, capitals ``cap`` px tall.

    ``pitch``, ``gap`` and ``tracking`` are in cap heights; ``jitter`` moves each glyph by that many px (one sigma).
    Returns None when any ink would fall outside the face of ``shape`` (height, width).
    """
    steps = np.array(advances(text, font, pitch, gap, tracking)) * cap
    pens = x + np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    offsets = rng.normal(0, jitter, (len(text), 2)) if rng is not None and jitter else np.zeros((len(text), 2))
    parts: list[tuple[int, int, Float32]] = []
    chars: list[str] = []
    for char, pen, step, offset in zip(text, pens, steps, offsets, strict=True):
        glyph = font.glyph(char)
        if char == " " or glyph.mask.size == 0:
            continue
        own = glyph.advance * cap
        slack = (step - own) / 2 if pitch is not None else 0.0
        parts.append(
            _scaled(
                glyph.mask, pen + slack + glyph.left * cap + offset[0], baseline + glyph.top * cap + offset[1], cap
            )
        )
        chars.append(char)
    return _joined(parts, tuple(chars), shape) if parts else None


def _scaled(mask: Float32, x: float, y: float, cap: float) -> tuple[int, int, Float32]:
    scale = cap / 96
    h, w = max(1, round(mask.shape[0] * scale)), max(1, round(mask.shape[1] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return round(x), round(y), np.asarray(cv2.resize(mask, (w, h), interpolation=way), dtype=np.float32)


def _joined(
    parts: list[tuple[int, int, Float32]], chars: tuple[str, ...], shape: tuple[int, int]
) -> Setting | None:
    boxes = np.array([(x, y, x + m.shape[1], y + m.shape[0]) for x, y, m in parts], np.float32)
    x0, y0 = int(boxes[:, 0].min()), int(boxes[:, 1].min())
    x1, y1 = int(boxes[:, 2].max()), int(boxes[:, 3].max())
    if x0 < 0 or y0 < 0 or x1 > shape[1] or y1 > shape[0]:
        return None
    canvas = np.zeros((y1 - y0, x1 - x0), np.float32)
    for x, y, mask in parts:
        place = canvas[y - y0 : y - y0 + mask.shape[0], x - x0 : x - x0 + mask.shape[1]]
        np.maximum(place, mask, out=place)
    return Setting(canvas, x0, y0, chars, boxes)
