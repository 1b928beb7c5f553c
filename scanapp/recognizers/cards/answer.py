"""What a look at a card says, as a `Reading`."""

from __future__ import annotations

from typing import Any

from scanapp.geometry import Quad, transform_quad
from scanapp.payloads.bank_card import describe
from scanapp.payloads.card_number import CardNumber
from scanapp.recognizers.cards.advice import advise
from scanapp.recognizers.cards.expiry import date_in
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.look import SURE, CardLook
from scanapp.recognizers.cards.sheet import sheet_of
from scanapp.results import CharPosterior, Line, Reading

LEGIBLE = 0.4
"""Geometric mean probability of a position below which digits are no reading."""
STRENGTH = 0.5

Holder = tuple[FieldBox, tuple[CharPosterior, ...]]


def reading(seen: CardLook, method: str, holder: Holder | None = None) -> Reading | None:
    """The look as a reading; None when it shows no number and there is nothing to advise."""
    number = seen.number if seen.number is not None and seen.number.confidence >= LEGIBLE else None
    advice = "" if seen.weakest >= SURE else _advice(seen)
    if number is None:
        return Reading("card", "", {}, seen.upright.quad, 0.0, 0.0, method, (), advice) if advice else None
    lines = [Line(_placed(seen, number.corners()), number.chars, "pan", number.scores)]
    value: dict[str, Any] = {"pan": CardNumber(number.digits)}
    card = describe(value["pan"])
    known = {"network": card.network, "issuer": card.issuer, "issuer_country": card.issuer_country}
    value |= {name: known_value for name, known_value in known.items() if known_value}
    if seen.expiry is not None:
        value["expiry"] = date_in(seen.expiry.decoded.text)
        lines.append(Line(_placed(seen, seen.expiry.box.corners()), seen.expiry.decoded.chars, "expiry"))
    if holder is not None:
        box, chars = holder
        value["holder"] = "".join(char[0][0] for char in chars)
        lines.append(Line(_placed(seen, box.corners()), chars, "holder"))
    confidence = number.confidence
    return Reading(
        "card", number.digits, value, seen.upright.quad, confidence, STRENGTH, method, tuple(lines), advice
    )


def _advice(seen: CardLook) -> str:
    frame, quad = seen.upright.frame, seen.upright.quad
    return advise(frame, quad, sheet_of(frame, quad).picture, seen.crops)


def _placed(seen: CardLook, corners: Quad) -> Quad:
    return transform_quad(seen.upright.to_frame, corners)
