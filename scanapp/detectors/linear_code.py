"""`LinearCodeDetector`: regions where brightness changes many times, all in one direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import dist

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.regions import (
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

CHANGES = (11, 21)
"""Changes across a region: too few for a code, enough. An EAN-8 has 43, a short Telepen 20, a fence fewer."""
CANDIDATES = 8
"""Components a frame that are looked at one by one: bounds the cost of a frame full of blinds and fences."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A component with its direction across the bars (radians), its changes a pixel, its score at best, and
    the side of a square of its area in frame pixels: of equally good ones, fragments come last."""

    components: Components
    row: int
    angle: float
    density: float
    agreement: float
    ceiling: float
    side: float


class LinearCodeDetector:
    """Proposes linear codes (and PDF417, whose bars dominate) at any angle and size, also light on dark.

    The quad's first side runs across the bars: rectified, it is the direction to scan in.

    min_score    0 to 1: raising it drops faint, blurred and very short codes first, and costs fewer vain decodes
    max_regions  most proposals a frame; each costs the code recognizer about 3 ms once
    min_span     luma range (0 to 255) between bars and gaps: lowering it finds faint codes, and grain in dark wood
    """

    name = "linear_code"
    kinds = frozenset({"code"})
    cost_ms = 0.6

    def __init__(self, *, min_score: float = 0.3, max_regions: int = 6, min_span: float = 40) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.min_span = min_span

    def detect(self, frame: Frame) -> list[Detection]:
        """Regions that look like bars, best first."""
        candidates: list[_Candidate] = []
        for level in texture_maps(frame).levels:
            components = find_components(level, self._bars(level), at_least=3)
            if components is not None:
                candidates += [c for c in _candidates(components) if c.ceiling >= self.min_score]
        candidates.sort(key=lambda candidate: -candidate.ceiling * candidate.side)
        found = [_detection(candidate) for candidate in candidates[:CANDIDATES]]
        return without_overlaps(
            [d for d in found if d.score >= self.min_score], most=self.max_regions, tighten=True
        )

    def _bars(self, level: Level) -> NDArray[np.bool_]:
        bars = (level.bars > 0.16) & (level.coherence > 0.5) & (level.span > self.min_span)
        # wide bars leave gaps of a cell or two
        closed = cv2.morphologyEx(bars.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        return np.asarray(closed).view(np.bool_)


def _candidates(components: Components) -> list[_Candidate]:
    level = components.level
    cosine, sine = components.mean(level.cosine), components.mean(level.sine)
    angle, agreement = np.arctan2(sine, cosine) / 2, ramp(np.hypot(cosine, sine), 0.45, 0.8)
    density, side = components.mean(level.bars), components.sides()
    ceiling = agreement * ramp(density * np.hypot(components.box[:, 2], components.box[:, 3]) * CELL, *CHANGES)
    return [
        _Candidate(
            components,
            int(row),
            float(angle[row]),
            float(density[row]),
            float(agreement[row]),
            float(ceiling[row]),
            float(side[row]),
        )
        for row in np.flatnonzero(ceiling > 0)
    ]


def _detection(candidate: _Candidate) -> Detection:
    components = candidate.components
    corners = oriented_rectangle(components.cells(candidate.row), candidate.angle, CELL / 2)
    width, height = (dist(corners[i], corners[0]) for i in (1, 3))
    fill = float(components.size[candidate.row]) * CELL * CELL / (width * height)
    score = candidate.agreement * rise(fill, 0.3, 0.7) * rise(candidate.density * width, *CHANGES)
    return Detection("code", frame_quad(corners, components.level), float(score), "linear")
