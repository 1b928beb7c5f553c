"""When a value is in view: visible intervals joined into appearances.

A thing that is hidden for less than the forget time has not left, and must not be reported again; one that is away
for longer has, and must be reported once more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanapp.replay.truth import Interval, TruthObject

ROUNDING_S = 0.002
"""Events and truth round pts to a millisecond each."""

EARLY_S = 1.0
"""How long before it is whole in view again a thing may be read, where the truth cannot say when it came back."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One stay in view, in seconds of media time.

    opens    from when on some of it may be in view: it can be read before it is whole in the frame
    visible  first moment at which it is whole in view, None where the truth does not say
    ends     last moment at which it is whole in view
    copies   how many things with this very value are in view: so many confirmations are right
    """

    opens: float
    visible: float | None
    ends: float
    copies: int = 1

    def holds(self, interval: Interval) -> bool:
        """Whether an interval falls, at least in part, into the time in which the thing is whole in view."""
        begins = self.opens if self.visible is None else self.visible
        return interval[0] <= self.ends and interval[1] >= begins

    def first(self, intervals: Iterable[Interval]) -> float | None:
        """The first moment of those intervals that fall into this stay; None when none does."""
        return min((max(interval[0], self.opens) for interval in intervals if self.holds(interval)), default=None)


def appearances(things: Sequence[TruthObject], forget: float, fps: float | None) -> list[Appearance]:
    """The stays in view of things that all show the same value, in order; never empty.

    A value whose intervals are not known, or that is never whole in view, has one stay: the whole recording.
    """
    known = [interval for thing in things for interval in thing.visible or ()]
    if not known or any(thing.visible is None for thing in things):
        return [Appearance(-math.inf, None, math.inf, len(things))]
    sightings = [run for thing in things for run in _sightings(thing, fps)]
    stays: list[Appearance] = []
    for first, last in _joined(known, forget):
        opens = _returns(first, stays[-1].ends, sightings) if stays else _enters(first, sightings)
        stays.append(Appearance(opens - ROUNDING_S, first, last, _copies(things, (first, last))))
    return stays


def _joined(intervals: list[Interval], forget: float) -> list[Interval]:
    joined: list[Interval] = []
    for first, last in sorted(intervals):
        if joined and first - joined[-1][1] <= forget:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _sightings(thing: TruthObject, fps: float | None) -> list[Interval]:
    """Spans in which the object is at least partly in view. The truth lists only every nth frame of each."""
    if fps is None or not thing.quads:
        return []
    frames = [frame for frame, _ in thing.quads]
    step = min((b - a for a, b in itertools.pairwise(frames) if b > a), default=1)
    return _joined([((frame - step) / fps, (frame + step) / fps) for frame in frames], forget=0.0)


def _enters(first: float, sightings: Sequence[Interval]) -> float:
    """When a thing first comes into view that is whole in view at ``first``."""
    return min([begins for begins, _ in sightings] + [first]) if sightings else -math.inf


def _returns(first: float, before: float, sightings: Sequence[Interval]) -> float:
    """When a thing comes back that is whole in view at ``first`` and was so last at ``before``."""
    spans = [begins for begins, ends in sightings if before < begins <= first <= ends]
    return min(spans, default=max(before, first - EARLY_S))


def _copies(things: Sequence[TruthObject], stay: Interval) -> int:
    return sum(any(a <= stay[1] and b >= stay[0] for a, b in thing.visible or ()) for thing in things)
