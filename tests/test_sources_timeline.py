"""Timestamps repaired: tables of what comes in and what must come out."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanapp.frame import Frame
from scanapp.sources.timeline import Timeline, restamped

MS = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("what", "stamps", "expected"),
    [
        ("from the first frame", [5000, 5040, 5080], [0, 0.04, 0.08]),
        ("variable rate", [0, 33, 500, 501], [0, 0.033, 0.5, 0.501]),
        ("none at all", [None, None, None], [0, 0.04, 0.08]),
        ("one missing", [0, None, 80], [0, 0.04, 0.08]),
        ("missing at first", [None, 1000, 1040], [0, 0.04, 0.08]),
        ("repeated", [0, 40, 40, 80], [0, 0.04, 0.044, 0.08]),
        ("a little back", [0, 40, 30, 80], [0, 0.04, 0.044, 0.08]),
        ("begins again", [0, 40, 2000, 0, 40], [0, 0.04, 2.0, 2.04, 2.08]),
        ("negative first", [-80, -40, 0], [0, 0.04, 0.08]),
    ],
)
def test_table(what, stamps, expected):
    timeline = Timeline(rate=25)
    assert [timeline.seconds(stamp, MS) for stamp in stamps] == pytest.approx(expected, abs=1e-9), what


def test_restart_continues_one_frame_later():
    timeline = Timeline(rate=10)
    first = [timeline.seconds(stamp, MS) for stamp in (700, 800)]
    timeline.restart()
    assert first + [timeline.seconds(stamp, MS) for stamp in (700, 800)] == [0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize("rate", [None, 0, 90000, float("nan")])
def test_implausible_rates_fall_back(rate):
    timeline = Timeline(rate)
    assert [timeline.seconds(None, None), timeline.seconds(None, None)] == [0, 0.04]


@given(st.lists(st.none() | st.integers(-(2**40), 2**40), max_size=40), st.sampled_from([MS, Fraction(1, 90000)]))
def test_times_always_rise_and_repeat_exactly(stamps, base):
    one, other = Timeline(30), Timeline(30)
    times = [one.seconds(stamp, base) for stamp in stamps]
    assert times == [other.seconds(stamp, base) for stamp in stamps]
    assert all(before < after for before, after in pairwise(times))
    assert times[:1] in ([], [0.0])


def test_restamped_shares_pixels():
    image = np.zeros((4, 6, 3), np.uint8)
    frame = Frame.from_image(image, index=3, pts=1.0)
    moved = restamped(frame, 7, 2.5)
    assert (moved.index, moved.pts) == (7, 2.5)
    assert np.shares_memory(moved.gray, frame.gray)
    assert np.shares_memory(moved.bgr, frame.bgr)
