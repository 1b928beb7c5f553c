"""Masks of cells to quads: connected components, their best few, and what overlaps what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.texture import CELL, Level, Map
from scanapp.frame import Frame
from scanapp.geometry import Quad, area, as_quad, bounds, coverage, iou
from scanapp.results import Detection


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Connected cells of a level's mask.

    cells   (n, 2) float32 centres as (x, y), pixels of the level
    rows, columns  (n,) int64, to look other maps up
    weight  sum of the weights that ranked it
    """

    cells: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weight: float

    def mean(self, values: Map) -> float:
        """Mean of a map over the component."""
        return float(values[self.rows, self.columns].mean())


def components(mask: NDArray[np.uint8], weights: Map, *, at_least: int, best: int) -> list[Component]:
    """The ``best`` 8-connected components of at least ``at_least`` cells, by the sum of ``weights`` over them."""
    if not mask.any():
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    sums = np.bincount(labels.ravel(), weights=weights.ravel(), minlength=count)
    sums[stats[:, cv2.CC_STAT_AREA] < at_least] = 0
    sums[0] = 0
    found = []
    for label in np.argsort(-sums, kind="stable")[:best]:
        if sums[label] <= 0:
            break
        x, y, width, height = (int(value) for value in stats[label, :4])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        rows, columns = rows + y, columns + x
        centres = (np.column_stack([columns, rows]) + 0.5) * CELL
        found.append(Component(centres.astype(np.float32), rows, columns, float(sums[label])))
    return found


def oriented_quad(points: NDArray[np.float32], angle: float, margin: float) -> NDArray[np.float32]:
    """The smallest rectangle with its first side along ``angle`` around ``points``, wider by ``margin``.

    Corners are clockwise (y down) from the one that is first along ``angle``, uppermost beside it.
    """
    along = np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
    across = np.array([-along[1], along[0]], dtype=np.float32)
    u, v = points @ along, points @ across
    u0, u1, v0, v1 = u.min() - margin, u.max() + margin, v.min() - margin, v.max() + margin
    return np.array(
        [u0 * along + v0 * across, u1 * along + v0 * across, u1 * along + v1 * across, u0 * along + v1 * across]
    )


def to_frame(corners: NDArray[Any], level: Level, frame: Frame) -> Quad | None:
    """Level pixels to frame pixels, cut to the frame where the quad is axis-aligned; None when nothing is left."""
    quad = np.asarray(corners, dtype=np.float32) * np.array(level.scale, dtype=np.float32)
    x0, y0, x1, y1 = bounds(quad)
    if x1 <= 0 or y1 <= 0 or x0 >= frame.width or y0 >= frame.height:
        return None
    if np.all(np.isclose(quad[[0, 1, 2, 3], [1, 0, 1, 0]], quad[[1, 2, 3, 0], [1, 0, 1, 0]], atol=0.5)):
        quad = np.clip(quad, 0, (frame.width, frame.height))
    made = as_quad(quad)
    return made if area(made) >= 1 else None


def without_overlaps(found: Iterable[Detection], *, most: int, overlap: float = 0.45) -> list[Detection]:
    """Best first, without those that an already kept one covers or nearly equals; at most ``most``."""
    kept: list[Detection] = []
    for candidate in sorted(found, key=lambda detection: -detection.score):
        if len(kept) == most:
            break
        if all(iou(candidate.quad, k.quad) < overlap and coverage(candidate.quad, k.quad) < 0.7 for k in kept):
            kept.append(candidate)
    return kept
