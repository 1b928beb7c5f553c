"""Level 2: what is it? On a worker thread, on the full resolution of one region."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scanapp import Effort, Frame, Reading, View
from scanapp_tiles.detector import TileDetector

FAINTEST = 60
"""Least difference between the strongest and the weakest of red, green and blue, of 255."""
HUES = {"red": 0, "orange": 15, "yellow": 28, "green": 60, "cyan": 90, "blue": 115, "magenta": 150}
"""OpenCV's hue, 0 to 180, round a circle."""


class TileColour:
    """Names the colour of a tile. A function of the view alone: replay depends on it."""

    name = "tile_colour"
    kinds = frozenset({"tile"})
    efforts = (Effort("mean", cost_ms=0.5, gain=0.95, per_mpx_ms=5.0),)

    def recognize(self, view: View) -> Sequence[Reading]:
        """One reading a view, or none: a track is looked at again when its tile may be gone."""
        if view.whole:
            return []  # only a region has one colour
        pixels, _ = view.crop_bgr(0.6)
        mean = pixels.reshape(-1, 3).mean(axis=0)
        if np.ptp(mean) < FAINTEST:
            return []
        hue = int(cv2.cvtColor(mean.astype(np.uint8).reshape(1, 1, 3), cv2.COLOR_BGR2HSV)[0, 0, 0])
        name, off = min(((name, _distance(hue, at)) for name, at in HUES.items()), key=lambda pair: pair[1])
        blue, green, red = (round(float(level)) for level in mean)
        value = {"text": name, "rgb": [red, green, blue]}
        return [Reading("tile", f"tile:{name}", value, view.quad, confidence=1 - off / 90, strength=0.5)]

    def read_still(self, frame: Frame) -> list[Reading]:
        """Optional, for `Scanner.read`: with one picture there is nobody else to find the tiles."""
        return [
            reading
            for detection in TileDetector().detect(frame)
            for reading in self.recognize(View(frame, detection.quad))
        ]


def _distance(a: int, b: int) -> int:
    return min((a - b) % 180, (b - a) % 180)
