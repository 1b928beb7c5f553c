"""`Detached`: a source that is opened and read on a thread of its own.

Opening a URL or waiting for a camera's next picture happens deep inside C code, where neither ``Ctrl-C`` nor
`close` reaches. Here the one who iterates waits on a condition instead, so both act at once; the thread ends
when its read returns, at the latest at the network timeout, and being a daemon it never keeps a program alive.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, Source, SourceInfo

_AHEAD = 2
"""Items read ahead of the consumer. More would be latency: what is old waits here, unseen."""
_TICK = 0.2
"""Seconds after which a wait looks up, since on Windows a signal does not end it."""
_RELEASE = 0.5
"""Seconds that `close` gives the thread to release the device, so that it can be opened again."""


class Detached:
    """Wraps the source that ``open`` makes. The constructor waits for it and raises its SourceError."""

    def __init__(self, open: Callable[[], Source], name: str) -> None:
        self._name = name
        self._open = open
        self._changed = threading.Condition()
        self._items: deque[Frame | Notice] = deque()
        self._source: Source | None = None
        self._error: BaseException | None = None
        self._ended = self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"source {name}", daemon=True)
        self._thread.start()
        try:
            self._info = self._await_open()
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> SourceInfo:
        """The source's own."""
        return self._info

    def __iter__(self) -> Iterator[Frame | Notice]:
        """What the source gives, in its order."""
        while True:
            with self._changed:
                while not (self._items or self._ended or self._closed):
                    self._changed.wait(_TICK)
                if self._closed:
                    return
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the iteration at once and the source as soon as its read returns."""
        with self._changed:
            self._closed = True
            source = self._source
            self._changed.notify_all()
        if source is not None:
            source.close()
            if threading.current_thread() is not self._thread:
                self._thread.join(_RELEASE)

    def _await_open(self) -> SourceInfo:
        with self._changed:
            while self._source is None and not self._ended:
                self._changed.wait(_TICK)
            if self._source is not None:
                return self._source.info
        raise self._error or SourceError(f"{self._name} gave nothing")

    def _run(self) -> None:
        try:
            source = self._open()
            with self._changed:
                self._source = source
                self._changed.notify_all()
            try:
                self._pump(source)
            finally:
                source.close()
        except BaseException as error:  # handed to the one who iterates
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _pump(self, source: Source) -> None:
        if self._closed:
            return
        for item in source:
            with self._changed:
                while len(self._items) >= _AHEAD and not self._closed:
                    self._changed.wait(_TICK)
                if self._closed:
                    return
                self._items.append(item)
                self._changed.notify_all()
