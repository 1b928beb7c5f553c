"""A 1080p recording at 30 frames a second in real time through the live path, painted as the window would.

    python benchmarks/live_pacing.py
    python benchmarks/live_pacing.py --seconds 60 --cpus 2 my_1080p.mp4

Pipeline `everything`. The engine runs on its own threads; this script's main thread takes the newest snapshot,
paints the overlay at 1280 pixels as `--view window` does (without a screen to put it on), and notes how old the
frame is then: its age when the engine was done with it plus the wait for the painter plus the painting.
Delivered frames are those that the engine processed, shown ones those that were painted.

The decoder is in the same process: on a machine that is too busy, frames leave it late, which counts.

Without a recording a clip is made of the sample videos, enlarged to 1080p: codes, text, and stretches of
nothing. ``--cpus`` binds the process to so many processors (Linux). Other programs make these figures worse:
look at the load.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from common import (
    FULL_HD,
    SAMPLES,
    Bar,
    Report,
    add_clip_folder,
    armed_scanner,
    clip_folder,
    fitted,
    frames_of,
    metered,
    parser,
    write_clip,
)

from scanapp.events import CONFIRMED
from scanapp.frame import Bgr, Frame
from scanapp.scanner import Scanner
from scanapp.snapshot import Snapshot
from scanapp.sources.base import Notice
from scanapp.sources.paced import PacedSource
from scanapp.sources.video import VideoSource
from scanapp.views.overlay import OverlayPainter

LEAST_FPS, MOST_AGE_MS, SHOWN_SIDE = 28.0, 60.0, 1280
SCENES = ("payment_qr", "idle_desk", "text_page", "shelf_codes")
"""What the clip is made of, in turn."""


@dataclass(slots=True)
class Shown:
    """What was seen of one live stream. Times in seconds."""

    ages: list[float] = field(default_factory=list)
    engine_ages: list[float] = field(default_factory=list)
    painting: list[float] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    produced: int = 0
    delivered: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0
    newest: int = -1


class Watched:
    """The recording at its own pace, with how late each frame left it: what a loaded machine's decoder adds."""

    def __init__(self, video: Path) -> None:
        self._source = PacedSource(VideoSource(video))
        self.info = self._source.info
        self._delays: list[float] = []

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames when they are due."""
        for item in self._source:
            if isinstance(item, Frame):
                self._delays.append(time.perf_counter() - item.pts)
            yield item

    def close(self) -> None:
        """End soon."""
        self._source.close()

    @property
    def lateness(self) -> list[float]:
        """Seconds, against the promptest frame."""
        return [delay - min(self._delays) for delay in self._delays]


class Newest:
    """Holds the newest snapshot for the painting thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new = threading.Event()
        self._held: tuple[Snapshot, float] | None = None

    def put(self, snapshot: Snapshot) -> None:
        """On the engine's thread: keep it, with the moment."""
        with self._lock:
            self._held = snapshot, time.perf_counter()
        self._new.set()

    def take(self, timeout: float) -> tuple[Snapshot, float] | None:
        """The newest one, once; None when none came in time."""
        self._new.wait(timeout)
        self._new.clear()
        with self._lock:
            held, self._held = self._held, None
        return held


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("video", nargs="?", type=Path, help="1080p recording at 30 frames a second")
    arguments.add_argument("--pipeline", default="everything")
    arguments.add_argument("--seconds", type=float, default=24.0, help="length of the clip; how long to play")
    arguments.add_argument("--cpus", type=int, metavar="N", help="bind the process to N processors (Linux)")
    add_clip_folder(arguments)
    options = arguments.parse_args()
    report = Report("live_pacing")
    if options.cpus is not None:
        _bind(report, options.cpus)
    with clip_folder(options.clips) as folder:
        video = options.video or make_clip(report, folder, options.seconds)
        if video is not None:
            scanner = armed_scanner(options.pipeline)
            source = Watched(video)
            with metered() as meter:
                shown = play(scanner, source, options.seconds)
            _tell(report, scanner, shown, meter.cpu_s, source)
    report.write(options.json)


def play(scanner: Scanner, source: Watched, seconds: float) -> Shown:
    """Play ``source`` in real time for so long at most; paints on this thread."""
    shown, newest, over = Shown(), Newest(), threading.Event()
    scanner.snapshots.subscribe(newest.put)

    def pump() -> None:
        try:
            with closing(scanner.scan(source)) as events:  # type: ignore[type-var]
                for event in events:
                    if event.type == CONFIRMED and event.value is not None:
                        shown.confirmed.append(str(event.value.get("text", ""))[:60])
        finally:
            over.set()

    thread = threading.Thread(target=pump, name="events", daemon=True)
    thread.start()
    painter = OverlayPainter(SHOWN_SIDE)
    while not over.is_set():
        held = newest.take(0.1)
        if held is None:
            continue
        _paint(painter, *held, shown)
        if shown.last - shown.first > seconds:
            scanner.stop()
    thread.join(5.0)
    return shown


