"""The hand-off between capture and cascade, and the clocks."""

from __future__ import annotations

import threading

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex.subject import Subject

from scanapp.clock import VirtualClock
from scanapp.stream import ENDED, SUPERSEDED, HandOff, conflate


def test_a_slow_consumer_sees_the_newest_item_and_every_drop_is_counted() -> None:
    source: Subject[int] = Subject()
    counts, seen, gate, first, done = HandOff(), [], threading.Event(), threading.Event(), threading.Event()

    def slow(item: int) -> None:
        seen.append(item)
        first.set()
        gate.wait(5)

    source.pipe(conflate(counts)).subscribe(slow, on_completed=done.set)
    source.on_next(0)
    assert first.wait(5)
    for item in range(1, 200):
        source.on_next(item)
    gate.set()
    source.on_completed()
    assert done.wait(5)
    assert seen == [0, 199]
    assert counts.produced == 200
    assert counts.delivered == 2
    assert counts.dropped == {SUPERSEDED: 198}


def test_kept_items_are_never_dropped_and_keep_their_place() -> None:
    source: Subject[str] = Subject()
    seen, gate, first, done = [], threading.Event(), threading.Event(), threading.Event()

    def slow(item: str) -> None:
        seen.append(item)
        first.set()
        gate.wait(5)

    source.pipe(conflate(keep=str.isupper)).subscribe(slow, on_completed=done.set)
    source.on_next("a")
    assert first.wait(5)
    for item in ("b", "X", "c", "Y", "d", "Z"):
        source.on_next(item)
    gate.set()
    source.on_completed()
    assert done.wait(5)
    assert seen == ["a", "X", "Y", "d", "Z"]


def test_an_error_follows_the_last_item() -> None:
    source: Subject[int] = Subject()
    seen, failed = [], threading.Event()
    errors: list[Exception] = []

    def fail(error: Exception) -> None:
        errors.append(error)
        failed.set()

    source.pipe(conflate()).subscribe(seen.append, on_error=fail)
    source.on_next(1)
    source.on_error(OSError("unplugged"))
    assert failed.wait(5)
    assert seen == [1]
    assert str(errors[0]) == "unplugged"


def test_disposing_counts_what_was_waiting_as_dropped() -> None:
    source: Subject[int] = Subject()
    counts, gate, first = HandOff(), threading.Event(), threading.Event()

    def slow(_item: int) -> None:
        first.set()
        gate.wait(5)

    subscription = source.pipe(conflate(counts)).subscribe(slow)
    source.on_next(0)
    assert first.wait(5)
    source.on_next(1)
    subscription.dispose()
    gate.set()
    assert counts.produced == counts.delivered + sum(counts.dropped.values())
    assert counts.dropped == {ENDED: 1}


def test_a_cold_source_is_delivered_to_the_end() -> None:
    done = threading.Event()
    seen: list[int] = []
    counts = HandOff()
    reactivex.from_iterable(range(1000)).pipe(conflate(counts)).subscribe(seen.append, on_completed=done.set)
    assert done.wait(10)
    assert seen[-1] == 999
    assert seen == sorted(seen)
    assert counts.produced == 1000 == counts.delivered + sum(counts.dropped.values())


def test_a_thousand_actions_at_one_instant_run_in_order_without_drift() -> None:
    clock, ran = VirtualClock(), []
    for number in range(1000):
        clock.at(2.0, lambda number=number: ran.append((number, clock.now())))  # type: ignore[misc]
    clock.advance_to(2.0)
    assert ran == [(number, 2.0) for number in range(1000)]


def test_an_action_may_schedule_another_at_the_same_instant() -> None:
    clock, ran = VirtualClock(), []

    def again() -> None:
        ran.append(clock.now())
        if len(ran) < 300:
            clock.at(clock.now(), again)

    clock.at(1.0, again)
    clock.advance_to(1.0)
    assert ran == [1.0] * 300
    assert clock.next_due() is None


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60))
def test_virtual_time_never_runs_back(moments: list[tuple[float, bool]]) -> None:
    clock, seen = VirtualClock(), []
    for when, turn in moments:
        clock.at(when, lambda: seen.append(clock.now()))
        if turn:
            clock.advance_to(when)
    clock.advance_to(200)
    assert seen == sorted(seen)
    assert len(seen) == len(moments)


@pytest.mark.parametrize("when", [5.0, 1.0])
def test_an_action_in_the_past_runs_at_the_next_turn(when: float) -> None:
    clock, seen = VirtualClock(5.0), []
    clock.at(when, lambda: seen.append(clock.now()))
    clock.advance_to(5.0)
    assert seen == [5.0]
