"""Does the controller keep the frame rate when the machine's time halves, and is it back when it is given back?

A recording with something to search for in every frame, at 1080p and 30 frames a second, through the live path.
After a few seconds busy processes start, as many as leave about half of the machine, and end again some seconds
later. Frames processed a second are counted in windows of half a second.

recovered   seconds from the start of the load to the first second at 85 % of the rate before it
back        seconds from its end until the engine runs at full pace again

--without also runs it without a controller. Other programs on the machine are load, too: the figures before the
load say how idle it was.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
from common import Bar, Report, Row, parser, quiet_threads

from scanapp.devices.controller import Controller, FrameLoad
from scanapp.events import NOTICE, Event
from scanapp.frame import Frame
from scanapp.scanner import Scanner
from scanapp.sources.base import SourceInfo

BEFORE_S, LOADED_S, AFTER_S = 4.0, 8.0, 8.0
FPS = 30.0
RATE = 0.85


class _Desk:
    """A 1080p picture that never stands still, at 30 frames a second of wall time."""

    def __init__(self, seconds: float) -> None:
        self.info = SourceInfo("desk", live=True, width=1920, height=1080)
        self._count = int(seconds * FPS)
        random = np.random.default_rng(1)
        wide = cv2.resize(random.integers(0, 255, (54, 140), np.uint8), (2800, 1080), interpolation=cv2.INTER_CUBIC)
        wide[300:700, 600:1200:24] = 0
        self._wide = wide
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        start = time.monotonic()
        for number in range(self._count):
            if self._closed.wait(max(0.0, start + number / FPS - time.monotonic())):
                return
            left = int(400 + 380 * np.sin(number / 9))
            yield Frame(np.ascontiguousarray(self._wide[:, left : left + 1920]), index=number, pts=number / FPS)

    def close(self) -> None:
        """End."""
        self._closed.set()


def _burn(until: float) -> None:
    while time.time() < until:
        sum(i * i for i in range(10_000))


class _Never(Controller):
    def frame(self, load: FrameLoad) -> bool:
        """No steps."""
        return load.now < 0


def run(processes: int) -> tuple[list[float], list[tuple[float, str]], float, float]:
    """When frames were done, steps, when the load began and ended; seconds from the first frame."""
    done: list[float] = []
    steps: list[tuple[float, str]] = []
    scanner = Scanner("everything")
    scanner.snapshots.subscribe(lambda _snapshot: done.append(time.monotonic()))

    def note(event: Event) -> None:
        if event.type == NOTICE and event.data.get("what") == "pace":
            steps.append((time.monotonic(), str(event.data["message"])))

    scanner.events.subscribe(note)
    burning: list[multiprocessing.Process] = []

    def load() -> None:
        until = time.time() + LOADED_S
        for _ in range(processes):
            burning.append(multiprocessing.get_context("fork").Process(target=_burn, args=(until,), daemon=True))
            burning[-1].start()

    timer = threading.Timer(BEFORE_S, load)
    started = time.monotonic()
    timer.start()
    for _ in scanner.scan(_Desk(BEFORE_S + LOADED_S + AFTER_S)):
        pass
    for process in burning:
        process.join()
    return (
        [at - started for at in done],
        [(at - started, what) for at, what in steps],
        BEFORE_S,
        BEFORE_S + LOADED_S,
    )


def rates(done: list[float], step: float = 0.5) -> list[float]:
    """Frames a second in each window."""
    counts, _ = np.histogram(done, bins=np.arange(0, BEFORE_S + LOADED_S + AFTER_S + step, step))
    return [float(count / step) for count in counts]


def recovered(done: list[float], begin: float, end: float) -> float:
    """Seconds after ``begin`` from which one whole second ran at `RATE` of the rate before; nan if it never did."""
    times = np.array(done)
    before = ((times > 1) & (times < begin)).sum() / (begin - 1)
    for at in np.arange(begin, end - 1, 0.1):
        if ((times >= at) & (times < at + 1)).sum() >= RATE * before:
            return float(at - begin)
    return float("nan")


def main() -> None:
    """Load the machine, watch the frame rate."""
    arguments = parser(__doc__)
    arguments.add_argument("--processes", type=int, default=2 * (os.cpu_count() or 1), help="busy processes")
    arguments.add_argument("--without", action="store_true", help="also without a controller")
    given = arguments.parse_args()
    quiet_threads()
    report = Report("controller")
    for name in ("with", *(("without",) if given.without else ())):
        if name == "without":
            import scanapp.stepping

            scanapp.stepping.Controller = _Never  # type: ignore[misc]
        done, steps, begin, end = run(given.processes)
        rows: list[Row] = [
            {"second": index / 2, "frames a second": rate, "load": "busy" if begin <= index / 2 < end else ""}
            for index, rate in enumerate(rates(done))
        ]
        report.table(f"{name} controller, {given.processes} busy processes", rows)
        for at, what in steps:
            report.say(f"{at:.2f} s: {what}")
        back = [at - end for at, what in steps if at > end and "full" in what]
        was_down = any(begin < at < end for at, _ in steps)
        report.hold(Bar(f"{name} controller: s to recover the rate", recovered(done, begin, end), 2.0))
        if name == "with":
            late = back[0] if back else (float("nan") if was_down else 0.0)
            report.hold(Bar("with controller: s to be back at full pace", late, 5.0))
    report.write(given.json)


if __name__ == "__main__":
    main()
