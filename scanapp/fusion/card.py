"""`CardFusion`: one card over several views. The number is confirmed on evidence, or not at all.

Views are aligned and their tempered log-probabilities added up position by position (`card_slots`, which also says
where the method stands), weighted by focus and glare (`card_looks`), and only views that differ count in full
(`card_evidence.independent`). A beam gives the complete numbers with their log-posteriors under what is known of
numbers as such (`card_beam`, `card_prior`). While these do not settle it, whole numbers are asked of every view
(`card_strings`).

The number is confirmed when all of this holds. Until then it is told of as found, unconfirmed, if it is as
plausible as a card's number should be; receipts and forms are full of long numbers that are not.

- a known network issues such numbers
- its log-posterior leads that of every other number by `threshold` natural-log units; a number that fails the
  check digit needs `UNLIKELY` times that (specimens), one with a position that views hardly show `DOUBTED` times,
  one that was settled by whole strings `WHOLE` times
- at least two different looks stand behind it
- in every position at least two different looks by themselves gave the character that it has there

A view whose number is another one for certain says that the card has been exchanged: see `CardFusion.contradicts`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scanapp.errors import UsageError
from scanapp.fusion.card_beam import Candidate, candidates, margin, share, support
from scanapp.fusion.card_evidence import DIGITS, Look, Trust
from scanapp.fusion.card_fields import ExpiryField, FieldAnswer, HolderField, without_logo
from scanapp.fusion.card_looks import Looks
from scanapp.fusion.card_prior import NumberPrior, meaning
from scanapp.fusion.card_slots import OTHER, Slots, contradictions
from scanapp.fusion.card_strings import Strings
from scanapp.geometry import Quad
from scanapp.results import Answer, CharPosterior, Line, Reading

THRESHOLD = 7.0
"""Natural-log units: the best number is some 1,100 times as probable as the next one.

Chosen with `FAINT`, `DOUBTED`, `WHOLE` and `UNLIKELY` on validation views, decided after every view, other seeds
than the test's: through the whole chain 580 cards of two moderate views, 120 of five and 60 severe ones of eight
(`benchmarks/cards.py --split validation`), reader and fusion alone 2,187 cards in fonts that training never shows
and 2,329 in its own (`benchmarks/card_fusion_lines.py`). At 6 one of the 580 is wrong and one of the 2,329; at 7,
with the others about where they stood (in natural-log units), none and one, and as many are confirmed: 84.3 instead
of 82.2 % of the 580, 92.3 and 92.2 instead of 92.4 and 92.0 % of the lines, 40 instead of 41 severe ones.
Without `Trust.repeated` wrong numbers of an earlier reader led by 20: who takes one font's 5 for a 6 does so in
every view.
`benchmarks/cards.py --split validation --explore` shows the trade for the networks as they are.
"""
TEMPERATURE = 1.5
"""The first of them erred two to three times as often as it said (digits read with 0.99 to 0.999: one wrong in 100
to 150). A mild correction will do, since `Trust.floor` and `Trust.repeated` bound the rest."""
FIRST = Trust(temperature=1.0, floor=0.002, ghost=3e-4)
"""For the number that is told of after one view: on 1,160 validation views it is right in 95.9 %, in 94.4 % trusted
as where views add up (the check digit then overrules digits that show clearly, or takes one away), and as the
reader has it, without a prior, in 94.7 %. Nothing is confirmed on it. A digit that is none was read four times
there, at 18,500 positions.
"""
UNLIKELY = 1.05
"""Numbers that fail the check digit lack its weight already, since each has a rival that passes in every position;
this is on top, because for them there is no second line of defence."""
UNCHECKED = 1.3
"""Where the check digit is not to count, no number passes it."""
FAINT = 1.5
"""Natural-log units by which a position's character leads, in the mean of the views, when it is not faint."""
DOUBTED = 1.45
"""A number with a faint position needs this times the margin: four in five wrong ones that lead by 6 have one, of
right ones one in ten."""
WHOLE = 1.15
"""Whole strings (`card_strings`) need this times the margin of positions."""
DATE_SHARE = 0.96
"""Of the number's threshold: an expiry's margin is where it was chosen; only the number's was raised since."""
LOOKS = 2
GLARE = 0.5
"""What a view with glare is worth: where light has burnt a digit out, the reader is wrong and sure of it."""
LEAST_QUALITY = 0.05
ALONE = 0.9
"""Probability of every position from which a view is certain by itself, if its number passes all checks."""
DATE, FIELDS = "date", "fields"
"""The recognizer's efforts that read the expiry, and the holder's name, too: asked for once the number stands."""
WORTH_SAYING = -2.0
"""Least log-prior of a number that is told of before it is confirmed: a receipt is full of long numbers."""
_EDGE = 1e-6


