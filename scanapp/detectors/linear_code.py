"""`LinearCodeDetector`: regions where brightness changes many times, all in one direction."""

from __future__ import annotations

from math import atan2

import cv2
import numpy as np

from scanapp.detectors.regions import Component, components, oriented_quad, to_frame, without_overlaps
from scanapp.detectors.texture import CELL, Level, texture_maps
from scanapp.frame import Frame
from scanapp.results import Detection


class LinearCodeDetector:
    """Proposes linear codes (and PDF417, whose bars dominate) at any angle, size and contrast sign.

    The quad's first side runs across the bars: rectified, it is the direction to scan in.

    min_score    0 to 1: raising it drops faint, blurred and very short codes first, and costs fewer vain decodes
    max_regions  most proposals a frame; each costs the code recognizer about 3 ms once
    min_span     luma range (0 to 255) between bars and gaps: lowering it finds faint codes, and grain in dark wood
    """

    name = "linear_code"
    kinds = frozenset({"code"})
    cost_ms = 0.5

    def __init__(self, *, min_score: float = 0.25, max_regions: int = 6, min_span: float = 40) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.min_span = min_span

    def detect(self, frame: Frame) -> list[Detection]:
        """Regions that look like bars, best first."""
        found = []
        for level in texture_maps(frame).levels:
            for component in self._components(level):
                detection = self._judge(component, level, frame)
                if detection is not None and detection.score >= self.min_score:
                    found.append(detection)
        return without_overlaps(found, most=self.max_regions)

    def _components(self, level: Level) -> list[Component]:
        mask = (level.bars > 0.16) & (level.coherence > 0.6) & (level.span > self.min_span)
        return components(mask.astype(np.uint8), level.bars, at_least=3, best=6)

    def _judge(self, component: Component, level: Level, frame: Frame) -> Detection | None:
        cosine, sine = component.mean(level.cosine), component.mean(level.sine)
        agreement = float(np.hypot(cosine, sine))
        corners = oriented_quad(component.cells, atan2(sine, cosine) / 2, CELL * 0.5)
        width, height = cv2.norm(corners[1] - corners[0]), cv2.norm(corners[3] - corners[0])
        if agreement < 0.6 or width < 2.5 * CELL:
            return None
        fill = len(component.cells) * CELL * CELL / max(width * height, 1.0)
        turns = component.mean(level.bars) * width
        # an EAN-8 has 43 changes, a Telepen of two letters 20; a fence or a blind has fewer
        score = agreement * min(1.0, fill / 0.7) * min(1.0, turns / 20)
        quad = to_frame(corners, level, frame)
        return None if quad is None else Detection("code", quad, float(min(1.0, score)), "linear")
