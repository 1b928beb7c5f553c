"""CPU, wall time and memory of a piece of work in this process."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(slots=True)
class Meter:
    """cpu_s: CPU seconds of all threads; wall_s; rss_mb: resident memory afterwards, in megabytes (10⁶ bytes)."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    rss_mb: float = 0.0


@contextmanager
def metered() -> Iterator[Meter]:
    """Fills the meter when the block ends, also when it raises."""
    meter = Meter()
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield meter
    finally:
        meter.cpu_s = time.process_time() - cpu
        meter.wall_s = time.perf_counter() - wall
        meter.rss_mb = psutil.Process().memory_info().rss / 1e6


def peak_rss_mb() -> float:
    """The most resident memory that this process has had, in megabytes; where the system does not say, now's."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage's peak outlives exec: it may be that of the program that started this one
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return float(psutil.Process().memory_info().rss) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
