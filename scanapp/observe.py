"""Level 0: what one glance at the luma thumbnail tells, on every frame, in well under a millisecond.

Motion is in `scanapp.motion`; here are exposure, how much the scene has changed since it was last looked at, and
the sharpness of a region.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, bounds, clip_box

GLANCE = 120
"""Long side, in pixels, of the picture that change is measured on: noise averages out, things that matter stay."""
_SAMPLE = 224
"""Pixels of the full-resolution sample that sharpness is measured on."""


class Observer:
    """Watches the thumbnail, and measures how much has changed since a marked frame."""

    def __init__(self) -> None:
        self._small: Gray | None = None
        self._marks: dict[str, Gray] = {}
        self.exposure = 0.0
        """Mean luma of the frame observed last, 0 to 1."""

    def observe(self, frame: Frame) -> None:
        """One glance."""
        self._small = frame.thumb(GLANCE)
        self.exposure = float(cv2.mean(self._small)[0]) / 255.0

    def change(self, mark: str) -> float:
        """Mean absolute luma difference to the marked frame; 255 without one, or when the size is another."""
        reference = self._marks.get(mark)
        if self._small is None or reference is None or reference.shape != self._small.shape:
            return 255.0
        return cv2.norm(self._small, reference, cv2.NORM_L1) / self._small.size

    def mark(self, mark: str) -> None:
        """Measure change from the frame observed last."""
        if self._small is not None:
            self._marks[mark] = self._small


def sharpness(frame: Frame, quad: Quad) -> float:
    """Relative focus of a region, about 0 (blurred) to 1: local gradient energy over contrast.

    Measured on the middle of the region at full resolution, so that a thumbnail does not hide the blur. Compare
    values of the same thing only.
    """
    x0, y0, x1, y1 = clip_box(bounds(quad), frame.width, frame.height)
    middle_x, middle_y = (x0 + x1) // 2, (y0 + y1) // 2
    half = _SAMPLE // 2
    patch = frame.gray[
        max(y0, middle_y - half) : min(y1, middle_y + half), max(x0, middle_x - half) : min(x1, middle_x + half)
    ]
    if min(patch.shape) < 8:
        return 0.0
    _, deviation = cv2.meanStdDev(patch)
    across = cv2.norm(patch[:, 2:], patch[:, :-2], cv2.NORM_L2SQR) / patch.size
    down = cv2.norm(patch[2:], patch[:-2], cv2.NORM_L2SQR) / patch.size
    spread = float(deviation[0, 0]) ** 2 + 25.0
    return float(min(1.0, np.sqrt((across + down) / 4.0 / spread)))
