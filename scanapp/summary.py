"""The last event of every scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanapp.events import SUMMARY, Event
from scanapp.stats import StageStats


def exact_summary(frames: int, dropped: Mapping[str, int], duration: float, stats: StageStats) -> Event:
    """For replay: counts only, since times of this machine would differ from run to run."""
    stages = {name: {"calls": calls} for name, calls in stats.calls().items()}
    return _summary(frames, dropped, duration, stages)


def live_summary(frames: int, dropped: Mapping[str, int], duration: float, stats: StageStats) -> Event:
    """With this machine's wall and CPU milliseconds by stage."""
    cpu = stats.cpu_ms()
    stages = {
        name: {
            "calls": time.calls,
            "ms": round(time.total_ms, 1),
            "cpu_ms": round(cpu[name], 1),
            "p50_ms": round(time.p50_ms, 2),
            "p95_ms": round(time.p95_ms, 2),
            "p99_ms": round(time.p99_ms, 2),
        }
        for name, time in stats.times().items()
    }
    return _summary(frames, dropped, duration, stages)


def _summary(frames: int, dropped: Mapping[str, int], duration: float, stages: Mapping[str, Any]) -> Event:
    data: dict[str, Any] = {"frames": frames, "dropped": sum(dropped.values())}
    if dropped:
        data["dropped_because"] = dict(sorted(dropped.items()))
    data |= {"duration_s": round(duration, 3), "stages": dict(stages)}
    return Event(SUMMARY, duration, frames, data=data)
