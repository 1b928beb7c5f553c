"""The likeliest complete numbers of a set of slots, with their total log-posteriors.

A beam over the slots keeps the `WIDTH` best strings by evidence; what is known of numbers as such (check digit,
issuer, length) is a prior on the complete ones. Strings that differ only in where nothing stands are one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scanapp.fusion.card_slots import Slots

WIDTH = 64
CANDIDATES = 4
TAIL = 4.0
REACH = 30.0
"""Natural-log units behind the best at which a candidate cannot come back."""
CERTAIN = 40.0
"""The margin of a number that has no rival within reach."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A complete string, its log-posterior (not normalised), and the column taken in each slot."""

    text: str = field(repr=False)
    score: float
    path: tuple[int, ...] = field(repr=False)


def candidates(slots: Slots, prior: Callable[[str], float]) -> list[Candidate]:
    """Best first, as far as they matter; ``prior`` is the log-prior of a complete string, at most 0.

    Since the prior only takes away, the search ends where the evidence alone is `TAIL` behind the second best.
    """
    ranked: list[Candidate] = []
    for text, (evidence, path) in _strings(slots).items():
        if len(ranked) > 1 and evidence < ranked[1].score - TAIL:
            break
        score = evidence + prior(text) if text else -np.inf
        if score > -np.inf:
            insort(ranked, Candidate(text, score, path), key=lambda candidate: (-candidate.score, candidate.text))
    return ranked


def _strings(slots: Slots) -> dict[str, tuple[float, tuple[int, ...]]]:
    """The beam's distinct strings with their evidence, best first; of several ways to one the best counts."""
    paths = np.zeros((1, 0), dtype=np.int64)
    scores = np.zeros(1)
    for row in slots.scores:
        columns = np.argsort(-row, kind="stable")[:CANDIDATES]
        columns = columns[row[columns] > -REACH]
        grown = (scores[:, None] + row[columns]).ravel()
        best = np.argsort(-grown, kind="stable")[:WIDTH]
        best = best[grown[best] > -REACH]
        paths = np.column_stack([paths[best // len(columns)], columns[best % len(columns)]])
        scores = grown[best]
    chars = [*slots.alphabet, ""]
    found: dict[str, tuple[float, tuple[int, ...]]] = {}
    for path, score in zip(paths.tolist(), scores.tolist(), strict=True):
        found.setdefault("".join(chars[c] for c in path), (score, tuple(path)))
    return found


def margin(ranked: list[Candidate]) -> float:
    """Log-posterior of the best over the second best, natural-log units; `CERTAIN` without a rival."""
    if not ranked:
        return 0.0
    return min(CERTAIN, ranked[0].score - ranked[1].score) if len(ranked) > 1 else CERTAIN


def share(ranked: list[Candidate]) -> float:
    """Posterior probability of the best among all that the beam holds."""
    if not ranked:
        return 0.0
    return float(1.0 / np.exp([candidate.score - ranked[0].score for candidate in ranked]).sum())


def support(slots: Slots, path: tuple[int, ...]) -> float:
    """How many different looks by themselves gave the character that ``path`` takes, at its weakest slot."""
    return float(slots.support[np.arange(len(path)), path].min()) if path else 0.0
