"""One line cut straight from the frame as the reader learnt it: 32 × 320, digits 20 px high, 8 px of margin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from scanapp.geometry import Gray, Transform
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.warp import cut

HEIGHT, WIDTH = 32, 320
DIGIT = 20.0
MARGIN = 8.0
RIM = 0.03
"""Share of the card's width at both ends where nothing stands: margins of crops must not show what is behind it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """How a crop differs from the plain one; variants with one `stretch` keep each character in its column.

    shift    of the line, digit heights downwards
    zoom     of the digits' height alone
    stretch  of the digits' width
    contrast  equalise the contrast within the crop
    """

    shift: float = 0.0
    zoom: float = 1.0
    stretch: float = 1.0
    contrast: bool = False


PLAIN = Variant()
JITTER = (
    PLAIN,
    Variant(shift=0.1),
    Variant(shift=-0.1),
    Variant(zoom=1.15),
    Variant(zoom=0.87),
    Variant(contrast=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class LineCrop:
    """A line as the reader takes it.

    picture   (32, 320) uint8
    to_sheet  from the crop to the upright sheet
    used      columns that hold the line and its margins; the rest repeats the last one
    """

    picture: Gray
    to_sheet: Transform
    used: int


def line_crop(upright: Upright, box: FieldBox, variant: Variant = PLAIN) -> LineCrop:
    """``box`` of the upright sheet, cut out of the frame."""
    scale = DIGIT / box.height
    along = min(scale * variant.stretch, (WIDTH - 2 * MARGIN) / box.length)
    used = int(np.clip(np.ceil(box.length * along + 2 * MARGIN), 2 * MARGIN, WIDTH))
    to_sheet = _crop_to_sheet(box, along, scale * variant.zoom, variant.shift * box.height)
    part = cut(upright.frame, upright.to_frame @ to_sheet, used, HEIGHT)
    if variant.contrast:
        part = _equalised(part)
    picture = cv2.copyMakeBorder(part, 0, 0, 0, WIDTH - used, cv2.BORDER_REPLICATE)
    return LineCrop(np.asarray(picture, dtype=np.uint8), to_sheet, used)


def widened(box: FieldBox, before: float, after: float, size: tuple[int, int] | None = None) -> FieldBox:
    """``box`` longer by so many heights at its beginning and its end, but not beyond a sheet of ``size``."""
    ux, uy = box.along
    left, right = -box.length / 2 - before * box.height, box.length / 2 + after * box.height
    if size is not None:
        rim = RIM * size[0]
        left = min(-box.length / 2, max(left, (rim - box.x) / ux))
        right = max(box.length / 2, min(right, (size[0] - rim - box.x) / ux))
    middle = (left + right) / 2
    return replace(box, x=box.x + ux * middle, y=box.y + uy * middle, length=right - left)


def _crop_to_sheet(box: FieldBox, along: float, across: float, shift: float) -> Transform:
    ux, uy = box.along
    left, top = -MARGIN / along - box.length / 2, shift - HEIGHT / 2 / across
    return np.array(
        [
            [ux / along, -uy / across, box.x + ux * left - uy * top],
            [uy / along, ux / across, box.y + uy * left + ux * top],
            [0, 0, 1],
        ]
    )


def _equalised(part: Gray) -> Gray:
    return np.asarray(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 1)).apply(part), dtype=np.uint8)
