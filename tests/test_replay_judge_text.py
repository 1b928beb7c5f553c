"""The judge: lines of text against the truth of a scene, and the distance that it uses."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.events import Event
from scanapp.replay.distance import character_error_rate, levenshtein, plain
from scanapp.replay.judge import judge
from scanapp.replay.testing import summary_event, text_event
from scanapp.replay.truth import Truth, TruthObject
from scanapp.replay.verdicts import Judgement

steady = settings(deadline=None, derandomize=True, max_examples=60)

FPS = 30.0


def page(*lines: str, **more: Any) -> TruthObject:
    return TruthObject("page", "text", {"text": "\n".join(lines), "lines": list(lines)}, **more)


def judged(things: Sequence[TruthObject], events: Sequence[Event], forget_s: float = 3.0) -> Judgement:
    rows = [json.loads(event.to_json()) for event in [*events, summary_event(300)]]
    return judge(rows, Truth(tuple(things), fps=FPS), forget_s)


def test_white_space_and_compatibility_forms_do_not_count() -> None:
    judgement = judged([page("Total  12 €", "ﬁne ＡＢＣ")], [text_event(["Total12€", "fine ABC"], 1.0)])
    assert judgement.ok
    assert judgement.found == 2


def test_a_later_event_of_the_same_track_replaces_the_earlier() -> None:
    events = [text_event(["hallo", "world"], 1.0), text_event(["hello", "world"], 2.0)]
    judgement = judged([page("hello", "world", visible=((0.5, 4.0),))], events)
    assert judgement.ok
    assert not judgement.inexact
    assert [v.confirmed for v in judgement.verdicts] == [2.0, 1.0]
    other_track = judged([page("hello", "world")], [events[0], text_event(["hello"], 2.0, track=2)])
    assert other_track.found == 2
    assert [i.value for i in other_track.inexact] == ["hallo"]


def test_a_nearly_right_line_is_inexact_and_counts_as_missed() -> None:
    judgement = judged([page("hello world")], [text_event(["hello w0rld"], 1.0)])
    (verdict,) = judgement.missed
    assert (verdict.status, verdict.nearest) == ("inexact", "hello w0rld")
    assert not judgement.wrong
    assert [i.why for i in judgement.inexact] == ["almost 'hello world'"]


def test_max_cer_forgives_that_much() -> None:
    forgiven = judged([page("hello world", max_cer=0.1)], [text_event(["hello w0rld"], 1.0)])
    assert forgiven.ok
    assert not forgiven.inexact
    assert not judged([page("hello world", max_cer=0.1)], [text_event(["hall0 world"], 1.0)]).ok


@pytest.mark.parametrize(("seen", "inexact"), [("abcdefgXYZ", 1), ("abcdefWXYZ", 0)])
def test_a_third_of_the_characters_may_be_off_and_no_more(seen: str, inexact: int) -> None:
    judgement = judged([page("abcdefghij")], [text_event([seen], 1.0)])
    assert (len(judgement.inexact), len(judgement.wrong)) == (inexact, 1 - inexact)
    assert judgement.verdicts[0].status == ("inexact" if inexact else "missed")


def test_an_invented_line_is_wrong_and_a_piece_is_not() -> None:
    judgement = judged([page("hello world")], [text_event(["hello world", "o wor", "goodbye"], 1.0)])
    assert [w.value for w in judgement.wrong] == ["goodbye"]


def test_lines_of_decoration_are_listed_but_not_demanded() -> None:
    things = [page("hello"), TruthObject("hri", "text", {"text": "4 006", "lines": ["4 006"]}, required=False)]
    assert judged(things, [text_event(["hello", "4006"], 1.0)]).ok
    assert judged(things, [text_event(["hello"], 1.0)]).ok


def test_blank_lines_count_for_nothing() -> None:
    assert judged([page("hello", " ", "")], [text_event(["hello", "  "], 1.0)]).found == 1


# Properties

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789漢字かな", min_size=4, max_size=16)


@steady
@given(st.lists(words, min_size=1, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_all_lines_however_split_into_tracks_are_found(lines: list[str], chance: random.Random) -> None:
    events = [
        text_event([" ".join(line)], 1.0, track=chance.randrange(1000) * 10 + n) for n, line in enumerate(lines)
    ]
    chance.shuffle(events)
    judgement = judged([page(*lines)], events)
    assert judgement.ok
    assert judgement.found == len(lines)


@steady
@given(st.lists(words, min_size=1, max_size=6, unique=True), st.data())
def test_dropping_a_line_always_misses_it(lines: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(lines))
    judgement = judged([page(*lines)], [text_event([line for line in lines if line != gone], 1.0)])
    assert [v.value for v in judgement.missed] == [gone]
    assert not judgement.wrong


# Distance


def edits(a: str, b: str) -> int:
    """The textbook's recursion, to compare with."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


@steady
@given(st.text("abc", max_size=9), st.text("abc", max_size=9), st.integers(0, 10))
def test_the_banded_distance_equals_the_plain_one(a: str, b: str, limit: int) -> None:
    expected = edits(a, b)
    assert levenshtein(a, b, limit) == (expected if expected <= limit else None)


@steady
@given(st.text("abc", min_size=1, max_size=9), st.text("abc", max_size=9), st.sampled_from([0.0, 0.1, 0.34, 1.0]))
def test_the_error_rate_is_cut_at_its_limit(truth: str, seen: str, limit: float) -> None:
    rate = edits(truth, seen) / len(truth)
    assert character_error_rate(truth, seen) == rate
    assert character_error_rate(truth, seen, limit) == (rate if rate <= limit else math.inf)


def test_an_empty_truth_equals_only_emptiness() -> None:
    assert character_error_rate("", "") == 0
    assert character_error_rate("", "a") == math.inf


@pytest.mark.parametrize(("text", "expected"), [("Ａ b\u3000ｃ\n", "Abc"), ("①", "1"), (" \t", "")])
def test_plain_text(text: str, expected: str) -> None:
    assert plain(text) == expected
