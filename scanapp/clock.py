"""Clocks: seconds that only go forward.

`LiveClock` is the machine's monotonic clock. `VirtualClock` is turned by hand: replay drives it with the
recording's timestamps, tests with a table of times. reactivex's virtual-time schedulers are not used: they let
time drift when many actions fall on one instant.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

Action = Callable[[], None]


class Clock(Protocol):
    """Where a stage gets its time from."""

    def now(self) -> float:
        """Seconds since some fixed moment."""


class LiveClock:
    """Seconds since its creation, monotonic."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> float:
        """Seconds since creation."""
        return time.monotonic() - self._start


class VirtualClock:
    """A clock that stands still until it is turned; actions run at their instant, ties in order of scheduling."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._actions: list[tuple[float, int, Action]] = []
        self._order = itertools.count()

    def now(self) -> float:
        """Seconds; during an action, the instant that it was scheduled for."""
        return self._now

    def at(self, when: float, action: Action) -> None:
        """Run ``action`` when the clock reaches ``when``; a moment in the past means now, at the next turn."""
        heapq.heappush(self._actions, (max(when, self._now), next(self._order), action))

    def advance_to(self, when: float) -> None:
        """Turn the clock to ``when`` and run all actions due by then, also those they schedule. Never back."""
        while self._actions and self._actions[0][0] <= when:
            due, _, action = heapq.heappop(self._actions)
            self._now = due
            action()
        self._now = max(self._now, when)

    def next_due(self) -> float | None:
        """The instant of the next action, None when there is none."""
        return self._actions[0][0] if self._actions else None
