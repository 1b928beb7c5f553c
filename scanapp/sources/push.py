"""`PushSource`: frames that your own program hands in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanapp.clock import Clock, LiveClock
from scanapp.errors import UsageError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, SourceInfo

_TICK = 0.2


class PushSource:
    """A source fed by `push`, read by one other thread. Bounded: when it is full, the oldest waiting frame goes.

    capacity  frames that may wait. 1: the newest only, least delay. More: fewer drops when the reader stutters,
              at the price of older frames.
    clock     gives the time of frames pushed without one

    pushed == taken + dropped + waiting, at any moment.
    """

    def __init__(self, *, capacity: int = 1, clock: Clock | None = None, name: str = "push") -> None:
        if capacity < 1:
            raise UsageError(f"capacity is the number of frames that may wait, at least 1, got {capacity}")
        self._info = SourceInfo(name=name, live=True)
        self._clock = clock or LiveClock()
        self._capacity = capacity
        self._waiting: deque[tuple[NDArray[Any], int, float]] = deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._last = float("-inf")
        self._pushed = self._dropped = 0

    @property
    def info(self) -> SourceInfo:
        """Live; sizes are not known before the first frame."""
        return self._info

    @property
    def pushed(self) -> int:
        """Frames handed in so far."""
        return self._pushed

    @property
    def dropped(self) -> int:
        """Frames that gave way to newer ones so far."""
        return self._dropped

    def push(self, image: NDArray[Any], pts: float | None = None, *, copy: bool = True) -> int:
        """Hand in the next frame and return its index; never blocks.

        image  (h, w) gray, (h, w, 3) BGR or (h, w, 4) BGRA uint8
        pts    seconds, more than the frame before; None: the clock's time
        copy   True: the array is yours again at once. False saves the copy (2 ms at 1080p BGR), but the array must
               not change until the scanner is done with it, which may be seconds later.

        GeometryError for an array that is no image; UsageError for a time that does not rise, or after `end`.
        """
        Frame.from_image(image[:1, :1] if image.ndim >= 2 else image)  # refuses what is no image, here and cheaply
        kept = np.array(image) if copy else image
        with self._changed:
            if self._ended or self._closed:
                raise UsageError("push after end(): make a new PushSource for another stream")
            when = self._clock.now() if pts is None else float(pts)
            if not np.isfinite(when) or when <= self._last:
                raise UsageError(f"pts must rise: {when} s came after {self._last} s")
            index, self._pushed, self._last = self._pushed, self._pushed + 1, when
            if len(self._waiting) == self._capacity:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append((kept, index, when))
            self._changed.notify_all()
        return index

    def end(self) -> None:
        """No more frames: the iteration ends after those that wait."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the iteration now; what still waits counts as dropped."""
        with self._changed:
            self._closed = True
            self._dropped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames as they come; waits for them. ``index`` counts pushes, so gaps are drops."""
        while True:
            with self._changed:
                while not (self._waiting or self._ended or self._closed):
                    self._changed.wait(_TICK)
                if not self._waiting:
                    return
                image, index, pts = self._waiting.popleft()
            yield Frame.from_image(image, index=index, pts=pts)
