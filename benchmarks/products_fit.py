"""Fits the weights of the product matcher's evidence and its threshold, on validation pictures alone.

    python benchmarks/products_fit.py [--cache FILE]

Queries of known and unknown products (all classes, packaged goods from five and from one picture, half of the
classes taken out) each give a shortlist with evidence; the mean log-likelihood of the right answer, "none of these"
among them, is made as large as it gets. ``sure`` is the least probability from which answers of the queries with
half of the classes taken out are right 97 times in 100, a little above the bar. Prints what belongs into
scanapp/recognizers/products/weights.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from common import Report, parser, quiet_threads
from numpy.typing import NDArray
from products_data import Photo, Question, Seen, add_options, catalogue, halves, measured, photos, questions

from scanapp.recognizers.products.evidence import gathered

STEPS, RATE, PULL = 4000, 0.05, 1e-3
PRECISION = 0.97

Case = tuple[NDArray[np.float64], int]
"""Evidence (n, 3) of a shortlist, and which row is right: n for "none of these"."""


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
    rows = questions(everyone, options.split)
    closed = [
        case
        for title, some in rows.items()
        if not title.startswith("held-out")
        for question in some
        for case in cases(question, seen)
    ]
    weights = fitted([*open_set, *closed])
    sure = threshold(open_set, weights)
    names = ("likeness", "colour", "agreeing", "unknown", "sure")
    values = [*weights, sure]
    report.table("weights", [dict(zip(names, map(float, values), strict=True))])
    said = ", ".join(f"{name}={value:.3g}" for name, value in zip(names, values, strict=True))
    report.say(f"FITTED = Weights({said})")
    report.write(options.json)


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
        return [(rows, len(skus))]
    # The shortlist missed it: nothing that weights could mend.
    return [(rows, skus.index(photo.name))] if photo.name in skus else []


def fitted(some: Sequence[Case]) -> NDArray[np.float64]:
    """(4,) weights and the score of "none of these": Adam on the mean log-likelihood, none negative."""
    weights = np.array([14.0, 5.0, 1.6, 14.5])
    first, second = np.zeros(4), np.zeros(4)
    for step in range(1, STEPS + 1):
        gradient = _gradient(some, weights) - PULL * weights
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        pace = RATE * (1 - step / STEPS) + 1e-3
        weights = weights + pace * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
        weights = np.maximum(weights, 0.0)
    return weights


def _gradient(some: Sequence[Case], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, truth, filled = _padded(tuple(some))
    logits = np.where(filled, rows @ weights, -1e9)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares = powers / powers.sum(1, keepdims=True)
    expected = np.einsum("qc,qcf->qf", shares, rows)
    wanted = rows[np.arange(len(rows)), truth]
    return np.asarray((wanted - expected).mean(0), np.float64)


_kept: dict[int, tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]] = {}


def _padded(some: tuple[Case, ...]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """(q, c, 4) evidence with "none of these" behind it as (0, 0, 0, 1), which is right, and what is no padding."""
    if len(some) not in _kept:
        most = max(len(rows) for rows, _ in some) + 1
        table, filled = np.zeros((len(some), most, 4)), np.zeros((len(some), most), bool)
        for place, (rows, _) in enumerate(some):
            table[place, : len(rows), :3] = rows
            table[place, len(rows), 3] = 1.0
            filled[place, : len(rows) + 1] = True
        _kept[len(some)] = table, np.array([right for _, right in some]), filled
    return _kept[len(some)]


def threshold(some: Sequence[Case], weights: NDArray[np.float64]) -> float:
    """The least share from which answers are right often enough."""
    answers = []
    for rows, right in some:
        logits = np.append(rows @ weights[:3], weights[3])
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best = int(shares[:-1].argmax())
        answers.append((float(shares[best]), best == right))
    answers.sort(reverse=True)
    rights = np.cumsum([right for _, right in answers]) / np.arange(1, len(answers) + 1)
    enough = np.flatnonzero(rights >= PRECISION)
    return answers[int(enough[-1])][0] if len(enough) else 0.99


if __name__ == "__main__":
    main()
