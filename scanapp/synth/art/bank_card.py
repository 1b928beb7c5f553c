"""Bank cards of invented banks, drawn to measure, with relief: the cards of the sample scenes.

The random faces of `scanapp.synth.cards` train the readers; these are set line by line, from shipped fonts and our
own stroke font alone, so that they look the same on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import scanapp.fonts
from scanapp.synth.art.canvas import Rgb, Rgba, pixels
from scanapp.synth.art.noise import value_noise
from scanapp.synth.cards.artwork import artwork
from scanapp.synth.cards.canvas import Canvas as Maps
from scanapp.synth.cards.glyphs import Font, StrokeFont, TrueTypeFont
from scanapp.synth.cards.typeset import Setting, typeset
from scanapp.synth.relief import slopes
from scanapp.synth.scene import Truth

Float32 = NDArray[np.float32]
Box = tuple[float, float, float, float]

LONG, SHORT = 85.6, 53.98
"""ISO/IEC 7810 ID-1, millimetres."""
CORNER = 3.18
RELIEF = 0.46
PITCH = 3.63
"""Of embossed digits (ISO/IEC 7811-1)."""
_MASTER = 14.0
_SMALL_PITCH = 2.54
_EXPIRY = re.compile(r"(\d\d)/(\d\d)")


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line on a card.

    field     "pan", "expiry", "holder" or "other"
    at        (x, y) millimetres from the card's top left: where the line begins, on its baseline
    cap       height of its capitals and digits, millimetres
    font      "embossed" (a stroke font in the manner of Farrington 7B), "ocra", "ocrb" or "sans"
    raised    punched up, and tipped with the card's foil
    """

    field: str
    text: str
    at: tuple[float, float]
    cap: float
    font: str = "sans"
    raised: bool = False


@dataclass(frozen=True, slots=True)
class BankCard:
    """A card's front.

    lines    what is printed or punched on it; several "pan" lines are groups of one number, in order
    art      a kind of `scanapp.synth.cards.artwork`; ``seed`` draws it
    tone     colour that the artwork is pulled towards, and by how much, 0 to 1
    ink      of printed lines
    foil     colour of the tips of raised lines, and how metallic they are; ``wear`` how much of it has gone, 0 to 1
    chip     whether it has a contact chip; ``mark`` whether it has what looks like a network's mark (no real one)
    upright  the card stands on its short side
    """

    lines: tuple[CardLine, ...]
    art: str = "gradient"
    seed: int = 1
    tone: tuple[Rgb, float] = ((40, 60, 90), 0.5)
    ink: Rgb = (245, 245, 242)
    foil: tuple[Rgb, float] = ((186, 186, 188), 0.8)
    wear: float = 0.2
    chip: bool = True
    mark: bool = True
    upright: bool = False

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""
        return (SHORT, LONG) if self.upright else (LONG, SHORT)

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:  # noqa: ARG002  (the protocol has it)
        """See `Art.paint`."""
        albedo = _fitted(_face(self).albedo, pixels(self.size, ppmm))
        sheet = np.full((*albedo.shape[:2], 4), 255, np.uint8)
        sheet[..., :3] = albedo[..., ::-1]
        return sheet

    def relief(self, ppmm: float) -> Float32:
        """See `scanapp.synth.relief.Embossed`."""
        face = _face(self)
        across, down = slopes(face.height, _MASTER)
        maps = np.dstack([across, down, face.metal])
        return np.asarray(_fitted(maps, pixels(self.size, ppmm)), np.float32)

    def truth(self) -> tuple[Truth, ...]:
        """The card, if it has a number; what must be read of it is the number's place."""
        numbers = [line for line in self.lines if line.field == "pan"]
        if not numbers:
            return ()
        value = {"pan": "".join(line.text for line in numbers).replace(" ", "")}
        for line in self.lines:
            if line.field == "expiry" and (date := _EXPIRY.fullmatch(line.text)):
                value["expiry"] = f"20{date[2]}-{date[1]}"
            elif line.field == "holder":
                value["holder"] = line.text
        whole = (0.0, 0.0, *self.size)
        return (Truth("card", value, whole, min(line.cap for line in numbers), part=_number_box(self)),)


