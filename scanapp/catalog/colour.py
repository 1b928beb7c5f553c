"""The colours of a picture as one vector: which there are in the middle, and which in all of it.

Square roots of a joint histogram in CIE L*a*b* (few steps of lightness, more of hue), so that a dot product is the
Bhattacharyya coefficient. The middle counts more: what is held up fills it, a shelf surrounds it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.catalog.picture import Picture

SIDE = 64
LIGHTNESS, CHROMA = 4, 12
REACH = 64.0, 208.0
"""Colours of things seldom leave this part of a* and b*; what lies outside is cut off."""
MIDDLE, MIDDLE_SHARE = 0.6, 0.7
"""The middle's part of the sides, and its weight."""
LENGTH = 2 * LIGHTNESS * CHROMA * CHROMA

Vector = npt.NDArray[np.float32]


def colours(picture: Picture) -> Vector:
    """The vector (1152,) float32, of length 1 at most, of a picture (H, W, 3) BGR."""
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2LAB), np.uint8)
    edge = round(SIDE * (1 - MIDDLE) / 2)
    middle = _shares(lab[edge:-edge, edge:-edge])
    shares = np.concatenate([MIDDLE_SHARE * middle, (1 - MIDDLE_SHARE) * _shares(lab)])
    return np.asarray(np.sqrt(shares), np.float32)


def _shares(lab: npt.NDArray[np.uint8]) -> Vector:
    """The histogram (576,), its sum 1 at most."""
    bins, ranges = [LIGHTNESS, CHROMA, CHROMA], [0.0, 256.0, *REACH, *REACH]
    counts = cv2.calcHist([np.ascontiguousarray(lab)], [0, 1, 2], None, bins, ranges)
    return np.asarray(counts.ravel() / (lab.shape[0] * lab.shape[1]), np.float32)
