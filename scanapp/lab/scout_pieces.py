"""What the scout's pictures are composed of, beside cards: codes, text, documents, products, face-like things.

    FOLDER/pieces.npz   ``picture-KIND-i`` and ``cover-KIND-i`` uint8 (h, w): luma, and where the piece is (0 … 255)

Everything is drawn: the products are invented packages, the faces ovals with eyes and a mouth, nobody's likeness.
Piece i is a function of (seed, kind, i) and, for text, of the fonts at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scanapp.errors import UsageError
from scanapp.synth.art.codes import symbol
from scanapp.synth.cards.glyphs import FontSet, TrueTypeFont
from scanapp.synth.packages.design import invented
from scanapp.synth.packages.pictures import picture

Gray = npt.NDArray[np.uint8]
Rng = np.random.Generator
Progress = Callable[[int, int], None]

SHARES = {"code_1d": 0.3, "code_2d": 0.3, "text": 0.2, "document": 0.08, "product": 0.06, "face": 0.06}
"""Part of a cache's pieces that each kind gets."""
_LINEAR = {"EAN13": 12, "EAN8": 7, "UPCA": 11, "ITF": 10, "Code128": 0, "Code39": 0, "Code93": 0, "Codabar": -1}
"""Format → digits it takes; 0: letters and digits of any number, -1: digits between two letters."""
_MATRIX = ("QRCode", "QRCode", "DataMatrix", "Aztec", "PDF417")
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_QUIET = 4
_LONGEST = 320


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """kind; picture (h, w) luma; cover (h, w), 255 where the piece is."""

    kind: str
    picture: Gray
    cover: Gray


def open_pieces(folder: Path) -> dict[str, list[Piece]]:
    """Kind → its pieces; UsageError when there are none in ``folder``."""
    try:
        with np.load(folder / "pieces.npz") as held:
            names = [name.split("-", 1)[1] for name in held.files if name.startswith("picture-")]
            pieces = [
                Piece(name.split("-")[0], _small(held[f"picture-{name}"]), _small(held[f"cover-{name}"]))
                for name in names
            ]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{folder}: no cache of the scout's pieces; make one with 'scanapp lab data scout'"
        ) from error
    return {kind: [piece for piece in pieces if piece.kind == kind] for kind in SHARES}


