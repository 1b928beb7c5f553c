"""Which line of one reading is which line of another, taken from a frame in which the camera stood elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import IDENTITY, Quad, Transform, as_quad, transform_quad

ANCHOR = 4
"""Characters that a text needs to be recognised again by itself."""
ALIKE = 0.8
STRANGE = 0.35
"""Similarity from which two texts are one text, and below which they are two, whatever their places say."""
OVERLAP = 0.5

Points = NDArray[np.float64]


def similarity(a: str, b: str) -> float:
    """0 to 1: the part of both texts' characters that they have in common, in order."""
    return 1.0 if a == b else SequenceMatcher(None, a, b, autojunk=False).ratio()


def motion(old: Sequence[tuple[str, Quad]], new: Sequence[tuple[str, Quad]]) -> Transform:
    """The similarity transform that takes the old lines to where the new ones are.

    Fitted to lines whose text both have, once each; identity when there are none (the caller's quads then already
    are in one frame, or nothing better is known).
    """
    anchors = _same_texts(old, new) or _alike_texts(old, new)
    if not anchors:
        return IDENTITY
    source = np.concatenate([old[i][1] for i, _ in anchors]).astype(np.float64)
    target = np.concatenate([new[j][1] for _, j in anchors]).astype(np.float64)
    fit = _similarity_fit(source, target)
    errors = np.linalg.norm(_moved(fit, source) - target, axis=1)
    near = errors <= 2.5 * max(float(np.median(errors)), 1.0)
    return _similarity_fit(source[near], target[near]) if near.sum() >= 4 else fit


def _same_texts(old: Sequence[tuple[str, Quad]], new: Sequence[tuple[str, Quad]]) -> list[tuple[int, int]]:
    olds, news = _once(old), _once(new)
    return [(olds[text], news[text]) for text in olds if text in news]


def _once(lines: Sequence[tuple[str, Quad]]) -> dict[str, int]:
    texts = [text for text, _ in lines]
    return {text: i for i, text in enumerate(texts) if len(text) >= ANCHOR and texts.count(text) == 1}


def _alike_texts(old: Sequence[tuple[str, Quad]], new: Sequence[tuple[str, Quad]]) -> list[tuple[int, int]]:
    olds, news = (sorted(_once(lines).items(), key=lambda item: -len(item[0]))[:20] for lines in (old, new))
    pairs = []
    for text, i in olds:
        whole = [(other, j) for other, j in news if abs(len(other) - len(text)) <= 1]  # a part would shift the fit
        ranked = sorted(((similarity(text, other), j) for other, j in whole), reverse=True)
        if ranked and ranked[0][0] >= ALIKE:
            pairs.append((i, ranked[0][1]))
    return pairs


def _similarity_fit(source: Points, target: Points) -> Transform:
    """Least squares over rotation, scale and shift (Umeyama 1991, in the plane: one complex factor)."""
    a, b = source @ [1, 1j], target @ [1, 1j]
    a0, b0 = a.mean(), b.mean()
    spread = float((np.abs(a - a0) ** 2).sum())
    factor = complex((np.conj(a - a0) * (b - b0)).sum()) / spread if spread > 0 else 1 + 0j
    shift = b0 - factor * a0
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag], [0.0, 0.0, 1.0]]
    )


def _moved(transform: Transform, points: Points) -> Points:
    return points @ transform[:2, :2].T + transform[:2, 2]


def moved_quad(transform: Transform, quad: Quad) -> Quad:
    """``quad`` taken along."""
    return quad if transform is IDENTITY else transform_quad(transform, quad)


def extent(quad: Quad, other: Quad) -> tuple[float, float, float, float]:
    """``(start, end, top, bottom)`` of ``other`` along and across ``quad``'s reading direction.

    In units of ``quad``'s line height; 0 is where ``quad`` begins, and its middle.
    """
    origin, along, height, _ = _axes(quad)
    across = np.array([-along[1], along[0]])
    relative = (other.astype(np.float64) - origin) / height
    x, y = relative @ along, relative @ across
    begins, ends = (x[0] + x[3]) / 2, (x[1] + x[2]) / 2
    top, bottom = (y[0] + y[1]) / 2, (y[2] + y[3]) / 2
    return float(begins), float(ends), float(top), float(bottom)


def overlaps(quad: Quad, other: Quad) -> bool:
    """Whether two lines share half of the shorter one's length and half of the thinner one's height."""
    begins, ends, top, bottom = extent(quad, other)
    _, own_end, own_top, own_bottom = extent(quad, quad)
    along = min(ends, own_end) - max(begins, 0.0)
    across = min(bottom, own_bottom) - max(top, own_top)
    thin = min(bottom - top, own_bottom - own_top)
    return along >= OVERLAP * min(ends - begins, own_end) > 0 and across >= OVERLAP * thin > 0


def joined(quad: Quad, other: Quad) -> Quad:
    """``other`` lengthened to reach as far as ``quad`` does at both ends."""
    _, along, height, length = _axes(other)
    begins, ends, _, _ = extent(other, quad)
    before = along * min(begins, 0.0) * height
    after = along * max(ends * height - length, 0.0)
    return as_quad(other + np.array([before, after, after, before]))


def _axes(quad: Quad) -> tuple[Points, Points, float, float]:
    """Middle of the first side, unit vector along, height and length in pixels."""
    points = quad.astype(np.float64)
    start, end = (points[0] + points[3]) / 2, (points[1] + points[2]) / 2
    length = max(float(np.linalg.norm(end - start)), 1e-6)
    height = max(float(np.linalg.norm(points[3] - points[0]) + np.linalg.norm(points[2] - points[1])) / 2, 1e-6)
    return start, (end - start) / length, height, length
