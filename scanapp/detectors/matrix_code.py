"""`MatrixCodeDetector`: compact regions that change often in all directions, dark and light in equal parts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.regions import Component, components, oriented_quad, to_frame, without_overlaps
from scanapp.detectors.texture import CELL, Level, texture_maps
from scanapp.frame import Frame
from scanapp.results import Detection


class MatrixCodeDetector:
    """Proposes QR, Micro QR, DataMatrix, Aztec, MaxiCode and PDF417: any angle, any size, also light on dark.

    min_score    0 to 1: raising it drops faint and blurred codes first, and costs fewer vain decodes
    max_regions  most proposals a frame; each costs the code recognizer about 3 ms once
    min_span     luma range (0 to 255) between modules: lowering it finds faint codes, and more leaves and gravel
    """

    name = "matrix_code"
    kinds = frozenset({"code"})
    cost_ms = 0.5

    def __init__(self, *, min_score: float = 0.25, max_regions: int = 6, min_span: float = 50) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.min_span = min_span

    def detect(self, frame: Frame) -> list[Detection]:
        """Regions that look like modules, best first."""
        found = []
        for level in texture_maps(frame).levels:
            for component in self._components(level):
                detection = self._judge(component, level, frame)
                if detection is not None and detection.score >= self.min_score:
                    found.append(detection)
        return without_overlaps(found, most=self.max_regions)

    def _components(self, level: Level) -> list[Component]:
        mask = (level.corners > 0.2) & (level.coherence < 0.75) & (level.span > self.min_span)
        mask &= np.abs(level.balance - 0.55) < 0.27
        return components(mask.astype(np.uint8), level.corners, at_least=3, best=6)

    def _judge(self, component: Component, level: Level, frame: Frame) -> Detection | None:
        corners = _tightest(component.cells)
        width, height = cv2.norm(corners[1] - corners[0]), cv2.norm(corners[3] - corners[0])
        long_side, short_side = max(width, height), min(width, height)
        if short_side < 1.5 * CELL or long_side > 6 * short_side:
            return None
        fill = len(component.cells) * CELL * CELL / (width * height)
        density = (component.mean(level.corners) - 0.15) / 0.15
        score = min(1.0, fill / 0.8) * min(1.0, max(0.0, density))
        quad = to_frame(corners, level, frame)
        return None if quad is None else Detection("code", quad, float(score), "matrix")


def _tightest(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upright box, or a turned one where that is clearly smaller."""
    upright = oriented_quad(cells, 0.0, CELL * 0.5)
    if len(cells) < 6:
        return upright
    (_, (width, height), degrees) = cv2.minAreaRect(cells)
    turned = oriented_quad(cells, float(np.deg2rad((degrees + 45) % 90 - 45)), CELL * 0.5)
    smaller = (width + CELL) * (height + CELL) < 0.85 * cv2.contourArea(upright)
    return turned if smaller else upright