@lru_cache(maxsize=32)
def _face(card: BankCard) -> Maps:
    """The card's maps at `_MASTER` pixels a millimetre."""
    width, height = pixels(card.size, _MASTER)
    rng = np.random.default_rng([card.seed, 77])
    art = artwork(rng, width, height, card.art).astype(np.float32)
    color, share = card.tone
    art += share * (np.array(color[::-1], np.float32) - art)
    level = np.zeros((height, width), np.float32)
    maps = Maps(np.clip(art, 0, 255).astype(np.uint8), level, level.copy(), _MASTER)
    if card.chip:
        _chip(maps, *((9.0, 18.5) if not card.upright else (21.0, 12.0)))
    if card.mark:
        _mark(maps, card.size[0] - 19.0, card.size[1] - 10.0)
    for line in card.lines:
        setting = _set(line, maps.shape)
        if line.raised:
            _emboss(maps, setting, card.foil, card.wear, rng)
        else:
            _print(maps, setting, card.ink)
    if any(line.raised for line in card.lines):
        maps.albedo[:] = np.clip(maps.albedo * _openness(maps.height)[..., None], 0, 255).astype(np.uint8)
    return maps


def _set(line: CardLine, shape: tuple[int, int]) -> Setting:
    x, y = line.at
    pitch: float | None = None
    if line.font == "embossed":
        pitch = (PITCH if line.cap > 3.4 else _SMALL_PITCH) / line.cap
    elif line.font.startswith("ocr"):
        pitch = 0.82
    gap = pitch if pitch is not None else 0.55
    setting = typeset(
        line.text,
        _font(line.font),
        x=x * _MASTER,
        baseline=y * _MASTER,
        cap=line.cap * _MASTER,
        pitch=pitch,
        gap=gap,
        shape=shape,
    )
    if setting is None:
        raise ValueError(f"the line {line.text!r} does not fit on the card")
    return setting


@lru_cache(maxsize=4)
def _font(name: str) -> Font:
    if name == "embossed":
        return StrokeFont("sample", width=0.5, pen=0.15, radius=0.2, slant=0.0, pick={})
    folder = Path(scanapp.fonts.__file__).parent
    file = {"ocra": "OCRA.ttf", "ocrb": "OCRB.ttf", "sans": "ScanappFallback.ttf"}[name]
    return TrueTypeFont(name, str(folder / file))


def _number_box(card: BankCard) -> Box:
    width, height = pixels(card.size, _MASTER)
    set_lines = [_set(line, (height, width)) for line in card.lines if line.field == "pan"]
    boxes = np.concatenate([line.boxes for line in set_lines]) / _MASTER
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _emboss(maps: Maps, setting: Setting, foil: tuple[Rgb, float], wear: float, rng: np.random.Generator) -> None:
    """Punch the line up, with sloping flanks, and tip what stands highest with foil."""
    pad = round(0.6 * maps.ppmm)
    place = tuple(slice(max(0, part.start - pad), part.stop + pad) for part in setting.window)
    full = np.zeros(maps.shape, np.float32)
    full[setting.window] = setting.mask
    bump = np.clip(cv2.GaussianBlur(full[place], (0, 0), 0.13 * maps.ppmm) * 1.5, 0, 1)
    bump = np.asarray(bump * bump * (3 - 2 * bump), np.float32)
    np.maximum(maps.height[place], bump * np.float32(RELIEF), out=maps.height[place])
    worn = wear * (0.25 + 0.2 * value_noise(bump.shape, (1.6 * maps.ppmm, 1.6 * maps.ppmm), rng, 3))
    tip = np.asarray(np.clip((bump - 0.55 - worn) / 0.15, 0, 1) * (1 - 0.3 * wear), np.float32)
    _blend(maps, place, tip, foil[0])
    maps.metal[place] += tip * (np.float32(foil[1]) - maps.metal[place])


