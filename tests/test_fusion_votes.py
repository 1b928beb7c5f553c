"""Votes over views: weak symbologies need agreement, strays never win."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanapp.fusion.votes import VoteFusion
from scanapp.testing import reading

views = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.25, 0.34, 0.5, 1.0])), max_size=30)


def fused(script: list[tuple[str, float]], gap: float = 0.1) -> VoteFusion:
    fusion = VoteFusion()
    for i, (text, strength) in enumerate(script):
        fusion.add(reading(text, strength=strength), pts=i * gap, sharpness=1.0)
    return fusion


def test_one_strong_view_is_enough_and_one_weak_view_is_not() -> None:
    strong, weak = fused([("a", 1.0)]).answer(), fused([("a", 0.5)]).answer()
    assert strong is not None
    assert strong.confirmed
    assert weak is not None
    assert not weak.confirmed


def test_views_of_the_same_moment_count_once() -> None:
    answer = fused([("a", 0.5)] * 5, gap=0.0).answer()
    assert answer is not None
    assert not answer.confirmed
    assert answer.frames_used == 1


def test_a_tie_is_not_decided() -> None:
    answer = fused([("a", 0.5), ("b", 0.5), ("a", 0.5), ("b", 0.5)]).answer()
    assert answer is not None
    assert not answer.confirmed


def test_a_stray_read_does_not_block_the_truth() -> None:
    answer = fused([("b", 0.5), ("a", 0.5), ("a", 0.5), ("a", 0.5)]).answer()
    assert answer is not None
    assert answer.confirmed
    assert answer.value["text"] == "a"


@given(views)
def test_what_is_confirmed_has_enough_strength_and_a_clear_lead(script: list[tuple[str, float]]) -> None:
    answer = fused(script).answer()
    assert (answer is None) == (not script)
    if answer is None:
        return
    sums = {text: sum(s for t, s in script if t == text) for text in "abc"}
    mine = sums.pop(str(answer.value["text"]))
    assert mine >= max(sums.values()) - 1e-9
    assert 0.0 <= answer.confidence <= 1.0
    assert answer.confirmed == (mine >= 0.999 and mine >= 2 * max(sums.values()))
    assert answer.settled == answer.confirmed
