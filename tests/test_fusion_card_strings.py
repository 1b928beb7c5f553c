"""Whole numbers asked of the reader's frames: exact likelihoods, and what they settle that positions do not."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scanapp.fusion.card import CardFusion
from scanapp.fusion.card_evidence import DIGITS, Look, Trust
from scanapp.fusion.card_slots import added_up
from scanapp.fusion.card_strings import FLOOR, MOST, TEMPERATURE, Strings, likelihoods, spelled
from scanapp.geometry import as_quad
from scanapp.recognizers.cards.ctc import decode
from scanapp.results import Line, Reading

CLASSES = 12
NUMBER = "4539578763621486"
QUAD = as_quad(np.array([[100, 100], [400, 100], [400, 120], [100, 120]]))


def normal(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    return (scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)).astype(np.float32)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
    return tuple(c for c in merged if c)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(2, 5))
def test_a_likelihood_is_the_sum_over_all_paths(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    frames = normal(rng.normal(0, 2, (steps, 4)))
    texts = ["0", "1", "01", "00", "210", "12"]
    found = likelihoods(frames, texts)
    for text, told in zip(texts, found, strict=True):
        wanted = tuple(int(char) + 1 for char in text)
        paths = (path for path in itertools.product(range(4), repeat=steps) if collapsed(path) == wanted)
        share = sum(math.exp(sum(float(frames[t, c]) for t, c in enumerate(path))) for path in paths)
        assert math.exp(told) == pytest.approx(share, rel=1e-4, abs=1e-12)


def test_stretches_of_sure_blanks_change_nothing() -> None:
    blank = np.full((30, CLASSES), -30.0)
    blank[:, 0] = 0.0
    frames = normal(np.random.default_rng(4).normal(0, 3, (6, CLASSES)))
    padded = np.concatenate([normal(blank), frames[:3], normal(blank), frames[3:], normal(blank)])
    short = np.concatenate([normal(blank)[:1], frames[:3], normal(blank)[:1], frames[3:], normal(blank)[:1]])
    assert likelihoods(padded, ["12", "7", "340"]) == pytest.approx(
        likelihoods(short, ["12", "7", "340"]), abs=1e-4
    )


def frames_of(
    text: str, clear: float, rng: np.random.Generator, hidden: tuple[int, ...] = ()
) -> NDArray[np.float32]:
    """What a reader gives for ``text``: five frames a digit; of ``hidden`` ones nothing is seen."""
    scores = rng.normal(0, 0.3, (5 * len(text), CLASSES))
    scores[:, 0] += 6
    for place, char in enumerate(text):
        middle = scores[5 * place + 2]
        if place in hidden:
            middle[0] = rng.normal(2.0, 0.2)  # a blank, or any digit
        else:
            middle[0] -= 6
            middle[int(char) + 1] += clear
    return normal(scores)


def view(frames: NDArray[np.float32], shift: float, *, kept: bool = True) -> Reading:
    read = decode(frames, slash=False)
    moved = as_quad(QUAD + np.float32(shift))
    return Reading("card", "", {}, moved, lines=(Line(moved, read.chars, "pan", frames if kept else None),))


def seen(views: list[Reading]) -> CardFusion:
    fusion = CardFusion()
    for place, one in enumerate(views):
        fusion.add(one, pts=0.3 * place, sharpness=1.0)
    return fusion


def faint_views(seed: int, kept: bool = True) -> list[Reading]:
    """Views each of which lacks other digits, as blur and glare leave them."""
    rng = np.random.default_rng(seed)
    hidden = [tuple(rng.choice(len(NUMBER), 3, replace=False).tolist()) for _ in range(6)]
    return [view(frames_of(NUMBER, 5.0, rng, lost), 40.0 * place, kept=kept) for place, lost in enumerate(hidden)]


def test_whole_strings_settle_what_positions_do_not() -> None:
    with_frames = [seen(faint_views(seed)) for seed in range(12)]
    without = [seen(faint_views(seed, kept=False)) for seed in range(12)]
    right, before = (sum(fusion.best == NUMBER for fusion in runs) for runs in (with_frames, without))
    assert right > before
    assert np.mean([fusion.lead for fusion in with_frames]) > np.mean([fusion.lead for fusion in without])


def test_one_sure_view_outweighs_nothing_beyond_its_floor() -> None:
    rng = np.random.default_rng(2)
    other = NUMBER[:-2] + "94"
    told = likelihoods(frames_of(other, 30.0, rng), [NUMBER, other])
    assert told[1] - told[0] > FLOOR * TEMPERATURE
    fusion = seen([view(frames_of(NUMBER, 9.0, rng), 40.0 * i) for i in range(4)])
    before = fusion.best
    fusion.add(view(frames_of(other, 30.0, rng), 400.0), pts=3.0, sharpness=1.0)
    assert before == fusion.best == NUMBER


def test_a_string_takes_its_likeliest_way_through_the_slots() -> None:
    read = decode(frames_of("40123", 9.0, np.random.default_rng(1)), slash=False)
    look = Look(0, read.chars, *Trust().logs(read.chars, DIGITS), 0.0, 1.0, QUAD)
    slots = added_up([look], DIGITS, Trust(), [1.0])
    assert spelled(slots, "40123") == (4, 0, 1, 2, 3)
    assert spelled(slots, "4123") == (4, len(DIGITS), 1, 2, 3)
    assert spelled(slots, "401234") is None


def test_what_is_kept_does_not_grow_with_the_views() -> None:
    rng = np.random.default_rng(9)
    trust = Trust()
    strings = Strings(trust)

    def look(number: int) -> Look:
        read = decode(frames_of(NUMBER, 3.0, rng), slash=False)
        logs = trust.logs(read.chars, DIGITS)
        return Look(number, read.chars, *logs, 0.3 * number, 1.0, QUAD, frames=read.scores.astype(np.float32))

    looks = [look(number) for number in range(30)]
    for first in range(28):
        some = looks[first : first + 2]
        strings.ranked(some, added_up(some, DIGITS, trust, [1.0, 1.0]), [], lambda _text: 0.0)
    assert set(strings._asked) == set(strings._own) == {27, 28}
    assert all(len(told) <= MOST for told in strings._asked.values())
