"""A recording through the cascade on virtual time: the same events each time, on any machine.

Without a device every frame is processed, and jobs take the time of the reference device. With a virtual device
the frame's own work takes time too, and while the engine is busy newer frames replace the one that waits, as
`conflate` does live: what comes out is what the user of that device would see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from scanapp.cascade import Cascade
from scanapp.clock import VirtualClock
from scanapp.devices.controller import FrameLoad
from scanapp.devices.device import OBSERVE_MS, TRACK_MS, Device
from scanapp.events import Event
from scanapp.frame import Frame
from scanapp.sources.base import Source
from scanapp.stats import StageStats
from scanapp.stream import SUPERSEDED
from scanapp.summary import exact_summary

Progress = Callable[[int, int | None], None]
OnFrame = Callable[[Frame, list[Event]], None]


class ExactRun:
    """One pass over one source. ``device``: None for the reference without drops."""

    def __init__(
        self,
        cascade: Cascade,
        clock: VirtualClock,
        stats: StageStats,
        device: Device | None,
        on_frame: OnFrame | None = None,
    ) -> None:
        self._cascade = cascade
        self._clock = clock
        self._stats = stats
        self._device = device
        self._on_frame = on_frame
        self._frames = 0
        self._processed = 0
        self._dropped: Counter[str] = Counter()
        self._last_pts = 0.0
        self._free_at = -1e9

    @property
    def produced(self) -> int:
        """Frames that the source has given so far."""
        return self._frames

    @property
    def dropped(self) -> dict[str, int]:
        """Frames left out, by reason."""
        return dict(self._dropped)

    def events(self, source: Source, on_progress: Progress | None = None) -> Iterator[Event]:
        """All events of the source, ending with a summary; errors of the source come after what there was."""
        total = source.info.frames
        waiting: Frame | None = None
        items = iter(source)
        try:
            while True:
                with self._stats.measure("decode"):
                    item = next(items, None)
                if item is None:
                    break
                if not isinstance(item, Frame):
                    yield self._cascade.notice(item.what, item.message)
                    continue
                self._frames += 1
                self._last_pts = item.pts
                if waiting is not None and self._free_at <= item.pts:
                    yield from self._process(waiting)
                    waiting = None
                if self._free_at <= item.pts:
                    yield from self._process(item)
                else:
                    if waiting is not None:
                        self._dropped[SUPERSEDED] += 1
                    waiting = item
                if on_progress is not None:
                    on_progress(self._frames, total)
                if self._cascade.complete:
                    break
            if waiting is not None:
                yield from self._process(waiting)
            yield from self._run_out()
        finally:
            source.close()
        yield from self._cascade.finish()
        yield exact_summary(self._frames, self._dropped, self._last_pts, self._stats)

    def _process(self, frame: Frame) -> list[Event]:
        self._clock.advance_to(max(frame.pts, self._free_at))
        events = self._cascade.step(frame)
        if self._device is not None:
            events += self._charge(self._device)
        if self._on_frame is not None:
            self._on_frame(frame, events)
        return events

    def _charge(self, device: Device) -> list[Event]:
        """The frame's work takes time on the device, and may be too much for it."""
        now, searching = self._clock.now(), self._cascade.cost_ms()
        busy = device.seconds(OBSERVE_MS + TRACK_MS + searching, now)
        self._free_at = now + busy
        self._processed += 1
        paced = device.seconds(searching, now)
        return self._cascade.paced(FrameLoad(self._free_at, busy, paced, self._frames, self._processed))

    def _run_out(self) -> Iterator[Event]:
        """Jobs that were running when the recording ended still land."""
        while not self._cascade.complete and (due := self._cascade.next_due()) is not None:
            self._clock.advance_to(due)
            yield from self._cascade.drain()