def _small(picture: Gray) -> Gray:
    """No larger than it is ever shown: composing takes half the time."""
    shrink = _LONGEST / max(picture.shape)
    if shrink >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def render_pieces(
    folder: Path, count: int, *, seed: int, split: str = "training", progress: Progress | None = None
) -> None:
    """Draws about ``count`` pieces, at least one a kind, into ``folder``; ``split`` "test": other fonts."""
    fonts = FontSet.test() if split == "test" else FontSet.training()
    held: dict[str, Gray] = {}
    numbers = {kind: max(1, round(count * part)) for kind, part in SHARES.items()}
    for place, (kind, number) in enumerate(numbers.items()):
        for index in range(number):
            piece = _DRAW[kind](np.random.default_rng((seed, place, index)), fonts)
            held[f"picture-{kind}-{index}"], held[f"cover-{kind}-{index}"] = piece.picture, piece.cover
            if progress is not None:
                progress(len(held) // 2, sum(numbers.values()))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pieces.npz").open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **held)


def _linear(rng: Rng, _fonts: FontSet) -> Piece:
    name = str(rng.choice(list(_LINEAR)))
    modules = symbol(name, _content(rng, name))[0]
    bars = np.repeat(np.pad(modules, 8), 3)
    height = int(len(bars) * np.exp(rng.uniform(np.log(0.15), np.log(0.8))))
    ink = np.tile(bars, (height, 1)).astype(np.float32)
    if rng.random() < 0.6:
        ink = np.concatenate([ink, _caption(rng, len(bars), int(np.clip(0.2 * height, 14, 40)))])
    return _printed(rng, "code_1d", ink)


def _caption(rng: Rng, width: int, height: int) -> npt.NDArray[np.float32]:
    """The digits below the bars, as ink (height, width)."""
    line = Image.new("L", (width, height))
    text = "".join(_drawn(rng, _SIGNS[26:], int(rng.integers(6, 15))))
    face = ImageFont.load_default(0.8 * height)
    ImageDraw.Draw(line).text((width / 2, height / 2), text, fill=255, font=face, anchor="mm")
    return np.asarray(line, np.float32) / np.float32(255)


def _content(rng: Rng, name: str) -> str:
    digits = _LINEAR[name]
    if digits > 0:
        return _drawn(rng, _SIGNS[26:], digits)
    if digits < 0:
        return f"A{_drawn(rng, _SIGNS[26:], int(rng.integers(6, 14)))}B"
    return _drawn(rng, _SIGNS, int(rng.integers(5, 16)))


def _matrix(rng: Rng, _fonts: FontSet) -> Piece:
    modules = symbol(str(rng.choice(_MATRIX)), _drawn(rng, _SIGNS, int(rng.integers(6, 90))))
    scale = max(3, 160 // max(modules.shape))
    return _printed(rng, "code_2d", np.kron(np.pad(modules, _QUIET), np.ones((scale, scale), np.float32)))


def _printed(rng: Rng, kind: str, ink: npt.NDArray[Any]) -> Piece:
    """Ink (h, w), 1 where it is, on paper."""
    paper = rng.uniform(150, 255)
    dark = rng.uniform(0, min(90, paper - 90))
    sheet = (paper + (dark - paper) * ink).astype(np.uint8)
    return Piece(kind, sheet, np.full_like(sheet, 255))


def _text(rng: Rng, fonts: FontSet) -> Piece:
    """One to five lines, cut close."""
    rows = int(rng.choice([1, 2, 3, 5], p=[0.45, 0.25, 0.2, 0.1]))
    sheet = _lines(rng, fonts, rows=rows, paper=rng.uniform(130, 255))
    if rng.random() < 0.25:
        sheet = 255 - sheet
    return Piece("text", sheet, np.full_like(sheet, 255))


def _document(rng: Rng, fonts: FontSet) -> Piece:
    """A sheet or receipt with text on most of it."""
    text = _lines(rng, fonts, rows=int(rng.integers(8, 20)), paper=rng.uniform(190, 255), words=4)
    edge = int(rng.uniform(0.04, 0.15) * text.shape[1])
    sheet = cv2.copyMakeBorder(text, 2 * edge, 2 * edge, edge, edge, cv2.BORDER_CONSTANT, value=int(text[0, 0]))
    return Piece("document", np.asarray(sheet, np.uint8), np.full(sheet.shape, 255, np.uint8))


def _lines(rng: Rng, fonts: FontSet, *, rows: int, paper: float, words: int = 0) -> Gray:
    font = fonts.text(rng)
    face = ImageFont.truetype(font.path, 28) if isinstance(font, TrueTypeFont) else ImageFont.load_default(28)
    lines = [_words(rng, words or int(rng.integers(1, 5))) for _ in range(rows)]
    step = int(rng.uniform(32, 44))
    wide = int(max(face.getlength(line) for line in lines)) + 12
    image = Image.new("L", (wide, rows * step + 6), int(paper))
    ink = int(rng.uniform(0, paper - 90))
    for row, line in enumerate(lines):
        ImageDraw.Draw(image).text((6, row * step), line, fill=ink, font=face)
    return np.array(image)


def _words(rng: Rng, count: int) -> str:
    signs = [_LOWER, _SIGNS[:26], _SIGNS[26:]]
    kinds = rng.choice(3, count, p=[0.6, 0.2, 0.2])
    return " ".join(_drawn(rng, signs[int(kind)], int(rng.integers(2, 10))) for kind in kinds)


def _product(rng: Rng, _fonts: FontSet) -> Piece:
    """An invented package, seen from somewhere in front."""
    design = invented(int(rng.integers(2**31)))
    view = (float(rng.normal(0, 15)), float(rng.normal(0, 25)), float(rng.normal(0, 5)))
    seen = picture(design, view, int(rng.integers(2**31)))
    ground = np.abs(seen.astype(np.int16) - seen[0, 0].astype(np.int16)).max(-1)
    cover = np.zeros(seen.shape[:2], np.uint8)
    points = cv2.findNonZero((cv2.medianBlur(ground.astype(np.uint8), 5) > 14).astype(np.uint8))
    if points is not None:
        cv2.fillConvexPoly(cover, cv2.convexHull(points), 255)
    return Piece("product", np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), np.uint8), cover)


def _face(rng: Rng, _fonts: FontSet) -> Piece:
    """An oval with hair, brows, eyes, nose and mouth, lit from one side."""
    skin, dark = rng.uniform(90, 220), rng.uniform(10, 70)
    sheet, cover = np.full((160, 128), dark, np.float32), np.zeros((160, 128), np.uint8)
    axes = (int(rng.uniform(42, 54)), int(rng.uniform(58, 72)))
    cv2.ellipse(cover, (64, 78), (axes[0] + 6, axes[1] + 6), 0, 0, 360, 255, -1)
    first, last = (0, 360) if rng.random() < 0.3 else (-25, 205)
    cv2.ellipse(sheet, (64, 82), axes, 0, first, last, skin, -1)
    eye, apart = int(rng.uniform(66, 78)), int(rng.uniform(18, 24))
    for x in (64 - apart, 64 + apart):
        cv2.ellipse(sheet, (x, eye), (10, 5), 0, 0, 360, min(255, skin + 40), -1)
        cv2.circle(sheet, (x, eye), 5, dark, -1)
        cv2.line(sheet, (x - 11, eye - 12), (x + 11, eye - 13), skin * 0.45, 3)
    cv2.line(sheet, (64, eye + 6), (62, eye + 28), skin * 0.75, 4)
    cv2.ellipse(sheet, (64, eye + 45), (18, int(rng.uniform(3, 10))), 0, 0, 360, skin * 0.5, -1)
    light = 1 + np.linspace(-1, 1, 128, dtype=np.float32) * np.float32(rng.normal(0, 0.25))
    lit = cv2.GaussianBlur(sheet, (0, 0), rng.uniform(0.8, 2.5)) * light
    return Piece("face", np.clip(lit, 0, 255).astype(np.uint8), cover)


def _drawn(rng: Rng, signs: str, count: int) -> str:
    return "".join(signs[int(index)] for index in rng.integers(len(signs), size=count))


_DRAW: dict[str, Callable[[Rng, FontSet], Piece]] = {
    "code_1d": _linear,
    "code_2d": _matrix,
    "text": _text,
    "document": _document,
    "product": _product,
    "face": _face,
}
