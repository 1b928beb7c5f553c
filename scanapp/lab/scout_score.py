"""How well a scout finds what stands in composed pictures, kind by kind.

A thing is found when a region of its kind, grown by `GROWN`, covers `COVERED` of what is visible of it and is no
more than `LOOSE` times as large. A false alarm is a region of a kind that the picture does not show, unless its
middle lies where that kind is anybody's guess. Each kind has a threshold of its own: that with the best
recall less false alarms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.detectors.scout_regions import KINDS, Region, regions
from scanapp.geometry import Quad, area, as_quad, expand
from scanapp.lab.composites import MARGIN
from scanapp.lab.scenery import polygon
from scanapp.lab.scout_scenes import Placed, ScoutSample

THRESHOLDS = tuple(np.arange(-4.5, 3.01, 0.5).tolist())
"""Logits."""
GROWN, COVERED, LOOSE = 1.2, 0.8, 6.0
SHOWN = 0.3
"""Part of a thing's outline that must be seen: else another thing lies on it, and it is not asked for."""
_SMALLEST = 12

Counts = npt.NDArray[np.int64]
Points = npt.NDArray[np.float32]


@dataclass(slots=True)
class Tally:
    """Counts of one kind.

    found, false  (thresholds,) things found; pictures with a false alarm
    things, pictures  of how many
    """

    found: Counts = field(default_factory=lambda: np.zeros(len(THRESHOLDS), np.int64))
    false: Counts = field(default_factory=lambda: np.zeros(len(THRESHOLDS), np.int64))
    things: int = 0
    pictures: int = 0

    def ask(self, outline: Points, found: Sequence[Sequence[Region]]) -> None:
        """One thing more, and the regions of its kind at each threshold."""
        self.found += np.array([any(covers(region.quad, outline) for region in some) for some in found])
        self.things += 1

    def pass_over(self, judged: npt.NDArray[np.bool_], found: Sequence[Sequence[Region]]) -> None:
        """One picture more without this kind, ``judged`` (h, w) where that is certain."""
        self.false += np.array([any(_inside(judged, region) for region in some) for some in found])
        self.pictures += 1

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """(thresholds,) shares."""
        return np.asarray(self.found / max(1, self.things))

    @property
    def alarms(self) -> npt.NDArray[np.float64]:
        """(thresholds,) shares of the pictures without the kind."""
        return np.asarray(self.false / max(1, self.pictures))

    @property
    def best(self) -> int:
        """The threshold with the best recall less false alarms; of equals the middle one."""
        gain = self.recall - self.alarms
        equal = np.flatnonzero(gain >= gain.max() - 1e-9)
        return int(equal[len(equal) // 2])


def tallies(pairs: Iterable[tuple[ScoutSample, npt.NDArray[np.float32]]]) -> dict[str, Tally]:
    """Kind → its counts over samples and what a network answered, ``kinds`` logits (6, h/4, w/4)."""
    counts = {kind: Tally() for kind in KINDS}
    for sample, logits in pairs:
        outlines = visible(sample)
        shown = {thing.kind for thing in sample.things}
        found = [regions(logits, threshold) for threshold in THRESHOLDS]
        for row, kind in enumerate(KINDS):
            own = [[region for region in some if region.kind == kind] for some in found]
            for outline in outlines.get(kind, []):
                counts[kind].ask(outline, own)
            if kind not in shown and sample.counted[row].any():
                counts[kind].pass_over(sample.counted[row], own)
    return counts


def visible(sample: ScoutSample) -> dict[str, list[Points]]:
    """Kind → outlines (n, 2) of what is seen of its things, network pixels."""
    outlines: dict[str, list[Points]] = {}
    for thing in sample.things:
        outline = _outline(sample, thing)
        if outline is not None:
            outlines.setdefault(thing.kind, []).append(outline)
    return outlines


def _outline(sample: ScoutSample, thing: Placed) -> Points | None:
    frame = (sample.kinds.shape[2], sample.kinds.shape[1])
    within = polygon(thing.quad, frame) > 127
    within[:MARGIN] = within[-MARGIN:] = within[:, :MARGIN] = within[:, -MARGIN:] = False
    rows, columns = np.nonzero(within & (sample.kinds[KINDS.index(thing.kind)] > 127))
    if len(rows) < max(_SMALLEST, SHOWN * int(within.sum())):
        return None
    hull = cv2.convexHull(np.column_stack([columns, rows]).astype(np.float32) + np.float32(0.5))
    return np.asarray(hull[:, 0], np.float32)


def covers(quad: Quad, outline: Points) -> bool:
    """Whether a region finds the thing of this outline, see above."""
    size = float(cv2.contourArea(outline))
    common = float(cv2.intersectConvexConvex(outline, np.ascontiguousarray(expand(quad, GROWN)))[0])
    return common >= COVERED * size and area(quad) <= LOOSE * size


def _inside(judged: npt.NDArray[np.bool_], region: Region) -> bool:
    """Whether the region's middle lies where its kind counts."""
    x, y = as_quad(region.quad).mean(axis=0)
    height, width = judged.shape
    return bool(judged[min(height - 1, max(0, int(y))), min(width - 1, max(0, int(x)))])
