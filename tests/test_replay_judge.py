"""The judge: codes against the truth of a scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.events import Event
from scanapp.geometry import box_quad
from scanapp.replay.judge import judge
from scanapp.replay.testing import code_event, summary_event, text_event
from scanapp.replay.truth import Interval, Truth, TruthObject
from scanapp.replay.verdicts import Judgement

steady = settings(deadline=None, derandomize=True, max_examples=60)

FPS = 30.0


def code(text: str, *visible: Interval, id: str = "", format: str = "QRCode", **more: Any) -> TruthObject:
    return TruthObject(id or text, "code", {"format": format, "text": text}, visible=visible or None, **more)


def judged(things: Sequence[TruthObject], events: Sequence[Event], forget_s: float = 3.0) -> Judgement:
    rows = [json.loads(event.to_json()) for event in [*events, summary_event(300)]]
    return judge(rows, Truth(tuple(things), fps=FPS), forget_s)


def test_a_code_confirmed_once_is_found_with_its_latencies() -> None:
    judgement = judged([code("A", (0.5, 4.0), readable=((0.8, 3.9),))], [code_event("A", 1.3)])
    (verdict,) = judgement.verdicts
    assert judgement.ok
    assert (judgement.found, judgement.required, verdict.status) == (1, 1, "found")
    assert (verdict.latency, verdict.latency_frames) == (0.8, 24)
    assert (verdict.latency_readable, verdict.latency_readable_frames) == (0.5, 15)
    assert judgement.median_latency == 0.8


def test_a_moment_of_the_truth_is_turned_into_the_nearest_frame() -> None:
    (verdict,) = judged([code("A", (0.033, 4.0))], [code_event("A", 31 / FPS)]).verdicts
    assert verdict.latency_frames == 30


def test_only_confirmed_events_count() -> None:
    found = Event("found", 1.0, 30, track=1, kind="code", value={"format": "QRCode", "text": "A"})
    assert [v.status for v in judged([code("A", (0, 4))], [found]).missed] == ["missed"]


@pytest.mark.parametrize(("text", "format"), [("B", "QRCode"), ("A", "DataMatrix"), ("a", "QRCode")])
def test_another_text_or_format_is_wrong(text: str, format: str) -> None:
    judgement = judged([code("A", (0, 4))], [code_event(text, 1.0, format=format)])
    assert [(w.value, w.why) for w in judgement.wrong] == [(f"{format} {text}", "not in the scene")]
    assert [v.object_id for v in judgement.missed] == ["A"]


def test_what_is_not_required_may_be_confirmed_or_not() -> None:
    thing = code("A", (0, 4), required=False)
    assert judged([thing], []).ok
    assert judged([thing], [code_event("A", 1.0)]).ok
    assert judged([thing], []).verdicts[0].status == "unseen"


def test_twice_in_view_is_a_duplicate() -> None:
    judgement = judged([code("A", (0, 4))], [code_event("A", 1.0), code_event("A", 3.5, track=2)])
    assert [(d.pts, d.why) for d in judgement.duplicates] == [
        (3.5, "already confirmed at 1.000 s, and it had not left")
    ]
    assert not judgement.ok
    assert judgement.found == 1


def test_a_gap_up_to_the_forget_time_gives_no_second_confirmation() -> None:
    thing = code("A", (0, 2), (4.5, 6))
    twice = [code_event("A", 1.0), code_event("A", 5.0)]
    assert judged([thing], twice[:1]).ok
    assert [d.pts for d in judged([thing], twice).duplicates] == [5.0]


def test_a_longer_gap_asks_for_a_second_confirmation() -> None:
    thing = code("A", (0, 2), (6, 8))
    twice = [code_event("A", 1.0), code_event("A", 6.5)]
    judgement = judged([thing], twice)
    assert judgement.ok
    assert [(v.appearance, v.latency) for v in judgement.verdicts] == [(0, 1.0), (1, 0.5)]
    assert [v.appearance for v in judged([thing], twice[:1]).missed] == [1]
    assert [v.appearance for v in judged([thing], twice[1:]).missed] == [0]


def test_each_stay_has_its_own_readable_moment() -> None:
    thing = code("A", (0, 2), (6, 8), readable=((0.2, 9.0),), quads=quads(0, 60) + quads(165, 240))
    judgement = judged([thing], [code_event("A", 1.0), code_event("A", 6.5)])
    assert [v.latency_readable for v in judgement.verdicts] == [0.8, pytest.approx(6.5 - 160 / FPS, abs=0.01)]


def test_the_forget_time_is_the_pipelines() -> None:
    thing = code("A", (0, 2), (6, 8))
    assert judged([thing], [code_event("A", 1.0)], forget_s=4.0).ok
    assert not judged([thing], [code_event("A", 1.0)], forget_s=3.9).ok


def test_a_late_confirmation_belongs_to_the_stay_that_it_was_seen_in() -> None:
    thing = code("A", (0, 2), (6, 8))
    judgement = judged([thing], [code_event("A", 2.4), code_event("A", 6.5)])
    assert judgement.ok
    assert [v.confirmed for v in judgement.verdicts] == [2.4, 6.5]


def test_a_thing_may_be_read_while_it_is_still_coming_into_view() -> None:
    thing = code("A", (0, 2), (6, 8))
    judgement = judged([thing], [code_event("A", 1.0), code_event("A", 5.5)])
    assert judgement.ok
    assert [v.latency for v in judgement.verdicts] == [1.0, -0.5]


def quads(first: int, last: int) -> tuple[tuple[int, Any], ...]:
    return tuple((frame, box_quad(0, 0, 9, 9)) for frame in range(first, last + 1, 5))


def test_a_confirmation_before_the_thing_came_into_view_is_wrong() -> None:
    thing = code("A", (2.0, 4.0), quads=quads(45, 120))
    assert judged([thing], [code_event("A", 1.5)]).ok
    judgement = judged([thing], [code_event("A", 1.0)])
    assert [w.why for w in judgement.wrong] == ["confirmed before it came into view"]
    assert judgement.missed


def test_quads_tell_how_early_a_thing_came_back() -> None:
    thing = code("A", (0.0, 1.0), (8.0, 9.0), quads=quads(0, 30) + quads(150, 270))
    early = [code_event("A", 0.5), code_event("A", 5.2)]
    assert [v.confirmed for v in judged([thing], early).verdicts] == [0.5, 5.2]
    assert judged([thing], early).ok


def test_two_things_of_the_same_value_may_be_confirmed_twice() -> None:
    things = [code("A", (0, 4), id="left"), code("A", (1, 4), id="right")]
    events = [code_event("A", t, track=n) for n, t in enumerate((1.0, 1.5, 2.0))]
    assert judged(things, events[:1]).ok
    assert judged(things, events[:2]).ok
    assert [d.pts for d in judged(things, events).duplicates] == [2.0]


def test_copies_count_in_the_stay_that_they_are_in() -> None:
    things = [code("A", (0, 2), id="left"), code("A", (6, 8), id="right")]
    assert judged(things, [code_event("A", 1.0), code_event("A", 7.0)]).ok
    assert [d.pts for d in judged(things, [code_event("A", 1.0), code_event("A", 1.5)]).duplicates] == [1.5]


def test_a_stay_lasts_until_the_last_copy_has_gone() -> None:
    things = [code("A", (0, 10), (11, 12), id="left"), code("A", (1, 2), id="right")]
    assert judged(things, [code_event("A", 1.0)]).ok


def test_times_rounded_to_a_millisecond_are_not_early() -> None:
    thing = code("A", (2.0, 4.0), quads=quads(45, 120))
    assert judged([thing], [code_event("A", 40 / FPS)]).ok
    assert judged([thing], [code_event("A", 39 / FPS)]).wrong


def test_without_intervals_a_thing_is_expected_once() -> None:
    assert judged([code("A")], [code_event("A", 7.0)]).ok
    assert judged([code("A")], [code_event("A", 7.0)]).median_latency is None
    assert judged([code("A")], [code_event("A", 1.0), code_event("A", 9.0)]).duplicates
    never_whole = TruthObject("A", "code", {"format": "QRCode", "text": "A"}, visible=(), required=False)
    assert judged([never_whole], [code_event("A", 1.0)]).ok


def test_an_empty_scene_forgives_nothing() -> None:
    assert judged([], []).ok
    assert len(judged([], [code_event("A", 1.0), text_event(["hello"], 1.0)]).wrong) == 2


def test_kinds_that_the_truth_does_not_speak_of_are_counted_not_judged() -> None:
    rows = [json.loads(e.to_json()) for e in (code_event("A", 1.0), text_event(["hello"], 1.0))]
    judgement = judge(rows, Truth((code("A", (0, 4)),), fps=FPS, kinds=("code",)))
    assert judgement.ok
    assert judgement.unjudged == 1


# Properties

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[TruthObject], list[Event]]:
    """Codes with one to three stays in view each, and what a perfect engine says of them."""
    things, events = [], []
    for track, text in enumerate(draw(st.lists(texts, min_size=1, max_size=4, unique=True))):
        stays, clock = [], 0.0
        for _ in range(draw(st.integers(1, 3))):
            first = clock + draw(st.integers(0, 60)) / FPS
            last = first + draw(st.integers(1, 90)) / FPS
            stays.append((round(first, 3), round(last, 3)))
            seen = first + (last - first) * draw(st.floats(0, 1))
            events.append(code_event(text, round(seen, 3), track=track))
            clock = last + 3.1
        things.append(code(text, *stays))
    return things, sorted(events, key=lambda event: event.pts)


@steady
@given(scenes())
def test_a_perfect_engine_always_passes(scene: tuple[list[TruthObject], list[Event]]) -> None:
    things, events = scene
    judgement = judged(things, events)
    assert judgement.ok
    assert judgement.found == judgement.required == len(events)
    assert all(v.latency is not None and v.latency >= 0 for v in judgement.verdicts)


@steady
@given(scenes(), st.data())
def test_dropping_one_confirmation_misses_exactly_that(
    scene: tuple[list[TruthObject], list[Event]], data: st.DataObject
) -> None:
    things, events = scene
    gone = data.draw(st.integers(0, len(events) - 1))
    judgement = judged(things, events[:gone] + events[gone + 1 :])
    assert len(judgement.missed) == 1
    assert judgement.missed[0].object_id == events[gone].to_dict()["value"]["text"]
    assert not judgement.wrong
    assert not judgement.duplicates


@steady
@given(scenes(), st.data())
def test_repeating_one_confirmation_is_exactly_one_duplicate(
    scene: tuple[list[TruthObject], list[Event]], data: st.DataObject
) -> None:
    things, events = scene
    again = data.draw(st.integers(0, len(events) - 1))
    judgement = judged(things, [*events[: again + 1], *events[again:]])
    assert [d.pts for d in judgement.duplicates] == [events[again].to_dict()["pts"]]
    assert not judgement.missed
    assert not judgement.wrong


@steady
@given(scenes(), texts)
def test_a_value_from_nowhere_is_wrong(scene: tuple[list[TruthObject], list[Event]], text: str) -> None:
    things, events = scene
    judgement = judged(things, [*events, code_event(text, 1.0, format="Aztec")])
    assert [w.value for w in judgement.wrong] == [f"Aztec {text}"]
    assert not judgement.missed
