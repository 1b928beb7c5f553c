"""A number that was not read well is cut out again: lower, higher, longer.

The layout network's boxes are a little off in height and at their ends, small print's most of all. The reader bears
a third in height, and says by its confidence which cut suits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.crops import Variant, widened
from scanapp.recognizers.cards.foreign import without_foreign
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.number import LIKELY, ODD, Number, best_number, better
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.stack import completed

DOUBTFUL = 0.9
"""Weakest position below which other heights are tried."""
FOREIGN = 0.6
"""Characters at the ends below this probability may not belong to the number."""
CUT_SHORT = 0.45
"""Character pitches between a crop's margin and its first or last character below which the line may go on."""
GROUPS = 11.0
"""Character pitches that two groups of digits take up: so much may be missing at one end."""
SURELY = 0.97
"""Of a piece's confidence, what is left of it when it has grown by digits that belong to it."""
FAIR = 0.5
"""Weakest position from which a number whose check digit and issuer fit is let be."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to cut a row again.

    height  of the box, by so much
    before, after  character pitches added at its ends
    luhn    a wrong check digit is reason enough (a specimen has one, too, so only one repair takes it for one)
    trim    cut off doubtful characters at the ends: artwork that looks like digits
    fewest  digits that a row must hold to be worth it
    """

    height: float = 1.0
    before: float = 0.0
    after: float = 0.0
    luhn: bool = False
    trim: bool = False
    fewest: int = 3

    @property
    def lengthens(self) -> bool:
        """Whether it looks for characters that are missing."""
        return self.before > 0 or self.after > 0

    def suits(self, number: Number | None) -> bool:
        """Whether this may help."""
        if number is None:
            return not self.trim
        if self.trim:
            return min(number.chars[0][0][1], number.chars[-1][0][1]) < FOREIGN
        if self.lengthens:
            before, after = cut_short(number)
            if before or after:
                return (before and self.before > 0) or (after and self.after > 0)
            return log_prior(number.digits, luhn=self.luhn) < ODD
        return number.weakest < DOUBTFUL


# What lengthened a line may do so again: four groups may be missing.
REPAIRS = (
    Repair(trim=True, fewest=7),
    Repair(after=GROUPS, fewest=5),
    Repair(after=GROUPS, fewest=5),
    Repair(before=GROUPS, fewest=5),
    Repair(before=GROUPS, fewest=5),
    Repair(height=0.78),
    Repair(height=1.25),
    Repair(before=2.0, after=2.0, luhn=True, fewest=7),
    Repair(before=4.0, after=4.0, fewest=7),
)


def repaired(
    nets: CardNets, upright: Upright, rows: Sequence[LineRead], variants: Sequence[Variant]
) -> tuple[Number | None, list[LineRead]]:
    """The best number that ``rows`` give as they are or cut again, while ``nets`` may read, and the rows that gave
    it.
    """
    number, best = without_foreign(best_number(rows)), list(rows)
    doubtful = number is None or uneven(number) or log_prior(number.digits, luhn=False) < ODD
    if doubtful and not nets.spent:
        whole = completed(nets, upright, rows)
        other = best_number(whole)
        if better(other, number):
            number, best = other, whole
    failed: set[Repair] = set()
    for repair in REPAIRS:
        if nets.spent or (nets.limited and likely(number)):
            break
        if repair in failed or not repair.suits(number):
            continue
        again = _cut_again(nets, upright, number.rows if number else best, repair, variants)
        other_rows = [again.get(id(row), row) for row in best]
        other = without_foreign(best_number(other_rows)) if again else None
        if better(other, number):
            number, best = other, other_rows
        else:
            failed.add(repair)
            if number is None and repair.lengthens:
                best = [_longer(row, again.get(id(row), row)) for row in best]
    return number, best


def _longer(row: LineRead, again: LineRead) -> LineRead:
    """``again`` where it shows more digits, and as surely: the other end may lack some, too."""
    more = len(again.decoded.text) > len(row.decoded.text)
    return again if more and again.decoded.confidence > SURELY * row.decoded.confidence else row


def uneven(number: Number) -> bool:
    """Whether the number is a stack whose groups are not of one size, as those of nearly all stacks are."""
    return len({len(row.decoded.text) for row in number.rows}) > 1


def likely(number: Number | None) -> bool:
    """Whether the next view of a stream will say more than another cut of this one."""
    if number is None or any(cut_short(number)):
        return False
    return number.weakest >= FAIR and log_prior(number.digits) >= LIKELY


def cut_short(number: Number) -> tuple[bool, bool]:
    """Whether a single line's first, and last, character stands at the very end of what was cut out."""
    if len(number.rows) > 1:
        return False, False
    before, after = number.rows[0].reaches()
    return before < CUT_SHORT, after < CUT_SHORT


def _cut_again(
    nets: CardNets, upright: Upright, rows: Sequence[LineRead], repair: Repair, variants: Sequence[Variant]
) -> dict[int, LineRead]:
    """New readings by the identity of the old ones."""
    worth = [row for row in rows if len(row.decoded.text) >= repair.fewest]
    boxes = [row.tightened(FOREIGN) if repair.trim else row.box for row in worth]
    boxes = [
        widened(
            replace(box, height=box.height * repair.height),
            repair.before * row.pitch / box.height,
            repair.after * row.pitch / box.height,
            upright.size,
        )
        for row, box in zip(worth, boxes, strict=True)
    ]
    again = read_lines(nets, upright, boxes, variants)
    return {id(row): new for row, new in zip(worth, again, strict=True)}
