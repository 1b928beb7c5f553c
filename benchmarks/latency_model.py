"""How well ten probes predict networks that were left out.

Made-up networks of the zoo's kinds (convolutional, depth-wise, readers with a transformer; fp32 and INT8; many
sizes) are run in several ways, each of which stands for a machine of its own: one and two threads with everything
that onnxruntime can do, one thread without the layouts made for this processor, one thread with basic fusing only.
For each, ten probes are measured, the rates solved, and the times of networks predicted that the fit has not seen
in any configuration: thirty networks drawn after the model's features had been chosen ("fresh"), and the shipped
models. "A new machine" is a configuration that the fit has not seen, either.

--fit FILE writes the coefficients that scanapp ships; --keep FILE keeps the measured times and uses them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from common import Bar, Report, parser

from scanapp.devices.latency import LatencyModel, fit_factors, solve_rates
from scanapp.devices.layers import Layers
from scanapp.devices.probes import PROBES, build, probe_file
from scanapp.devices.timing import least_ms
from scanapp.inference.store import ModelStore
from scanapp.inference.work import feeds_for, measure_work

MEDIAN, P90 = 0.10, 0.25
SEEN, FRESH = (7, 10), (23, 5)
"""Seed and count of the networks to fit on, and of those to test on."""
LEVELS = onnxruntime.GraphOptimizationLevel
CONFIGURATIONS = {
    "1 thread": (1, LEVELS.ORT_ENABLE_ALL),
    "2 threads": (2, LEVELS.ORT_ENABLE_ALL),
    "1 thread, plain layouts": (1, LEVELS.ORT_ENABLE_EXTENDED),
    "1 thread, basic fusing": (1, LEVELS.ORT_ENABLE_BASIC),
}
Measured = dict[str, dict[str, float]]
"""Configuration → network → milliseconds."""


def cnn(width: int, depth: int, high: int, wide: int) -> Callable[[Layers], tuple[str, int]]:
    """Three halvings, each followed by ``depth`` dense convolutions."""

    def make(layers: Layers) -> tuple[str, int]:
        x, last = layers.graph.input((1, 1, high, wide)), 1
        for step in range(3):
            now = width << step
            x, last = layers.conv(x, last, now, stride=2), now
            for _ in range(depth):
                x = layers.conv(x, now, now)
        return x, 4

    return make


def mobile(width: int, wider: int, depth: int, side: int) -> Callable[[Layers], tuple[str, int]]:
    """Inverted bottlenecks: 1×1, depth-wise, 1×1."""

    def make(layers: Layers) -> tuple[str, int]:
        x, now = layers.conv(layers.graph.input((1, 1, side, side * 3 // 2)), 1, width, stride=2), width
        for number in range(depth):
            inner, odd = now * wider, number % 2
            y = layers.conv(x, now, inner, side=1)
            y = layers.conv(y, inner, inner, side=3 + 2 * odd, stride=2 - odd, depthwise=True)
            now = width + 8 * odd
            x = layers.conv(y, inner, now, side=1)
        return x, 4

    return make


def reader(stem: int, width: int, depth: int, hidden: int) -> Callable[[Layers], tuple[str, int]]:
    """Convolutions down to one row of 80, then a transformer."""

    def make(layers: Layers) -> tuple[str, int]:
        x = layers.conv(layers.graph.input((1, 1, 32, 320)), 1, stem, stride=2)
        x = layers.conv(x, stem, 2 * stem, stride=2)
        x = layers.conv(x, 2 * stem, width, stride=2)
        axes = layers.graph.constant(np.array([1, width, 160], np.int64))
        x = layers.graph.add("Transpose", [layers.graph.add("Reshape", [x, axes])], {"perm": (0, 2, 1)})
        for _ in range(depth):
            x = layers.feed_forward(layers.attention(x, 160, width, 4), width, hidden)
        return layers.product(x, width, 12), 3

    return make


def zoo(seed: int, count: int, name: str = "") -> Iterator[tuple[str, bytes]]:
    """Six networks for each of ``count``."""
    random = np.random.default_rng(seed)

    def pick(*choices: int) -> int:
        return int(random.choice(choices))

    for number in range(count):
        made = {
            "cnn": cnn(pick(8, 12, 16, 24, 32), pick(0, 1, 2), pick(32, 48, 64, 96), pick(96, 128, 192, 224)),
            "mobile": mobile(pick(8, 16, 24, 32), pick(2, 3, 4), pick(3, 5, 7), pick(96, 128, 160)),
            "reader": reader(pick(8, 16, 24), pick(64, 96, 128, 160), pick(1, 2, 3), pick(96, 192, 256, 384)),
        }
        for kind, make in made.items():
            yield f"{name}{kind} {number}", build(make, seed=number)
            yield f"{name}{kind} {number} int8", build(make, int8=True, seed=number)


def shipped() -> Iterator[tuple[str, bytes, Mapping[str, int]]]:
    """The models of the store."""
    store = ModelStore()
    for entry in store.entries:
        yield entry.title, store.content(entry), entry.sizes


def runner(data: bytes, sizes: Mapping[str, int], threads: int, level: Any) -> Callable[[], object]:
    """One run of a network."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = level
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    feeds = feeds_for(session, sizes)
    return lambda: session.run(None, feeds)


