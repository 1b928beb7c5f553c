"""Pictures of number lines, rendered ahead of training into a memory map.

    FOLDER/pixels.u8    uint8 (N, 48, 480) luma: a line's characters 24 to 34 px high, about in the middle
    FOLDER/rows.npy     structured (N,), ``ROW``: what the picture shows and where
    FOLDER/cache.json   seed, count, split: what made it

One face, drawn once and lit twice, gives ``PER_FACE`` rows; face i is a function of (seed, i), so rendering can be
stopped and taken up again, and training may read the rows that are ready while others are still being made.
A line is seen by a camera first (tilt, native resolution, the camera's sins) and cut out of that picture by a
rectangle that is a little wrong, as a locator's is; it is not the drawn face that the reader meets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.lab.cache import PictureFiles, ready
from scanapp.lab.card_view import View, line_view
from scanapp.synth.cards.camera import degrade
from scanapp.synth.cards.face import Face, FieldLine, card_face
from scanapp.synth.cards.fontfiles import font_files
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.shade import FaceLight, shade

TALL, WIDE = 48, 480
LONGEST = 24
PER_FACE = 8
LEVELS = ("clean", "moderate", "severe")
KINDS = ("none", "pan", "group", "expiry")
SHARES = (0.2, 0.5, 0.3)
ALPHABET = "0123456789/"

ROW = np.dtype(
    [
        ("ready", "u1"),
        ("kind", "u1"),
        ("level", "u1"),
        ("embossed", "u1"),
        ("length", "u1"),
        ("chars", "u1", LONGEST),
        ("centres", "f4", LONGEST),
        ("start", "f4"),
        ("end", "f4"),
        ("height", "f4"),
        ("squeeze", "f4"),
    ]
)
"""kind, level: index in KINDS, LEVELS; chars: index in ALPHABET, plus 1; centres: their middles, px;
start, end: extent of the characters, px; height: of a character, px; squeeze: horizontal over vertical scale."""

_FILES = PictureFiles("pixels.u8", "rows.npy", "cache.json", (TALL, WIDE), ROW, "cards")


@dataclass(frozen=True, slots=True, eq=False)
class LinesCache:
    """pixels (N, 48, 480) uint8 and rows (N,) ``ROW``, both mapped from disk; rows with ``ready`` == 1 count."""

    pixels: npt.NDArray[np.uint8]
    rows: npt.NDArray[Any]

    @classmethod
    def open(cls, folder: Path) -> LinesCache:
        """The cache in ``folder``; UsageError when there is none."""
        return cls(*_FILES.open(folder))

    @property
    def ready(self) -> int:
        """Rows to read: they become ready in order."""
        return ready(self.rows)


def render_lines(
    folder: Path,
    count: int,
    *,
    seed: int,
    split: str = "training",
    fonts: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Renders ``count`` rows (rounded up to whole faces) into ``folder``, going on where it stopped.

    split     "training" or "test": which fonts
    fonts     a folder with more fonts for training; stroke fonts are then varied too
    progress  called with rows done and rows wanted
    UsageError when the folder holds a cache made otherwise.
    """
    count = -(-count // PER_FACE) * PER_FACE
    made: dict[str, Any] = {"seed": seed, "count": count, "split": split}
    if fonts is not None:
        made["fonts"] = len(font_files(False, str(fonts)))
    pixels, rows = _FILES.begin(folder, made)
    drawn = FontSet.test() if split == "test" else FontSet.training(fonts, varied=fonts is not None)
    for face in range(ready(rows) // PER_FACE, count // PER_FACE):
        start = face * PER_FACE
        for offset, (picture, row) in enumerate(face_lines(np.random.default_rng((seed, face)), drawn)):
            pixels[start + offset] = picture
            rows[start + offset] = row
        rows["ready"][start : start + PER_FACE] = 1
        if progress is not None:
            progress(start + PER_FACE, count)
    rows.flush()
    pixels.flush()


def face_lines(rng: np.random.Generator, fonts: FontSet) -> list[tuple[npt.NDArray[np.uint8], Any]]:
    """``PER_FACE`` pictures (48, 480) uint8 of lines of one random face, each with its ``ROW``."""
    face = card_face(rng, fonts=fonts)
    lit = [shade(face, light=FaceLight.random(rng)) for _ in range(2)]
    pictures = [np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) for picture in lit]
    found = []
    for turn in range(PER_FACE):
        line, view = _choose(face, rng)
        level = int(rng.choice(3, p=SHARES))
        photograph = view.photograph(pictures[turn % 2], face.ppmm)
        seen = degrade(photograph, rng, LEVELS[level], card_px=view.card_px, number_box=view.box)
        row = _row(face, line, view)
        row["level"] = level
        found.append((view.cut_out(seen), row))
    return found


def _choose(face: Face, rng: np.random.Generator) -> tuple[FieldLine | None, View]:
    """A line to look at, or None and a look at a place without any number."""
    by_field: dict[str, list[FieldLine]] = {}
    for line in face.lines:
        by_field.setdefault(line.field, []).append(line)
    wanted = str(rng.choice(["pan", "expiry", "holder", "nothing"], p=[0.78, 0.14, 0.04, 0.04]))
    readable = [line for line in by_field.get(wanted, []) if _readable(line)]
    if wanted in ("pan", "expiry") and not readable:
        readable = [line for line in by_field.get("pan", []) if _readable(line)]
    if wanted in ("pan", "expiry") and readable:
        line = readable[int(rng.integers(len(readable)))]
        return line, line_view(line.boxes, face.size_mm, rng)
    if wanted == "holder" and by_field.get("holder"):
        return None, line_view(by_field["holder"][0].boxes, face.size_mm, rng)
    return None, line_view(_empty_place(face, rng), face.size_mm, rng)


def _readable(line: FieldLine) -> bool:
    return 0 < len(line.chars) <= LONGEST and all(char in ALPHABET for char in line.chars)


def _empty_place(face: Face, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Boxes (1, 4), mm, of a place that touches no character; the emptiest of a few."""
    wide, tall = face.size_mm
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *(line.boxes for line in face.lines)])
    best, least = np.zeros((1, 4), np.float32), 1e9
    for _ in range(12):
        height = rng.uniform(2.2, 4.5)
        width = rng.uniform(0.15, 0.8) * wide
        x, y = rng.uniform(1, wide - width - 1), rng.uniform(2, tall - height - 2)
        place = np.array([[x, y, x + width, y + height]], np.float32)
        hit = (boxes[:, 0] < x + width + 7) & (boxes[:, 2] > x - 7)
        hit &= (boxes[:, 1] < y + height + 1) & (boxes[:, 3] > y - 1)
        if hit.sum() < least:
            best, least = place, float(hit.sum())
    if least == 0:
        return best
    # a crowded face: its lower edge, seen too small to read anything
    return np.array([[1, tall - 3, wide - 1, tall - 0.5]], np.float32)


def _row(face: Face, line: FieldLine | None, view: View) -> Any:
    row = np.zeros((), ROW)
    row["embossed"] = face.style == "embossed"
    row["start"], row["end"] = view.extent
    row["height"], row["squeeze"] = view.height, view.squeeze
    if line is None:
        return row
    kind = "expiry" if line.field == "expiry" else "pan" if len(line.chars) > 6 else "group"
    row["kind"] = KINDS.index(kind)
    row["length"] = len(line.chars)
    row["chars"][: len(line.chars)] = [ALPHABET.index(char) + 1 for char in line.chars]
    row["centres"][: len(line.chars)] = view.centres
    return row
