"""``scanapp --camera 0`` and ``scanapp --video FILE``: a stream, shown while it runs."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from scanapp.errors import OutputError, ScanError
from scanapp.events import NOTICE, SUMMARY, Event
from scanapp.scanner import Scanner
from scanapp.snapshot import Snapshot
from scanapp.views.base import Display
from scanapp.views.choose import choose_view
from scanapp.views.events_file import EventsWriter
from scanapp.views.recorder import Recorder
from scanapp.views.wording import event_line, summary_line

_TICK_S = 0.05
_STALL_S = 0.15


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the command line asked for."""

    source: str | int
    pipeline: str
    view: str = "auto"
    events: str | None = None
    record: Path | None = None
    device: str | None = None
    loop: bool = False
    reveal: bool = False


class _Screen:
    """The newest snapshot and all events, handed from the engine's thread to the main thread."""

    def __init__(self) -> None:
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._shown_at = 0.0
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def put_snapshot(self, snapshot: Snapshot) -> None:
        with self._lock:
            if self._snapshot is not None:  # a frame may go unshown, its events may not
                snapshot = replace(snapshot, events=self._snapshot.events + snapshot.events)
            self._snapshot = snapshot
        self._changed.set()

    def put_event(self, event: Event) -> None:
        self._events.put(event)
        self._changed.set()

    def wait(self) -> None:
        """Until something is new, but never long: Ctrl-C must get through."""
        self._changed.wait(_TICK_S)
        self._changed.clear()

    def events(self) -> Iterator[Event]:
        """Events that have come since the last call."""
        while not self._events.empty():
            yield self._events.get()

    def take_snapshot(self) -> Snapshot | None:
        """The newest one, once; while the source is stalled the last one again, so that a window stays alive."""
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            self._shown = replace(snapshot, events=())
            self._shown_at = time.monotonic()
        elif self._shown is not None and time.monotonic() - self._shown_at > _STALL_S:
            self._shown_at = time.monotonic()
            return self._shown
        return snapshot


class LiveCommand:
    """Runs one stream to its end, to Ctrl-C, or until the view is closed."""

    def __init__(self, options: LiveOptions) -> None:
        self._options = options
        self._screen = _Screen()
        self._over = threading.Event()
        self._failure: ScanError | None = None
        self._summary: Event | None = None
        self._writer: EventsWriter | None = None
        self._view: Display | None = None

    def run(self) -> None:
        """ScanError for whatever the user should know; the summary is out in every case."""
        options = self._options
        scanner = Scanner(options.pipeline, device=options.device, reveal=options.reveal)
        with ExitStack() as stack:
            if options.events is not None:
                self._writer = stack.enter_context(EventsWriter(options.events))
            recorder = Recorder(options.record, live=True) if options.record is not None else None
            if recorder is not None:
                stack.callback(self._close_recorder, recorder)
            self._view = choose_view(options.view, stdout_taken=options.events == "-")
            if self._view is not None:
                stack.callback(self._view.close)
            self._watch(scanner, recorder)
            events = scanner.scan(options.source, live=True, loop=options.loop)
            threading.Thread(target=self._pump, args=(events,), name="scanapp-events", daemon=True).start()
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, _interrupt)
            try:
                self._show_until_over(scanner)
            except KeyboardInterrupt:
                self._interrupt(scanner)
            finally:
                scanner.stop()
            self._finish()
        if self._failure is not None:
            raise self._failure

    def _finish(self) -> None:
        if self._view is not None:
            self._view.finish(self._summary)
        elif self._summary is not None:
            print(summary_line(self._summary), file=sys.stderr)

    def _watch(self, scanner: Scanner, recorder: Recorder | None) -> None:
        if recorder is not None:
            scanner.snapshots.subscribe(lambda snapshot: self._record(recorder, scanner, snapshot))
        if self._view is not None:
            scanner.snapshots.subscribe(self._screen.put_snapshot)

    def _close_recorder(self, recorder: Recorder) -> None:
        try:
            recorder.close()
        except OutputError as error:
            self._failure = self._failure or error
        if recorder.dropped:
            print(f"the recording left out {recorder.dropped} frames: encoding fell behind", file=sys.stderr)

    def _record(self, recorder: Recorder, scanner: Scanner, snapshot: Snapshot) -> None:
        try:
            recorder.show(snapshot)
        except OutputError as error:
            self._failure = error
            scanner.stop()

    def _pump(self, events: Iterator[Event]) -> None:
        try:
            for event in events:
                self._screen.put_event(event)
        except ScanError as error:
            self._failure = error
        finally:
            self._over.set()

    def _show_until_over(self, scanner: Scanner) -> None:
        while True:
            over = self._over.is_set()
            if not over:
                self._screen.wait()
            if not self._take_events():
                scanner.stop()
            snapshot = self._screen.take_snapshot()
            if snapshot is not None and self._view is not None and not self._view.show(snapshot):
                scanner.stop()
            if over:
                return

    def _interrupt(self, scanner: Scanner) -> None:
        """Ctrl-C: end within a second, with the summary."""
        scanner.stop()
        self._over.wait(0.8)
        self._take_events()

    def _take_events(self) -> bool:
        """Write what has come; False when nobody reads any more."""
        wanted = True
        for event in self._screen.events():
            if event.type == SUMMARY:
                self._summary = event
            elif event.type == NOTICE and self._view is None:
                print(event_line(event), file=sys.stderr)
            if self._writer is not None:
                wanted = self._writer.write(event) and wanted
        return wanted


def _interrupt(_signal: int, _frame: object) -> None:
    """A polite kill (a service manager's, a container's) ends a scan as Ctrl-C does: with the summary."""
    raise KeyboardInterrupt
