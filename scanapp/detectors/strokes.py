"""Thin strokes of one level joined into blobs, with their moments: what words look like from afar."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.texture import CELL, Level

Column = NDArray[np.float64]
Index = NDArray[np.intp]

_KERNEL = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Blobs:
    """Connected ink, one row each, largest first; lengths in pixels of the level.

    x, y       centre
    length, thickness, angle  of the rectangle with the same second moments; radians, (-pi/2, pi/2]
    ink        pixels
    row, column  the cell of the centre, to look the level's maps up
    pixel_x, pixel_y, pixel_blob  every ink pixel and the row of its blob here, -1 for those left out
    """

    x: Column
    y: Column
    length: Column
    thickness: Column
    angle: Column
    ink: Column
    row: Index
    column: Index
    pixel_x: NDArray[np.int32]
    pixel_y: NDArray[np.int32]
    pixel_blob: Index

    @property
    def fill(self) -> Column:
        """Ink over the rectangle's area: about 1 for a solid bar, 0.5 for loose or bent things."""
        return self.ink / (self.length * self.thickness)


def stroke_blobs(level: Level, texture: NDArray[np.bool_], *, at_least: int = 6, most: int = 500) -> Blobs | None:
    """Blobs of strokes under 5 pixels wide inside the ``texture`` cells; None when there are none.

    Strokes are dark where the window's mean is nearer to its lightest luma, light elsewhere.
    """
    rows, columns = np.flatnonzero(texture.any(axis=1)), np.flatnonzero(texture.any(axis=0))
    if len(rows) == 0:
        return None
    area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    mask = _ink(level, texture, area)
    # OpenCV's statistics cost four times what labelling does: they look at the background too
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    at = np.flatnonzero(mask.ravel().view(np.bool_))
    label = labels.ravel()[at].astype(np.intp)
    ink = np.bincount(label, minlength=count)
    chosen = np.argsort(-ink, kind="stable")[:most]
    chosen = chosen[ink[chosen] >= at_least]
    if len(chosen) == 0:
        return None
    place = np.full(count, -1, np.intp)
    place[chosen] = np.arange(len(chosen))
    blob = place[label]
    kept = np.flatnonzero(blob >= 0)
    # 32-bit division by a constant is vectorised in numpy, `divmod` and 64 bits are not
    inside: NDArray[np.int32] = at[kept].astype(np.int32)
    y = inside // np.int32(mask.shape[1])
    x = inside - y * np.int32(mask.shape[1])
    corner = np.int32(columns[0] * CELL), np.int32(rows[0] * CELL)
    return _measure(x + corner[0], y + corner[1], blob[kept], ink[chosen].astype(np.float64))


def _ink(level: Level, texture: NDArray[np.bool_], area: tuple[slice, slice]) -> NDArray[np.uint8]:
    """1 where strokes are, else 0, for the pixels of an area of cells."""
    cells, light = texture[area], level.balance[area] < 0.5
    limit = np.clip(level.span[area] * 0.28, 7, 254).astype(np.uint8)
    pixels = level.thumb[tuple(slice(part.start * CELL, part.stop * CELL) for part in area)]
    mask = np.zeros(pixels.shape, np.uint8)
    for operation, chosen in ((cv2.MORPH_BLACKHAT, cells & ~light), (cv2.MORPH_TOPHAT, cells & light)):
        if np.count_nonzero(chosen) > 1:
            limits = _pixels(np.where(chosen, limit, np.uint8(255)), pixels.shape)
            strokes = cv2.morphologyEx(pixels, operation, _KERNEL)
            mask |= np.asarray(cv2.compare(strokes, limits, cv2.CMP_GT), dtype=np.uint8)
    return mask & np.uint8(1)


def _pixels(cells: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    size = cells.shape[1] * CELL, cells.shape[0] * CELL
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)[
        : shape[0], : shape[1]
    ]


def _measure(pixel_x: NDArray[np.int32], pixel_y: NDArray[np.int32], blob: Index, ink: Column) -> Blobs:
    count = len(ink)
    x, y = np.bincount(blob, pixel_x, count) / ink, np.bincount(blob, pixel_y, count) / ink
    dx, dy = pixel_x - x[blob], pixel_y - y[blob]
    # 1/12 is the variance within a pixel, so that a rectangle's moments give its true sides
    xx = np.bincount(blob, dx * dx, count) / ink + 1 / 12
    yy = np.bincount(blob, dy * dy, count) / ink + 1 / 12
    xy = np.bincount(blob, dx * dy, count) / ink
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    return Blobs(
        x=x + 0.5,
        y=y + 0.5,
        length=np.sqrt(6 * (xx + yy + spread)),
        thickness=np.sqrt(6 * np.maximum(xx + yy - spread, 1 / 6)),
        angle=np.arctan2(2 * xy, xx - yy) / 2,
        ink=ink,
        row=(y / CELL).astype(np.intp),
        column=(x / CELL).astype(np.intp),
        pixel_x=pixel_x,
        pixel_y=pixel_y,
        pixel_blob=blob,
    )
