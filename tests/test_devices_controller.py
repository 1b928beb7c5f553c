"""The controller on tables of loads, and replays on virtual devices that slow down on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanapp.devices.controller import Controller, FrameLoad
from scanapp.devices.device import REFERENCE, Device, virtual_device
from scanapp.events import NOTICE, Event
from scanapp.pipeline import load_pipeline
from scanapp.scanner import Scanner

SAMPLES = Path(__file__).parent.parent / "sample_videos"
PACES = (1.0, 0.5, 0.25)
FRAME_S = 1 / 30


def drive(phases: list[tuple[float, float, float]]) -> list[tuple[float, int]]:
    """Steps (second, rung) under phases of (seconds, factor of the machine's speed, share of the paced work).

    The engine needs 10 ms a frame and 20 ms of paced work at full pace, times the factor; what comes meanwhile is
    lost.
    """
    controller, steps = Controller(PACES), []
    now = free = 0.0
    came = taken = 0
    for seconds, factor, share in phases:
        until = now + seconds
        while now < until:
            now += FRAME_S
            came += 1
            if free > now:
                continue
            paced = 0.020 * factor * share * PACES[controller.rung]
            busy = 0.010 * factor + paced
            free, taken = now + busy, taken + 1
            if controller.frame(FrameLoad(free, busy, paced, came, taken)):
                steps.append((round(free, 2), controller.rung))
    return steps


def test_a_machine_that_keeps_up_is_left_alone() -> None:
    assert drive([(60.0, 0.9, 1.0)]) == []


def test_half_the_time_means_steps_down_within_two_seconds_and_back_within_five() -> None:
    steps = drive([(4.0, 0.8, 1.0), (8.0, 1.8, 1.0), (8.0, 0.8, 1.0)])
    down = [at for at, rung in steps if at < 12 and rung > 0]
    back = [at for at, rung in steps if at > 12 and rung == 0]
    assert 4.0 < down[0] < 6.0
    assert back
    assert back[0] < 17.0


def test_a_machine_that_is_a_little_too_slow_does_not_swing() -> None:
    """At full pace frames are lost, a rung lower there is no room for more: it stays there."""
    steps = drive([(60.0, 1.25, 1.0)])
    assert steps[0][1] > 0
    assert len(steps) <= 2


def test_a_hopeless_machine_goes_to_the_bottom_and_stays() -> None:
    steps = drive([(30.0, 8.0, 1.0)])
    assert steps[-1][1] == len(PACES) - 1
    assert all(rung > 0 for _, rung in steps)
    assert len(steps) <= 2


def test_too_early_a_step_up_is_tried_later_and_later() -> None:
    """Trouble comes back whenever there was room for a moment."""
    steps = drive([(3.0, 2.0, 1.0), *[(1.2, 0.5, 1.0), (1.0, 3.0, 1.0)] * 12])
    ups = [at for (at, rung), (_, before) in zip(steps[1:], steps, strict=False) if rung < before]
    assert len(ups) <= 9


def test_the_beginning_is_not_judged() -> None:
    assert drive([(0.9, 20.0, 1.0), (10.0, 0.8, 1.0)]) == []


def logged(device: Device | str | None, workers: int = 1, pipeline: str = "everything") -> list[Event]:
    with Scanner(pipeline) as scanner:
        return list(scanner.replay(SAMPLES / "hide_and_show.mp4", device=device, workers=workers))


def notices(events: list[Event]) -> list[str]:
    return [str(event.data["message"]) for event in events if event.type == NOTICE and event.data["what"] == "pace"]


def test_a_replay_without_a_device_knows_no_pace() -> None:
    assert notices(logged(None, pipeline="codes")) == []


def test_a_device_that_throttles_steps_down_and_back_the_same_way_each_time() -> None:
    device = Device("throttling", "", 2.0, phases=((1.2, 12.0), (2.4, 1.0)))
    first, second = logged(device), logged(device, workers=3)
    assert [event.to_json() for event in first] == [event.to_json() for event in second]
    said = notices(first)
    assert said[0].startswith("the machine falls behind")
    assert any(message.startswith("there is room again") for message in said)


def test_phases_scale_time() -> None:
    device = virtual_device("hot_phone")
    assert [device.factor_at(at) for at in (0.0, 1.9, 2.0, 4.9, 5.0, 60.0)] == [3, 3, 9, 9, 3, 3]
    assert device.seconds(100, 3.0) == pytest.approx(0.9)
    assert REFERENCE.factor_at(1e6) == 1.0


def test_stages_of_ones_own_are_never_exchanged() -> None:
    pipeline = load_pipeline("codes")
    detectors, recognizers = pipeline.make_detectors(), pipeline.make_recognizers()
    scanner = Scanner(pipeline, detectors=detectors[:1], recognizers=recognizers)
    device = Device("throttling", "", 2.0, phases=((0.8, 30.0),))
    events = list(scanner.replay(SAMPLES / "hide_and_show.mp4", device=device))
    assert notices(events)
