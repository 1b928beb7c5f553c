"""Which layers suffer from INT8, and the least of them to leave float so that accuracy holds.

A layer's damage is measured with that layer alone quantized: the ratio of the answer to its error, in decibels.
Then layers are left float, the worst first, until the score has lost no more than is allowed.

    OUT/sensitivity.json, .svg   decibels a layer, the worst first
    OUT/MODEL.int8.onnx          what was found
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanapp.inference.session import open_session
from scanapp.lab.export import score_of
from scanapp.lab.int8 import Feeds, calibration_feeds, kept_float, layers, quantize
from scanapp.lab.plots import plot_bars
from scanapp.lab.run import Task
from scanapp.replay.write import write_whole

Flat = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]
_PROBES = 6
"""Calibration feeds, of those at the end, that the answers are compared on."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """One attempt: the layers left float, and the score with all the others in INT8."""

    kept: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """decibels  layer → how much louder the answer is than the error, with that layer alone in INT8; worst first
    tried     from all in INT8 on; the last one is what was written to ``file``
    score     of the float network
    """

    decibels: dict[str, float]
    tried: tuple[Mixed, ...]
    score: float
    file: Path


def find_precision(
    file: Path,
    task: Task,
    out: Path,
    *,
    tolerance: float = 0.005,
    most: int = 4,
    eight_bits: bool = False,
    progress: Progress | None = None,
) -> Found:
    """Measures every layer of ``file``, then leaves up to ``most`` of them float until the score has lost at most
    ``tolerance``; the best attempt is written to ``out``."""
    say = progress or (lambda _what, _done, _all: None)
    out.mkdir(parents=True, exist_ok=True)
    feeds = list(calibration_feeds(task))
    known = layers(file)
    target = out / f"{task.model}{'.eight' if eight_bits else ''}.int8.onnx"
    with tempfile.TemporaryDirectory() as folder:
        ranges, small = Path(folder) / "ranges.json", Path(folder) / "one.onnx"

        def made(path: Path, kept: Sequence[str], only: Sequence[str] = ()) -> Path:
            early = kept_float(file, ("\0",))
            quantize(file, path, feeds, kept=[*early, *kept], only=only, eight_bits=eight_bits, ranges=ranges)
            return path

        probes = list(islice(reversed(feeds), _PROBES))
        truth = answers(file, task, probes)
        decibels = {}
        for done, (layer, nodes) in enumerate(known.items()):
            decibels[layer] = loudness(truth, answers(made(small, [], nodes), task, probes))
            say("layers", done + 1, len(known))
        decibels = dict(sorted(decibels.items(), key=lambda pair: pair[1]))
        score = score_of(file, task)
        tried: list[Mixed] = []
        for count in range(most + 1):
            kept = tuple(list(decibels)[:count])
            made(small, [node for layer in kept for node in known[layer]])
            tried.append(Mixed(kept, score_of(small, task)))
            say("mixed precision", count + 1, most + 1)
            if tried[-1].score >= score - tolerance:
                break
        best = max(tried, key=lambda one: one.score) if tried[-1].score < score - tolerance else tried[-1]
        made(target, [node for layer in best.kept for node in known[layer]])
    found = Found(decibels, tuple(tried), score, target)
    _write(found, out)
    return found


def answers(file: Path, task: Task, feeds: Sequence[Feeds]) -> list[Flat]:
    """All outputs for all feeds, flat."""
    session = open_session(file.read_bytes(), task.model)
    return [np.concatenate([one.ravel() for one in session.run(one_feed).values()]) for one_feed in feeds]


def loudness(
    truth: Sequence[Flat],
    found: Sequence[Flat],
) -> float:
    """Signal over error, decibels; 99 where there is no error."""
    signal = sum(float(np.square(one, dtype=np.float64).sum()) for one in truth)
    error = sum(
        float(np.square(one.astype(np.float64) - other).sum()) for one, other in zip(truth, found, strict=True)
    )
    return min(99.0, 10 * math.log10(signal / error)) if error > 0 and signal > 0 else 99.0


def _write(found: Found, out: Path) -> None:
    table = {
        "score": found.score,
        "decibels": {layer: round(value, 2) for layer, value in found.decibels.items()},
        "tried": [{"float": list(one.kept), "score": one.score} for one in found.tried],
    }
    write_whole(out / "sensitivity.json", (json.dumps(table, indent=1) + "\n").encode())
    plot_bars(out / "sensitivity.svg", "signal over error with this layer alone in INT8, dB", found.decibels)
