"""Luma pictures of lit faces, rendered ahead of training: what the locator and the layout net see.

    FOLDER/faces.u8     uint8 (N, 208, 320): faces lying, 320 px long at most; portrait ones are stored turned
    FOLDER/faces.npy    structured (N,), ``FACE``: what the picture shows and where its lines are
    FOLDER/faces.json   seed, count, split: what made it

Face i is a function of (seed, i), so rendering can be stopped and taken up again, and training may read the faces
that are ready while others are still being made.
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
from scanapp.synth.cards.face import Face, card_face
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.negatives import other_face
from scanapp.synth.cards.shade import FaceLight, shade

TALL, WIDE = 208, 320
ROWS = 12
FIELDS = ("pan", "expiry", "holder")
LONG_MM, SHORT_MM = 85.6, 53.98
KINDS = ("embossed", "flat", "stacked", "vertical", "back")
SHARES = (0.38, 0.32, 0.08, 0.14, 0.08)
NEGATIVES = 0.3
PPMM = 6.0
"""Pixels a millimetre while drawing: the relief of embossed digits needs more than the 3.7 that are kept."""

FACE = np.dtype(
    [
        ("ready", "u1"),
        ("card", "u1"),
        ("shaped", "u1"),
        ("turn", "u1"),
        ("width", "u2"),
        ("height", "u2"),
        ("rows", "u1"),
        ("fields", "u1", ROWS),
        ("boxes", "f4", (ROWS, 4)),
    ]
)
"""card: it bears a card number; shaped: it is as large as a bank card; turn: this many quarter turns clockwise
make the stored picture upright (0 or 1); width, height: of the face in the picture, px, from its top left;
rows: how many rows of characters follow; fields: index in FIELDS; boxes: x0 y0 x1 y1, px of the stored picture."""

_FILES = PictureFiles("faces.u8", "faces.npy", "faces.json", (TALL, WIDE), FACE, "faces")


@dataclass(frozen=True, slots=True, eq=False)
class FacesCache:
    """pictures (N, 208, 320) uint8 and faces (N,) ``FACE``, mapped from disk; those with ``ready`` == 1 count."""

    pictures: npt.NDArray[np.uint8]
    faces: npt.NDArray[Any]

    @classmethod
    def open(cls, folder: Path) -> FacesCache:
        """The cache in ``folder``; UsageError when there is none."""
        return cls(*_FILES.open(folder))

    @property
    def ready(self) -> int:
        """Faces to read: they become ready in order."""
        return ready(self.faces)

    def picture(self, index: int) -> npt.NDArray[np.uint8]:
        """The stored face (height, width), without the margin of its slot."""
        face = self.faces[index]
        return self.pictures[index, : face["height"], : face["width"]]


def render_faces(
    folder: Path,
    count: int,
    *,
    seed: int,
    split: str = "training",
    backs: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _wanted: None,
) -> None:
    """Renders ``count`` faces into ``folder``, going on where it stopped.

    split     "training" or "test": which fonts
    backs     backs of cards only, which bear their number
    progress  called with faces done and faces wanted
    UsageError when the folder holds a cache made otherwise.
    """
    made: dict[str, Any] = {"seed": seed, "count": count, "split": split}
    if backs:
        made["backs"] = True
    pictures, faces = _FILES.begin(folder, made)
    fonts = FontSet.test() if split == "test" else FontSet.training()
    for index in range(ready(faces), count):
        picture, row = stored(*lit_face(np.random.default_rng((seed, index)), fonts, backs=backs))
        pictures[index, : row["height"], : row["width"]] = picture
        faces[index] = row
        faces["ready"][index] = 1
        progress(index + 1, count)
    faces.flush()
    pictures.flush()


def lit_face(
    rng: np.random.Generator, fonts: FontSet, ppmm: float = PPMM, *, backs: bool = False
) -> tuple[Face, npt.NDArray[np.uint8]]:
    """A random face and its picture (H, W, 3) under a random light: three in ten without a card number; ``backs``:
    the back of a card."""
    if not backs and rng.random() < NEGATIVES:
        face = other_face(rng, ppmm=ppmm, fonts=fonts)
    else:
        kind = "back" if backs else str(rng.choice(KINDS, p=SHARES))
        face = card_face(rng, ppmm=ppmm, kind=kind, fonts=fonts)
    return face, shade(face, light=FaceLight.random(rng))


def has_card_size(face: Face) -> bool:
    """Whether it is as large as a bank card, with a number or not."""
    return abs(max(face.size_mm) - LONG_MM) < 2 and abs(min(face.size_mm) - SHORT_MM) < 2


def stored(face: Face, lit: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], Any]:
    """The picture (height, width) as it is kept, lying, and its ``FACE``."""
    gray = cv2.cvtColor(lit, cv2.COLOR_BGR2GRAY)
    wide, tall = face.size_mm
    boxes = [
        (FIELDS.index(line.field), box) for line in face.lines if line.field in FIELDS for box in rows(line.boxes)
    ]
    row = np.zeros((), FACE)
    row["card"] = bool(face.pan)
    row["shaped"] = has_card_size(face)
    if tall > wide:
        gray = cv2.rotate(gray, cv2.ROTATE_90_COUNTERCLOCKWISE)
        boxes = [(field, (y0, wide - x1, y1, wide - x0)) for field, (x0, y0, x1, y1) in boxes]
        wide, tall = tall, wide
        row["turn"] = 1
    scale = min(WIDE / wide, TALL / tall)
    width, height = round(wide * scale), round(tall * scale)
    row["width"], row["height"] = width, height
    boxes = boxes[:ROWS]
    row["rows"] = len(boxes)
    for place, (field, (x0, y0, x1, y1)) in enumerate(boxes):
        row["fields"][place] = field
        row["boxes"][place] = (x0 * scale, y0 * scale, x1 * scale, y1 * scale)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8), row


def rows(boxes: npt.NDArray[np.float32]) -> list[tuple[float, float, float, float]]:
    """Boxes of characters (n, 4) gathered to x0 y0 x1 y1 of each row: stacked groups are rows of their own."""
    found: list[list[npt.NDArray[np.float32]]] = []
    for box in boxes[np.argsort(boxes[:, 1], kind="stable")]:
        middle = (box[1] + box[3]) / 2
        if not found or middle > max(other[3] for other in found[-1]):
            found.append([])
        found[-1].append(box)
    gathered = [np.stack(row) for row in found]
    return [
        (float(row[:, 0].min()), float(row[:, 1].min()), float(row[:, 2].max()), float(row[:, 3].max()))
        for row in gathered
    ]
