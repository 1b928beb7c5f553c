"""What every view looks like, and how fast the stream runs."""

from __future__ import annotations

from collections import deque
from typing import Protocol, runtime_checkable

from scanapp.events import Event
from scanapp.snapshot import Snapshot


@runtime_checkable
class Display(Protocol):
    """Something that shows snapshots to a person. Views know nothing of the engine.

    A view is made and used on one thread (a window: on the main thread). ``show`` is cheap, a few milliseconds at
    most; what costs more belongs on a thread of the view's own.
    """

    def show(self, snapshot: Snapshot) -> bool:
        """Show the state after one frame; False when the user asked to quit."""

    def finish(self, summary: Event | None) -> None:
        """The stream has ended (None: without a summary); say what a person wants to know at the end."""

    def close(self) -> None:
        """Give the screen back. Safe to call twice and after an exception."""


class RateMeter:
    """Frames a second over the last second or so of media time."""

    def __init__(self, span: float = 1.0) -> None:
        self._span = span
        self._times: deque[float] = deque()

    def add(self, pts: float) -> None:
        """One more frame at ``pts`` seconds; time that runs backwards starts the count anew."""
        if self._times and pts <= self._times[-1]:
            self._times.clear()
        self._times.append(pts)
        while pts - self._times[0] > self._span:
            self._times.popleft()

    @property
    def rate(self) -> float | None:
        """Frames a second, None before the second frame."""
        if len(self._times) < 2:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])
