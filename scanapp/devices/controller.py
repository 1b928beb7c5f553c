"""`Controller`: which rung of the ladder a stream runs on now, from what its frames take and how many are lost.

Down at once when frames are lost or the engine has no time left; up one rung when, for a while, nothing was lost
and the next rung's work would leave room. A rung that had to be left again soon after is tried later and later, so
that two rungs do not take turns. It knows no clock and no threads: live it is fed with measured times, in a replay
with the virtual device's, and then it gives the same steps each time.

Measured on a machine of two cores that four busy processes took over (benchmarks/controller.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_S = 0.5
"""What a step down is judged by. Longer: steadier, but later."""
START_S = 1.0
"""The beginning of a stream is not judged: models are opened then."""
FEW = 5
"""Frames that must have come, processed or lost, to say anything."""
LOST, MANY_LOST = 0.12, 0.45
"""Shares of lost frames from which to step down by one, and to the bottom."""
FULL = 0.97
"""Share of the time in which the engine works from which it has none left."""
ROOM, FEW_LOST = 0.8, 0.06
"""How busy the next rung may be expected to be, and what may be lost, for a step up."""
CALM_S = 1.0
MOST_CALM_S = 2.0
"""What a step up is judged by, seconds; doubled, up to the second, when the last step up did not last."""
BRIEF_S = 2.0
"""A step up that lasted no longer than this was too early."""


@dataclass(frozen=True, slots=True)
class FrameLoad:
    """One processed frame. Times in seconds.

    now     when it was done
    busy    how long the engine worked on it
    paced   of that, what a slower pace would make rarer
    came    frames that have come so far
    taken   frames that have been processed so far
    """

    now: float
    busy: float
    paced: float
    came: int
    taken: int


class Controller:
    """``paces``: of each rung, the fullest first."""

    def __init__(self, paces: Sequence[float]) -> None:
        self._paces = tuple(paces)
        self._seen: deque[FrameLoad] = deque()
        self._begun: float | None = None
        self._calm_s = CALM_S
        self._rose_at = -1e9
        self.rung = 0

    def frame(self, load: FrameLoad) -> bool:
        """Take in one frame; whether the rung has changed."""
        if self._begun is None:
            self._begun = load.now
        if load.now - self._begun < START_S:
            return False
        self._seen.append(load)
        while load.now - self._seen[0].now > MOST_CALM_S:
            self._seen.popleft()
        return self._down(load.now) or self._up(load.now)

    def _down(self, now: float) -> bool:
        judged = self._since(now - WINDOW_S)
        bottom = len(self._paces) - 1
        if self.rung == bottom or _came(judged) < FEW or now - judged[0].now < WINDOW_S / 2:
            return False
        lost = _lost(judged)
        if lost <= LOST and _share(judged, "busy") <= FULL:
            return False
        self._calm_s = min(MOST_CALM_S, 2 * self._calm_s) if now - self._rose_at < BRIEF_S else CALM_S
        return self._to(bottom if lost > MANY_LOST else self.rung + 1)

    def _up(self, now: float) -> bool:
        if not self.rung or now - self._seen[0].now < 0.95 * self._calm_s:
            return False
        judged = self._since(now - self._calm_s)
        faster = self._paces[self.rung - 1] / self._paces[self.rung]
        expected = _share(judged, "busy") + _share(judged, "paced") * (faster - 1)
        if _came(judged) < FEW or _lost(judged) > FEW_LOST or expected > ROOM:
            return False
        self._rose_at = now
        return self._to(self.rung - 1)

    def _since(self, when: float) -> list[FrameLoad]:
        return [load for load in self._seen if load.now >= when]

    def _to(self, rung: int) -> bool:
        self.rung = rung
        self._seen.clear()
        return True


def _came(loads: Sequence[FrameLoad]) -> int:
    """Frames that came meanwhile."""
    return loads[-1].came - loads[0].came if loads else 0


def _lost(loads: Sequence[FrameLoad]) -> float:
    """Share of the frames that came and were not processed."""
    first, last = loads[0], loads[-1]
    return 1 - (last.taken - first.taken) / max(1, last.came - first.came)


def _share(loads: Sequence[FrameLoad], what: str) -> float:
    """Share of the time that the engine spent on all of its work, or on what a pace makes rarer."""
    span = loads[-1].now - loads[0].now
    spent: float = sum(getattr(load, what) for load in loads[1:])
    return spent / span if span > 0 else 0.0
