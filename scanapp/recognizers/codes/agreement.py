"""Who to believe when several passes over one picture give several answers.

Every variant that reads a symbol gives its answer one vote, worth the strength of such a read (see
`symbologies`). Answers about the same place compete: only the leading one can be accepted, and only when it has
clearly more than the next. A plain read of a well protected symbology is enough alone; a weak one, or one that
appeared only after a rescue, needs a second variant that agrees: two rescues that make the same mistake are rare,
one that makes a mistake is not (measured: docs/codes.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanapp.geometry import Quad, area, center, coverage
from scanapp.recognizers.codes.symbol import Symbol
from scanapp.recognizers.codes.symbologies import STRONG, strength_of

ACCEPT = 0.67
CERTAIN = 1.0
LEAD = 2.0
"""The leading answer about a place needs this many times the votes of the next."""


@dataclass(slots=True)
class Candidate:
    """One answer about one place, and who gave it."""

    symbol: Symbol
    votes: dict[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """The sum of its votes."""
        return sum(self.votes.values())


class Ballot:
    """Collects symbols from passes over one picture and tells which of them hold."""

    def __init__(self) -> None:
        self._candidates: list[Candidate] = []

    def add(self, symbol: Symbol, *, rescued: bool) -> None:
        """One variant's read; a second read of the same thing by the same variant adds nothing."""
        strength = strength_of(symbol.format, symbol.text, rescued=rescued)
        for candidate in self._candidates:
            if candidate.symbol.key == symbol.key and overlap(candidate.symbol.quad, symbol.quad):
                candidate.votes.setdefault(symbol.method, strength)
                if strength > max(
                    v for k, v in candidate.votes.items() if k != symbol.method or len(candidate.votes) == 1
                ):
                    candidate.symbol = symbol
                return
        self._candidates.append(Candidate(symbol, {symbol.method: strength}))

    def accepted(self) -> list[Candidate]:
        """The answers that hold, in order of their appearance."""
        return [c for c in self._candidates if c.weight >= ACCEPT - 1e-9 and self._leads(c)]

    def certain(self) -> bool:
        """Whether something was accepted and everything accepted is beyond doubt."""
        held = self.accepted()
        return bool(held) and all(c.weight >= CERTAIN - 1e-9 for c in held)

    def covers(self, quad: Quad) -> bool:
        """Whether an accepted answer already explains this place."""
        return any(overlap(candidate.symbol.quad, quad) for candidate in self.accepted())

    def _leads(self, candidate: Candidate) -> bool:
        if max(candidate.votes.values()) == STRONG:
            return True
        rivals = (
            c for c in self._candidates if c is not candidate and overlap(c.symbol.quad, candidate.symbol.quad)
        )
        return all(candidate.weight >= LEAD * rival.weight for rival in rivals)


def overlap(a: Quad, b: Quad) -> bool:
    """Whether two quads are about the same thing: one's centre part lies in the other."""
    small, large = (a, b) if area(a) <= area(b) else (b, a)
    if coverage(small, large) > 0.3:
        return True
    (ax, ay), (bx, by) = center(a), center(b)
    reach = 0.25 * max(float((large.max(axis=0) - large.min(axis=0)).max()), 1.0)
    return abs(ax - bx) < reach and abs(ay - by) < reach
