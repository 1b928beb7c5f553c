"""Makes places of a picture unreadable, for good.

Nothing finer than a cell of at least two characters' width is left, in 16 shades a channel: what a digit was cannot
be computed back, as it can from a mild blur or from small tiles (known faces, known positions, many frames).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Bgr
from scanapp.geometry import Quad, as_quad, sides

_WIDE = 2.2
"""A cell's side in heights of a line: two characters and more."""
_ALONG = 7
_CARD_CELLS = 8
"""Cells along a card's longer side: 10.7 mm each, where a number's digit is 4 mm high and has 4 mm to itself."""
_MARGIN = 0.15
_FAR = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A place to hide.

    quad  (4, 2) float32, pixels of whatever picture is meant, in any order and shape
    card  it is a whole bank card: the size of its characters is known, so its artwork may stay recognisable
    """

    quad: Quad
    card: bool = False

    def scaled(self, x: float, y: float) -> Patch:
        """The same place in a picture that is ``x`` times as wide and ``y`` times as high."""
        return Patch(as_quad(self.quad * np.array([x, y], np.float32)), self.card)


def veil(image: Bgr, patches: Iterable[Patch]) -> None:
    """Hide each patch, with a margin, in ``image`` (h, w, 3) uint8, in place; parts outside of it are no matter."""
    for patch in patches:
        _hide(image, patch)


def _hide(image: Bgr, patch: Patch) -> None:
    corners = np.clip(patch.quad, -_FAR, _FAR)
    margin = 2 + round(_MARGIN * min(sides(patch.quad))) if not patch.card else 2
    margin = min(margin, _FAR)
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int) - margin, 0, image.shape[1::-1])
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int) + margin + 1, 0, image.shape[1::-1])
    if x0 >= x1 or y0 >= y1:
        return
    place = image[y0:y1, x0:x1]
    cell = _cell(patch)
    grid = max(1, round((x1 - x0) / cell)), max(1, round((y1 - y0) / cell))
    coarse = np.asarray(cv2.resize(place, grid, interpolation=cv2.INTER_AREA), np.uint8) & 0xF0 | 0x08
    soft = cv2.resize(coarse, (place.shape[1], place.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.copyTo(soft, _covered(corners - (x0, y0), place.shape[:2], margin), place)


def _cell(patch: Patch) -> float:
    short, long = sorted(sides(patch.quad))
    cell = long / _CARD_CELLS if patch.card else max(_WIDE * short, long / _ALONG)
    return max(cell, 4.0)


def _covered(corners: NDArray[np.floating], shape: tuple[int, ...], margin: int) -> NDArray[np.uint8]:
    hull = cv2.convexHull(np.rint(corners).astype(np.int32))
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, hull, 1)
    cv2.polylines(mask, [hull], True, 1, min(2 * margin + 1, 32767))
    return mask
