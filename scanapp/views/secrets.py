"""`Secrets`: what to hide in a frame, known also from the frames before and after it.

A card is in the picture for some frames before it has been located, and for some after its track has been lost. So
what is hidden once is hidden a while longer, and, where pictures can wait (in recordings), a while before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scanapp.errors import GeometryError
from scanapp.geometry import Quad, as_quad, expand, iou, transform_quad
from scanapp.snapshot import TrackState
from scanapp.views.veil import Patch

BEHIND_S = 0.5
"""How long a place stays hidden after its track has gone: the engine needs about that long to find it again."""
AHEAD_S = 1.0
"""How long a place is hidden before its track comes: locating a card that comes in takes a third of that."""
_GROWTH = 0.6
"""By which share of its size an absent thing's place grows a second: the hand has moved it meanwhile."""
_BASE = 1.12
_SPEED_OVER_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    pts: float
    tracks: Mapping[int, TrackState]


def present(tracks: Sequence[TrackState]) -> list[Patch]:
    """What the tracks of one frame hide in it, frame pixels; nothing else known."""
    return [patch for track in tracks for patch in _own(track)]


class Secrets:
    """Remembers what the snapshots of a stream hid.

    behind, ahead  seconds; ``ahead`` only helps who looks at frames later than they were seen
    """

    def __init__(self, behind: float = BEHIND_S, ahead: float = AHEAD_S) -> None:
        self._behind = behind
        self._ahead = ahead
        self._seen: deque[_Sighting] = deque()

    def see(self, pts: float, tracks: Sequence[TrackState]) -> None:
        """One more frame, in the order of the stream; time that runs backwards starts anew."""
        if self._seen and pts < self._seen[-1].pts:
            self._seen.clear()
        hiding = {track.id: track for track in tracks if track.secrets}
        self._seen.append(_Sighting(pts, hiding))
        while self._seen[0].pts < pts - self._behind - self._ahead:
            self._seen.popleft()

    def at(self, pts: float, tracks: Sequence[TrackState]) -> list[Patch]:
        """Everything to hide in the frame at ``pts`` with these ``tracks``, frame pixels."""
        window = [one for one in self._seen if pts - self._behind <= one.pts <= pts + self._ahead]
        here = {track.id: track for track in tracks}
        patches = present(tracks)
        for track in {track: None for one in window for track in one.tracks}:
            mine = [one for one in window if track in one.tracks]
            if track in here:
                patches += _moved_along(mine[-1], here[track])
            else:
                patches += _guessed(mine, track, pts)
        return patches


def _own(track: TrackState) -> Iterator[Patch]:
    for secret in track.secrets:
        yield Patch(secret, card=track.kind == "card" and iou(secret, track.quad) > 0.8)


def _moved_along(last: _Sighting, now: TrackState) -> list[Patch]:
    """What the track hides when it is seen last, where that is now: by then more of it may be known."""
    then = last.tracks[now.id]
    if then is now:
        return []
    try:
        to_now = cv2.getPerspectiveTransform(np.array(then.quad), np.array(now.quad)).astype(np.float64)
        return [Patch(transform_quad(to_now, patch.quad), patch.card) for patch in _own(then)]
    except (GeometryError, cv2.error):
        return [Patch(now.quad)]


def _guessed(mine: Sequence[_Sighting], track: int, pts: float) -> list[Patch]:
    """A track that is not there (yet, or any more) hides as a whole: where it was, and where it was heading."""
    nearest = min(mine, key=lambda one: abs(one.pts - pts))
    state = nearest.tracks[track]
    away = abs(nearest.pts - pts)
    card = state.kind == "card"
    factor = _BASE + _GROWTH * away
    patches = [Patch(expand(state.quad, factor), card)]
    later = [one for one in mine if 0 < abs(one.pts - nearest.pts) <= _SPEED_OVER_S]
    if later:
        other = later[-1] if nearest.pts > pts else later[0]
        patches.append(Patch(expand(_extrapolated(state.quad, nearest.pts, other, track, pts), factor), card))
    return patches


def _extrapolated(quad: Quad, at: float, other: _Sighting, track: int, pts: float) -> Quad:
    speed = (quad.mean(axis=0) - other.tracks[track].quad.mean(axis=0)) / (at - other.pts)
    longest = float(np.linalg.norm(quad[2] - quad[0]))
    shift = speed * (pts - at)
    length = float(np.linalg.norm(shift))
    return as_quad(quad + shift * min(1.0, longest / length if length else 1.0))
