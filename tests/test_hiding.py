"""Where pictures must not show what stands there."""

from __future__ import annotations

import numpy as np
import pytest

from scanapp.geometry import as_quad, box_quad, coverage, transform_quad
from scanapp.hiding import WHOLE, in_frame, number_places
from scanapp.results import Line, Reading

CARD = as_quad([[100, 100], [500, 120], [490, 380], [90, 350]])
DIGITS = tuple((((digit, 0.99),)) for digit in "4000001234567899")


def read(number: np.ndarray | None, card: np.ndarray = CARD) -> Reading:
    lines = () if number is None else (Line(as_quad(number), DIGITS, "pan"),)
    return Reading("card", "x", {}, as_quad(card), lines=lines)


def test_the_number_stays_hidden_where_the_card_moves() -> None:
    number = box_quad(130, 220, 460, 250)
    places = number_places(read(number), ())
    shift = np.array([[0.5, 0.1, 40.0], [-0.1, 0.6, 90.0], [0.0, 0.0001, 1.0]])
    hidden = in_frame(places, transform_quad(shift, CARD))
    assert len(hidden) == 1
    assert coverage(transform_quad(shift, as_quad(number)), hidden[0]) > 0.999


def test_a_view_that_takes_another_line_for_the_number_uncovers_nothing() -> None:
    places = number_places(read(box_quad(130, 220, 460, 250)), ())
    places = number_places(read(box_quad(130, 300, 300, 320)), places)
    assert len(places) == 2
    assert number_places(read(box_quad(131, 221, 461, 251)), places) == places
    assert number_places(read(None), places) == places


def test_a_card_without_a_place_hides_as_a_whole() -> None:
    flat = np.zeros((4, 2), np.float32)
    assert in_frame((WHOLE,), CARD)[0] == pytest.approx(CARD, abs=0.01)
    assert np.array_equal(number_places(read(box_quad(130, 220, 460, 250), flat), ())[0], WHOLE)
