"""`Reconnecting`: a live source that comes back after a failure, with growing pauses between attempts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from scanapp.clock import Clock, LiveClock
from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, Source, SourceInfo
from scanapp.sources.paced import Wait
from scanapp.sources.timeline import restamped

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds. The pause doubles with each failure. Shorter first: back sooner after a glitch, but more attempts on a
camera that is still starting. Longer last: less load on a dead address, but a later return."""


class Reconnecting:
    """Keeps a camera or network stream going: when it fails or ends, it is opened again, until `close`.

    open   makes the source; its first failure is the caller's (SourceError from the constructor)
    clock  times the frames: each session begins at the clock's time since the first frame of all, and ``pts``
           rises across sessions; ``index`` counts on
    wait   waits some seconds, True when interrupted; by default an event that `close` sets

    Notices: "reconnecting" when the source is lost and whenever the pause grows, "reconnected" when it is back,
    "resized" when it came back with another frame size.
    """

    def __init__(self, open: Callable[[], Source], clock: Clock | None = None, wait: Wait | None = None) -> None:
        self._open = open
        self._clock = clock or LiveClock()
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._source = open()
        self._info = replace(self._source.info, live=True, frames=None, duration=None)
        self._pause = FIRST_PAUSE
        self._index = 0
        self._size: tuple[int, int] | None = None
        self._start: float | None = None
        self._last = -1.0

    @property
    def info(self) -> SourceInfo:
        """Of the first session."""
        return self._info

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames and notices until closed; it never ends by itself."""
        while not self._closed.is_set():
            opened = self._clock.now()
            why = yield from self._session()
            if self._closed.is_set():
                return
            lost = self._clock.now()
            if lost - opened >= self._pause:  # it worked for a while: a new trouble, not the old one
                self._pause = FIRST_PAUSE
            if not (yield from self._come_back(why)):
                return
            yield Notice("reconnected", f"{self._info.name}: back after {self._clock.now() - lost:.1f} s")

    def close(self) -> None:
        """End waiting and reading."""
        self._closed.set()
        self._source.close()

    def _session(self) -> Generator[Frame | Notice, None, str]:
        """One life of the source; returns why it ended."""
        begin: float | None = None
        try:
            for item in self._source:
                if self._closed.is_set():
                    return "closed"
                if isinstance(item, Frame):
                    if begin is None:
                        begin = self._now() - item.pts
                        yield from self._resized(item)
                    self._size = item.width, item.height
                    item = self._placed(item, begin + item.pts)
                yield item
        except SourceError as error:
            return str(error)
        finally:
            self._source.close()
        return f"{self._info.name}: the stream ended"

    def _come_back(self, why: str) -> Generator[Notice, None, bool]:
        """Attempts until one succeeds; returns False when closed meanwhile."""
        told = 0.0
        while True:
            if self._pause > told:
                yield Notice("reconnecting", f"{why}; next attempt in {self._pause:g} s")
                told = self._pause
            if self._wait(self._pause) or self._closed.is_set():
                return False
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            try:
                self._source = self._open()
            except SourceError as error:
                why = str(error)
                continue
            if self._closed.is_set():  # closed while it was being opened: `close` saw the old one
                self._source.close()
                return False
            return True

    def _now(self) -> float:
        now = self._clock.now()
        if self._start is None:
            self._start = now
        return now - self._start

    def _placed(self, frame: Frame, pts: float) -> Frame:
        self._last = max(pts, self._last + 1e-6)
        self._index += 1
        return restamped(frame, self._index - 1, self._last)

    def _resized(self, frame: Frame) -> Iterator[Notice]:
        if self._size is not None and self._size != (frame.width, frame.height):
            yield Notice("resized", f"{self._info.name}: the picture is now {frame.width}×{frame.height}")
