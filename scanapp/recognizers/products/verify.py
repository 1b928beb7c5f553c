"""Whether the print of two pictures is the same print: patches that agree, and lie in the same arrangement.

A patch matches when it is each other's nearest and clearly nearer than the next one (Lowe's ratio); the matches
count as far as one affine map carries them over (RANSAC). OpenCV draws its samples from a fixed seed, so the same
pictures give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.catalog.local import SCALE, LocalFeatures

RATIO = 0.85
"""Of distances; lower: fewer and safer matches."""
FEWEST = 4
REACH = 7.0
"""Pixels of the reduced pictures by which an agreeing match may be off: packages are bent, and maps only affine."""
TRIES = 150

Pairs = npt.NDArray[np.intp]


def matched(query: LocalFeatures, references: Sequence[LocalFeatures]) -> list[Pairs]:
    """For each reference (n, 2) indices of agreeing patches: in the query, in the reference."""
    if not len(query):
        return [np.zeros((0, 2), np.intp) for _ in references]
    known = [reference for reference in references if len(reference)]
    if not known:
        return [np.zeros((0, 2), np.intp) for _ in references]
    # One product for all: a matrix product of this size costs a third of many small ones.
    patches = np.concatenate([reference.patches for reference in known]).astype(np.float32)
    alike = (query.patches.astype(np.float32) @ patches.T) / (SCALE * SCALE)
    pairs, start = [], 0
    for reference in references:
        pairs.append(_mutual(alike[:, start : start + len(reference)]))
        start += len(reference)
    return pairs


def agreeing(query: LocalFeatures, reference: LocalFeatures, pairs: Pairs) -> int:
    """How many of the pairs one affine map explains; 0 for maps that no turned package gives."""
    if len(pairs) < FEWEST:
        return 0
    there, here = reference.places[pairs[:, 1]], query.places[pairs[:, 0]]
    affine, inside = _fitted(there, here)
    if affine is None or not _plausible(np.asarray(affine[:, :2], np.float64)):
        return 0
    count = int(inside.sum())
    return count if count >= FEWEST else 0


def _fitted(there: Any, here: Any) -> tuple[Any, Any]:
    """The affine map (2, 3) that most pairs agree with, and which do; None where there is none."""
    how = {"method": cv2.RANSAC, "ransacReprojThreshold": REACH, "maxIters": TRIES, "refineIters": 0}
    try:
        return cv2.estimateAffine2D(there, here, **how)  # type: ignore[call-overload,no-any-return]
    except cv2.error:  # all points on one line
        return None, None


def _mutual(alike: npt.NDArray[np.float32]) -> Pairs:
    """alike (q, r): cosines of patches of one reference."""
    if alike.shape[1] < 2:
        return np.zeros((0, 2), np.intp)
    rows = np.arange(len(alike))
    best = alike.argmax(1)
    nearest = alike[rows, best]
    masked = alike.copy()
    masked[rows, best] = -1.0
    second = masked.max(1)
    clear = (1.0 - nearest) < RATIO * RATIO * (1.0 - second)
    back = alike.argmax(0)
    kept = clear & (back[best] == rows)
    return np.stack([rows[kept], best[kept]], 1)


def _plausible(map2: npt.NDArray[np.float64]) -> bool:
    """Not mirrored, neither much larger nor much smaller, not seen from the edge."""
    strengths = np.linalg.svd(map2, compute_uv=False)
    return bool(np.linalg.det(map2) > 0 and 0.25 < strengths[0] < 4 and strengths[1] > 0.25 * strengths[0])
