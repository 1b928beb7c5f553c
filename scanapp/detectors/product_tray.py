"""`TrayDetector`: several goods on a plain tray, counter or conveyor, seen from above.

The tray is the large plain part of the picture, the things on it are what interrupts it. Things that touch are
taken apart at their narrowest places. What then reaches the picture's border is no thing on the tray: its rim, the
table beside it, an arm.
"""

from __future__ import annotations

import numpy as np

from scanapp.detectors.figure import LONG_SIDE, Figure, figure_mask, figures, outline, taken_apart
from scanapp.detectors.regions import rise, without_overlaps
from scanapp.frame import Frame
from scanapp.results import Detection

LEAST, MOST = 0.003, 0.35
"""Shares of the picture that a thing may take up."""


class TrayDetector:
    """Proposes every thing on a plain ground.

    min_score    0 to 1: raising it drops small and ragged things
    max_regions  most things a frame
    """

    name = "tray"
    kinds = frozenset({"product"})
    cost_ms = 0.9

    def __init__(self, *, min_score: float = 0.3, max_regions: int = 16) -> None:
        self.min_score = min_score
        self.max_regions = max_regions

    def detect(self, frame: Frame) -> list[Detection]:
        """Things on the tray, best first."""
        thumb, scale = frame.thumb(LONG_SIDE), frame.thumb_scale(LONG_SIDE)
        found = []
        for figure in figures(figure_mask(thumb, tray=True), LEAST):
            for part in taken_apart(figure):
                if LEAST < part.size < MOST and not part.borders(thumb.shape):
                    found.append(_judged(part, scale))
        return without_overlaps([d for d in found if d.score >= self.min_score], most=self.max_regions)


def _judged(figure: Figure, scale: int) -> Detection:
    quad, fill = outline(figure)
    frame_quad = quad * np.float32(scale)
    frame_quad.setflags(write=False)
    return Detection(
        "product", frame_quad, rise(fill, 0.35, 0.8) * (0.6 + 0.4 * rise(figure.size, LEAST, 0.02)), "figure"
    )
