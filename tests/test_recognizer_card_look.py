"""Which of two ways up is believed."""

from __future__ import annotations

import numpy as np

from scanapp.frame import Frame
from scanapp.geometry import as_quad
from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.crops import LineCrop
from scanapp.recognizers.cards.ctc import Decoded
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.lines import LineRead
from scanapp.recognizers.cards.look import CardLook
from scanapp.recognizers.cards.number import Number
from scanapp.recognizers.cards.sheet import sheet_of

SPECIMEN = "9382233001922728"  # no network issues it
UPSIDE_DOWN = "8212267008822886"  # what a reader may make of it, passing the check digit


def look(digits: str, sure: float, weakest: float, turned: float) -> CardLook:
    chances = [weakest, *[sure] * (len(digits) - 1)]
    chars = tuple(((char, chance), ("", 1 - chance)) for char, chance in zip(digits, chances, strict=True))
    decoded = Decoded(chars, tuple(range(0, 5 * len(digits), 5)), np.zeros((80, 12)))
    crop = LineCrop(np.zeros((32, 320), np.uint8), np.eye(3), 320)
    row = LineRead(FieldBox("pan", 144, 100, 240, 12, 0.0, 1.0), crop, decoded)
    frame = Frame.from_image(np.full((720, 1280), 128, np.uint8))
    sheet = sheet_of(frame, as_quad([[310, 120], [905, 190], [880, 560], [270, 500]]))
    return CardLook(sheet.upright(0), turned, Number((row,), 0.0), (row,), None, ())


def test_the_more_legible_way_up_is_believed_even_of_an_impossible_number() -> None:
    assert log_prior(SPECIMEN) < log_prior(UPSIDE_DOWN) - 5
    assert look(SPECIMEN, 0.999, 0.99, 0.9).rank > look(UPSIDE_DOWN, 0.96, 0.45, 0.1).rank


def test_of_equally_legible_ones_the_usual_number_and_the_likely_way_up() -> None:
    assert look("4000123456789017", 0.97, 0.8, 0.5).rank > look(SPECIMEN, 0.97, 0.8, 0.5).rank
    assert look(SPECIMEN, 0.97, 0.8, 0.9).rank > look(SPECIMEN, 0.97, 0.8, 0.1).rank
