"""A number that was not read well is cut out again: lower, higher, longer.

The layout network's boxes are a little off in height and at their ends, small print's most of all. The reader bears
a third in height, and says by its confidence which cut suits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.crops import Variant, widened
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.number import Number, best_number
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.stack import completed

DOUBTFUL = 0.9
"""Weakest position below which other heights are tried."""
FOREIGN = 0.6
"""Characters at the ends below this probability may not belong to the number."""
ODD = -4.0
"""`log_prior` below which a number may lack an end."""
LIKELY, FAIR = -2.5, 0.5
"""`log_prior` from which check digit and issuer fit, and weakest position from which such a number is let be."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to cut a row again.

    height  of the box, by so much
    ends    line heights added at both
    luhn    a wrong check digit is reason enough (a specimen has one, too, so only one repair takes it for one)
    trim    cut off doubtful characters at the ends: artwork that looks like digits
    fewest  digits that a row must hold to be worth it
    """

    height: float = 1.0
    ends: float = 0.0
    luhn: bool = False
    trim: bool = False
    fewest: int = 3

    def suits(self, number: Number | None) -> bool:
        """Whether this may help."""
        if number is None:
            return True
        if self.trim:
            return min(number.chars[0][0][1], number.chars[-1][0][1]) < FOREIGN
        if self.ends:
            return log_prior(number.digits, luhn=self.luhn) < ODD
        return number.weakest < DOUBTFUL


REPAIRS = (
    Repair(trim=True, fewest=7),
    Repair(height=0.78),
    Repair(height=1.25),
    Repair(ends=1.5, luhn=True, fewest=7),
    Repair(ends=3.0, fewest=7),
    Repair(ends=4.5, fewest=7),
)


def repaired(
    nets: CardNets, upright: Upright, rows: Sequence[LineRead], variants: Sequence[Variant]
) -> tuple[Number | None, list[LineRead]]:
    """The best number that ``rows`` give as they are or cut again, while ``nets`` may read, and the rows that gave
    it.
    """
    number, best = best_number(rows), list(rows)
    doubtful = number is None or uneven(number) or log_prior(number.digits, luhn=False) < ODD
    if doubtful and not nets.spent:
        whole = completed(nets, upright, rows)
        other = best_number(whole)
        if other is not None and (number is None or other.score > number.score):
            number, best = other, whole
    for repair in REPAIRS:
        if nets.spent or (nets.limited and likely(number)):
            break
        if not repair.suits(number):
            continue
        again = _cut_again(nets, upright, number.rows if number else best, repair, variants)
        other_rows = [again.get(id(row), row) for row in best]
        other = best_number(other_rows) if again else None
        if other is not None and (number is None or other.score > number.score):
            number, best = other, other_rows
    return number, best


def uneven(number: Number) -> bool:
    """Whether the number is a stack whose groups are not of one size, as those of nearly all stacks are."""
    return len({len(row.decoded.text) for row in number.rows}) > 1


def likely(number: Number | None) -> bool:
    """Whether the next view of a stream will say more than another cut of this one."""
    return number is not None and number.weakest >= FAIR and log_prior(number.digits) >= LIKELY


def _cut_again(
    nets: CardNets, upright: Upright, rows: Sequence[LineRead], repair: Repair, variants: Sequence[Variant]
) -> dict[int, LineRead]:
    """New readings by the identity of the old ones."""
    worth = [row for row in rows if len(row.decoded.text) >= repair.fewest]
    boxes = [row.tightened(FOREIGN) if repair.trim else row.box for row in worth]
    boxes = [
        widened(replace(box, height=box.height * repair.height), repair.ends, repair.ends, upright.size)
        for box in boxes
    ]
    again = read_lines(nets, upright, boxes, variants)
    return {id(row): new for row, new in zip(worth, again, strict=True)}
