"""A still picture: one view only, so several looks at it must agree before a number is believed.

Looks differ in where the card's corners are taken to be and in how its lines are cut out. They share the picture's
noise, so agreement is no proof as it is over views of a video; what it does tell is a number that is printed from
one that the reader makes of artwork, which changes with each cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanapp.frame import Frame
from scanapp.geometry import expand, iou
from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.crops import JITTER, PLAIN, Variant
from scanapp.recognizers.cards.look import CardLook, look
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.places import (
    PADDING,
    Locate,
    Place,
    card_shaped,
    located,
    picture_itself,
    plausible,
    tiles,
)

GROWN, SHRUNK = 1.05, 0.96
"""The same card with its corners a little further out and in: lines are cut out anew."""
STRETCHED = tuple(Variant(v.shift, v.zoom, 1.08, v.contrast) for v in JITTER)
SAME = 0.9
"""Overlap from which two places are one."""
ENOUGH = 3
"""Agreeing looks after which nothing more is tried."""
LIKELY = -2.5
"""`log_prior` from which a number is one that a card may well have: check digit and issuer fit."""
WEAKEST, WEAKEST_ODD = 0.6, 0.9
"""Least probability of each position in the best look, for likely numbers and for others (specimens)."""
AGREE, AGREE_ODD = 2, 3
DISSENT = 0.5
"""Share of the weight that another number may have beside the one believed."""


@dataclass(slots=True)
class _Ballot:
    """The looks by the number that they gave."""

    looks: dict[str, list[CardLook]] = field(default_factory=dict)

    def add(self, seen: CardLook) -> None:
        if seen.number is not None:
            self.looks.setdefault(seen.number.digits, []).append(seen)

    def weight(self, digits: str) -> float:
        return sum(seen.number.score for seen in self.looks.get(digits, []) if seen.number is not None)

    def leader(self) -> str:
        return max(self.looks, key=self.weight, default="")

    def best(self, digits: str) -> CardLook:
        return max(self.looks[digits], key=lambda seen: seen.weakest)

    def decided(self) -> bool:
        """Whether more looks would not change what is believed."""
        digits = self.leader()
        return bool(digits) and len(self.looks[digits]) >= ENOUGH and self.trusted() is not None

    def trusted(self) -> CardLook | None:
        """The best look at the number that can be believed."""
        digits = self.leader()
        if not digits:
            return None
        likely = log_prior(digits) >= LIKELY
        best = self.best(digits)
        if best.weakest < (WEAKEST if likely else WEAKEST_ODD):
            return None
        if len(self.looks[digits]) < (AGREE if likely else AGREE_ODD):
            return None
        rival = max((self.weight(other) for other in self.looks if other != digits), default=0.0)
        return best if rival <= DISSENT * self.weight(digits) else None


def look_at_still(frame: Frame, nets: CardNets, locate: Locate) -> CardLook | None:
    """The best look at the card whose number can be trusted; None where there is none."""
    ballot = _Ballot()
    tried: list[Place] = []
    for place in _places(frame, locate):
        if any(iou(place.quad, other.quad) > SAME for other in tried):
            continue
        tried.append(place)
        first = look(frame, place.quad, nets, order=place.order)
        ballot.add(first)
        if first.number is None and not place.seen:
            continue
        for quad, variants in (
            (place.quad, JITTER),
            (place.quad, STRETCHED),
            (expand(place.quad, GROWN), JITTER),
            (expand(place.quad, SHRUNK), (PLAIN,)),
        ):
            ballot.add(look(frame, quad, nets, order=place.order, variants=variants))
        if ballot.decided():
            break
    return ballot.trusted()


def _places(frame: Frame, locate: Locate) -> Iterator[Place]:
    """Where the card may lie, likeliest first."""
    place = located(frame, locate)
    if place is not None:
        yield place
    padded = located(frame, locate, padding=PADDING)
    if padded is not None:
        yield padded
    if card_shaped(frame):
        yield picture_itself(frame)
    for box in tiles(frame):
        found = located(frame, locate, box)
        if found is not None:
            yield found
    # A card that reaches beyond the picture, or one whose edge cannot be seen: its lines still look like a card's.
    for grow in (1.25, 0.75, 1.0):
        guess = picture_itself(frame, grow)
        if plausible(guess.quad):
            yield guess
