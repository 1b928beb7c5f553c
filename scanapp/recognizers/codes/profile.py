"""From a rectified patch of bars to one-dimensional darkness profiles, averaged along the bars.

A scan line is noisy; the mean of many is not, if they are shifted so that the bars meet. Bars of a patch cut
under perspective or from a bent label lean, so every row group is aligned to its neighbour by cross-correlation
before averaging. Several bands of the height are kept apart: a finger, a fold or a glare spoils one, not all.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray

Profile = NDArray[np.float64]

GROUPS = 12
BAND = 4
STRIDE = 2
MAX_LEAN = 0.012
"""Largest shift between neighbouring row groups, as a part of the width."""


def band_profiles(gray: Gray) -> list[Profile]:
    """Darkness profiles (each of the patch's width, values about 0 to 1) of overlapping bands, top to bottom."""
    height, width = gray.shape
    groups = min(GROUPS, height)
    if groups < 2 or width < 32:
        return []
    rows = np.asarray(cv2.resize(gray, (width, groups), interpolation=cv2.INTER_AREA), dtype=np.float64)
    reach = max(1, round(MAX_LEAN * width))
    profiles = []
    for start in range(0, max(1, groups - BAND + 1), STRIDE):
        profiles.append(darkness(_merged(rows[start : start + BAND], reach)))
    return profiles


def darkness(values: Profile) -> Profile:
    """0 for the local light level, 1 for the local dark level: shading and glare levelled out."""
    window = max(9, len(values) // 7) | 1
    row = values.reshape(1, -1).astype(np.float32)
    kernel = np.ones((1, window), np.uint8)
    light = cv2.blur(cv2.dilate(row, kernel), (window, 1))[0].astype(np.float64)
    dark = cv2.blur(cv2.erode(row, kernel), (window, 1))[0].astype(np.float64)
    contrast = np.maximum(light - dark, 0.25 * float((light - dark).max()) + 1.0)
    return np.asarray(np.clip((light - values) / contrast, -0.3, 1.3), dtype=np.float64)


def _merged(rows: NDArray[np.float64], reach: int) -> Profile:
    """The mean of rows, each shifted by whole pixels to match the ones before it."""
    total = rows[0].copy()
    shift = 0
    for count, row in enumerate(rows[1:], start=1):
        shift = _best_shift(np.gradient(total / count), np.gradient(row), shift, reach)
        total += np.roll(row, shift)
    return np.asarray(total / len(rows), dtype=np.float64)


def _best_shift(reference: Profile, moving: Profile, start: int, reach: int) -> int:
    shifts = range(start - reach, start + reach + 1)
    return max(shifts, key=lambda shift: (float(np.dot(reference, np.roll(moving, shift))), -abs(shift - start)))
