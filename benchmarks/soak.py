"""Does memory grow? A recording played in a loop through the live path, resident memory every few seconds.

    python benchmarks/soak.py                          10 minutes in real time, pipeline everything
    python benchmarks/soak.py --minutes 60 my.mp4
    python benchmarks/soak.py --fast --rounds 200      replays in a tight loop (exact path): leaks show sooner

The slope is a least-squares line through the second half of the samples, when models are loaded and caches are
full. With ``--fast`` a round is one replay, and the slope is in kilobytes a round too; the bar stays that of
the live path and is reported only there.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
from common import SAMPLES, Bar, Report, armed_scanner, metered, parser, quiet_threads

from scanapp.scanner import Scanner
from scanapp.snapshot import Snapshot

MOST_MB_A_MINUTE, MOST_MB = 1.0, 700.0
Sample = tuple[float, float]
"""Minutes since the start, megabytes (10⁶ bytes) of resident memory."""


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument(
        "video", nargs="?", type=Path, help="recording (default: a shipped page of text and codes)"
    )
    arguments.add_argument("--pipeline", default="everything")
    arguments.add_argument("--minutes", type=float, default=10.0, help="how long to play in real time")
    arguments.add_argument("--every", type=float, default=5.0, metavar="S", help="seconds between two samples")
    arguments.add_argument("--fast", action="store_true", help="replay in a tight loop instead")
    arguments.add_argument("--rounds", type=int, default=100, metavar="N", help="replays of --fast")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("soak")
    video = options.video or _default(report)
    if video is not None:
        scanner = armed_scanner(options.pipeline)
        if options.fast:
            replay_rounds(report, scanner, video, options.rounds)
        else:
            play(report, scanner, video, 60 * options.minutes, options.every)
    report.write(options.json)


def play(report: Report, scanner: Scanner, video: Path, seconds: float, every: float) -> None:
    """The live path, looped, with a subscriber to snapshots."""
    samples: list[Sample] = []
    newest: list[Snapshot] = []

    def keep(snapshot: Snapshot) -> None:
        newest[:] = [snapshot]

    scanner.snapshots.subscribe(keep)
    started = time.monotonic()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with closing(scanner.scan(video, live=True, loop=True)) as events:  # type: ignore[type-var]
                for _ in events:
                    pass
        except Exception as error:  # it is raised again on the thread that samples
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    with metered() as meter:
        thread.start()
        while (passed := time.monotonic() - started) < seconds and thread.is_alive():
            samples.append((passed / 60, _rss_mb()))
            thread.join(min(every, max(0.01, seconds - passed)))
        scanner.stop()
        thread.join(10.0)
    if failures:
        raise failures[0]
    if passed < 0.9 * seconds:
        report.say(f"{video.name}: the stream ended by itself after {passed:.0f} s")
    last = newest[0] if newest else None
    report.table(f"{video.name}, live and looped, pipeline {scanner.pipeline.name}", [_figures(samples)])
    if last is not None:
        dropped = sum(last.dropped.values())
        report.say(f"{last.delivered} frames delivered, {dropped} dropped, {meter.cpu_s / passed:.2f} processors")
    report.hold(Bar("resident memory, most", max(mb for _, mb in samples), MOST_MB, " MB"))
    report.hold(Bar("slope of the second half", slope(samples), MOST_MB_A_MINUTE, " MB/min"))


def replay_rounds(report: Report, scanner: Scanner, video: Path, rounds: int) -> None:
    """The exact path, again and again."""
    samples: list[Sample] = []
    started = time.monotonic()
    for _ in range(rounds):
        for _event in scanner.replay(video):
            pass
        gc.collect()
        samples.append(((time.monotonic() - started) / 60, _rss_mb()))
    report.table(f"{video.name}, replayed {rounds} times, pipeline {scanner.pipeline.name}", [_figures(samples)])
    numbered = [(float(number), mb) for number, (_, mb) in enumerate(samples)]
    report.say(f"{1e3 * slope(numbered):.1f} kB a round over the second half")


def slope(samples: Sequence[Sample]) -> float:
    """Megabytes a minute over the second half (least squares); 0 with fewer than three samples there."""
    late = samples[len(samples) // 2 :]
    if len(late) < 3:
        return 0.0
    minutes, megabytes = zip(*late, strict=True)
    return float(np.polyfit(minutes, megabytes, 1)[0])


def _figures(samples: Sequence[Sample]) -> dict[str, object]:
    sizes = [mb for _, mb in samples]
    middle = sizes[len(sizes) // 2]
    return {
        "samples": len(samples),
        "minutes": samples[-1][0],
        "first MB": sizes[0],
        "middle MB": middle,
        "last MB": sizes[-1],
        "most MB": max(sizes),
        "MB/min, second half": slope(samples),
    }


def _rss_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _default(report: Report) -> Path | None:
    for name in ("text_page", "payment_qr"):
        if (SAMPLES / f"{name}.mp4").is_file():
            return SAMPLES / f"{name}.mp4"
    report.say(f"left out: no sample videos in {SAMPLES}; name a recording")
    return None


if __name__ == "__main__":
    main()
