"""Who to believe when several passes over one picture give several answers.

Every pass that reads a symbol gives its answer one vote, worth the strength of such a read (see `symbologies`).
Answers about the same place compete: only the leading one can be accepted, and only when it has clearly more than
the next. A plain read of a well protected symbology is enough alone; a weak one, or one that appeared only after
a rescue, needs other passes that agree: two rescues that make the same mistake are rare, one that makes a mistake
is not (measured: docs/codes.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanapp.geometry import Quad, area, center, coverage
from scanapp.recognizers.codes.symbol import Symbol
from scanapp.recognizers.codes.symbologies import LINEAR, STRONG, strength_of

ACCEPT = 0.67
CERTAIN = 1.0
LEAD = 2.0
"""The leading answer about a place needs this many times the votes of the next."""
_TOLERANCE = 1e-6


@dataclass(slots=True)
class Candidate:
    """One answer about one place, who gave it, and the strongest of its reads."""

    symbol: Symbol
    votes: dict[str, float] = field(default_factory=dict)

    @property
    def strength(self) -> float:
        """What its best single read proves."""
        return max(self.votes.values())

    @property
    def weight(self) -> float:
        """The sum of its votes."""
        return sum(self.votes.values())

    @property
    def accepted(self) -> bool:
        """Whether its votes suffice, rivals aside."""
        return self.weight >= ACCEPT - _TOLERANCE

    def part_of(self, other: Candidate) -> bool:
        """Whether this is a fragment of a longer read of the same linear code: bars are read in parts, too."""
        mine, theirs = self.symbol, other.symbol
        same = mine.format == theirs.format and mine.format in LINEAR
        return same and len(mine.text) < len(theirs.text) and mine.text in theirs.text


class Ballot:
    """Collects symbols from passes over one picture and tells which of them hold."""

    def __init__(self) -> None:
        self._candidates: list[Candidate] = []

    def add(self, symbol: Symbol, *, rescued: bool) -> None:
        """One pass's read; a second read of the same thing by the same pass adds nothing."""
        strength = strength_of(symbol.format, symbol.text, rescued=rescued)
        for candidate in self._candidates:
            if candidate.symbol.key == symbol.key and overlap(candidate.symbol.quad, symbol.quad):
                if strength > candidate.strength:
                    candidate.symbol = symbol
                candidate.votes[symbol.method] = max(strength, candidate.votes.get(symbol.method, 0.0))
                return
        self._candidates.append(Candidate(symbol, {symbol.method: strength}))

    def leaders(self) -> list[Candidate]:
        """The answers that lead at their places, enough votes or not, in order of their appearance."""
        return [candidate for candidate in self._candidates if self._leads(candidate)]

    def accepted(self) -> list[Candidate]:
        """The leaders whose votes suffice."""
        return [candidate for candidate in self.leaders() if candidate.accepted]

    def certain(self) -> bool:
        """Whether something was accepted and everything accepted is beyond doubt."""
        held = self.accepted()
        return bool(held) and all(candidate.weight >= CERTAIN - _TOLERANCE for candidate in held)

    def explains(self, quad: Quad, weight: float = ACCEPT) -> bool:
        """Whether an accepted answer of at least this weight accounts for this place."""
        held = (candidate for candidate in self.accepted() if candidate.weight >= weight - _TOLERANCE)
        return any(overlap(candidate.symbol.quad, quad) for candidate in held)

    def _leads(self, candidate: Candidate) -> bool:
        if candidate.strength == STRONG:
            return True
        others = (other for other in self._candidates if other is not candidate)
        rivals = [other for other in others if overlap(other.symbol.quad, candidate.symbol.quad)]
        if any(candidate.part_of(rival) and rival.accepted for rival in rivals):
            return False
        return all(rival.part_of(candidate) or candidate.weight >= LEAD * rival.weight for rival in rivals)


def overlap(a: Quad, b: Quad) -> bool:
    """Whether two quads are about the same thing: one lies partly in the other, or their centres are close."""
    small, large = (a, b) if area(a) <= area(b) else (b, a)
    if coverage(small, large) > 0.3:
        return True
    (ax, ay), (bx, by) = center(a), center(b)
    reach = 0.25 * float((large.max(axis=0) - large.min(axis=0)).max())
    return abs(ax - bx) < reach and abs(ay - by) < reach