def _print(maps: Maps, setting: Setting, ink: Rgb) -> None:
    _blend(maps, setting.window, setting.mask, ink)


def _blend(maps: Maps, place: tuple[slice, ...], cover: Float32, color: Rgb) -> None:
    under = maps.albedo[place].astype(np.float32)
    under += cover[..., None] * (np.array(color[::-1], np.float32) - under)
    maps.albedo[place] = np.clip(under, 0, 255).astype(np.uint8)


def _chip(maps: Maps, x: float, y: float) -> None:
    """Eight golden contacts."""
    k = maps.ppmm
    wide, high = 12.0, 9.6
    mask = np.zeros(maps.shape, np.uint8)
    _rounded_box(mask, x * k, y * k, (x + wide) * k, (y + high) * k, 1.6 * k)
    for row in (1, 2, 3):
        level = round((y + row * high / 4) * k)
        for side in (0.0, 8.2):
            cv2.line(mask, (round((x + side) * k), level), (round((x + side + 3.8) * k), level), 0, round(0.25 * k))
    for column in (3.8, 8.2):
        place = round((x + column) * k)
        cv2.line(mask, (place, round(y * k)), (place, round((y + high) * k)), 0, round(0.25 * k))
    cover = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.04 * k)
    everywhere = (slice(None), slice(None))
    _blend(maps, everywhere, np.asarray(cover, np.float32), (206, 172, 96))
    np.maximum(maps.metal, np.float32(0.75) * cover, out=maps.metal)


def _mark(maps: Maps, x: float, y: float) -> None:
    """Three leaning bars, each shorter than the one before: nobody's mark."""
    for number, color in enumerate(((232, 232, 226), (240, 170, 84), (206, 92, 74))):
        mask = np.zeros(maps.shape, np.uint8)
        left, top = x + 4.2 * number, y + 1.4 * number
        corners = np.array([[left + 1.6, top], [left + 4.4, top], [left + 2.8, y + 6.4], [left, y + 6.4]])
        cv2.fillConvexPoly(mask, (corners * maps.ppmm).round().astype(np.int32), 255, cv2.LINE_AA)
        _blend(maps, (slice(None), slice(None)), np.asarray(mask / np.float32(255), np.float32), color)


def _rounded_box(mask: NDArray[np.uint8], x0: float, y0: float, x1: float, y1: float, corner: float) -> None:
    left, top, right, bottom = x0 + corner, y0 + corner, x1 - corner, y1 - corner
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]).round().astype(np.int32)
    cv2.fillConvexPoly(mask, points, 255)
    cv2.polylines(mask, [points], True, 255, max(1, round(2 * corner)), cv2.LINE_AA)


def _openness(height: Float32) -> Float32:
    """Less light reaches the foot of a bump than its top."""
    around = cv2.GaussianBlur(height, (0, 0), 0.35 * _MASTER)
    return np.asarray(np.clip(1 + 1.0 * (height - around), 0.6, 1.15), np.float32)


def _fitted(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    shrinks = size[0] < image.shape[1]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def embossed(
    number: str, expiry: str, holder: str, bank: str, *, first: float = 9.0, line: float = 34.5, **more: object
) -> BankCard:
    """The usual embossed card: number, date and name in relief."""
    lines = (
        CardLine("other", bank, (7.0, 11.0), 4.2),
        CardLine("pan", number, (first, line), 4.1, "embossed", raised=True),
        CardLine("other", "VALID", (33.0, line + 6.2), 1.1),
        CardLine("other", "THRU", (33.0, line + 8.0), 1.1),
        CardLine("expiry", expiry, (38.5, line + 8.2), 2.8, "embossed", raised=True),
        CardLine("holder", holder, (first, line + 14.2), 2.8, "embossed", raised=True),
    )
    return replace(BankCard(lines), **more)  # type: ignore[arg-type]
