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

from scanapp.catalog.local import LENGTH, SCALE, LocalFeatures
from scanapp.catalog.one_thread import MOST

RATIO = 0.85
"""Of distances; lower: fewer and safer matches."""
FEWEST = 4
REACH = 7.0
"""Pixels of the reduced pictures by which an agreeing match may be off: packages are bent, and maps only affine."""
TRIES = 150
_TOGETHER = 8
"""References compared at a time: their likenesses, 3 MB, stay near the processor."""

Pairs = npt.NDArray[np.intp]


def matched(query: LocalFeatures, references: Sequence[LocalFeatures]) -> list[Pairs]:
    """For each reference (n, 2) indices of agreeing patches: in the query, in the reference."""
    pairs: list[Pairs] = []
    for start in range(0, len(references), _TOGETHER):
        pairs += _matched(query, references[start : start + _TOGETHER])
    return pairs


def _matched(query: LocalFeatures, references: Sequence[LocalFeatures]) -> list[Pairs]:
    longest = max(len(reference) for reference in references)
    if not len(query) or longest < 2:
        return [np.zeros((0, 2), np.intp) for _ in references]
    # What fills up is like nothing: no number of a patch is there.
    patches = np.zeros((len(references), longest, LENGTH), np.float32)
    for row, reference in zip(patches, references, strict=True):
        row[: len(reference)] = reference.patches
    step = max(1, MOST // (LENGTH * longest))
    asked = np.zeros((-(-len(query) // step), 1, step, LENGTH), np.float32)
    asked.reshape(-1, LENGTH)[: len(query)] = query.patches
    asked /= SCALE * SCALE
    alike = np.matmul(asked, patches.transpose(0, 2, 1))  # (blocks, references, step, longest)
    best = alike.argmax(3)
    nearest = np.take_along_axis(alike, best[..., None], 3)[..., 0]
    back = alike.max((0, 2))
    np.put_along_axis(alike, best[..., None], -1.0, 3)
    clear = (1.0 - nearest) < RATIO * RATIO * (1.0 - alike.max(3))
    block, which, place = np.nonzero(clear)
    there = best[block, which, place]
    mutual = nearest[block, which, place] >= back[which, there]
    pairs = np.stack([block * step + place, there], 1)[mutual]
    return [pairs[which[mutual] == number] for number in range(len(references))]


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


def _plausible(map2: npt.NDArray[np.float64]) -> bool:
    """Not mirrored, neither much larger nor much smaller, not seen from the edge."""
    strengths = np.linalg.svd(map2, compute_uv=False)
    return bool(np.linalg.det(map2) > 0 and 0.25 < strengths[0] < 4 and strengths[1] > 0.25 * strengths[0])
