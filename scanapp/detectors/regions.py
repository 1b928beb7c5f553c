"""Masks of cells to quads: connected components, their statistics, and what overlaps what.

Everything that is done for each component is vectorised; only the few that pass get Python objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import cos, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scanapp.detectors.texture import CELL, Level, Map
from scanapp.geometry import Quad, as_quad, bounds, sides
from scanapp.results import Detection

Column = NDArray[np.float64]

FRAGMENT = 0.04
"""Inside a better region a smaller one is taken for its fragment, but not one smaller than this part of it: a code
may lie within a large false region."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The connected cells of one level's mask, one row each.

    place   (k,) all their cells, as indices into a flattened map
    label   (k,) 1 + the component each of those cells belongs to; 0 for cells of none
    size    (n,) cells
    box     (n, 4) x, y, width, height in cells
    """

    level: Level
    place: NDArray[np.intp]
    label: NDArray[np.intp]
    size: Column
    box: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.size)

    def mean(self, values: Map) -> Column:
        """(n,) means of a map over each component."""
        sums = np.bincount(self.label, values.ravel()[self.place], len(self.size) + 1)
        return sums[1:] / self.size

    def sides(self) -> Column:
        """(n,) sides of squares of the components' areas, frame pixels."""
        return np.asarray(np.sqrt(self.size) * (CELL * self.level.scale))

    def cells(self, row: int) -> NDArray[np.float32]:
        """(k, 2) float32 centres of one component's cells as (x, y), pixels of the level."""
        rows, columns = np.divmod(self.place[self.label == row + 1], self.level.span.shape[1])
        centres = np.empty((len(rows), 2), np.float32)
        centres[:, 0], centres[:, 1] = columns, rows
        return (centres + np.float32(0.5)) * np.float32(CELL)


def find_components(level: Level, mask: NDArray[np.bool_], *, at_least: int) -> Components | None:
    """The 8-connected components of at least ``at_least`` cells; None when there are none."""
    if np.count_nonzero(mask) < at_least:
        return None
    # this algorithm takes a third of the default one's time for statistics
    cells = np.ascontiguousarray(mask).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(cells, 8, cv2.CV_32S, cv2.CCL_GRANA)
    number = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= at_least) + 1
    if len(number) == 0:
        return None
    size = stats[number, cv2.CC_STAT_AREA].astype(np.float64)
    renumbered = np.zeros(len(stats), np.intp)
    renumbered[number] = np.arange(1, len(number) + 1)
    place = np.flatnonzero(mask)
    return Components(level, place, renumbered[labels.ravel()[place]], size, stats[number, :4].astype(np.intp))


def ramp(values: ArrayLike, zero: float, one: float) -> Column:
    """0 up to ``zero``, 1 from ``one`` on, straight between; ``zero`` may be the larger one."""
    return np.clip((np.asarray(values, dtype=np.float64) - zero) / (one - zero), 0, 1)


def rise(value: float, zero: float, one: float) -> float:
    """`ramp` of one number, without numpy's overhead."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def oriented_rectangle(points: NDArray[np.float32], angle: float, margin: float) -> NDArray[np.float32]:
    """(4, 2) corners of the smallest rectangle with its first side along ``angle``, wider by ``margin`` all round.

    Corners are clockwise (y down) from the one that is first along ``angle``, uppermost beside it.
    """
    c, s = cos(angle), sin(angle)
    turned = points @ np.array([[c, -s], [s, c]], dtype=np.float32)
    (u0, v0), (u1, v1) = (turned.min(axis=0) - margin).tolist(), (turned.max(axis=0) + margin).tolist()
    corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
    return np.array([(u * c - v * s, u * s + v * c) for u, v in corners], dtype=np.float32)


def frame_quad(corners: NDArray[Any], level: Level) -> Quad:
    """Level pixels to frame pixels."""
    return as_quad(corners * np.float32(level.scale))


def without_overlaps(found: Iterable[Detection], *, most: int, tighten: bool = False) -> list[Detection]:
    """Best first, without those that a kept one nearly equals or mostly covers, nor empty ones.

    ``tighten``: of two that are nearly equal the smaller quad stays, it is cheaper to read; a part of one that is
    nearly as good gives way to it.
    """
    kept: list[_Placed] = []
    for detection in sorted(found, key=lambda detection: -detection.score):
        placed = _placed(detection)
        if placed.size < 1:
            continue
        for i, other in enumerate(kept):
            common = _common(placed, other)
            if common == 0:
                continue
            better = tighten and placed.size < other.size and detection.score > 0.45 * other.detection.score
            if better and _same_sides(placed, other):
                kept[i] = replace(placed, detection=replace(other.detection, quad=detection.quad))
            whole = tighten and common > 0.85 * other.size and detection.score > 0.7 * other.detection.score
            if whole and placed.size > 1.5 * other.size and not _same_sides(placed, other):
                kept[i] = replace(placed, detection=replace(detection, score=other.detection.score))
            around = common > 0.85 * other.size and placed.size < 4 * other.size
            if tighten and around and detection.score < 0.8 * other.detection.score:
                break
            fragment = common > 0.7 * placed.size and placed.size > FRAGMENT * other.size
            if fragment or common > 0.45 * (placed.size + other.size - common):
                break
        else:
            kept.append(placed)
    return [placed.detection for placed in kept[:most]]


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A detection with its quad's area and bounds, which every comparison needs."""

    detection: Detection
    size: float
    bounds: tuple[float, float, float, float]


def _placed(detection: Detection) -> _Placed:
    return _Placed(detection, float(cv2.contourArea(detection.quad)), bounds(detection.quad))


def _same_sides(inner: _Placed, outer: _Placed) -> bool:
    """Whether no side moved by more than 0.3 of the shorter one: a tighter quad of the same thing, not a part."""
    moved = max(abs(a - b) for a, b in zip(inner.bounds, outer.bounds, strict=True))
    return moved < 0.3 * min(sides(outer.detection.quad))


def _common(a: _Placed, b: _Placed) -> float:
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = a.bounds, b.bounds
    if ax1 <= bx0 or bx1 <= ax0 or ay1 <= by0 or by1 <= ay0:
        return 0.0
    return float(cv2.intersectConvexConvex(a.detection.quad, b.detection.quad)[0])
