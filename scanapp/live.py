"""A live source through the cascade: capture on one thread, the engine on another, the newest frame first.

The stream is a reactivex Observable from source to engine, with `conflate` as its only hand-off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import reactivex
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from scanapp.cascade import Cascade
from scanapp.clock import Clock
from scanapp.devices.controller import FrameLoad
from scanapp.errors import ScanError
from scanapp.events import Event
from scanapp.frame import Frame
from scanapp.snapshot import Snapshot
from scanapp.sources.base import Notice, Source
from scanapp.stats import StageStats
from scanapp.stream import HandOff, conflate
from scanapp.summary import live_summary

RUN_OUT_S = 2.0
"""How long jobs that run when the stream ends may still land."""


class LiveRun:
    """One live stream. Events and snapshots are handed to callbacks on the engine's thread."""

    def __init__(
        self,
        source: Source,
        cascade: Cascade,
        clock: Clock,
        stats: StageStats,
        on_event: Callable[[Event], None],
        on_snapshot: Callable[[Snapshot], None] | None,
        on_end: Callable[[ScanError | None], None],
    ) -> None:
        self._source = source
        self._cascade = cascade
        self._clock = clock
        self._stats = stats
        self._on_event = on_event
        self._on_snapshot = on_snapshot
        self._on_end = on_end
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._entrance: ObserverBase[Frame | Notice] | None = None
        self._last_times = 0.0
        self._offset = float("inf")
        self._last_frame: Frame | None = None
        self._unshown: list[Event] = []
        self._error: ScanError | None = None
        self._started = clock.now()
        self._times = stats.times()
        self.frames = HandOff()

    def start(self) -> None:
        """Begin; returns at once."""
        items: reactivex.Observable[Frame | Notice] = reactivex.create(self._capture)
        stream = items.pipe(conflate(self.frames, keep=lambda item: isinstance(item, Notice)))
        stream.subscribe(self._take, self._fail, self._complete)

    def stop(self) -> None:
        """End soon: the source is closed, what is in flight is finished. Safe from any thread, twice too."""
        self._stopping.set()
        self._source.close()
        if self._entrance is not None:
            # A device that hangs in a read does not notice that it was closed: the stream ends without it.
            self._entrance.on_completed()

    def wait(self, timeout: float) -> bool:
        """Whether the stream has ended within ``timeout`` seconds."""
        return self._ended.wait(timeout)

    def _capture(self, observer: ObserverBase[Frame | Notice], _scheduler: SchedulerBase | None) -> DisposableBase:
        self._entrance = observer
        threading.Thread(target=self._pump, args=(observer,), name="scanapp-capture", daemon=True).start()
        return reactivex.disposable.Disposable(self._source.close)

    def _pump(self, observer: ObserverBase[Frame | Notice]) -> None:
        try:
            items = iter(self._source)
            while True:
                cpu = time.thread_time()
                item = next(items, None)
                if item is None or self._stopping.is_set():
                    break
                # CPU time for wall time: a paced source waits in between.
                decode_ms = (time.thread_time() - cpu) * 1e3
                self._stats.record("decode", decode_ms, decode_ms)
                if isinstance(item, Frame):
                    # The promptest frame so far tells where media time 0 lies on the clock.
                    self._offset = min(self._offset, self._clock.now() - item.pts)
                observer.on_next(item)
        except ScanError as error:
            observer.on_error(error)
            return
        except Exception as error:  # a third party's source must not end in silence
            observer.on_error(ScanError(f"{self._source.info.name}: {type(error).__name__}: {error}"))
            return
        observer.on_completed()

    def _take(self, item: Frame | Notice) -> None:
        if self._stopping.is_set() or self._cascade.complete:
            return
        try:
            self._process(item)
        except Exception as error:  # whoever waits for events must be told, not left waiting
            self._error = _named(error)
            self.stop()

    def _process(self, item: Frame | Notice) -> None:
        if isinstance(item, Notice):
            self._tell([self._cascade.notice(item.what, item.message)])
            self._show()
            return
        start = self._clock.now()
        with self._stats.measure("engine"):
            events = self._cascade.step(item)
        events += self._judge(start)
        self._last_frame = item
        self._tell(events)
        self._show()
        if self._cascade.complete:
            self.stop()

    def _judge(self, start: float) -> list[Event]:
        """Whether the machine keeps up."""
        now, frames = self._clock.now(), self.frames
        busy = now - start
        paced = busy if self._cascade.searched else 0.0
        return self._cascade.paced(FrameLoad(now, busy, paced, frames.produced, frames.delivered))

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._on_event(event)
        self._unshown += events

    def _show(self) -> None:
        if self._on_snapshot is None:
            self._unshown = []
        elif self._last_frame is not None:
            self._on_snapshot(self._snapshot(self._last_frame, self._unshown))
            self._unshown = []

    def _snapshot(self, frame: Frame, events: list[Event]) -> Snapshot:
        now = self._clock.now()
        if now - self._last_times > 0.5:
            self._last_times, self._times = now, self._stats.times()
        return Snapshot(
            frame,
            self._cascade.tracks(),
            tuple(events),
            max(0.0, now - frame.pts - self._offset),
            self.frames.produced,
            self.frames.delivered,
            self.frames.dropped,
            self._times,
        )

    def _fail(self, error: Exception) -> None:
        self._end(_named(error))

    def _complete(self) -> None:
        self._end(self._error)

    def _end(self, error: ScanError | None) -> None:
        try:
            self._run_out()
        except Exception as late:
            error = error or _named(late)
        finally:
            self._cascade.close()
            self._ended.set()
            self._on_end(error)

    def _run_out(self) -> None:
        give_up = time.monotonic() + (0.2 if self._stopping.is_set() else RUN_OUT_S)
        while self._cascade.next_due() is not None and time.monotonic() < give_up and not self._cascade.complete:
            self._tell(self._cascade.drain())
            if self._stopping.wait(0.005):
                break
        self._tell(self._cascade.finish())
        if self._unshown:
            self._show()
        duration = self._clock.now() - self._started
        self._on_event(live_summary(self.frames.delivered, self.frames.dropped, duration, self._stats))


def _named(error: Exception) -> ScanError:
    return error if isinstance(error, ScanError) else ScanError(f"{type(error).__name__}: {error}")
