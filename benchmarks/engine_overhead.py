"""What the engine itself costs: CPU microseconds a frame with stages that do nothing.

    python benchmarks/engine_overhead.py
    python benchmarks/engine_overhead.py --peer-python VENV/bin/python     beside streamvision's InferencePipeline
    python benchmarks/engine_overhead.py --profile                         where the exact path's time goes

Frames are ready in memory; there is no detector, and a recognizer that is never called. Two ways through:

exact    `Scanner.replay`
live     `Scanner.scan` of a live source: capture thread, `conflate`, engine thread, snapshot. "lock-step" sends a
         frame when the one before is done; "paced" waits between frames, so that every hop wakes a sleeping thread.

"all" is the CPU time of all threads, making the `Frame` objects (about 2 µs each) included. "level 0" is the
part of it in the stages `observe` and `track` (thumbnail, exposure, motion), "engine" the rest, which is held
against the bar. 480×270 frames are their own thumbnails, so their level 0 is what is left without shrinking.

streamvision pins other versions of OpenCV and NumPy, so it belongs in a virtual environment of its own
(``python -m venv VENV && VENV/bin/pip install streamvision``); without one its rows are left out.
"""

from __future__ import annotations

import cProfile
import importlib.util
import json
import pstats
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import SAMPLES, Bar, Report, decode_cpu, metered, parser, quiet_threads

from scanapp.frame import Frame
from scanapp.geometry import Gray
from scanapp.pipeline import parse_pipeline
from scanapp.scanner import Scanner
from scanapp.snapshot import Snapshot
from scanapp.sources.base import Notice, SourceInfo
from scanapp.testing import ScriptedRecognizer, ScriptedSource

LIMIT_US = 150.0
PEER = Path(__file__).with_name("peer_streamvision.py")
NOTHING = parse_pipeline('name = "nothing"\n[[recognize]]\nuse = "code"\n', source="nothing")
SIZES = ((1920, 1080), (480, 270))


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds a frame."""

    all_us: float
    level0_us: float

    @property
    def engine_us(self) -> float:
        """Without thumbnail, exposure and motion."""
        return self.all_us - self.level0_us


class LockStep:
    """A live source that gives the next frame when `done` says that the one before has been processed.

    fps  frames a second at most, 0 for no limit
    """

    def __init__(self, frames: Iterator[Frame], fps: float) -> None:
        self.info = SourceInfo(name="ready frames", live=True)
        self._frames = frames
        self._pause = 1.0 / fps if fps else 0.0
        self._free = threading.Semaphore(1)
        self._closed = False

    def done(self) -> None:
        """The frame has been processed."""
        self._free.release()

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames, one at a time."""
        for frame in self._frames:
            self._free.acquire(timeout=5.0)
            if self._closed:
                return
            if self._pause:
                time.sleep(self._pause)
            yield frame

    def close(self) -> None:
        """End soon."""
        self._closed = True
        self._free.release()


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--frames", type=int, default=1000, metavar="N", help="frames a measurement")
    arguments.add_argument("--repeats", type=int, default=5, metavar="N", help="the least of so many counts")
    arguments.add_argument("--paced-fps", type=float, default=100.0, metavar="F", help="pace of the paced rows")
    arguments.add_argument("--video", type=Path, default=None, help="recording for the peer's decoding row")
    arguments.add_argument("--peer-python", type=Path, help="a Python that has streamvision (default: this one)")
    arguments.add_argument("--no-peer", action="store_true", help="leave streamvision out")
    arguments.add_argument("--profile", action="store_true", help="print where the exact path's time goes, and end")
    options = arguments.parse_args()
    quiet_threads()
    if options.profile:
        _profile(options.frames)
        return
    report = Report("engine_overhead")
    ways: dict[str, Callable[[tuple[int, int]], Cost]] = {
        "exact": lambda size: exact_cost(size, options.frames),
        "live, lock-step": lambda size: live_cost(size, options.frames, 0.0),
        "live, paced": lambda size: live_cost(size, min(options.frames, 300), options.paced_fps),
    }
    rows: list[dict[str, object]] = []
    for size in SIZES:
        for way, measure in ways.items():
            costs = [measure(size) for _ in range(options.repeats)]
            best = min(costs, key=lambda cost: cost.engine_us)
            rows.append(
                {
                    "path": way,
                    "frames": f"{size[0]}×{size[1]}",
                    "engine µs": best.engine_us,
                    "level 0 µs": best.level0_us,
                    "all µs": best.all_us,
                    "engine µs, each time": " ".join(f"{cost.engine_us:.0f}" for cost in costs),
                }
            )
            if size == SIZES[0] and way != "live, paced":
                report.hold(Bar(f"engine, {way}, CPU a frame", best.engine_us, LIMIT_US, " µs"))
    report.table("CPU µs a frame, stages that do nothing", rows)
    video = options.video or _any_sample()
    if video is not None:
        report.table(f"{video.name}, exact path, less decoding", [video_cost(video, options.repeats)])
    if not options.no_peer:
        _beside_peer(report, options.peer_python, video, options.frames, options.repeats)
    report.write(options.json)