class CardFusion:
    """Fuses the readings of one track of kind "card".

    luhn         the check digit: "prior" (it weighs), "require" (numbers that fail it do not exist), "ignore"
    threshold    margin, natural-log units, from which the number is confirmed; raising it costs views, lowering it
                 lets wrong numbers through
    temperature  by which the reader's confidence is tempered where several views add up, see `Trust`
    patience     views without news after the number is confirmed, until expiry and holder are given up
    """

    def __init__(
        self,
        *,
        luhn: str = "prior",
        threshold: float = THRESHOLD,
        temperature: float = TEMPERATURE,
        patience: int = 4,
    ) -> None:
        if not (threshold > 0 and patience >= 1):
            raise UsageError(
                f"card fusion: threshold > 0 and patience ≥ 1 are needed, got {threshold} and {patience}"
            )
        self._luhn = luhn
        self._prior = NumberPrior(luhn)
        self._trust = Trust(temperature)
        self._threshold = threshold
        self._patience = patience
        self.lead = 0.0
        """What stands against the threshold, natural-log units, see `_led`."""
        self.restarted = False
        """The last view was of another card than the views before, which are forgotten."""
        self._begin()

    def _begin(self) -> None:
        self._looks = Looks(DIGITS, self._trust)
        self._expiry = ExpiryField(self._trust, DATE_SHARE * self._threshold)
        self._holder = HolderField()
        self._strings = Strings(self._trust)
        self._ranked: list[Candidate] = []
        self.lead = 0.0
        self._stranger: Look | None = None
        self._quad: Quad | None = None
        self._proven = ""
        self._told: tuple[str, ...] = ()
        self._idle = 0

    # -- views -----------------------------------------------------------------------------------------------

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """Fuse one more view; readings of other kinds, and without lines, are ignored."""
        if reading.kind != "card" or not reading.lines:
            return
        quality = _quality(reading, sharpness)
        look = self._look(reading, pts, quality)
        self.restarted = look is not None and self._exchanged(look)
        if self.restarted:
            self._begin()
            look = self._look(reading, pts, quality)
        elif look is not None and self._strange(look):
            self._stranger = look
            return
        self._stranger = None
        self._take(reading, look, pts, quality)

    def contradicts(self, reading: Reading) -> bool:
        """Whether ``reading`` is of another card than all views so far; changes nothing.

        Its number must contradict the fused one in `OTHER` positions or more, and the fused one must stand
        (confirmed, or seen by two looks). Then one view is enough if it is certain by itself, otherwise a second
        one in a row, that says the same. A single strange view that is not certain is left out of the fusion.
        """
        if reading.kind != "card":
            return False
        look = self._look(reading, pts=0.0, quality=1.0)
        return look is not None and self._exchanged(look)

    def _take(self, reading: Reading, look: Look | None, pts: float, quality: float) -> None:
        self._quad = reading.quad
        named = {name: [line for line in reading.lines if line.name == name] for name in ("expiry", "holder")}
        if look is not None:
            self._looks.keep(look)
            self._decide()
        self._expiry.add(named["expiry"], pts, quality)
        self._holder.add(named["holder"], quality, look is None or look.share == 1)
        self._note_news()

    def _decide(self) -> None:
        """By positions; where these do not settle it, by whole strings, as far as their frames were kept.

        One view by itself ranks numbers and confirms none.
        """
        slots = self._looks.slots
        assert slots is not None
        if len(self._looks.same) == 1:
            self._ranked, self.lead = candidates(self._looks.alone(FIRST), self._prior), 0.0
            return
        self._ranked = candidates(slots, self._prior)
        self.lead = self._led(slots, self._ranked, doubted=DOUBTED)
        if self.lead < self._threshold:
            whole = self._strings.ranked(self._looks.same, slots, self._ranked, self._prior)
            if whole:
                self._ranked, self.lead = whole, self._led(slots, whole, doubted=1.0) / WHOLE
        if self.lead >= self._threshold:
            self._proven = self._ranked[0].text

    def _note_news(self) -> None:
        """Count the views since something was proven that had not been."""
        proven = (self._proven, *(_proven_text(field.answer()) for field in (self._expiry, self._holder)))
        self._idle = 0 if proven != self._told or not self._proven else self._idle + 1
        self._told = proven

    def _look(self, reading: Reading, pts: float, quality: float) -> Look | None:
        lines = [line for line in reading.lines if line.name == "pan" and line.chars]
        return self._looks.look(max(lines, key=lambda line: len(line.text)), pts, quality) if lines else None

    # -- another card ----------------------------------------------------------------------------------------

    def _strange(self, look: Look) -> bool:
        slots = self._looks.slots
        stands = slots is not None and self._ranked and (self._proven or slots.looks >= LOOKS - _EDGE)
        return bool(stands and slots and contradictions(slots.posteriors(), look.chars) >= OTHER)

    def _exchanged(self, look: Look) -> bool:
        if not self._strange(look):
            return False
        if look.least >= ALONE and self._prior.passed(look.text) == 2:
            return True
        before = self._stranger
        return before is not None and look.text == before.text and self._prior.passed(look.text) >= 1

    # -- answer ----------------------------------------------------------------------------------------------

    def answer(self) -> Answer | None:
        """What is believed of the card; None before the first complete number.

        ``value`` has what was read of "pan" (`CardNumber`), "network", "issuer", "expiry" ("2027-12") and "holder",
        and "fields": for each of the three printed ones its "confidence" (0 to 1), "views" (different looks) and
        "confirmed"; the number's "positions" are the probabilities of its digits. Expiry and holder never delay the
        number; ``settled`` waits for them.
        """
        number = self._number()
        if number is None or self._quad is None:
            return None
        expiry, holder = self._expiry.answer(), self._holder.answer()
        if holder is not None:
            holder = without_logo(holder, number.text)
        every = {"pan": number, "expiry": expiry, "holder": holder}
        fields = {name: found for name, found in every.items() if found is not None}
        complete = len(fields) == len(every) and all(found.confirmed for found in fields.values())
        return Answer(
            value=_value(fields),
            confidence=number.confidence,
            frames_used=max(1, number.views),
            confirmed=number.confirmed,
            settled=number.confirmed and (complete or self._idle >= self._patience),
            quad=self._quad,
            key=number.text,
            lines=tuple(line for found in fields.values() for line in found.lines),
            wants=_wanted(number, expiry, holder),
        )

    def _number(self) -> FieldAnswer | None:
        slots, newest = self._looks.slots, self._looks.newest
        if not self._ranked or slots is None or newest is None:
            return None
        best = self._ranked[0]
        if best.text != self._proven and self._prior(best.text) < WORTH_SAYING:
            return None
        taken = zip(slots.posteriors(), best.path, strict=True)
        digits = tuple(_led_by(DIGITS[column], posterior) for posterior, column in taken if column < len(DIGITS))
        line = Line(newest.quad, digits, "pan")
        confirmed = best.text == self._proven
        return FieldAnswer(best.text, share(self._ranked), int(slots.looks + _EDGE), confirmed, (line,))

    @property
    def best(self) -> str:
        """The likeliest number so far, told or not; empty when there is none. For benchmarks: it is not masked."""
        return self._ranked[0].text if self._ranked else ""

    def _led(self, slots: Slots, ranked: list[Candidate], *, doubted: float) -> float:
        """The best number's margin, natural-log units, over what its kind needs.

        0 while a condition beside the margin is not met: looks, support of every position, a known network.
        """
        if not ranked:
            return 0.0
        best = ranked[0]
        passed = self._prior.passed(best.text)
        looks = min(slots.looks, support(slots, best.path))
        if passed < 1 or not self._prior.issued(best.text) or looks < LOOKS - _EDGE:
            return 0.0
        unchecked = UNCHECKED if self._luhn == "ignore" else UNLIKELY if passed < 2 else 1.0
        faint = slots.clarity(best.path) < FAINT
        return margin(ranked) / (unchecked * (doubted if faint else 1.0))


