"""`conflate`: the one hand-off between capture and cascade.

reactivex has no back-pressure: ``observe_on`` queues without bound, and latency grows with it. `conflate` keeps
one item in flight and one waiting, the newest. Whatever arrives while one waits replaces it, is counted, and its
reason is kept: ``produced == delivered + dropped`` holds whenever nothing is in flight. Dropping happens here and
nowhere else, since a frame dropped later has already cost something. A hop costs about 20 µs (a condition
variable and a thread switch), against 33 ms between frames.

After the idea of MediaPipe's flow limiter: drop only at the entrance.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Generic, TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, Disposable

T = TypeVar("T")

SUPERSEDED = "superseded by a newer frame"
ENDED = "the stream ended"


class HandOff:
    """Counts of one hand-off; read them from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._produced = 0
        self._delivered = 0
        self._dropped: Counter[str] = Counter()

    @property
    def produced(self) -> int:
        """Items that entered."""
        return self._produced

    @property
    def delivered(self) -> int:
        """Items handed to the consumer."""
        return self._delivered

    @property
    def dropped(self) -> dict[str, int]:
        """Items left out, by reason."""
        with self._lock:
            return dict(self._dropped)

    def produce(self) -> None:
        """Count one item that entered."""
        with self._lock:
            self._produced += 1

    def deliver(self) -> None:
        """Count one item that was handed on."""
        with self._lock:
            self._delivered += 1

    def drop(self, reason: str) -> None:
        """Count one item that was left out."""
        with self._lock:
            self._dropped[reason] += 1


def conflate(
    counts: HandOff | None = None,
    *,
    keep: Callable[[T], bool] = lambda _item: False,
) -> Callable[[Observable[T]], Observable[T]]:
    """An operator that hands items to its observer on a thread of its own, the newest first to go.

    Items for which ``keep`` is true (notices) are never dropped, keep their place in the order and are not counted.
    Completion and
    errors follow the last item. Disposing ends the thread; what was waiting counts as dropped.
    """
    tally = counts if counts is not None else HandOff()

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: ObserverBase[T], scheduler: SchedulerBase | None = None) -> DisposableBase:
            slot = _Slot(observer, tally, keep)
            thread = threading.Thread(target=slot.run, name="scanapp-conflate", daemon=True)
            thread.start()
            upstream = source.subscribe(slot.put, slot.fail, slot.complete, scheduler=scheduler)
            return CompositeDisposable(upstream, Disposable(slot.stop))

        return Observable(subscribe)

    return operator


class _Slot(Generic[T]):
    """One item in flight, one newest waiting, and the kept ones in between."""

    def __init__(self, observer: ObserverBase[T], counts: HandOff, keep: Callable[[T], bool]) -> None:
        self._observer = observer
        self._counts = counts
        self._keep = keep
        self._changed = threading.Condition()
        self._waiting: list[T] = []
        self._newest: int | None = None
        self._ended = False
        self._stopped = False
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        kept = self._keep(item)
        if not kept:
            self._counts.produce()
        with self._changed:
            if self._stopped:
                if not kept:
                    self._counts.drop(ENDED)
                return
            if kept:
                self._waiting.append(item)
            else:
                self._replace(item)
            self._changed.notify()

    def _replace(self, item: T) -> None:
        if self._newest is not None:
            del self._waiting[self._newest]
            self._counts.drop(SUPERSEDED)
        self._newest = len(self._waiting)
        self._waiting.append(item)

    def complete(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def fail(self, error: Exception) -> None:
        with self._changed:
            self._error = error
            self._ended = True
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            if self._newest is not None:
                self._counts.drop(ENDED)
            self._waiting.clear()
            self._newest = None
            self._changed.notify()

    def run(self) -> None:
        while (item := self._take()) is not None:
            if not self._keep(item[0]):
                self._counts.deliver()
            self._observer.on_next(item[0])
        if self._stopped:
            return
        if self._error is not None:
            self._observer.on_error(self._error)
        else:
            self._observer.on_completed()

    def _take(self) -> tuple[T] | None:
        with self._changed:
            while not (self._waiting or self._ended or self._stopped):
                self._changed.wait()
            if self._stopped or not self._waiting:
                return None
            item = self._waiting.pop(0)
            if self._newest is not None:
                self._newest = self._newest - 1 if self._newest else None
            return (item,)