def measure(files: Mapping[str, tuple[bytes, Mapping[str, int]]], name: str, seconds: float) -> dict[str, float]:
    """Times of probes and networks in one configuration."""
    threads, level = CONFIGURATIONS[name]
    runs = {title: runner(data, sizes, threads, level) for title, (data, sizes) in files.items()}
    return least_ms(runs, seconds=seconds, rounds=6, alone=threads == 1)


def main() -> None:
    """Measure, predict what was left out, hold against the bars."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=0.25, help="time on each network and configuration")
    arguments.add_argument("--configuration", action="append", choices=CONFIGURATIONS, help="only this one")
    arguments.add_argument("--keep", type=Path, metavar="FILE", help="keep measured times here, and use them again")
    arguments.add_argument("--fit", type=Path, metavar="FILE", help="write the coefficients fitted on all networks")
    given = arguments.parse_args()
    report = Report("latency_model")
    made, fresh = dict(zoo(*SEEN)), dict(zoo(*FRESH, "fresh "))
    real = {title: (data, sizes) for title, data, sizes in shipped()}
    files = {f"probe {name}": (probe_file(name), {}) for name in PROBES}
    files |= {title: (data, {}) for title, data in (made | fresh).items()} | real
    work = {title: measure_work(data, title, sizes) for title, (data, sizes) in files.items()}
    times: Measured = json.loads(given.keep.read_text()) if given.keep and given.keep.exists() else {}
    for name in given.configuration or CONFIGURATIONS:
        if name not in times:
            times[name] = measure(files, name, given.seconds)
            if given.keep:
                given.keep.write_text(json.dumps(times))
    rates = {name: solve_rates({probe: row[f"probe {probe}"] for probe in PROBES}) for name, row in times.items()}

    def rows(titles: set[str], configurations: set[str]) -> list[Any]:
        return [(work[t], rates[c], times[c][t]) for c in sorted(configurations) for t in sorted(titles)]

    def errors(fitted: list[float], titles: set[str], configuration: str) -> list[float]:
        model = LatencyModel(rates[configuration], tuple(fitted))
        row = times[configuration]
        return [abs(model.ms(work[title]) / row[title] - 1) for title in sorted(titles)]

    everywhere = set(times)
    whole = fit_factors(rows(set(made), everywhere))
    table, all_left_out, all_new = [], [], []
    for name in times:
        left_out, plain = errors(whole, set(fresh), name), errors([], set(fresh), name)
        new = errors(fit_factors(rows(set(made), everywhere - {name})), set(fresh), name)
        ours = errors(whole, set(real), name)
        all_left_out += left_out
        all_new += new
        table.append(
            {
                "configuration": name,
                "fresh: median": float(np.median(left_out)),
                "p90": float(np.quantile(left_out, 0.9)),
                "new machine: median": float(np.median(new)),
                "p90 ": float(np.quantile(new, 0.9)),
                "without factors: median": float(np.median(plain)),
                "p90  ": float(np.quantile(plain, 0.9)),
                "shipped models: median": float(np.median(ours)),
                "worst": float(max(ours)),
            }
        )
    report.table(f"relative error on {len(fresh)} left-out networks, fitted on {len(made)} others", table)
    model = LatencyModel(rates["1 thread"], tuple(whole))
    report.table(
        "the shipped models, one thread, never fitted on",
        [
            {"model": title, "measured ms": times["1 thread"][title], "predicted ms": model.ms(work[title])}
            for title in real
        ],
    )
    report.hold(Bar("median error, left-out networks", float(np.median(all_left_out)), MEDIAN))
    report.hold(Bar("p90 error, left-out networks", float(np.quantile(all_left_out, 0.9)), P90))
    report.hold(Bar("median error, and on a new machine", float(np.median(all_new)), MEDIAN))
    report.hold(Bar("p90 error, and on a new machine", float(np.quantile(all_new, 0.9)), P90))
    if given.fit:
        works = {name: dict(measure_work(probe_file(name), name)) for name in PROBES}
        found = {"factors": [round(value, 5) for value in whole], "probes": works}
        given.fit.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    report.write(given.json)


if __name__ == "__main__":
    main()
