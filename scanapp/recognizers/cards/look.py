"""One look at one card: rectify, find the fields, read the lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanapp.frame import Frame
from scanapp.geometry import Quad
from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.crops import PLAIN, LineCrop, Variant, widened
from scanapp.recognizers.cards.expiry import date_in
from scanapp.recognizers.cards.fields import FieldBox, field_boxes, turned
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets, Floats
from scanapp.recognizers.cards.number import ODD, Number, best_number, better
from scanapp.recognizers.cards.repair import CUT_SHORT, repaired
from scanapp.recognizers.cards.rows import joined_rows
from scanapp.recognizers.cards.sheet import Sheet, Upright, sheet_of
from scanapp.recognizers.cards.stack import completed
from scanapp.recognizers.cards.strips import search

WRONG_BY = np.array([0.0, 0.2, 0.6, 0.2])
"""When the finder is wrong about which way is up, so many quarter turns off: mostly the card lies upside down."""
MOST_SURE = 0.6
"""The finder's word on that is believed at most this far: on a thumbnail the way up can hardly be told."""
MOST_ROWS = 6
USUAL = 0.05
"""How much of `log_prior` counts between ways up."""
NAME = 9.0
"""Length over height from which a name may be a number."""
PIECE, LONG = 7, 10
"""Digits of a row that, all sure, are a piece of a number, and proof enough of the way up."""
FOUND, SURE = 0.5, 0.9
"""Weakest position of a number below which another way up is tried, and from which nothing else is."""


@dataclass(frozen=True, slots=True, eq=False)
class CardLook:
    """What one look at a card gave.

    upright  where the card lies, and which way up
    turned   probability that this way up is right
    number   None when no line has 12 to 19 digits
    rows     everything that was read where the network saw number lines
    expiry   None when there is none that is a date
    holders  where the holder's name may stand, not read
    """

    upright: Upright
    turned: float
    number: Number | None
    rows: tuple[LineRead, ...]
    expiry: LineRead | None
    holders: tuple[FieldBox, ...]

    @property
    def crops(self) -> list[LineCrop]:
        """Of the number, or of what may be one."""
        return [row.crop for row in (self.number.rows if self.number else self.rows)]

    @property
    def rank(self) -> float:
        """To choose between looks by: how legible the number is, and how far this way up is believed.

        How usual such a number is counts for little here: a specimen's is impossible, and what it reads as upside
        down, with less certainty, may not be.
        """
        if self.number is None:
            return 0.0
        usual = math.exp(USUAL * log_prior(self.number.digits))
        return self.number.confidence * (0.5 + 0.5 * self.weakest) * usual * (0.8 + 0.2 * self.turned)

    @property
    def promise(self) -> float:
        """How many digits show, and how surely: which way up to try harder first."""
        digits = sum(len(row.decoded.text) * row.decoded.confidence**4 for row in self.rows)
        return digits * (0.8 + 0.2 * self.turned)

    @property
    def weakest(self) -> float:
        """Probability of the number's weakest position, 0 without a number."""
        return self.number.weakest if self.number else 0.0


def look(
    frame: Frame,
    quad: Quad,
    nets: CardNets,
    *,
    order: float = 0.8,
    turns: int = 2,
    heights: Sequence[float] = (),
    strips: int | None = None,
    dates: bool = True,
    variants: Sequence[Variant] = (PLAIN,),
) -> CardLook:
    """The card in ``quad``.

    order     how sure it is that the quad's first corner is the upright card's top left
    turns     how many ways up to try at most: the next one only when this one shows no number
    heights   of digits to search for with strips across the card where no number shows; none: don't (see `search`)
    strips    how many of them at most, the likeliest ones; None: all
    dates     read the rows that look like a date, too
    variants  of each crop, averaged (see `read_lines`)

    ``nets`` that are spent (`CardNets.within`) end all that would come after the first try.
    """
    sheet = sheet_of(frame, quad)
    fields, turn_logp = nets.layout(sheet.picture)
    belief = _belief(turn_logp, sheet.claimed, order)
    # What reads well is mended at once. Else every way up is read as it stands before any is cut out again: what
    # stands on its head could be cut in other ways for ever.
    ways: list[CardLook] = []
    rough: list[int] = []
    for turn in np.argsort(-belief, kind="stable")[:turns]:
        seen = _read(nets, sheet, int(turn), float(belief[turn]), fields, variants, dates=dates)
        if _legible(seen):
            seen = _mended(nets, seen, heights, strips, variants)
        else:
            rough.append(len(ways))
        ways.append(seen)
        if convincing(seen.number) or nets.spent:
            break
    for place in sorted(rough, key=lambda place: -ways[place].promise):
        if nets.spent or convincing(max(ways, key=lambda one: one.rank).number):
            break
        ways[place] = _mended(nets, ways[place], heights, strips, variants)
    return max(ways, key=lambda one: one.rank)


