"""Thin strokes of one level joined into blobs, with their moments: what words look like from afar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.texture import CELL, Level

Column = NDArray[np.float64]
Index = NDArray[np.intp]


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
    pixel_x: Index
    pixel_y: Index
    pixel_blob: Index

    @property
    def fill(self) -> Column:
        """Ink over the rectangle's area: about 1 for a solid bar, 0.5 for loose or bent things."""
        return self.ink / (self.length * self.thickness)


def stroke_blobs(level: Level, texture: NDArray[np.bool_], *, at_least: int = 6, most: int = 500) -> Blobs | None:
    """Blobs of strokes under 5 pixels wide inside the ``texture`` cells; None when there are none.

    Strokes are dark where the window's mean is nearer to its lightest luma, light elsewhere.
    """
    light = level.balance < 0.5
    mask = _strokes(level, cv2.MORPH_BLACKHAT, texture & ~light)
    cv2.bitwise_or(mask, _strokes(level, cv2.MORPH_TOPHAT, texture & light), dst=mask)
    # OpenCV's statistics cost four times what labelling does: they look at the background too
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    at = np.flatnonzero(mask.ravel().view(np.bool_))
    label = labels.ravel()[at]
    ink = np.bincount(label, minlength=count)
    chosen = np.argsort(-ink, kind="stable")[:most]
    chosen = chosen[ink[chosen] >= at_least]
    if len(chosen) == 0:
        return None
    place = np.full(count, -1, np.intp)
    place[chosen] = np.arange(len(chosen))
    blob = place[label]
    kept = blob >= 0
    pixel_y, pixel_x = np.divmod(at[kept], mask.shape[1])
    return _measure(pixel_x, pixel_y, blob[kept], ink[chosen].astype(np.float64))


def _strokes(level: Level, operation: int, cells: NDArray[np.bool_]) -> NDArray[Any]:
    height, width = level.thumb.shape
    if not cells.any():
        return np.zeros((height, width), np.uint8)
    limit: Any = np.where(cells, np.clip(level.span * 0.28, 7, 254), 255).astype(np.uint8)
    limit = cv2.resize(limit, (limit.shape[1] * CELL, limit.shape[0] * CELL), interpolation=cv2.INTER_NEAREST)
    strokes = cv2.morphologyEx(level.thumb, operation, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.compare(strokes, limit[:height, :width], cv2.CMP_GT))


def _measure(pixel_x: Index, pixel_y: Index, blob: Index, ink: Column) -> Blobs:
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
