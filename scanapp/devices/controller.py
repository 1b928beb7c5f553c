"""`Controller`: which rung of the ladder a stream runs on now, from what its frames take and how many are lost.

Down at once when frames are lost or the engine has no time left; up one rung when, for a while, nothing was lost and
the next rung's work would leave room. A rung that had to be left again soon after is tried later and later, so that
two rungs do not take turns. It knows no clock and no threads: live it is fed with measured times, in a replay with the
virtual device's, and then it gives the same steps each time.

Measured on a machine of two cores that four busy processes took over (benchmarks/controller.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_S = 0.5
"""What is judged. Longer: steadier, but later."""
FEW = 4
"""Frames that say nothing yet."""
LOST, MANY_LOST = 0.12, 0.45
"""Shares of lost frames from which to step down by one, and to the bottom."""
FULL = 0.97
"""Share of the time in which the engine works from which it has none left."""
ROOM, NONE_LOST = 0.75, 0.03
"""What the next rung may be expected to take, and what may be lost, for a step up."""
CALM_S = 1.0
MOST_CALM_S = 2.0
"""Seconds without trouble before a step up; doubled, up to the second, when the last one did not last."""
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
        self._window: deque[FrameLoad] = deque()
        self._calm_since: float | None = None
        self._calm_s = CALM_S
        self._rose_at = -1e9
        self.rung = 0

    def frame(self, load: FrameLoad) -> bool:
        """Take in one frame; whether the rung has changed."""
        self._window.append(load)
        while load.now - self._window[0].now > WINDOW_S:
            self._window.popleft()
        first = self._window[0]
        if len(self._window) <= FEW or load.now - first.now < WINDOW_S / 2:
            return False
        span = load.now - first.now
        lost = 1 - (load.taken - first.taken) / max(1, load.came - first.came)
        busy = sum(one.busy for one in self._window if one is not first) / span
        if lost > LOST or busy > FULL:
            return self._down(load.now, lost)
        if lost > NONE_LOST or self._above(span, busy) > ROOM:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = load.now
        elif self.rung and load.now - self._calm_since >= self._calm_s:
            return self._up(load.now)
        return False

    def _above(self, span: float, busy: float) -> float:
        """How busy the engine would be one rung up."""
        if not self.rung:
            return busy
        paced = sum(one.paced for one in list(self._window)[1:]) / span
        return busy + paced * (self._paces[self.rung - 1] / self._paces[self.rung] - 1)

    def _down(self, now: float, lost: float) -> bool:
        self._calm_since = None
        bottom = len(self._paces) - 1
        if self.rung == bottom:
            return False
        self._calm_s = min(MOST_CALM_S, 2 * self._calm_s) if now - self._rose_at < BRIEF_S else CALM_S
        return self._to(bottom if lost > MANY_LOST else self.rung + 1)

    def _up(self, now: float) -> bool:
        self._calm_since = None
        self._rose_at = now
        return self._to(self.rung - 1)

    def _to(self, rung: int) -> bool:
        self.rung = rung
        self._window.clear()
        return True
