"""Which of the lines that were read are the card's number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad, as_quad
from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.ctc import LEAST
from scanapp.recognizers.cards.lines import LineRead
from scanapp.recognizers.cards.rows import stacks
from scanapp.results import CharPosterior

SHORTEST, LONGEST = 12, 19
FEWEST = 2
"""Digits of a row of a stack."""
ODD, LIKELY = -4.0, -2.5
"""`log_prior` below which a number may lack an end or hold what is none of its digits, and from which check digit
and issuer fit."""
PRIOR = 0.12
"""How much of `log_prior` counts when lines compete; what is believed in the end is for fusion to decide."""


@dataclass(frozen=True, slots=True)
class Number:
    """A candidate: one line, or the rows of a stack in reading order.

    score  what it is chosen by: confidence, weighted by how usual such a number is
    """

    rows: tuple[LineRead, ...]
    score: float

    @property
    def chars(self) -> tuple[CharPosterior, ...]:
        """One posterior a position, over all rows."""
        return tuple(char for row in self.rows for char in row.decoded.chars)

    @property
    def digits(self) -> str:
        """As read."""
        return "".join(row.decoded.text for row in self.rows)

    @property
    def scores(self) -> NDArray[np.float32]:
        """(frames, 12) log-probabilities of all rows, one after the other."""
        return np.concatenate([row.decoded.scores for row in self.rows]).astype(np.float32)

    @property
    def weakest(self) -> float:
        """The smallest probability of any position's best answer."""
        return min(row.decoded.weakest for row in self.rows)

    @property
    def confidence(self) -> float:
        """Geometric mean of the positions' probabilities."""
        return _confidence(self.rows)

    def corners(self) -> Quad:
        """(4, 2) float32 on the upright sheet: around all rows, along them."""
        if len(self.rows) == 1:
            return self.rows[0].box.corners()
        (ux, uy) = self.rows[0].box.along
        axes = np.array([[ux, uy], [-uy, ux]])
        points = np.concatenate([row.box.corners() for row in self.rows]) @ axes.T
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return as_quad(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ axes)


def best_number(rows: Sequence[LineRead]) -> Number | None:
    """The likeliest number among rows in reading order; None when none has 12 to 19 digits."""
    # rows of next to nothing, and dates, are no part of a number, and must not stand between the rows of a stack
    rows = [row for row in rows if len(row.decoded.text) >= FEWEST and not row.dated]
    runs = [(i, i + 1) for i in range(len(rows))] + stacks([row.box for row in rows])
    found = [rated(rows[first:end]) for first, end in runs]
    return max((number for number in found if number is not None), key=lambda number: number.score, default=None)


def better(other: Number | None, number: Number | None) -> bool:
    """Whether ``other`` is there and should take the place of ``number``."""
    return other is not None and (number is None or other.score > number.score)


def rated(rows: Sequence[LineRead]) -> Number | None:
    """``rows`` as one number; None when their digits are too few or too many for one."""
    counts = [len(row.decoded.text) for row in rows]
    total = sum(counts)
    if not SHORTEST <= total <= LONGEST:
        return None
    if len(rows) > 1 and (min(counts) < FEWEST or max(counts) >= SHORTEST):
        return None
    weakest = min(row.decoded.weakest for row in rows)
    score = (
        _confidence(rows)
        * (0.5 + 0.5 * weakest)
        * math.exp(PRIOR * log_prior("".join(row.decoded.text for row in rows)))
    )
    if len(rows) > 1 and len(set(counts)) > 1:
        score *= 0.6
    return Number(tuple(rows), score)


def _confidence(rows: Sequence[LineRead]) -> float:
    chars = [char for row in rows for char in row.decoded.chars]
    if not chars:
        return 0.0
    return math.exp(sum(math.log(max(char[0][1], LEAST)) for char in chars) / len(chars))
