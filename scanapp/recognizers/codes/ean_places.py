"""Where an EAN symbol may lie in a profile: start, end, and how far perspective moves its middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scanapp.recognizers.codes.ean_patterns import QUIET, SAMPLES, Floats, Layout
from scanapp.recognizers.codes.profile import Profile

MIN_MODULE = 0.7
"""Pixels: finer modules cannot be told apart."""
ONSET = 0.3
"""Darkness at which bars begin: below what is left of a narrow bar under the strongest blur."""
MIN_SHARE = 0.3
"""A symbol fills at least this part of its profile."""
NOISY = 0.35
"""Mean darkness that a quiet zone may have: print nearby, or a frame."""
PAIRS = 10
BENDS = (-1.5, 0.0, 1.5)


@dataclass(frozen=True, slots=True)
class Place:
    """Outer edges of a symbol, its middle's offset from their mean, in profile pixels; cost of its best digits."""

    start: float
    end: float
    bend: float
    cost: float = 0.0

    def module(self, layout: Layout) -> float:
        """Pixels a module."""
        return (self.end - self.start) / layout.modules

    def distance(self, other: Place) -> float:
        """How far apart two places are, pixels."""
        return abs(self.start - other.start) + abs(self.end - other.end) + abs(self.bend - other.bend)

    def shifted(self, by: float) -> tuple[float, float, float]:
        """Start, end and bend, moved by so many pixels."""
        return self.start + by, self.end + by, self.bend


def likely_places(profile: Profile, expected: tuple[float, float], layout: Layout) -> Floats:
    """(g, 3) starts, ends and bends: around the expected place, and where bars lie between quiet zones."""
    start, end = expected
    module = (end - start) / layout.modules
    if module < MIN_MODULE:
        return np.empty((0, 3))
    around = nearby_places(Place(start, end, 0.0), 4.8 * module, 0.8 * module, [0.0])
    return np.concatenate([_between_quiet_zones(profile, layout), around])


def nearby_places(place: Place, reach: float, step: float, bends: Sequence[float]) -> Floats:
    """(g, 3) all combinations of starts and ends up to ``reach`` pixels off, and of bends added to the place's."""
    offsets = np.arange(-reach, reach + 1e-9, step)
    axes = place.start + offsets, place.end + offsets, place.bend + np.array(bends)
    return np.column_stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])


def sample(profile: Profile, places: Floats, layout: Layout) -> Floats:
    """(g, n) values of the symbol and its quiet zones, `SAMPLES` a module, for (g, 3) places."""
    count = layout.modules * SAMPLES
    t = (np.arange(-QUIET * SAMPLES, count + QUIET * SAMPLES) + 0.5) / count
    start, end, bend = places[:, :1], places[:, 1:2], places[:, 2:3]
    positions = start + (end - start) * t + 4 * bend * t * (1 - t)
    return np.interp(positions.ravel() - 0.5, np.arange(len(profile)), profile).reshape(positions.shape)


def _between_quiet_zones(profile: Profile, layout: Layout) -> Floats:
    dark = profile > ONSET
    begins = np.flatnonzero(dark[1:] & ~dark[:-1]) + 1.0
    stops = np.flatnonzero(~dark[1:] & dark[:-1]) + 1.0
    start, end = (axis.ravel() for axis in np.meshgrid(begins, stops, indexing="ij"))
    module = (end - start) / layout.modules
    wide = module >= max(MIN_MODULE, len(profile) * MIN_SHARE / layout.modules)
    start, end, module = start[wide], end[wide], module[wide]
    total = np.concatenate([[0.0], np.cumsum(np.clip(profile, 0, 1))])
    quiet = _mean(total, start - 5 * module, start - module) + _mean(total, end + module, end + 5 * module)
    unlike = quiet + np.abs(_mean(total, start, end) - 0.5)
    order = [i for i in np.argsort(unlike, kind="stable")[:PAIRS] if quiet[i] < 2 * NOISY]
    grids = []
    for i in order:
        step = 0.7 * module[i]
        grids.append(nearby_places(Place(start[i], end[i], 0.0), step, step, [b * module[i] for b in BENDS]))
    return np.concatenate(grids) if grids else np.empty((0, 3))


def _mean(total: Floats, low: Floats, high: Floats) -> Floats:
    """Means of profile stretches from its running total; 0 outside of the profile."""
    first, last = (np.clip(edge, 0, len(total) - 1).astype(int) for edge in (low, high))
    return np.asarray((total[last] - total[first]) / np.maximum(last - first, 1), dtype=np.float64)
