"""What one view of a printed number says, position by position, before and after tempering.

Readers are over-confident: trained on rendered cards they say 0.9999 of a digit that glare has changed. So each
posterior is tempered (``p ** (1 / temperature)``, Guo et al. 2017) and floored: no view says less than
`Trust.floor` of any character. The most that a view can add to one character over another is then
``log(1 / floor)``, and one sure mistake cannot outweigh two right readings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanapp.errors import UsageError
from scanapp.geometry import Quad, sides
from scanapp.results import CharPosterior

Floats = NDArray[np.float64]
Chars = Sequence[CharPosterior]

DIGITS = "0123456789"
DATE = DIGITS + "/"
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a reader's posteriors are believed.

    temperature  1: as they are; higher: less sure
    floor        the least that a view says of any character
    repeated     what all views together say beyond what they say on average, natural-log units: a glyph that the
                 reader takes for another one it takes so in every view, and more views are then no more evidence
    ghost        the least that a view which shows a character says of "nothing stands here"
    missed       how likely a view lacks a character that stands there
    """

    temperature: float = 1.0
    floor: float = 5e-3
    ghost: float = 0.02
    missed: float = 0.03
    repeated: float = 4.0

    def __post_init__(self) -> None:
        if not (self.temperature >= 1 and 0 < self.floor < 0.1 and 0 < self.ghost < 0.5 and 0 < self.missed < 0.5):
            raise UsageError(
                "card fusion: temperature ≥ 1, floor in 0…0.1, ghost and missed in 0…0.5 are needed, got "
                f"{self.temperature}, {self.floor}, {self.ghost} and {self.missed}"
            )

    def logs(self, chars: Chars, alphabet: str) -> tuple[Floats, Floats]:
        """Two times ``(len(chars), len(alphabet) + 1)`` log-probabilities: tempered and floored, and as they are.

        The last column is for "nothing stands here".
        """
        shape = len(chars), len(alphabet) + 1
        read = np.array([_spread(posterior, alphabet) for posterior in chars], dtype=np.float64).reshape(shape)
        table = read ** (1.0 / self.temperature)
        table /= table.sum(axis=1, keepdims=True)
        table[:, :-1] = np.maximum(table[:, :-1], self.floor)
        table[:, -1] = np.maximum(table[:, -1], self.ghost)
        return np.asarray(np.log(table), dtype=np.float64), np.asarray(np.log(read), dtype=np.float64)

    def lacking(self, alphabet: str) -> Floats:
        """``(len(alphabet) + 1,)``: what a view that has nothing at a position says of it."""
        return np.array([math.log(self.missed)] * len(alphabet) + [math.log(1.0 - self.missed)])


def _spread(posterior: CharPosterior, alphabet: str) -> list[float]:
    """A full row: what the posterior does not name shares what it leaves over; other characters count as such."""
    row = [-1.0] * (len(alphabet) + 1)
    for char, probability in posterior:
        place = alphabet.find(char) if char else len(alphabet)
        if place >= 0:
            row[place] = max(row[place], 0.0) + probability
    unnamed = row.count(-1.0)
    rest = max(0.0, 1.0 - sum(p for p in row if p >= 0)) / max(unnamed, 1)
    return [max(p if p >= 0 else rest, LEAST) for p in row]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One view of one printed number.

    number   its place among the views of this card
    logs     (n, len(alphabet) + 1) tempered log-probabilities, see `Trust.logs`
    read     the same as the reader gave them
    quality  focus and freedom from glare, > 0, to be compared within one card
    share    how much of a new look it is: 1 for a view that differs from all before, less for one that does not
    frames   what the reader gave for each frame of the line (see `Line.frames`), where that was kept
    """

    number: int

    chars: tuple[CharPosterior, ...] = field(repr=False)
    logs: Floats = field(repr=False)
    read: Floats = field(repr=False)
    pts: float
    quality: float
    quad: Quad
    share: float = 1.0
    frames: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """What the view by itself would answer."""
        return "".join(posterior[0][0] for posterior in self.chars)

    @property
    def least(self) -> float:
        """Probability of the position that the view is least sure of."""
        return min((posterior[0][1] for posterior in self.chars), default=0.0)

    @property
    def confidence(self) -> float:
        """Geometric mean of the positions' best probabilities."""
        if not self.chars:
            return 0.0
        return math.exp(sum(math.log(max(p[0][1], 1e-6)) for p in self.chars) / len(self.chars))


MIN_GAP_S = 0.06
"""Views closer in time count as one: the hand has not moved, and noise reduction and codec repeat the picture."""
MEMORY_S = 1.0
"""After this long hand, light and exposure have moved on, even where the pose has come back to the same."""
MOVED_PX, MOVED_HEIGHTS = 2.0, 0.12
"""A corner of the number that has moved by both, in pixels and in heights of the line, makes another sampling."""
CHANGED = 0.05
"""Mean total variation between posteriors from which two views do not say the same."""


def independent(look: Look, other: Look) -> bool:
    """Whether two views of one number differ enough for their errors not to be the same ones.

    At least `MIN_GAP_S` apart, and one of: `MEMORY_S` apart; the line has moved, turned or changed its size by
    `MOVED_PX` and `MOVED_HEIGHTS`; the posteriors differ by `CHANGED` on average.
    """
    apart = abs(look.pts - other.pts)
    if apart < MIN_GAP_S:
        return False
    return apart >= MEMORY_S or _moved(look.quad, other.quad) or _changed(look, other)


def _moved(a: Quad, b: Quad) -> bool:
    height = min(min(sides(a)), min(sides(b)))
    shift = float(np.linalg.norm(a.astype(np.float64) - b, axis=1).max())
    return shift >= max(MOVED_PX, MOVED_HEIGHTS * height)


def _changed(a: Look, b: Look) -> bool:
    if len(a.logs) != len(b.logs) or a.text != b.text:
        return True
    distance = np.abs(np.exp(a.logs) - np.exp(b.logs)).sum(axis=1) / 2
    return bool(distance.mean() >= CHANGED) if len(distance) else False
