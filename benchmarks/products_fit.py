"""Fits the weights of the product matcher's evidence and its threshold, on validation pictures alone.

    python benchmarks/products_fit.py [--cache FILE]

Queries of known and unknown products (all classes, packaged goods from five and from one picture, half of the
classes taken out) each give a shortlist with evidence; the mean log-likelihood of the right answer, "none of these"
among them, is made as large as it gets. ``sure`` is the least probability from which answers of the queries with
half of the classes taken out are right 97 times in 100, a little above the bar. Prints what belongs into
scanapp/recognizers/products/weights.py, and what such weights do on pictures that they were not fitted on: five
times a fifth of the pictures is left out and asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from common import Report, parser, quiet_threads
from numpy.typing import NDArray
from products_data import Photo, Question, Seen, add_options, catalogue, halves, measured, photos, questions

from scanapp.recognizers.products.evidence import gathered

STEPS, RATE, PULL = 600, 0.1, 2e-3
PRECISION = 0.97

FOLDS = 5
Case = tuple[NDArray[np.float64], int, int]
"""Evidence (n, 4) of a shortlist, which row is right (n for "none of these"), and the picture's index."""
Answer = tuple[float, bool]
"""The share of the likeliest product, and whether it is the right one."""


def main() -> None:
    """Gather, fit, print."""
    arguments = parser(__doc__)
    add_options(arguments)
    options = arguments.parse_args()
    quiet_threads()
    report = Report("products_fit")
    everyone = photos(options.data)
    if not everyone:
        raise SystemExit(f"{options.data}: no pictures are there; nothing can be fitted")
    seen = measured([photo for photo in everyone if photo.split != "test"], options.cache)
    open_set = [case for question in halves(everyone, options.split) for case in cases(question, seen)]
    rows = {
        title: [case for question in some for case in cases(question, seen)]
        for title, some in questions(everyone, options.split).items()
    }
    taught = [case for title, some in rows.items() if not title.startswith("held-out") for case in some] + open_set
    _left_out(report, rows, open_set, taught)
    weights = fitted(taught)
    sure = threshold(judged(open_set, weights))
    names = ("likeness", "several", "colour", "agreeing", "unknown", "sure")
    values = [*weights, sure]
    report.table("weights", [dict(zip(names, map(float, values), strict=True))])
    said = ", ".join(f"{name}={value:.3g}" for name, value in zip(names, values, strict=True))
    report.say(f"FITTED = Weights({said})")
    report.write(options.json)


def _left_out(report: Report, rows: dict[str, list[Case]], open_set: list[Case], taught: list[Case]) -> None:
    """The table of pictures that the weights were not fitted on."""
    right: dict[str, list[bool]] = {title: [] for title in rows}
    answers: list[Answer] = []
    for fold in range(FOLDS):
        weights = fitted([case for case in taught if case[2] % FOLDS != fold])
        for title, some in rows.items():
            right[title] += [one for _, one in judged([case for case in some if case[2] % FOLDS == fold], weights)]
        answers += judged([case for case in open_set if case[2] % FOLDS == fold], weights)
    known = sum(truth < len(evidence) for evidence, truth, _ in open_set)
    table = [{"top-1": title, "right": float(np.mean(some))} for title, some in right.items()]
    report.table("left out: first answer right", table)
    levels = [{"precision": level, "recall": recall(answers, level, known)} for level in (0.95, 0.9, 0.8)]
    report.table("left out: open set", levels)


def recall(answers: Sequence[Answer], precision: float, known: int) -> float:
    """The share of known products that are named where so many of the answers are right."""
    ranked = [right for _, right in sorted(answers, reverse=True)]
    rights = np.cumsum(ranked)
    enough = np.flatnonzero(rights >= precision * np.arange(1, len(ranked) + 1))
    return float(rights[enough[-1]] / known) if len(enough) else 0.0


def cases(question: Question, seen: dict[int, Seen]) -> list[Case]:
    """One for each query."""
    found = []
    with catalogue(question.references, seen) as made:
        known = {photo.name for photo in question.references}
        for photo in question.queries:
            if photo.index in seen:
                found += _case(photo, gathered(seen[photo.index].query, made), known)
    return found


def _case(photo: Photo, evidence: Sequence[object], known: set[str]) -> list[Case]:
    skus = [one.sku for one in evidence]  # type: ignore[attr-defined]
    rows = np.stack([one.row() for one in evidence])  # type: ignore[attr-defined]
    if photo.name not in known:
        return [(rows, len(skus), photo.index)]
    # The shortlist missed it: nothing that weights could mend.
    return [(rows, skus.index(photo.name), photo.index)] if photo.name in skus else []


def fitted(some: Sequence[Case]) -> NDArray[np.float64]:
    """(5,) weights and the score of "none of these": Adam on the mean log-likelihood, none negative."""
    weights = np.array([4.0, 5.0, 1.5, 3.0, 8.0])
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    table = _padded(some)
    for step in range(1, STEPS + 1):
        gradient = _gradient(*table, weights) - PULL * weights
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        pace = RATE * (1 - step / STEPS) + 1e-3
        weights = weights + pace * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
        weights = np.maximum(weights, 0.0)
    return weights


def _gradient(
    rows: NDArray[np.float64], truth: NDArray[np.int64], filled: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    logits = np.where(filled, rows @ weights, -1e9)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares = powers / powers.sum(1, keepdims=True)
    expected = np.einsum("qc,qcf->qf", shares, rows)
    wanted = rows[np.arange(len(rows)), truth]
    return np.asarray((wanted - expected).mean(0), np.float64)


def _padded(some: Sequence[Case]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """(q, c, 5) evidence with "none of these" behind it as (0, …, 0, 1), which is right, and what is no padding."""
    most = max(len(rows) for rows, _, _ in some) + 1
    table, filled = np.zeros((len(some), most, 5)), np.zeros((len(some), most), bool)
    for place, (rows, _, _) in enumerate(some):
        table[place, : len(rows), :-1] = rows
        table[place, len(rows), -1] = 1.0
        filled[place, : len(rows) + 1] = True
    return table, np.array([right for _, right, _ in some]), filled


def judged(some: Sequence[Case], weights: NDArray[np.float64]) -> list[Answer]:
    """The share of the likeliest product of each case, and whether it is right."""
    answers = []
    for rows, right, _ in some:
        logits = np.append(rows @ weights[:-1], weights[-1])
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best = int(shares[:-1].argmax())
        answers.append((float(shares[best]), best == right))
    return answers


def threshold(answers: Sequence[Answer]) -> float:
    """The least share from which answers are right often enough."""
    ranked = sorted(answers, reverse=True)
    rights = np.cumsum([right for _, right in ranked]) / np.arange(1, len(ranked) + 1)
    enough = np.flatnonzero(rights >= PRECISION)
    return ranked[int(enough[-1])][0] if len(enough) else 0.99


if __name__ == "__main__":
    main()
