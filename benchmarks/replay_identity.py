"""The same recording, the same events, byte for byte: twice in a row, with 1 and 4 workers, beside a CPU hog.

    python benchmarks/replay_identity.py
    python benchmarks/replay_identity.py --hogs 4 my.mp4

Each recording is replayed with the pipeline that its truth names (``--pipeline`` overrides it), four times:
twice with one worker, once with four, once with four while other processes keep the processors busy. What is
compared are the event logs as `scanapp replay --events` writes them. The hogs end with the script, also when it
is killed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import Bar, Report, armed_scanner, parser, quiet_threads, sample_videos

from scanapp.replay.golden import encode_log
from scanapp.replay.truth import load_truth, truth_path
from scanapp.scanner import Scanner

_HOG = """
import os, sys
parent = int(sys.argv[1])
while os.getppid() == parent:
    for _ in range(10**6): pass
"""
"""Busy until its parent has gone."""


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("videos", nargs="*", type=Path, help="recordings (default: all sample videos)")
    arguments.add_argument("--pipeline", help="pipeline for all (default: the truth's, else everything)")
    arguments.add_argument("--hogs", type=int, default=2, metavar="N", help="busy processes beside the last replay")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("replay_identity")
    videos = options.videos or sample_videos()
    if not videos:
        report.say("left out: there are no sample videos; name a recording")
    scanners: dict[str, Scanner] = {}
    rows, different = [], 0
    for video in videos:
        name = options.pipeline or _pipeline_of(video)
        scanner = scanners.setdefault(name, armed_scanner(name))
        logs = replays(scanner, video, options.hogs)
        same = len({log for log, _ in logs.values()}) == 1
        different += not same
        first = next(iter(logs.values()))[0]
        row: dict[str, object] = {"recording": video.name, "pipeline": name, "bytes": len(first)}
        row |= {f"{way}, s": seconds for way, (_, seconds) in logs.items()}
        row |= {"sha256": hashlib.sha256(first).hexdigest()[:12], "identical": "yes" if same else "NO"}
        rows.append(row)
        if not same:
            report.say(f"{video.name}: {_first_difference({way: log for way, (log, _) in logs.items()})}")
    report.table("event logs of four replays (wall seconds)", rows)
    if rows:
        report.hold(Bar("recordings whose replays differ", different, 0))
    report.write(options.json)
    if different:
        sys.exit(1)


def replays(scanner: Scanner, video: Path, hogs: int) -> dict[str, tuple[bytes, float]]:
    """Event log and wall seconds of each way to replay."""
    logs = {way: _log(scanner, video, workers) for way, workers in (("once", 1), ("again", 1), ("4 workers", 4))}
    with busy(hogs):
        logs[f"4 workers, {hogs} hogs"] = _log(scanner, video, 4)
    return logs


@contextmanager
def busy(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes that do nothing but compute, for as long as the block lasts."""
    parent = str(os.getpid())
    hogs = [subprocess.Popen([sys.executable, "-c", _HOG, parent]) for _ in range(count)]
    try:
        yield hogs
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def _log(scanner: Scanner, video: Path, workers: int) -> tuple[bytes, float]:
    start = time.perf_counter()
    lines = [event.to_json() for event in scanner.replay(video, workers=workers)]
    return encode_log(lines), time.perf_counter() - start


def _first_difference(logs: dict[str, bytes]) -> str:
    names = list(logs)
    base = logs[names[0]].splitlines()
    for name in names[1:]:
        other = logs[name].splitlines()
        for number, (a, b) in enumerate(zip(base, other, strict=False), 1):
            if a != b:
                return f"{names[0]} / {name}, line {number}: {_text(a)} / {_text(b)}"
        if len(base) != len(other):
            return f"{names[0]} has {len(base)} lines, {name} has {len(other)}"
    return "no line differs"


def _text(line: bytes) -> str:
    return line.decode(errors="replace")[:300]


def _pipeline_of(video: Path) -> str:
    truth = load_truth(truth_path(video)) if truth_path(video).exists() else None
    return truth.pipeline if truth is not None and truth.pipeline else "everything"


if __name__ == "__main__":
    main()
