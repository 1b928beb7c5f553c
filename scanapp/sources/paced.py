"""`PacedSource`: a recording played at its own pace, as if it were live."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from scanapp.clock import Clock, LiveClock
from scanapp.frame import Frame
from scanapp.sources.base import Notice, Source, SourceInfo

Wait = Callable[[float], bool]
"""Waits for some seconds; True when it was interrupted. ``threading.Event.wait`` is one."""


class PacedSource:
    """Hands out each frame when its time has come.

    The first frame is due at once, the others at their ``pts`` after it on ``clock``, whatever the consumer did
    meanwhile: one that was late gets the next frames at once until it has caught up, so nothing drifts. Nothing is
    left out here; dropping is the business of the hand-off behind it. One frame is decoded ahead.

    wait  how to wait, for tests; by default an event that `close` sets, so that closing ends a wait at once
    """

    def __init__(self, source: Source, clock: Clock | None = None, *, wait: Wait | None = None) -> None:
        self._source = source
        self._clock = clock or LiveClock()
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait

    @property
    def info(self) -> SourceInfo:
        """The recording's, but live."""
        return replace(self._source.info, live=True)

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames when they are due; notices at once."""
        start: float | None = None
        for item in self._source:
            if isinstance(item, Frame):
                if start is None:
                    start = self._clock.now() - item.pts
                if self._interrupted(start + item.pts):
                    return
            yield item

    def close(self) -> None:
        """End the wait and the source."""
        self._closed.set()
        self._source.close()

    def _interrupted(self, due: float) -> bool:
        ahead = due - self._clock.now()
        while ahead > 0 and not self._closed.is_set():
            if self._wait(ahead):
                return True
            ahead = due - self._clock.now()
        return self._closed.is_set()
