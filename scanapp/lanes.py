"""One lane a recognizer: what it may spend, how it fares, what it has tried on each track."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanapp.pipeline import RecognizeStage
from scanapp.results import Recognizer

BURST_S = 2.0
"""A purse holds what this many seconds refill."""
FIRST_REST_S = 0.5
MAX_REST_S = 30.0
LUCKY_S, LUCK = 2.0, 4.0
"""For so many seconds after a reading guesses may cost so many times more: where one code is, others are."""


@dataclass(slots=True)
class Attempts:
    """What one lane has spent on one track.

    rung       the effort to try next, if the view is no better than before
    ever_read  whether any look has given a reading
    spent      milliseconds of looks that gave nothing
    """

    rung: int = 0
    ever_read: bool = False
    spent: float = 0.0
    tries: int = 0
    rounds: int = 0
    sharpest: float = 0.0
    largest: float = 0.0
    best_seen: float = 0.0
    last: float = -1e9
    waiting_since: float | None = None


@dataclass(slots=True, eq=False)
class Lane:
    """One recognizer with its purses and its health. ``pace``: share of the usual rate at which purses fill."""

    index: int
    recognizer: Recognizer
    stage: RecognizeStage
    purse: float = 0.0
    speculative: float = 0.0
    busy: bool = False
    refilled: float | None = None
    failures: int = 0
    rests_until: float = -1e9
    lucky_until: float = -1e9
    swept: float = -1e9
    fruitless: int = 0
    attempts: dict[int, Attempts] = field(default_factory=dict)
    pace: float = 1.0

    def refill(self, now: float) -> None:
        """Stream time passes."""
        if self.refilled is None:
            self.purse = BURST_S * self.stage.budget_ms_per_s
            self.speculative = BURST_S * self.stage.speculative_ms_per_s
        else:
            passed = max(0.0, now - self.refilled) * self.pace
            self.purse = _topped_up(self.purse, self.stage.budget_ms_per_s, passed)
            lucky = LUCK if now < self.lucky_until else 1.0
            self.speculative = _topped_up(self.speculative, self.stage.speculative_ms_per_s, passed * lucky)
        self.refilled = now

    @property
    def affordable(self) -> float:
        """Milliseconds that a guess may cost: what the speculative purse holds, half of a full one on credit."""
        return self.speculative + 0.5 * BURST_S * self.stage.speculative_ms_per_s

    @property
    def most_debt(self) -> float:
        """Milliseconds that a guess may cost at most, however long it has waited: two full purses."""
        return 2 * BURST_S * self.stage.speculative_ms_per_s

    def fail(self, now: float) -> float:
        """The recognizer raised or hung: rest, longer each time. Returns the seconds of rest."""
        self.failures += 1
        rest = min(MAX_REST_S, FIRST_REST_S * 2.0 ** (self.failures - 1))
        self.rests_until = now + rest
        return rest


def _topped_up(purse: float, rate: float, passed: float) -> float:
    return min(BURST_S * rate, purse + passed * rate)