def ready_frames(size: tuple[int, int], count: int) -> Iterator[Frame]:
    """Frames over two planes that differ a little, as a resting camera's do: new objects, no new pixels."""
    planes = [_plane(size, seed) for seed in (1, 2)]  # now, not when the first frame is asked for
    return (Frame(planes[number % 2], index=number, pts=number / 30) for number in range(count))


def exact_cost(size: tuple[int, int], count: int) -> Cost:
    """One replay of ready frames."""
    frames = ready_frames(size, count)
    scanner = _idle_scanner()
    with metered() as meter:
        for _ in scanner.replay(ScriptedSource(frames)):
            pass
    return _cost(meter.cpu_s, scanner, count)


def live_cost(size: tuple[int, int], count: int, fps: float) -> Cost:
    """One live stream of ready frames; RuntimeError when one was dropped, which lock-step rules out."""
    scanner = _idle_scanner()
    source = LockStep(ready_frames(size, count), fps)
    processed: list[int] = []

    def done(snapshot: Snapshot) -> None:
        processed.append(snapshot.delivered)
        source.done()

    scanner.snapshots.subscribe(done)
    with metered() as meter:
        for _ in scanner.scan(source):
            pass
    if len(processed) != count:
        raise RuntimeError(f"{count} frames were sent, {len(processed)} were processed")
    return _cost(meter.cpu_s, scanner, count)


def video_cost(video: Path, repeats: int) -> dict[str, object]:
    """The exact path over a recording, with level 0, less decoding alone: a row with CPU µs a frame."""
    costs, decodings = [], []
    for _ in range(repeats):
        alone_s, count = decode_cpu(video)
        decodings.append(alone_s * 1e6 / max(count, 1))
        with metered() as meter:
            for _event in _idle_scanner().replay(video):
                pass
        costs.append(meter.cpu_s * 1e6 / max(count, 1))
    decoding = min(decodings)
    each = " ".join(f"{cost - decoding:.0f}" for cost in costs)
    return {"decoding µs": decoding, "all µs": min(costs) - decoding, "each time": each}


def _cost(cpu_s: float, scanner: Scanner, count: int) -> Cost:
    stages = scanner.stats.cpu_ms()
    level0_ms = stages.get("observe", 0.0) + stages.get("track", 0.0)
    return Cost(cpu_s * 1e6 / count, level0_ms * 1e3 / count)


def _idle_scanner() -> Scanner:
    return Scanner(NOTHING, detectors=[], recognizers=[ScriptedRecognizer({})])


def _plane(size: tuple[int, int], seed: int) -> Gray:
    rng = np.random.default_rng(seed)
    return rng.integers(110, 114, size[::-1], dtype=np.uint8)


def _any_sample() -> Path | None:
    return next(iter(sorted(SAMPLES.glob("*.mp4"))), None)


def _beside_peer(report: Report, python: Path | None, video: Path | None, frames: int, repeats: int) -> None:
    if python is None:
        if importlib.util.find_spec("streamvision") is None:
            report.say("streamvision: left out, it is not installed here; see --peer-python")
            return
        python = Path(sys.executable)
    command = [str(python), str(PEER), "--frames", str(frames), "--repeats", str(repeats)]
    command += ["--video", str(video)] if video is not None else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        report.say(f"streamvision: left out, {python} could not run it: {error}")
        return
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        report.say(f"streamvision: left out, it ended with code {done.returncode}: {last}")
        return
    rows = json.loads(done.stdout.splitlines()[-1])
    report.table("streamvision InferencePipeline, handler and sink that do nothing", rows)


def _profile(frames: int) -> None:
    scanner = _idle_scanner()
    with cProfile.Profile() as profile:
        for _ in scanner.replay(ScriptedSource(ready_frames(SIZES[0], frames))):
            pass
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
