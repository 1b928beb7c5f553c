"""A still picture: one view only, so several looks at it must agree before a number is believed.

Looks differ in where the card's corners are taken to be, and in how its lines are cut out. They share the picture's
noise, so agreement is no proof as it is over views of a video; what it does tell is a number that is printed from
one that the reader makes of artwork, which changes with each cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanapp.frame import Frame
from scanapp.geometry import iou
from scanapp.payloads.bank_card import LENGTH_UNFIT, log_prior
from scanapp.recognizers.cards.crops import JITTER, PLAIN, Variant
from scanapp.recognizers.cards.lines import read_lines
from scanapp.recognizers.cards.look import CardLook, look
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.number import LIKELY, Number, rated
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
from scanapp.recognizers.cards.strips import FINE

STRETCHED = tuple(Variant(v.shift, v.zoom, 1.08, v.contrast) for v in JITTER)
CUTS: tuple[tuple[float, tuple[Variant, ...]], ...] = (
    (1.0, JITTER),
    (1.0, STRETCHED),
    (1.14, JITTER),
    (0.9, (PLAIN,)),
)
"""How a number's lines are cut out again: boxes this much higher, in these variants."""
PRINTED = frozenset({15, 16, 19})
USUAL = -0.5
"""Lengths of numbers that are believed in one picture, and `log_prior` from which others are: what is shorter is
more often a part of a number, but not where check digit, issuer and usual length all fit (Diners Club)."""
SAME = 0.9
"""Overlap from which two places are one."""
ENOUGH = 4
"""Agreeing cuts after which nothing more is tried."""
WEAKEST, WEAKEST_ODD = 0.6, 0.97
"""Least probability of each position in the best cut, for likely numbers and for others: of 24 specimens that were
read right in 220 validation views every one had 0.98."""
AGREE, AGREE_ODD = 3, 4
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
        if not digits or log_prior(digits, luhn=False) <= LENGTH_UNFIT:
            return None
        if len(digits) not in PRINTED and log_prior(digits) < USUAL:
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
        seen = look(frame, place.quad, nets, order=place.order, heights=FINE if place.searched else ())
        ballot.add(seen)
        for again in _cut_again(nets, seen):
            ballot.add(again)
        if ballot.decided():
            break
    return ballot.trusted()


def _cut_again(nets: CardNets, seen: CardLook) -> Iterator[CardLook]:
    """``seen`` with its number's lines cut out and read in other ways."""
    if seen.number is None:
        return
    for grow, variants in CUTS:
        boxes = [replace(row.box, height=row.box.height * grow) for row in seen.number.rows]
        number: Number | None = rated(read_lines(nets, seen.upright, boxes, variants))
        yield replace(seen, number=number)


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
