"""What moves against the rest of the picture: the trail of something that was brought into view.

The one detector part with a memory: motion is no property of a frame. It keeps a small copy of the frame it saw
last and a map of where something moved on its own, which fades. Frames that do not follow each other (another
size, a step back in time, a gap) start anew. Where much of the picture changes, the camera's own motion is taken
out as a shift (phase correlation).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Frame
from scanapp.geometry import Gray

SIDE = 80
"""Pixels of the picture that motion is looked for in."""
GAP_S = 1.0
STEP = 14.0
"""Luma steps (of 255) that count as motion."""
FADE_S = 2.5
"""A trail is forgotten after so long: by then a thing that rests has been proposed often enough."""
STILL = 0.25
"""Share of the picture that may change while the camera stands: more, and its own motion is taken out first."""
LEAST, MOST = 0.008, 0.6
"""Shares of the picture that something which moves on its own may take up; more is a cut or a flash."""
UNSURE = 0.15
"""Phase correlation's response below which the shift is not believed."""

Trail = NDArray[np.float32]
Box = tuple[float, float, float, float]


class Moving:
    """Watches frames in order."""

    def __init__(self) -> None:
        self._last: Gray | None = None
        self._pts = 0.0
        self._trail: Trail | None = None

    def look(self, frame: Frame) -> Box | None:
        """The box (x0, y0, x1, y1), in frame pixels, around what moved on its own lately; None when nothing did."""
        thumb = cv2.blur(frame.thumb(SIDE), (3, 3))
        last, gone = self._last, frame.pts - self._pts
        self._last, self._pts = np.asarray(thumb, np.uint8), frame.pts
        if last is None or last.shape != thumb.shape or not 0 < gone <= GAP_S:
            self._trail = None
            return None
        trail = np.zeros(thumb.shape, np.float32) if self._trail is None else self._trail
        trail = np.maximum(trail - np.float32(gone / FADE_S), 0)
        moved = _own_motion(last, self._last)
        if moved is not None:
            trail[moved] = 1.0
        self._trail = trail
        return _box(trail, frame.thumb_scale(SIDE))


def _own_motion(last: Gray, now: Gray) -> NDArray[np.bool_] | None:
    """(h, w) where ``now`` differs from ``last`` on its own; None where that cannot be told."""
    changed = _changed(last, now)
    if _share(changed) > STILL:
        (right, down), response = cv2.phaseCorrelate(last.astype(np.float32), now.astype(np.float32))
        if response < UNSURE:
            return None
        shift = np.array([[1.0, 0.0, right], [0.0, 1.0, down]])
        moved = cv2.warpAffine(last, shift, (now.shape[1], now.shape[0]), borderMode=cv2.BORDER_REPLICATE)
        changed = _changed(np.asarray(moved, np.uint8), now)
    return changed > 0 if LEAST < _share(changed) < MOST else None


def _changed(last: Gray, now: Gray) -> Gray:
    """(h, w) uint8, 1 where two pictures differ by more than specks."""
    differs = np.asarray(cv2.absdiff(last, now) > STEP, np.uint8)
    return np.asarray(cv2.morphologyEx(differs, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)


def _share(changed: Gray) -> float:
    return cv2.countNonZero(changed) / changed.size


def _box(trail: Trail, scale: int) -> Box | None:
    rows, columns = np.flatnonzero(trail.any(axis=1)), np.flatnonzero(trail.any(axis=0))
    if not len(rows):
        return None
    x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return float(x0 * scale), float(y0 * scale), float(x1 * scale), float(y1 * scale)
