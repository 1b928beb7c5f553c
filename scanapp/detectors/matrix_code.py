"""`MatrixCodeDetector`: compact regions that change often in all directions, dark and light in equal parts."""

from __future__ import annotations

from math import dist

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.regions import (
    Column,
    Components,
    find_components,
    frame_quad,
    oriented_rectangle,
    ramp,
    rise,
    without_overlaps,
)
from scanapp.detectors.texture import CELL, Level, texture_maps
from scanapp.frame import Frame
from scanapp.results import Detection

CANDIDATES = 8
"""Components a frame that are looked at one by one: bounds the cost of a frame full of leaves."""


class MatrixCodeDetector:
    """Proposes QR, Micro QR, DataMatrix, Aztec, MaxiCode and PDF417: any angle, any size, also light on dark.

    min_score    0 to 1: raising it drops small, faint and blurred codes first, and costs fewer vain decodes
    max_regions  most proposals a frame; each costs the code recognizer about 3 ms once
    min_span     luma range (0 to 255) between modules: lowering it finds faint codes, and more leaves and gravel
    """

    name = "matrix_code"
    kinds = frozenset({"code"})
    cost_ms = 0.8

    def __init__(self, *, min_score: float = 0.28, max_regions: int = 6, min_span: float = 50) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.min_span = min_span

    def detect(self, frame: Frame) -> list[Detection]:
        """Regions that look like modules, best first."""
        candidates: list[tuple[float, float, int, Components]] = []
        for level in texture_maps(frame).levels:
            components = find_components(level, self._modules(level), at_least=3)
            if components is not None:
                ceiling = _ceiling(components)
                rows = np.flatnonzero(ceiling >= self.min_score)
                side = components.sides()
                candidates += [(float(side[row]), float(ceiling[row]), int(row), components) for row in rows]
        # of equally good ones, fragments come last
        candidates.sort(key=lambda candidate: -candidate[0] * candidate[1])
        found = [_detection(*candidate[1:]) for candidate in candidates[:CANDIDATES]]
        return without_overlaps(
            [d for d in found if d.score >= self.min_score], most=self.max_regions, tighten=True
        )

    def _modules(self, level: Level) -> NDArray[np.bool_]:
        texture = (level.corners > 0.2) & (level.coherence < 0.75) & (level.span > self.min_span)
        return np.asarray(texture & (np.abs(level.balance - 0.55) < 0.27))


def _ceiling(components: Components) -> Column:
    """The score that each component would have if it filled a square."""
    level = components.level
    density = components.mean(level.corners)
    # the smallest codes have 10 modules a side, so some 5 changes; two windows of leaves have 3. A window reaches
    # a cell beyond its own: half of that on each side is what the region really spans
    changes = density / 2 * (components.box[:, 2:].min(axis=1) + 1) * CELL
    uniform = ramp(components.mean(level.coherence), 0.7, 0.35)
    return np.asarray(ramp(density, 0.18, 0.32) * ramp(changes, 1.5, 6) * uniform)


def _detection(ceiling: float, row: int, components: Components) -> Detection:
    corners = _tightest(components.cells(row))
    width, height = (dist(corners[i], corners[0]) for i in (1, 3))
    fill = float(components.size[row]) * CELL * CELL / (width * height)
    score = ceiling * rise(fill, 0.3, 0.75) * rise(max(width, height) / min(width, height), 5, 2.5)
    return Detection("code", frame_quad(corners, components.level), float(score), "matrix")


def _tightest(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upright box, or a turned one where that is clearly smaller."""
    upright = oriented_rectangle(cells, 0.0, CELL / 2)
    if len(cells) < 6:
        return upright
    _, (width, height), degrees = cv2.minAreaRect(cells)
    if (width + CELL) * (height + CELL) > 0.85 * dist(upright[1], upright[0]) * dist(upright[3], upright[0]):
        return upright
    return oriented_rectangle(cells, float(np.deg2rad((degrees + 45) % 90 - 45)), CELL / 2)