def _paint(painter: OverlayPainter, snapshot: Snapshot, since: float, shown: Shown) -> None:
    start = time.perf_counter()
    painter.paint(snapshot)
    now = time.perf_counter()
    if snapshot.frame.index == shown.newest:
        return  # a notice, or what came when the stream had ended, on the frame that is shown already
    shown.newest = snapshot.frame.index
    shown.painting.append(now - start)
    shown.engine_ages.append(snapshot.age)
    shown.ages.append(snapshot.age + now - since)
    shown.first = shown.first or since
    shown.last = since
    shown.produced, shown.delivered = snapshot.produced, snapshot.delivered
    shown.dropped = dict(snapshot.dropped)


def _tell(report: Report, scanner: Scanner, shown: Shown, cpu_s: float, source: Watched) -> None:
    if not shown.ages:
        report.say(f"{source.info.name}: no frame was shown")
        return
    wall = max(shown.last - shown.first, 1e-9)
    fps = (shown.delivered - 1) / wall
    ages = _percentiles(shown.ages)
    rss_mb = psutil.Process().memory_info().rss / 1e6
    figures: dict[str, object] = {
        "recording, pipeline": f"{Path(source.info.name).name}, {scanner.pipeline.name}",
        "processors, load": f"{_processors()}, {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "",
        "frames produced / delivered / shown": f"{shown.produced} / {shown.delivered} / {len(shown.ages)}",
        "dropped": ", ".join(f"{count} {why}" for why, count in shown.dropped.items()) or "none",
        "delivered a second": fps,
        "shown a second": (len(shown.ages) - 1) / wall,
        "age when shown, ms (p50 p95 p99)": _words(ages),
        "- when it leaves the decoder": _words(_percentiles(source.lateness)),
        "- when the engine is done": _words(_percentiles(shown.engine_ages)),
        "painting, ms (p50 p95 p99)": _words(_percentiles(shown.painting)),
        "CPU, processors": cpu_s / wall,
        "RSS, MB": rss_mb,
        "confirmed": "; ".join(dict.fromkeys(shown.confirmed)) or "nothing",
    }
    report.table("live", [{"figure": name, "value": value} for name, value in figures.items()])
    cpu = scanner.stats.cpu_ms()
    rows: list[dict[str, object]] = [
        {"stage": name, "calls": t.calls, "CPU ms/s": cpu[name] / wall, "p50 ms": t.p50_ms, "p95 ms": t.p95_ms}
        for name, t in scanner.stats.times().items()
    ]
    report.table("stages (wall percentiles; CPU milliseconds a second of stream)", rows)
    report.hold(Bar("delivered frames a second", fps, LEAST_FPS, at_least=True))
    report.hold(Bar("age when shown, p95", ages[1], MOST_AGE_MS, " ms"))


def _percentiles(seconds: list[float]) -> list[float]:
    """p50, p95, p99 in milliseconds."""
    return [1e3 * float(v) for v in np.percentile(seconds, [50, 95, 99])]


def _words(figures: list[float]) -> str:
    return " ".join(f"{figure:.1f}" for figure in figures)


def make_clip(report: Report, folder: Path, seconds: float) -> Path | None:
    """The sample videos one after the other at 1080p, 30 frames a second; None where there are none."""
    sources = [path for path in (SAMPLES / f"{name}.mp4" for name in SCENES) if path.is_file()]
    if not sources:
        report.say(f"left out: no sample videos in {SAMPLES}; name a recording")
        return None
    print("making the clip …", flush=True)
    return write_clip(folder / f"mixed_1080p_{seconds:g}s.mp4", _mixed(sources, round(30 * seconds)))


def _mixed(sources: list[Path], count: int) -> Iterator[Bgr]:
    made = 0
    while True:
        for path in sources:
            for frame in frames_of(path):
                if made == count:
                    return
                made += 1
                yield fitted(frame.bgr, FULL_HD)


def _bind(report: Report, count: int) -> None:
    if not hasattr(os, "sched_setaffinity"):
        report.say("--cpus: left out, this system cannot bind a process to processors")
        return
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


if __name__ == "__main__":
    main()
