"""What files of one model cost and how well they do, measured side by side on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scanapp.inference.session import Session, open_session
from scanapp.lab.export import example, score_of
from scanapp.lab.int8 import Feeds
from scanapp.lab.resident import resident_bytes
from scanapp.lab.run import Task

THREADS = (1, 2)
_ROUNDS, _RUNS = 12, 12


@dataclass(frozen=True, slots=True)
class Row:
    """bytes     of the file
    resident  bytes that it adds to a process
    ms        threads → milliseconds for one example, the 20th percentile: what it takes when nobody disturbs
    accuracy  the task's score; None where it was not asked for
    """

    name: str
    bytes: int
    resident: int
    ms: Mapping[int, float]
    accuracy: float | None


def bench(files: Mapping[str, Path], task: Task, *, accuracy: bool = True) -> list[Row]:
    """One row a file; all are timed in turns, so that what else the machine does falls on each alike."""
    feeds = {name: one.numpy() for name, one in zip(task.signature.inputs, example(task), strict=True)}
    ms = {threads: _timed(list(files.values()), feeds, task.model, threads) for threads in THREADS}
    return [
        Row(
            name,
            file.stat().st_size,
            resident_bytes(file, task.signature.inputs),
            {threads: times[place] for threads, times in ms.items()},
            score_of(file, task) if accuracy else None,
        )
        for place, (name, file) in enumerate(files.items())
    ]


def _timed(files: Sequence[Path], feeds: Feeds, model: str, threads: int) -> list[float]:
    sessions = [open_session(file.read_bytes(), model, threads=threads) for file in files]
    times: list[list[float]] = [[] for _ in sessions]
    for _ in range(_ROUNDS):
        for kept, session in zip(times, sessions, strict=True):
            kept += _runs(session, feeds)
    return [float(np.percentile(kept, 20)) for kept in times]


def _runs(session: Session, feeds: Feeds) -> list[float]:
    session.run(feeds)  # the caches are another network's
    found = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        session.run(feeds)
        found.append((time.perf_counter() - started) * 1e3)
    return found


def markdown(rows: Sequence[Row], score: str) -> list[str]:
    """The rows as a Markdown table; resident memory in MB, files in kB."""
    times = [f"ms, {n} thread{'s' if n > 1 else ''}" for n in THREADS]
    heads = ["variant", "file kB", "resident MB", *times, score]
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    for row in rows:
        shown = "–" if row.accuracy is None else f"{row.accuracy:.4f}"
        cells = [row.name, f"{row.bytes / 1e3:.0f}", f"{row.resident / 1e6:.1f}"]
        cells += [f"{row.ms[n]:.2f}" for n in THREADS]
        lines.append(f"| {' | '.join([*cells, shown])} |")
    return lines
