"""Alignment of per-character posteriors and their fusion, position by position.

Follows ROVER (Fiscus 1997): each new reading is aligned with what stands so far by dynamic programming (Needleman
and Wunsch 1970), positions that one of them lacks becoming "nothing here". Unlike ROVER's votes, a position holds
log-probabilities: its answer is the character with the highest weighted mean log-probability over the readings,
i.e. the Bayesian product of independent per-position posteriors under equal priors, tempered for readings that are
not independent. Whole strings are never voted on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanapp.results import CharPosterior

Chars = Sequence[CharPosterior]
Pair = tuple[int | None, int | None]

FLOOR = 1e-3
"""No reading says less than this of any character, so that one sure mistake cannot outweigh two right readings."""
GAP = 0.05
MISMATCH = 0.01
"""Probabilities that a position is missing, or differs wholly, although both readings look sure: two gaps cost more
than a mismatch, so that a misread character stays in its place."""
NOTHING = 0.9
"""What a reading that lacks a position says for "nothing here"."""
ALTERNATIVES = 5
LOOK_ALIKES = {
    char: group
    for group in (
        "0OoQD",
        "1lIi|!",
        "2Zz",
        "5Ss",
        "8B",
        "6b",
        "9gq",
        "cC",
        "uUvV",
        "wW",
        "xX×",
        "kK",
        "pP",
        ".,",
        ":;",
    )
    for char in group
}


def align(a: Chars, b: Chars, *, free_start: bool = False, free_end: bool = False) -> list[Pair]:
    """Pairs of positions of ``a`` and ``b`` in order, None where one lacks the other's.

    With ``free_start`` or ``free_end`` missing positions at that end cost nothing: one of the two is cut off there.
    """
    if _texts(a) == _texts(b):
        return [(i, i) for i in range(len(a))]
    moves = _moves(a, b, free_start, free_end)
    pairs: list[Pair] = []
    i, j = len(a), len(b)
    while i or j:
        move = moves[i, j]
        i, j = i - (move != _LEFT), j - (move != _UP)
        pairs.append((i if move != _LEFT else None, j if move != _UP else None))
    return pairs[::-1]


_DIAGONAL, _UP, _LEFT = 0, 1, 2


def _moves(a: Chars, b: Chars, free_start: bool, free_end: bool) -> NDArray[np.int8]:
    """How the best alignment reaches each cell of the ``(len(a) + 1, len(b) + 1)`` table; ties go to the diagonal.

    A row at once: with G the running sum of the gaps along it, the best way to arrive from the left is the running
    maximum of (what arrives from above) - G.
    """
    match = np.log(_agreement(a, b) + MISMATCH)
    skip_a, skip_b = _skips(a), _skips(b)
    moves = np.full((len(a) + 1, len(b) + 1), _LEFT, dtype=np.int8)
    moves[:, 0] = _UP
    gaps = np.concatenate([[0.0], np.cumsum(skip_b)])
    row = np.zeros(len(b) + 1) if free_start else gaps
    for i in range(1, len(a) + 1):
        up = row + skip_a[i - 1]
        if free_end:
            up[-1] = row[-1]
        if free_start:
            up[0] = 0.0
        diagonal = np.concatenate([[-np.inf], row[:-1] + match[i - 1]])
        above = np.maximum(diagonal, up)
        along = np.zeros_like(gaps) if free_end and i == len(a) else gaps
        reach = np.maximum.accumulate(above - along)
        from_left = reach > above - along
        moves[i, ~from_left] = np.where(diagonal >= up, _DIAGONAL, _UP)[~from_left]
        row = np.where(from_left, reach + along, above)
    return moves


def _agreement(a: Chars, b: Chars) -> NDArray[np.float64]:
    """``(len(a), len(b))``: the probability that both positions hold the same character."""
    index: dict[str, int] = {}
    for posterior in (*a, *b):
        for char, _ in posterior:
            index.setdefault(char, len(index))
    rows = [np.zeros((len(chars), len(index))) for chars in (a, b)]
    for table, chars in zip(rows, (a, b), strict=True):
        for i, posterior in enumerate(chars):
            for char, probability in posterior:
                table[i, index[char]] += probability
    return np.asarray(rows[0] @ rows[1].T, dtype=np.float64)


def _skips(chars: Chars) -> NDArray[np.float64]:
    return np.log(np.array([_probability(posterior, "") for posterior in chars]) + GAP)


def _probability(posterior: CharPosterior, char: str) -> float:
    return sum(p for c, p in posterior if c == char)


def _texts(chars: Chars) -> tuple[str, ...]:
    return tuple(posterior[0][0] for posterior in chars)


@dataclass(slots=True)
class Position:
    """What all readings say about one position.

    logs     Σ weight × log-probability of each character that a reading named
    floor    the same sum for a character that none of them named
    rest     the same sum for all unnamed characters together
    weight   Σ weight; looks: how many readings spoke
    best     the characters that the readings themselves thought likeliest, with how many did
    """

    logs: dict[str, float] = field(default_factory=dict)
    floor: float = 0.0
    rest: float = 0.0
    weight: float = 0.0
    looks: int = 0
    best: dict[str, int] = field(default_factory=dict)

    def add(self, posterior: CharPosterior, weight: float, new_look: bool = True) -> None:
        """One more reading's posterior; without ``new_look`` it refines the mean and counts for nothing more."""
        named: Mapping[str, float] = dict(posterior)
        for char in named.keys() - self.logs.keys():
            self.logs[char] = self.floor
        for char in self.logs:
            self.logs[char] += weight * math.log(max(named.get(char, 0.0), FLOOR))
        self.floor += weight * math.log(FLOOR)
        self.rest += weight * math.log(max(1.0 - sum(named.values()), FLOOR))
        self.weight += weight
        if new_look or not self.looks:
            self.looks += 1
            self.best[posterior[0][0]] = self.best.get(posterior[0][0], 0) + 1

    def posterior(self) -> CharPosterior:
        """The likeliest characters, best first: mean log-probability × √looks, normalised.

        A plain product would count correlated frames as if they were independent; the root is the usual compromise
        between one look (mean) and independent ones (sum).
        """
        power = math.sqrt(self.looks) / self.weight
        scores = {char: power * value for char, value in self.logs.items()}
        top = max(scores.values())
        shares = {char: math.exp(score - top) for char, score in scores.items()}
        total = sum(shares.values()) + math.exp(power * self.rest - top)
        ranked = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:ALTERNATIVES]
        return tuple((char, share / total) for char, share in ranked)

    def support(self) -> tuple[float, int]:
        """Probability of the fused answer, and how many readings by themselves gave it.

        Whether there is a space is not held against it: words are set apart by eye, not by a measure. Look-alikes
        (0 and O, 1 and l) are: they are a matter of the reader, not of the view, so that more views of the same
        print are no more evidence, and the mean alone must tell them apart.
        """
        fused = self.posterior()
        best = fused[0][0]
        chars = {"", " "} if best in ("", " ") else {best}
        agreeing = sum(self.best.get(char, 0) for char in chars)
        share = sum(p for char, p in fused if char in chars)
        alike = [char for char in self.logs if char != best and char in LOOK_ALIKES.get(best, "")]
        rivals = sum(math.exp((self.logs[char] - self.logs[best]) / self.weight) for char in alike)
        return min(share, 1.0 / (1.0 + rivals)), agreeing