def _quality(reading: Reading, sharpness: float) -> float:
    quality = sharpness if math.isfinite(sharpness) else 0.0
    return min(max(quality, LEAST_QUALITY), 1.0) * (GLARE if reading.advice == "glare" else 1.0)


def _wanted(number: FieldAnswer, expiry: FieldAnswer | None, holder: FieldAnswer | None) -> str:
    """The effort that would help: nothing but the number before it is confirmed, then what is missing."""
    if not number.confirmed:
        return ""
    if holder is None or not holder.confirmed:
        return FIELDS
    return "" if expiry is not None and expiry.confirmed else DATE


def _proven_text(answer: FieldAnswer | None) -> str:
    return answer.text if answer is not None and answer.confirmed else ""


def _led_by(char: str, posterior: CharPosterior) -> CharPosterior:
    """``posterior`` with the character that the whole number has here in front, though it may not be likeliest."""
    shares = dict(posterior)
    return ((char, shares.pop(char, 0.0)), *shares.items())


def _value(fields: Mapping[str, FieldAnswer]) -> dict[str, Any]:
    number = fields["pan"]
    told: dict[str, dict[str, Any]] = {
        name: {"confidence": round(found.confidence, 3), "views": found.views, "confirmed": found.confirmed}
        for name, found in fields.items()
    }
    told["pan"]["positions"] = [round(posterior[0][1], 3) for posterior in number.lines[0].chars]
    rest = {name: found.text for name, found in fields.items() if name != "pan"}
    return meaning(number.text) | rest | {"fields": told}
