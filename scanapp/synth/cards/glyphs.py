"""Fonts for card faces: stroke fonts of our own with random parameters, and TrueType families in two disjoint sets.

A font gives one glyph at a time as float coverage. Glyphs are drawn once at a cap height of 96 px and scaled
down by area averaging, which is fast and keeps thin strokes anti-aliased.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import scanapp.fonts
from scanapp.synth.cards.fontfiles import family, font_files
from scanapp.synth.cards.skeletons import DIGITS, LETTERS, Skeleton

__all__ = ["Font", "FontSet", "Glyph", "StrokeFont", "TrueTypeFont"]

Float32 = NDArray[np.float32]
Rng = np.random.Generator
REF = 96  # cap height in px at which glyphs are drawn once
PAD = 32


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """Coverage ``mask`` (h, w) float32 0…1 cropped to the ink, its left and top edge relative to the pen on the
    baseline (y down, so ``top`` is negative), and the advance; all in units of the cap height."""

    mask: Float32
    left: float
    top: float
    advance: float


class Font(Protocol):
    """Anything that can draw characters."""

    name: str

    def glyph(self, char: str) -> Glyph:
        """The glyph, drawn at a cap height of 96 px; an empty mask for a blank."""
        ...


def _crop(mask: NDArray[np.uint8], origin_x: float, baseline: float, advance: float) -> Glyph:
    x, y, w, h = cv2.boundingRect((mask > 24).astype(np.uint8))
    if w == 0:
        return Glyph(np.zeros((0, 0), np.float32), 0.0, 0.0, advance / REF)
    ink = np.asarray(mask[y : y + h, x : x + w] / np.float32(255), np.float32)
    return Glyph(ink, (x - origin_x) / REF, (y - baseline) / REF, advance / REF)


@dataclass(slots=True, eq=False)
class StrokeFont:
    """A font drawn with one pen. Lengths are fractions of the cap height.

    ``pick`` chooses among the drawings of each character; ``radius`` rounds corners; ``slant`` is the shear of
    italics. ``seed``: the drawings' points are moved a little at random, the same for a font; None: as they are.
    """

    name: str
    width: float
    pen: float
    radius: float
    slant: float
    pick: dict[str, int]
    seed: int | None = None
    _done: dict[str, Glyph] = field(default_factory=dict)

    def glyph(self, char: str) -> Glyph:
        if char not in self._done:
            self._done[char] = self._draw(char.upper())
        return self._done[char]

    def _draw(self, char: str) -> Glyph:
        drawings = DIGITS.get(char) or LETTERS.get(char)
        advance = (self.width + self.pen + 0.16) * REF
        if drawings is None:
            return Glyph(np.zeros((0, 0), np.float32), 0.0, 0.0, advance / REF)
        drawing = drawings[self.pick.get(char, 0) % len(drawings)]
        if self.seed is not None:
            drawing = _moved(
                drawing, np.random.default_rng(self.seed), np.random.default_rng((self.seed, ord(char)))
            )
        return self._stroke(drawing, advance)

    def _stroke(self, skeleton: Skeleton, advance: float) -> Glyph:
        pen = max(1.0, self.pen * REF)
        canvas = np.zeros((REF + 2 * PAD, REF + 2 * PAD), np.uint8)
        run, rise = self.width * REF, REF - pen
        left = PAD + (advance - run) / 2
        for stroke in skeleton:
            points = np.array(stroke, np.float64)
            points = np.stack([left + points[:, 0] * run, PAD + pen / 2 + points[:, 1] * rise], 1)
            points[:, 0] += self.slant * (PAD + REF - points[:, 1])
            path = _rounded(points, self.radius * REF)
            cv2.polylines(canvas, [np.round(path * 16).astype(np.int32)], False, 255, round(pen), cv2.LINE_AA, 4)
        return _crop(canvas, PAD, PAD + REF, advance)


def _moved(drawing: Skeleton, font: Rng, own: Rng) -> Skeleton:
    """The drawing with its waist higher or lower, as the whole ``font`` has it, and each point moved by its ``own``
    chance; points that coincide stay together, feet and heads on their lines."""
    waist = float(np.exp(font.normal(0, 0.16)))
    loose = font.uniform(0.0, 0.06)
    moved: dict[tuple[float, float], tuple[float, float]] = {}
    for x, y in (point for stroke in drawing for point in stroke):
        if (x, y) not in moved:
            dx, dy = own.normal(0, loose, 2)
            level = 0.0 if y in (0.0, 1.0) else float(dy)
            moved[x, y] = (x + float(dx), (y**waist if 0 <= y <= 1 else y) + level)
    return tuple(tuple(moved[point] for point in stroke) for stroke in drawing)


def _rounded(points: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """The polyline with each inner corner replaced by a quadratic arc; doubled points stay sharp."""
    if len(points) < 3:
        return points
    out = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a, b = before - corner, after - corner
        la, lb = float(np.hypot(*a)), float(np.hypot(*b))
        reach = min(radius, la / 2, lb / 2)
        if reach < 1e-6:
            out.append(corner)
            continue
        start, end = corner + a / la * reach, corner + b / lb * reach
        for t in np.linspace(0, 1, 5):
            out.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    out.append(points[-1])
    return np.array(out)


@dataclass(slots=True, eq=False)
class TrueTypeFont:
    """A font file, scaled so that its zero is one cap height tall."""

    name: str
    path: str
    _done: dict[str, Glyph] = field(default_factory=dict)

    def glyph(self, char: str) -> Glyph:
        if char not in self._done:
            self._done[char] = self._draw(char)
        return self._done[char]

    def _draw(self, char: str) -> Glyph:
        face = _face(self.path)
        advance = float(face.getlength(char))
        image = Image.new("L", (int(advance) + 2 * PAD, 3 * REF))
        ImageDraw.Draw(image).text((PAD, 2 * REF), char, fill=255, font=face, anchor="ls")
        return _crop(np.asarray(image), PAD, 2 * REF, advance)


@lru_cache(maxsize=256)
def _face(path: str) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(path, REF, layout_engine=ImageFont.Layout.BASIC)
    _, top, _, bottom = face.getbbox("0", anchor="ls")
    return ImageFont.truetype(
        path, max(8, round(REF * REF / max(1.0, bottom - top))), layout_engine=ImageFont.Layout.BASIC
    )


@lru_cache(maxsize=4)
def _system_fonts(held_out: bool, also: str = "") -> tuple[TrueTypeFont, ...]:
    fonts = (TrueTypeFont(stem, path) for stem, path in font_files(held_out, also))
    return tuple(font for font in fonts if _usable(font))


def _usable(font: TrueTypeFont) -> bool:
    """Whether the file draws different digits and capitals."""
    try:
        masks = {font.glyph(char).mask.tobytes() for char in "0178AM/"}
    except (OSError, ValueError):
        return False
    return len(masks) == 7


@dataclass(frozen=True, slots=True, eq=False)
class FontSet:
    """The fonts one data set may use. ``training()`` and ``test()`` share no family and no stroke drawing of
    2…9."""

    name: str
    ocr: tuple[TrueTypeFont, ...]
    text_fonts: tuple[TrueTypeFont, ...]
    held_out: bool
    varied: bool = False

    @staticmethod
    def training(also: Path | None = None, *, varied: bool = False) -> FontSet:
        """Shipped OCR-A and OCR-B, the training half of this machine's fonts and of those in ``also``, and stroke
        fonts; ``varied``: no two stroke fonts have the same drawings."""
        fonts = _system_fonts(False, "" if also is None else str(also))
        return FontSet("training", _shipped(), fonts, False, varied)

    @staticmethod
    def test() -> FontSet:
        """Families and stroke drawings that training never shows."""
        return FontSet("test", (), _system_fonts(True), True)

    def embossed(self, rng: Rng) -> Font:
        """A font as embossing machines have it; one in nine as designers of specimens put in its stead."""
        roll = rng.random()
        if roll < 0.05 and self.ocr:
            return self.ocr[int(rng.integers(len(self.ocr)))]
        heavy = [font for font in self.text_fonts if "bold" in font.name and "it" not in font.name.split("-")[-1]]
        if 0.05 <= roll < 0.11 and heavy:
            return heavy[int(rng.integers(len(heavy)))]
        return self._stroke_font(rng, "emboss")

    def flat(self, rng: Rng) -> Font:
        """A font as numbers are printed in."""
        roll = rng.random()
        if roll < 0.34 and self.ocr:
            return self.ocr[int(rng.integers(len(self.ocr)))]
        if roll < 0.5 or not self.text_fonts:
            return self._stroke_font(rng, "flat")
        return self.text(rng)

    def text(self, rng: Rng) -> Font:
        """A font for labels, names and small print."""
        if not self.text_fonts:
            return self.ocr[int(rng.integers(len(self.ocr)))] if self.ocr else self._stroke_font(rng, "flat")
        families = sorted({family(font.name) for font in self.text_fonts})
        chosen = families[int(rng.integers(len(families)))]
        members = [font for font in self.text_fonts if family(font.name) == chosen]
        return members[int(rng.integers(len(members)))]

    def _stroke_font(self, rng: Rng, manner: str) -> StrokeFont:
        pick = {}
        for char, drawings in (*DIGITS.items(), *LETTERS.items()):
            last = len(drawings) - 1
            pick[char] = (
                last if self.held_out or last == 0 else int(rng.integers(last if char not in LETTERS else last + 1))
            )
        pen = rng.uniform(0.11, 0.19) if manner == "emboss" else rng.uniform(0.07, 0.17)
        if self.held_out:
            width, radius = rng.choice((rng.uniform(0.38, 0.43), rng.uniform(0.57, 0.62))), rng.uniform(0.1, 0.3)
        else:
            width, radius = (
                rng.uniform(0.43, 0.57),
                rng.choice((0.02, 0.1, 0.18, 0.26, 0.35), p=(0.1, 0.2, 0.3, 0.25, 0.15)),
            )
        slant = rng.uniform(0.05, 0.2) if manner == "flat" and rng.random() < 0.08 else 0.0
        seed = int(rng.integers(1 << 31)) if self.varied else None
        return StrokeFont(f"stroke-{self.name}", float(width), float(pen), float(radius), float(slant), pick, seed)


@lru_cache(maxsize=1)
def _shipped() -> tuple[TrueTypeFont, ...]:
    folder = Path(scanapp.fonts.__file__).parent
    return tuple(TrueTypeFont(p.stem.lower(), str(p)) for p in sorted(folder.glob("OCR*.ttf")))
