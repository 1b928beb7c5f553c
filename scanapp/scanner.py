"""`Scanner`: the engine's public face."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import reactivex
from numpy.typing import NDArray
from reactivex.subject import Subject

from scanapp.cascade import Cascade
from scanapp.clock import Clock, LiveClock, VirtualClock
from scanapp.devices.device import REFERENCE, Device, virtual_device
from scanapp.devices.profile import Profile, load_profile, virtual_profile
from scanapp.errors import ScanError, UsageError
from scanapp.events import Event
from scanapp.exact import ExactRun, Progress
from scanapp.frame import Frame
from scanapp.inference.manifest import AUTO
from scanapp.live import LiveRun
from scanapp.pipeline import Pipeline, load_pipeline
from scanapp.planning import make_ladder
from scanapp.results import Detector, Recognizer
from scanapp.search import HANG_S
from scanapp.snapshot import Snapshot
from scanapp.sources.base import Source
from scanapp.sources.open import open_source
from scanapp.sources.push import PushSource
from scanapp.stats import StageStats
from scanapp.stills import Result, read_still
from scanapp.workers import Executor, LiveExecutor, VirtualExecutor

REPLAY_HANG_S = 60.0
STOP_S = 1.0

SourceLike = str | int | Path | Source


class Scanner:
    """Finds and reads what a pipeline asks for, in streams and in still pictures.

    pipeline     name of a shipped pipeline, path of a TOML file, or a `Pipeline`
    device       name of a virtual device (or a `Device`) to work as, with the variants that suit it; "auto": live,
                 the variants that suit this machine, if `scanapp device` has measured it; None: the default
                 variants
    reveal       show full bank-card numbers and one-time-password secrets; otherwise they are masked
    detectors    stages to use instead of the pipeline's
    recognizers  stages to use instead of the pipeline's, one for each of its ``[[recognize]]``

    One scanner runs one stream at a time; make another for a second stream. Models are loaded once and kept.
    PipelineError when the pipeline is malformed.
    """

    def __init__(
        self,
        pipeline: str | Path | Pipeline = "everything",
        *,
        device: str | Device | None = None,
        reveal: bool = False,
        detectors: list[Detector] | None = None,
        recognizers: list[Recognizer] | None = None,
    ) -> None:
        self.pipeline = pipeline if isinstance(pipeline, Pipeline) else load_pipeline(pipeline)
        self._profile = load_profile() if device == AUTO else None
        named = None if device == AUTO else device
        self._device = virtual_device(named) if isinstance(named, str) else named
        self._reveal = reveal
        self._own_stages = detectors is not None or recognizers is not None
        self._detectors = self.pipeline.make_detectors() if detectors is None else detectors
        self._recognizers = self.pipeline.make_recognizers() if recognizers is None else recognizers
        if len(self._recognizers) != len(self.pipeline.recognize):
            raise UsageError(
                f"pipeline '{self.pipeline.name}' has {len(self.pipeline.recognize)} [[recognize]] stages, "
                f"got {len(self._recognizers)} recognizers"
            )
        self._events: Subject[Event] = Subject()
        self._snapshots: Subject[Snapshot] = Subject()
        self._watched = False
        self._busy = threading.Lock()
        self._live: LiveRun | None = None
        self._pushed: PushSource | None = None
        self.stats = StageStats()

    @property
    def events(self) -> reactivex.Observable[Event]:
        """Events of every stream of this scanner, on the engine's thread. Hot: subscribe before you start."""
        return self._events

    @property
    def snapshots(self) -> reactivex.Observable[Snapshot]:
        """The state after every processed frame, on the engine's thread; keep callbacks short."""
        self._watched = True
        return self._snapshots

    # -- streams ---------------------------------------------------------------------------------------------

    def scan(self, source: SourceLike, *, live: bool = False, loop: bool = False) -> Iterator[Event]:
        """Events of any source, the summary last; blocks while it waits.

        Recordings are processed exactly (every frame, on virtual time) as fast as the machine can; cameras, streams
        and, with ``live``, recordings at their own pace are processed newest frame first. Leaving the loop ends
        the stream. SourceError when the source cannot be opened, or fails for good.
        """
        clock = LiveClock()
        opened = open_source(source, live=live, loop=loop, clock=clock)
        if opened.info.live:
            return self._scan_live(opened, clock)
        return self._scan_exactly(opened, self._device, 1, None)

    def replay(
        self,
        source: SourceLike,
        *,
        device: str | Device | None = None,
        workers: int = 1,
        on_progress: Progress | None = None,
    ) -> Iterator[Event]:
        """A recording, exactly: the same events whatever the machine's load and the number of ``workers`` threads.

        ``device``: a virtual device (see `scanapp device`) whose user is to be stood in for, with drops; None: the
        reference device and no drops. ``on_progress`` gets (frames done, frames in all or None).
        """
        if workers < 1:
            raise UsageError(f"workers must be at least 1, got {workers}")
        chosen = virtual_device(device) if isinstance(device, str) else device or self._device
        opened = open_source(source)
        if opened.info.live:
            opened.close()
            raise UsageError(f"{opened.info.name} is live; only recordings can be replayed")
        return self._scan_exactly(opened, chosen, workers, on_progress)

    async def scan_async(self, source: SourceLike, *, live: bool = False) -> AsyncIterator[Event]:
        """`scan` for asyncio: the engine runs on threads, the event loop stays free."""
        events = self.scan(source, live=live)
        done = object()
        try:
            while (event := await asyncio.to_thread(next, events, done)) is not done:
                assert isinstance(event, Event)
                yield event
        finally:
            await asyncio.to_thread(_close, events)

    def push(self, image: NDArray[Any], pts: float | None = None) -> None:
        """Hand in a frame of your own; never blocks for long. Answers come through `events`.

        image: (h, w) gray, (h, w, 3) BGR or (h, w, 4) BGRA uint8, copied; pts: rising seconds, None for now.
        The first push starts a stream, `end` ends it.
        """
        if self._pushed is None:
            Frame.from_image(image)  # what is no image must not start a stream
            clock = LiveClock()
            self._pushed = PushSource(clock=clock)
            self._start_live(self._pushed, clock, self._events.on_next, self._pushing_ended)
        self._pushed.push(image, pts)

    def end(self, timeout: float = 5.0) -> None:
        """End the stream of pushed frames; its last events, the summary included, are out when this returns."""
        pushed, run = self._pushed, self._live
        if pushed is not None and run is not None:
            pushed.end()
            run.wait(timeout)

    def stop(self) -> None:
        """End a running live stream soon, from any thread; its iterator still gives the summary."""
        run = self._live
        if run is not None:
            run.stop()

    # -- still pictures --------------------------------------------------------------------------------------

    def read(self, image: NDArray[Any] | Frame) -> list[Result]:
        """Everything that can be read in one picture: the same recognizers and retries, one view only.

        image: (h, w) gray, (h, w, 3) BGR or (h, w, 4) BGRA uint8. GeometryError when it is no picture.
        """
        frame = image if isinstance(image, Frame) else Frame.from_image(image)
        with self._exclusive():
            return read_still(frame, self.pipeline, self._recognizers, reveal=self._reveal)

    # -- life ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End what runs. The scanner can be used again."""
        run = self._live
        if run is not None:
            run.stop()
            run.wait(STOP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside ----------------------------------------------------------------------------------------------

    def _exclusive(self) -> _Exclusive:
        return _Exclusive(self._busy)

    def _scan_exactly(
        self, source: Source, device: Device | None, workers: int, on_progress: Progress | None
    ) -> Iterator[Event]:
        with self._exclusive():
            clock = VirtualClock()
            self.stats = stats = StageStats()
            executor = VirtualExecutor(workers, clock, device or REFERENCE)
            profile = None if device is None else virtual_profile(device)
            cascade = self._cascade(executor, clock, stats, REPLAY_HANG_S, profile)
            run: ExactRun

            def show(frame: Frame, events: list[Event]) -> None:
                if self._watched:
                    state = Snapshot(
                        frame, cascade.tracks(), tuple(events), 0.0, run.produced, run.produced, run.dropped
                    )
                    self._snapshots.on_next(state)

            run = ExactRun(cascade, clock, stats, device, show)
            try:
                for event in run.events(source, on_progress):
                    self._events.on_next(event)
                    yield event
            finally:
                cascade.close()

    def _scan_live(self, source: Source, clock: LiveClock) -> Iterator[Event]:
        waiting: queue.SimpleQueue[Event | _End] = queue.SimpleQueue()

        def on_event(event: Event) -> None:
            self._events.on_next(event)
            waiting.put(event)

        run = self._start_live(source, clock, on_event, lambda error: waiting.put(_End(error)))
        try:
            while not isinstance(item := _next(waiting), _End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            run.stop()
            run.wait(STOP_S)

    def _start_live(
        self,
        source: Source,
        clock: LiveClock,
        on_event: Callable[[Event], None],
        on_end: Callable[[ScanError | None], None],
    ) -> LiveRun:
        exclusive = self._exclusive()
        exclusive.__enter__()

        def ended(error: ScanError | None) -> None:
            self._live = None
            exclusive.__exit__(None, None, None)
            on_end(error)

        self.stats = stats = StageStats()
        executor = LiveExecutor(len(self._recognizers), clock, self._device or REFERENCE)
        profile = self._profile if self._device is None else virtual_profile(self._device)
        cascade = self._cascade(executor, clock, stats, HANG_S, profile)
        show = self._snapshots.on_next if self._watched else None
        # A short stream may end, and clear self._live, before start returns.
        run = self._live = LiveRun(source, cascade, clock, stats, on_event, show, ended)
        run.start()
        return run

    def _cascade(
        self, executor: Executor, clock: Clock, stats: StageStats, hang_s: float, profile: Profile | None
    ) -> Cascade:
        ladder = None if profile is None or self._own_stages else make_ladder(self.pipeline, profile)
        first = None if ladder is None else ladder[0].pipeline
        return Cascade(
            self.pipeline,
            self._detectors if first is None else first.make_detectors(),
            self._recognizers if first is None else first.make_recognizers(),
            executor,
            clock,
            stats,
            hang_s=hang_s,
            reveal=self._reveal,
            ladder=ladder,
        )

    def _pushing_ended(self, error: ScanError | None) -> None:
        self._pushed = None
        if error is not None:
            self._events.on_error(error)


class _End:
    """The stream is over."""

    def __init__(self, error: ScanError | None) -> None:
        self.error = error


def _next(waiting: queue.SimpleQueue[Event | _End]) -> Event | _End:
    """Waits in short steps: on Windows Ctrl-C does not interrupt a wait without an end."""
    while True:
        try:
            return waiting.get(timeout=0.25)
        except queue.Empty:
            continue


class _Exclusive:
    """One stream at a time a scanner: recognizers are not made for two."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise UsageError("this scanner is busy with a stream; make another Scanner for a second one")

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._lock.release()


def _close(events: Iterator[Event]) -> None:
    close = getattr(events, "close", None)
    if close is not None:
        close()
