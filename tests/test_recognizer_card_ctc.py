"""From frame posteriors to characters: best path, beam, windows, near misses."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scanapp.recognizers.cards.ctc import CHARSET, Decoded, best_path, decode, prefix_beam
from scanapp.recognizers.cards.expiry import date_in

FRAMES = 80


def logits(frames: dict[int, dict[str, float]], count: int = FRAMES) -> NDArray[np.float32]:
    """Log-probabilities of frames that are blank but for the given shares."""
    shares = np.full((count, len(CHARSET)), 1e-6)
    for frame, chars in frames.items():
        for char, share in chars.items():
            shares[frame, CHARSET.index(char)] = share
    shares[:, 0] = 0
    shares[:, 0] = np.maximum(1 - shares.sum(axis=1), 1e-6)
    return np.log(shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def line(text: str, pitch: int = 4, share: float = 0.98) -> dict[int, dict[str, float]]:
    """Each character sure in one frame, `pitch` frames apart."""
    return {2 + pitch * i: {char: share} for i, char in enumerate(text)}


@given(st.text("0123456789/", max_size=19))
@settings(max_examples=40, deadline=None)
def test_sure_lines_are_read_as_they_stand(text: str) -> None:
    decoded = decode(logits(line(text)))
    assert decoded.text == text
    assert len(decoded.chars) == len(decoded.places) == len(text)
    assert decoded.places == tuple(2 + 4 * i for i in range(len(text)))


def test_a_character_over_several_frames_is_one_character() -> None:
    frames = {10: {"7": 0.9}, 11: {"7": 0.95}, 12: {"7": 0.8}, 20: {"7": 0.9}}
    decoded = decode(logits(frames))
    assert decoded.text == "77"
    assert decoded.places == (11, 20)


def test_alternatives_are_the_characters_that_share_the_frames() -> None:
    frames = line("41", share=0.99) | {2: {"4": 0.6, "1": 0.25, "9": 0.1}}
    first, second = decode(logits(frames)).chars
    assert [char for char, _ in first][:4] == ["4", "1", "9", ""]
    assert dict(first)["4"] == pytest.approx(0.6, abs=0.02)
    assert dict(first)[""] == pytest.approx(0.05, abs=0.02)
    assert dict(second)["1"] > 0.98
    assert sum(dict(first).values()) == pytest.approx(1.0, abs=0.01)


def test_a_position_that_may_be_nothing_says_so() -> None:
    frames = line("4111") | {6: {"1": 0.7}}
    doubtful = decode(logits(frames)).chars[1]
    assert doubtful[0][0] == "1"
    assert dict(doubtful)[""] == pytest.approx(0.3, abs=0.02)


def test_a_near_miss_is_a_position_whose_best_answer_is_nothing() -> None:
    decoded = decode(logits(line("12", pitch=12) | {8: {"3": 0.3}}))
    assert decoded.text == "12"
    assert [posterior[0][0] for posterior in decoded.chars] == ["1", "", "2"]
    assert dict(decoded.chars[1])["3"] == pytest.approx(0.3, abs=0.03)
    assert decoded.weakest == pytest.approx(0.7, abs=0.03)


def test_the_shoulder_of_a_character_is_no_near_miss() -> None:
    decoded = decode(logits({10: {"5": 0.95}, 11: {"5": 0.4}, 9: {"6": 0.2}}))
    assert [posterior[0][0] for posterior in decoded.chars] == ["5"]


def test_the_beam_finds_the_string_that_the_best_path_misses() -> None:
    """Blank is likeliest in both frames, yet "1" has more mass over all paths (Graves et al. 2006)."""
    scores = logits({0: {"1": 0.4}, 1: {"1": 0.4}}, count=2)
    assert best_path(scores.astype(np.float64)) == []
    assert prefix_beam(scores.astype(np.float64))[0][0] == (CHARSET.index("1"),)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_beam_sums_over_all_paths(seed: int) -> None:
    """Against enumeration of every path over four frames and three classes."""
    shares = np.random.default_rng(seed).dirichlet(np.ones(3), size=4)
    scores = np.full((4, len(CHARSET)), -30.0)
    scores[:, :3] = np.log(shares)
    totals: dict[tuple[int, ...], float] = {}
    for path in product(range(3), repeat=4):
        merged = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
        chance = float(np.prod([shares[i, c] for i, c in enumerate(path)]))
        totals[tuple(merged)] = totals.get(tuple(merged), 0.0) + chance
    found = prefix_beam(scores, width=200)
    best = max(totals, key=lambda string: totals[string])
    assert found[0][0] == best
    assert np.exp(found[0][1]) == pytest.approx(totals[best], rel=1e-3)


def test_numbers_have_no_slash() -> None:
    frames = {10: {"/": 0.6, "7": 0.35}}
    assert decode(logits(frames)).text == "/"
    (only,) = decode(logits(frames), slash=False).chars
    assert only[0][0] == "7"
    assert all(char != "/" for char, _ in only)
    assert dict(only)["7"] == pytest.approx(0.35 / 0.4, abs=0.02)


def test_an_empty_line_is_no_confidence() -> None:
    nothing = decode(logits({}))
    assert nothing == Decoded((), (), np.zeros((FRAMES, 12)))
    assert (nothing.text, nothing.weakest, nothing.confidence) == ("", 0.0, 0.0)


def test_at_most_five_alternatives_best_first() -> None:
    shares = dict.fromkeys("0123456789", 0.09) | {"3": 0.12}
    (only,) = decode(logits({5: shares, 6: {"3": 0.9}})).chars
    assert len(only) == 5
    assert [p for _, p in only] == sorted((p for _, p in only), reverse=True)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("08/29", "2029-08"),
        ("08/2029", "2029-08"),
        ("0829", "2029-08"),
        ("01/2508/29", "2029-08"),
        ("01/202512/2029", "2029-12"),
        ("00/00", None),
        ("13/29", None),
        ("08/2", None),
        ("", None),
        ("4111", None),
    ],
)
def test_the_last_date_of_a_line_is_its_expiry(text: str, date: str | None) -> None:
    assert date_in(text) == date
