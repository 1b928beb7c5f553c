"""What a reader read against what is printed, by kind and level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scanapp.lab.lines_cache import ALPHABET, KINDS, LEVELS


def decode(logp: npt.NDArray[np.float32]) -> list[str]:
    """Greedy CTC reading of (N, T, 12) log-probabilities or logits: repeats merged, blanks dropped."""
    best = logp.argmax(-1)
    kept = (best != 0) & (best != np.pad(best, ((0, 0), (1, 0)))[:, :-1])
    return [
        "".join(ALPHABET[value - 1] for value in row[keep].tolist()) for row, keep in zip(best, kept, strict=True)
    ]


def printed(rows: npt.NDArray[Any]) -> list[str]:
    """The texts of structured rows."""
    return ["".join(ALPHABET[value - 1] for value in row["chars"][: int(row["length"])].tolist()) for row in rows]


def line_metrics(rows: npt.NDArray[Any], read: Sequence[str]) -> dict[str, float]:
    """Shares of lines read without an error.

    exact, exact_LEVEL        numbers, whole or in groups; the mean over levels, and by level
    exact_embossed, …_flat, …_group, expiry   clean and moderate only
    none                      lines without a number in which nothing was read
    errors                    edits per character of numbers, all levels
    """
    truth = printed(rows)
    right = np.array([one == other for one, other in zip(truth, read, strict=True)])
    number = (rows["kind"] == KINDS.index("pan")) | (rows["kind"] == KINDS.index("group"))
    metrics: dict[str, float] = {}
    for index, level in enumerate(LEVELS):
        metrics[f"exact_{level}"] = _share(right, number & (rows["level"] == index))
    mild = number & (rows["level"] < 2)
    metrics["exact"] = float(np.mean([metrics[f"exact_{level}"] for level in LEVELS]))
    metrics["exact_embossed"] = _share(right, mild & (rows["embossed"] == 1))
    metrics["exact_flat"] = _share(right, mild & (rows["embossed"] == 0))
    metrics["exact_group"] = _share(right, (rows["kind"] == KINDS.index("group")) & (rows["level"] < 2))
    metrics["expiry"] = _share(right, (rows["kind"] == KINDS.index("expiry")) & (rows["level"] < 2))
    metrics["none"] = _share(right, rows["kind"] == 0)
    pairs = [pair for pair, counts in zip(zip(truth, read, strict=True), number.tolist(), strict=True) if counts]
    wrong = sum(edits(one, other) for one, other in pairs)
    metrics["errors"] = wrong / max(1, sum(len(one) for one, _ in pairs))
    return metrics


def edits(one: str, other: str) -> int:
    """Levenshtein distance."""
    before = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        now = [i]
        for j, against in enumerate(other, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (char != against)))
        before = now
    return before[-1]


def _share(right: npt.NDArray[np.bool_], chosen: npt.NDArray[np.bool_]) -> float:
    return float(right[chosen].mean()) if chosen.any() else 0.0