def convincing(number: Number | None) -> bool:
    """Whether no other way up need be tried: upside down, digits read as others, and not surely."""
    if number is None or number.weakest < FOUND:
        return False
    return log_prior(number.digits, luhn=number.weakest < SURE) >= ODD


def _legible(seen: CardLook) -> bool:
    """Whether this way up reads well, if perhaps not to the end."""
    long = any(len(row.decoded.text) >= LONG and row.decoded.weakest >= SURE for row in seen.rows)
    return long or convincing(seen.number)


def _belief(turn_logp: Floats, claimed: int, order: float) -> Floats:
    """Probability of each number of quarter turns: the network's word and the finder's together."""
    order = min(max(order, 0.25), MOST_SURE)
    claim = (1 - order) * WRONG_BY + order * (np.arange(4) == 0)
    scores = turn_logp.astype(np.float64) + np.log(np.roll(claim, claimed))
    return np.asarray(np.exp(scores - np.logaddexp.reduce(scores)), dtype=np.float32)


def _read(
    nets: CardNets,
    sheet: Sheet,
    turn: int,
    belief: float,
    fields: Floats,
    variants: Sequence[Variant],
    *,
    dates: bool,
) -> CardLook:
    upright = sheet.upright(turn)
    boxes = field_boxes(turned(fields, turn))
    named = {name: [box for box in boxes if box.field == name] for name in ("pan", "expiry", "holder")}
    rows = _likeliest(joined_rows(named["pan"]), MOST_ROWS)
    dated = _likeliest(joined_rows(named["expiry"]), 2) if dates else []
    read = read_lines(nets, upright, [*rows, *dated], variants)
    number_rows = [_uncut(nets, upright, row, variants) for row in read[: len(rows)]]
    number = best_number(number_rows)
    if number is None or number.weakest < FOUND:
        number_rows = _with_names(nets, upright, number_rows, named["holder"], variants)
    expiries = [row for row in read[len(rows) :] if date_in(row.decoded.text)]
    return CardLook(
        upright,
        belief,
        best_number(number_rows),
        tuple(number_rows),
        max(expiries, key=lambda row: row.decoded.confidence, default=None),
        tuple(named["holder"]),
    )


def _mended(
    nets: CardNets, seen: CardLook, heights: Sequence[float], strips: int | None, variants: Sequence[Variant]
) -> CardLook:
    """``seen`` with its lines cut out again, and searched for by strips, where that gives a better number."""
    number, rows = repaired(nets, seen.upright, seen.rows, variants)
    seen = replace(seen, number=number, rows=tuple(rows))
    if not heights or seen.weakest >= FOUND or nets.spent:
        return seen
    found = search(nets, seen.upright, heights, strips)
    apart = [row for row in seen.rows if all(abs(row.box.y - one.box.y) > row.box.height / 2 for one in found)]
    rows = sorted([*apart, *found], key=lambda row: row.box.y)
    other = best_number(rows)
    if (other is None or log_prior(other.digits) < ODD) and not nets.spent:
        rows = completed(nets, seen.upright, rows)
        other = best_number(rows)
    return replace(seen, number=other, rows=tuple(rows)) if better(other, seen.number) else seen


def _with_names(
    nets: CardNets,
    upright: Upright,
    rows: Sequence[LineRead],
    names: Sequence[FieldBox],
    variants: Sequence[Variant],
) -> list[LineRead]:
    """``rows`` and what is a number among the lines that look like a name: on backs that bear the embossing of the
    front, the layout network takes that for the number.
    """
    long = [replace(box, field="pan") for box in names if box.length > NAME * box.height]
    found = read_lines(nets, upright, _likeliest(long, 1), variants)
    legible = [row for row in found if len(row.decoded.text) >= PIECE and row.decoded.weakest >= SURE]
    return sorted([*rows, *legible], key=lambda row: row.box.y) if legible else list(rows)


def _likeliest(boxes: Sequence[FieldBox], most: int) -> list[FieldBox]:
    """At most so many, the surest, in their order."""
    kept = sorted(boxes, key=lambda box: -box.score * box.length)[:most]
    return [box for box in boxes if box in kept]


def _uncut(nets: CardNets, upright: Upright, row: LineRead, variants: Sequence[Variant]) -> LineRead:
    """``row``, read again with longer ends where an end character stands at the crop's very edge."""
    before, after = row.reaches()
    if min(before, after) >= CUT_SHORT:
        return row
    box = widened(row.box, 1.2 if before < CUT_SHORT else 0.0, 1.2 if after < CUT_SHORT else 0.0, upright.size)
    (again,) = read_lines(nets, upright, [box], variants)
    gained = len(again.decoded.text) >= len(row.decoded.text)
    return again if gained and again.decoded.confidence > 0.8 * row.decoded.confidence else row
