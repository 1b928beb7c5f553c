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
    """Frames a second of media time over the last second or so."""

    def __init__(self, span: float = 1.0) -> None:
        self._span = span
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, pts: float, delivered: int = 0) -> None:
        """A frame at ``pts`` seconds, the ``delivered``-th of the stream where the engine counts them.

        The count makes the rate that of the engine, also where a view is shown only some of the frames. Time that
        runs backwards starts anew.
        """
        if self._marks and pts <= self._marks[-1][0]:
            self._marks.clear()
        last = self._marks[-1][1] if self._marks else 0
        self._marks.append((pts, max(delivered, last + 1)))
        while pts - self._marks[0][0] > self._span and len(self._marks) > 2:
            self._marks.popleft()

    @property
    def rate(self) -> float | None:
        """Frames a second, None before the second frame."""
        if len(self._marks) < 2:
            return None
        (start, first), (end, last) = self._marks[0], self._marks[-1]
        return (last - first) / (end - start)