class Consensus:
    """A line as all its readings see it, position by position."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self._weights: list[float] = []
        self._posteriors: tuple[CharPosterior, ...] = ()

    def add(
        self,
        chars: Chars,
        weight: float = 1.0,
        *,
        free_start: bool = False,
        free_end: bool = False,
        new_look: bool = True,
    ) -> None:
        """Take one more reading of ``weight`` > 0; without ``new_look`` it is of a picture read before.

        ``free_start``, ``free_end``: one of the two does not reach as far at that end; positions beyond are then no
        evidence for "nothing here", and empty ones among them (where a cut line might have gone on) are dropped.
        """
        if not self.positions:
            self.positions = [Position() for _ in chars]
            for position, posterior in zip(self.positions, chars, strict=True):
                position.add(posterior, weight)
        else:
            self._merge(chars, weight, free_start, free_end, new_look)
        self._weights.append(weight)
        self._posteriors = tuple(position.posterior() for position in self.positions)

    def _merge(self, chars: Chars, weight: float, free_start: bool, free_end: bool, new_look: bool) -> None:
        pairs = align(self.posteriors(), chars, free_start=free_start, free_end=free_end)
        shared = [k for k, (i, j) in enumerate(pairs) if i is not None and j is not None]
        first, last = (shared[0], shared[-1]) if shared else (0, len(pairs) - 1)
        merged = []
        for k, (i, j) in enumerate(pairs):
            beyond = (free_start and k < first) or (free_end and k > last)
            position = self.positions[i] if i is not None else self._new(silent=beyond)
            if j is not None:
                position.add(chars[j], weight, new_look)
            elif not beyond:
                position.add((("", NOTHING),), weight, new_look)
            if not beyond or position.posterior()[0][0]:
                merged.append(position)
        self.positions = merged

    def _new(self, silent: bool) -> Position:
        """A position that the readings so far lacked (``silent``: did not reach)."""
        position = Position()
        if not silent:
            for weight in self._weights:
                position.add((("", NOTHING),), weight)
        return position

    def posteriors(self) -> tuple[CharPosterior, ...]:
        """One fused posterior a position, "" at the top where most likely nothing stands."""
        return self._posteriors

    @property
    def text(self) -> str:
        """The likeliest text."""
        return "".join(_texts(self._posteriors))


def fuse(readings: Sequence[Chars], weights: Sequence[float] | None = None) -> Consensus:
    """The consensus of complete readings of one line."""
    consensus = Consensus()
    for chars, weight in zip(readings, weights or [1.0] * len(readings), strict=True):
        consensus.add(chars, weight)
    return consensus
