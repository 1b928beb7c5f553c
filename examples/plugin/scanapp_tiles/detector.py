"""Level 1: where might a tile be? Cheap, on a thumbnail; a wrong proposal costs only a look."""

from __future__ import annotations

import cv2
import numpy as np

from scanapp import Detection, Frame
from scanapp.geometry import order_clockwise


class TileDetector:
    """Proposes squares of one strong colour.

    min_side        frame pixels: raising it drops distant tiles, lowering it lets specks through
    min_saturation  0 to 255: raising it drops pale tiles, lowering it lets walls and wood through
    """

    name = "tiles"
    kinds = frozenset({"tile"})
    cost_ms = 1.0

    def __init__(self, *, min_side: float = 24, min_saturation: float = 130) -> None:
        self.min_side = min_side
        self.min_saturation = min_saturation

    def detect(self, frame: Frame) -> list[Detection]:
        """Squares, best first; empty means that there is none."""
        scale = frame.thumb_scale(480)
        small = np.ascontiguousarray(frame.bgr[::scale, ::scale])
        hsv = cv2.cvtColor(small, cv2.COLOR_BGR2HSV)
        coloured = (hsv[:, :, 1] >= self.min_saturation) & (hsv[:, :, 2] >= 60)
        outlines, _ = cv2.findContours(coloured.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = []
        for outline in outlines:
            box = cv2.minAreaRect(outline)
            short, long = sorted(box[1])
            if short * scale < self.min_side or long > 1.25 * short:
                continue
            fill = cv2.contourArea(outline) / (short * long)
            if fill > 0.8:
                found.append(Detection("tile", order_clockwise(cv2.boxPoints(box) * scale), min(1.0, fill)))
        return sorted(found, key=lambda detection: -detection.score)
