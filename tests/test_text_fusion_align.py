"""Alignment of posteriors and their fusion: properties, and the order of methods on a noise model."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.fusion.align import Consensus, align, fuse
from scanapp.results import CharPosterior

steady = settings(deadline=None, derandomize=True, max_examples=40)
Chars = tuple[CharPosterior, ...]


@st.composite
def posteriors(draw: st.DrawFn) -> CharPosterior:
    chars = draw(st.lists(st.sampled_from("abcdef18B "), min_size=1, max_size=4, unique=True))
    weights = [draw(st.floats(0.01, 1.0)) for _ in chars]
    rest = draw(st.floats(0.0, 0.5))
    shares = [weight / (sum(weights) + rest) for weight in weights]
    return tuple(sorted(zip(chars, shares, strict=True), key=lambda pair: -pair[1]))


lines = st.lists(posteriors(), max_size=9).map(tuple)


def sure(text: str, probability: float = 0.95) -> Chars:
    return tuple(((char, probability),) for char in text)


@steady
@given(lines, lines, st.booleans(), st.booleans())
def test_an_alignment_holds_every_position_once_and_in_order(a: Chars, b: Chars, start: bool, end: bool) -> None:
    pairs = align(a, b, free_start=start, free_end=end)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert (None, None) not in pairs


@steady
@given(lines)
def test_a_line_aligns_with_itself_position_by_position(a: Chars) -> None:
    assert align(a, a) == [(i, i) for i in range(len(a))]


@steady
@given(st.text("abcdef", min_size=2, max_size=12), st.data())
def test_one_missing_character_is_one_gap(text: str, data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(text) - 1))
    pairs = align(sure(text), sure(text[:lost] + text[lost + 1 :]))
    assert sum(j is None for _, j in pairs) == 1
    assert all(i is not None for i, _ in pairs)


@steady
@given(st.text("abcdef", min_size=1, max_size=12), st.data())
def test_a_misread_character_stays_in_its_place(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    assert align(sure(text), sure(text[:at] + "X" + text[at + 1 :])) == [(i, i) for i in range(len(text))]


def test_a_free_end_costs_nothing() -> None:
    assert align(sure("hello world"), sure("world"), free_start=True)[-5:] == [(i + 6, i) for i in range(5)]
    assert align(sure("hello"), sure("hello world"), free_end=True)[:5] == [(i, i) for i in range(5)]


@steady
@given(st.lists(lines.filter(bool), min_size=1, max_size=4))
def test_fused_posteriors_are_distributions_best_first(readings: list[Chars]) -> None:
    for posterior in fuse(readings).posteriors():
        shares = [share for _, share in posterior]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1 + 1e-9


@steady
@given(lines.filter(bool), st.integers(1, 5))
def test_repeating_a_reading_does_not_change_its_text(a: Chars, times: int) -> None:
    assert fuse([a] * times).text == "".join(p[0][0] for p in sorted_ties(a))


def sorted_ties(a: Chars) -> list[CharPosterior]:
    return [tuple(sorted(p, key=lambda pair: (-pair[1], pair[0]))) for p in a]


@steady
@given(st.text("abcdef18", min_size=1, max_size=10), st.integers(2, 5))
def test_agreement_makes_surer(text: str, times: int) -> None:
    one, many = fuse([sure(text, 0.8)]), fuse([sure(text, 0.8)] * times)
    assert many.text == one.text == text
    assert all(b[0][1] > a[0][1] for a, b in zip(one.posteriors(), many.posteriors(), strict=True))


def test_one_look_keeps_its_probabilities() -> None:
    ((first, second),) = fuse([((("8", 0.6), ("B", 0.1)),)]).posteriors()
    assert first == ("8", pytest.approx(0.6))
    assert second == ("B", pytest.approx(0.1))


def test_a_character_that_one_view_lacks_is_outvoted_and_one_that_all_lack_is_gone() -> None:
    assert fuse([sure("hello"), sure("helo"), sure("hello")]).text == "hello"
    assert fuse([sure("helo"), sure("hello"), sure("helo")]).text == "helo"


def test_a_position_that_a_view_did_not_reach_is_not_voted_down() -> None:
    consensus = Consensus()
    consensus.add(sure("hello world"))
    for _ in range(4):
        consensus.add(sure("hello"), free_end=True)
    assert consensus.text == "hello world"


def views(rng: np.random.Generator, true: np.ndarray, count: int, signal: float) -> list[Chars]:
    """Independent looks at digits: Gaussian logits, the true digit's raised by ``signal``."""
    looks = []
    for _ in range(count):
        logits = rng.normal(0, 1, (len(true), 10))
        logits[np.arange(len(true)), true] += signal
        shares = np.exp(1.6 * logits)
        shares /= shares.sum(axis=1, keepdims=True)
        ranked = [
            sorted(zip("0123456789", map(float, row), strict=True), key=lambda p: -p[1])[:5] for row in shares
        ]
        looks.append(tuple(tuple(row) for row in ranked))
    return looks


@pytest.mark.parametrize(("signal", "count"), [(3.2, 3), (2.4, 5)])
def test_mean_log_probability_beats_votes_per_character_beat_votes_on_strings(signal: float, count: int) -> None:
    rng = np.random.default_rng(11)
    strings = characters = posterior = 0
    for _ in range(60):
        true = rng.integers(0, 10, 16)
        wanted = "".join(map(str, true))
        looks = views(rng, true, count, signal)
        texts = ["".join(p[0][0] for p in look) for look in looks]
        strings += Counter(texts).most_common(1)[0][0] == wanted
        characters += "".join(Counter(c).most_common(1)[0][0] for c in zip(*texts, strict=True)) == wanted
        posterior += fuse(looks).text == wanted
    assert posterior >= characters + 5 >= strings + 10


def test_more_views_do_not_settle_look_alikes() -> None:
    zero_or_o: Chars = ((("0", 0.8), ("O", 0.19)),)
    zero_or_a: Chars = ((("0", 0.8), ("a", 0.19)),)
    share_alike, agreeing = fuse([zero_or_o] * 8).positions[0].support()
    share_other, _ = fuse([zero_or_a] * 8).positions[0].support()
    assert agreeing == 8
    assert share_alike == pytest.approx(0.8 / 0.99)
    assert share_other > 0.95
