"""Bench results as a table for people and as rows for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scanapp.bench.measure import Measurement
from scanapp.sanitize import printable


def report(results: Sequence[Measurement], peak_mb: float) -> RenderableType:
    """An overview, the stages of each recording, and what only one of cascade and brute force gave."""
    parts: list[RenderableType] = [_overview(results)]
    parts += [_stages(result) for result in results]
    parts += [Text(line) for result in results for line in _differences(result)]
    parts.append(Text(f"peak resident memory of the whole run, brute force included: {peak_mb:.0f} MB"))
    return Group(*parts)


def _overview(results: Sequence[Measurement]) -> Table:
    table = Table(
        "recording",
        "pipeline",
        "frames",
        "decode\nCPU ms/frame",
        "cascade\nCPU ms/frame",
        "cascade /\ndecode",
        "brute force\nCPU ms/frame",
        "brute /\ncascade",
        "confirmed\n(truth)",
        "wrong",
        "median s from\nvisible/readable",
        "brute read\n(≥ once)",
        "RSS MB",
        title="CPU of all threads; cascade and brute force include decoding",
    )
    for r in results:
        brute = r.brute
        table.add_row(
            printable(r.name),
            r.pipeline,
            str(r.frames),
            _per_frame(r.decode.cpu_s, r),
            _per_frame(r.cascade.cpu_s, r),
            f"{r.over_decoding:.2f}",
            "–" if brute is None else f"{_per_frame(brute.cpu_s, r)} ({_sample(brute.every)})",
            "–" if r.brute_ratio is None else f"{r.brute_ratio:.1f}",
            str(len(r.values)) if r.judgement is None else f"{r.judgement.found}/{r.judgement.required}",
            "–" if r.judgement is None else str(len(r.judgement.wrong)),
            "–" if r.judgement is None else _latency(r),
            "–" if brute is None else str(len(brute.values)),
            f"{r.cascade.rss_mb:.0f}",
        )
    return table


def _stages(result: Measurement) -> Table:
    table = Table("stage", "calls", "CPU s", "wall s", "p50 ms", "p95 ms", "p99 ms", title=printable(result.name))
    for name, time in result.stages.items():
        table.add_row(
            name,
            str(time.calls),
            f"{result.stage_cpu_s[name]:.3f}",
            f"{time.total_ms / 1e3:.3f}",
            f"{time.p50_ms:.2f}",
            f"{time.p95_ms:.2f}",
            f"{time.p99_ms:.2f}",
        )
    return table


def _differences(result: Measurement) -> list[str]:
    if result.brute is None:
        return []
    lines = [f"{result.name}: only the cascade: {value}" for value in sorted(result.values - result.brute.values)]
    lines += [f"{result.name}: only brute force: {value}" for value in sorted(result.brute.values - result.values)]
    return [printable(line, 160) for line in lines]


def as_row(result: Measurement) -> dict[str, Any]:
    """JSON-ready."""
    row: dict[str, Any] = {
        "recording": result.name,
        "pipeline": result.pipeline,
        "frames": result.frames,
        "decode_cpu_s": round(result.decode.cpu_s, 4),
        "decode_wall_s": round(result.decode.wall_s, 4),
        "cascade_cpu_s": round(result.cascade.cpu_s, 4),
        "cascade_wall_s": round(result.cascade.wall_s, 4),
        "over_decoding": round(result.over_decoding, 3),
        "rss_mb": round(result.cascade.rss_mb),
        "confirmed": sorted(result.values),
        "stages": {
            name: {
                "calls": time.calls,
                "cpu_s": round(result.stage_cpu_s[name], 4),
                "wall_s": round(time.total_ms / 1e3, 4),
                "p50_ms": round(time.p50_ms, 3),
                "p95_ms": round(time.p95_ms, 3),
                "p99_ms": round(time.p99_ms, 3),
            }
            for name, time in result.stages.items()
        },
    }
    if result.brute is not None:
        row |= {
            "brute_cpu_s": round(result.brute.cpu_s, 3),
            "brute_every": result.brute.every,
            "brute_over_cascade": round(result.brute_ratio or 0.0, 2),
            "brute_values": sorted(result.brute.values),
        }
    if result.judgement is not None:
        row |= {
            "found": result.judgement.found,
            "required": result.judgement.required,
            "wrong": len(result.judgement.wrong),
            "median_latency_s": result.judgement.median_latency,
            "median_latency_readable_s": result.judgement.median_latency_readable,
        }
    return row


def _per_frame(seconds: float, result: Measurement) -> str:
    return f"{seconds * 1e3 / max(result.frames, 1):.1f}"


def _sample(every: int) -> str:
    return "all" if every == 1 else f"every {every}th frame, scaled"


def _latency(result: Measurement) -> str:
    assert result.judgement is not None
    values = (result.judgement.median_latency, result.judgement.median_latency_readable)
    return " / ".join("–" if value is None else f"{value:.2f}" for value in values)
