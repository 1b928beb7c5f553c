"""The engine through its public face, with scripted and with real stages."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from scenes import code, frames, ground, placed, sliding, still

import scanapp
from scanapp import Detection, Effort, Event, Frame, Reading, Scanner, View
from scanapp.devices.device import Device
from scanapp.errors import ScanError, UsageError
from scanapp.geometry import box_quad
from scanapp.pipeline import parse_pipeline
from scanapp.sources.base import Notice, SourceInfo
from scanapp.testing import ScriptedDetector, ScriptedRecognizer, ScriptedSource, reading

PLAIN = parse_pipeline('[[recognize]]\nuse = "code"\n', source="test.toml")
PLACE = box_quad(120, 90, 260, 230)


def proposing(_frame: Frame) -> list[Detection]:
    return [Detection("code", PLACE, 0.9)]


def scripted(detector: object, recognizer: object, text: str = '[[recognize]]\nuse = "code"\n') -> Scanner:
    return Scanner(parse_pipeline(text), detectors=[detector], recognizers=[recognizer])  # type: ignore[list-item]


def types(events: Sequence[Event]) -> list[str]:
    return [event.type for event in events]


def texts(events: Sequence[Event], kind: str = "confirmed") -> list[str]:
    return [event.value["text"] for event in events if event.type == kind and event.value]


def test_a_code_in_view_is_found_confirmed_once_and_lost_at_the_end() -> None:
    events = list(Scanner("codes").replay(ScriptedSource(still("hello", 40))))
    assert types(events) == ["found", "confirmed", "lost", "summary"]
    confirmed = events[1]
    assert confirmed.value is not None
    assert confirmed.value["format"] == "QRCode"
    assert confirmed.value["payload"]["type"] == "text"
    assert confirmed.pts < 0.3
    assert confirmed.quad is not None
    assert np.allclose(confirmed.quad.mean(axis=0), [120 + 58, 90 + 58], atol=6)


def test_a_weak_symbology_needs_a_second_view() -> None:
    events = list(Scanner("codes").replay(ScriptedSource(still("12345670", 40, "ITF"))))
    confirmed = next(event for event in events if event.type == "confirmed")
    assert confirmed.frames_used >= 2


def test_the_event_lies_where_the_thing_is_now_although_the_camera_pans() -> None:
    events = list(Scanner("codes").replay(ScriptedSource(sliding("moving", 60, step=6))))
    lost = next(event for event in events if event.type == "lost")
    assert texts(events) == ["moving"]
    confirmed = next(event for event in events if event.type == "confirmed")
    assert confirmed.quad is not None
    expected = 420 + 50 - 6 * confirmed.frame
    assert abs(float(confirmed.quad[:, 0].mean()) - expected) < 12
    assert lost.pts > confirmed.pts


def test_hidden_for_longer_than_the_forget_time_is_news_again_and_shorter_is_not() -> None:
    shown = placed(ground(), code("again"), 120, 90)
    hidden = ground()
    for gap, times in ((20, 1), (50, 2)):
        stream = [shown] * 10 + [hidden] * gap + [shown] * 10
        events = list(Scanner("codes").replay(ScriptedSource(frames(stream, fps=10))))
        assert texts(events) == ["again"] * times, f"hidden for {gap} frames"


def test_a_misread_that_no_second_view_repeats_is_never_confirmed() -> None:
    words = {5: "wrong", 9: "also wrong"}

    def read(view: View) -> list[Reading]:
        return [reading(words.get(view.frame.index, "right"), strength=0.5, quad=PLACE)]

    scanner = scripted(ScriptedDetector(proposing), ScriptedRecognizer(read))
    assert texts(list(scanner.replay(ScriptedSource(still("x", 30))))) == ["right"]


def test_a_failed_look_is_followed_by_a_dearer_one_and_not_by_the_same() -> None:
    recognizer = ScriptedRecognizer(
        lambda view: [reading("deep", quad=PLACE)] if view.effort == 2 else [],
        efforts=[Effort("a", 1, 0.5), Effort("b", 5, 0.3), Effort("c", 9, 0.2)],
    )
    picture = placed(ground(), code("x"), 120, 90)
    scanner = scripted(ScriptedDetector(proposing), recognizer)
    events = list(scanner.replay(ScriptedSource(frames([picture] * 30))))
    assert texts(events) == ["deep"]
    assert [view.effort for view in recognizer.views] == [0, 1, 2]


def test_clutter_costs_no_more_than_the_speculative_budget() -> None:
    rng = np.random.default_rng(1)
    recognizer = ScriptedRecognizer(lambda _view: [], efforts=[Effort("only", 10, 0.5)])
    moving = [Detection("code", box_quad(x, 20, x + 60, 80), 0.5) for x in range(0, 500, 80)]
    pipeline = '[[recognize]]\nuse = "code"\nspeculative_ms_per_s = 50\n'
    stream = frames(rng.integers(0, 255, (90, 120), dtype=np.uint8) for _ in range(300))
    list(scripted(ScriptedDetector(lambda _frame: moving), recognizer, pipeline).replay(ScriptedSource(stream)))
    seconds = 10
    assert 0 < len(recognizer.views) * 10 <= 50 * (seconds + 1) + 10


@pytest.mark.parametrize("workers", [1, 4])
def test_replay_is_byte_identical_for_any_number_of_workers(workers: int) -> None:
    def log(count: int) -> list[str]:
        source = ScriptedSource(sliding("same again", 45))
        return [event.to_json() for event in Scanner("codes").replay(source, workers=count)]

    assert log(workers) == log(1)


def test_a_slow_device_drops_frames_and_says_so() -> None:
    device = Device("very_slow", "a hundred times the reference's time", 100)
    summary = list(Scanner("codes").replay(ScriptedSource(sliding("slow", 60)), device=device))[-1]
    assert summary.data["frames"] == 60
    assert summary.data["dropped"] > 0
    assert summary.data["stages"]["observe"]["calls"] + summary.data["dropped"] == 60


@pytest.mark.parametrize(
    ("mode", "count"), [("mode = 'one'", 1), ("mode = 'set'\ncount = 2", 2), ("mode = 'all'", 3)]
)
def test_the_scan_ends_when_what_was_expected_is_complete(mode: str, count: int) -> None:
    def read(view: View) -> list[Reading]:
        return [
            reading(text, quad=box_quad(100 * i, 50, 100 * i + 50, 100))
            for i, text in enumerate(("a", "b", "c")[: 1 + view.frame.index // 5])
        ]

    whole = [Detection("code", box_quad(0, 40, 300, 110), 0.9)]
    text = f'[[recognize]]\nuse = "code"\nsweep_s = 0.05\n[expect]\n{mode}\n'
    rng = np.random.default_rng(2)
    stream = frames(rng.integers(0, 255, (120, 320), dtype=np.uint8) for _ in range(60))
    events = list(
        scripted(ScriptedDetector({0: whole}), ScriptedRecognizer(read), text).replay(ScriptedSource(stream))
    )
    assert len(texts(events)) == count
    assert (events[-1].data["frames"] < 60) == (count < 3)


def test_outside_the_region_of_interest_nothing_is_read() -> None:
    stages = '[[detect]]\nuse = "matrix_code"\n[[recognize]]\nuse = "code"\nsweep_s = 0.1\n'
    text = stages + "[policy]\nregion = [0.6, 0, 1, 1]\n"
    events = list(Scanner(parse_pipeline(text)).replay(ScriptedSource(still("left", 20))))
    assert texts(events) == []


def test_card_numbers_are_masked_unless_revealed() -> None:
    number = "4111111111111111"
    for reveal, shown in ((False, "411111••••••1111"), (True, number)):
        scanner = Scanner("codes", reveal=reveal)
        events = list(scanner.replay(ScriptedSource(still(number, 20))))
        assert texts(events) == [shown]
        log = "\n".join(event.to_json() for event in events) + "".join(map(repr, events))
        assert (number in log) == reveal
        assert (number.encode().hex() in log) == reveal


# -- misbehaviour ------------------------------------------------------------------------------------------------


def notices(events: Sequence[Event]) -> list[str]:
    return [str(event.data["message"]) for event in events if event.type == "notice"]


def test_a_detector_that_raises_is_named_rests_and_the_stream_goes_on() -> None:
    good = ScriptedDetector(proposing, name="good")
    bad = ScriptedDetector(lambda _frame: ZeroDivisionError("oops"), name="bad")
    scanner = Scanner(PLAIN, detectors=[bad, good], recognizers=[ScriptedRecognizer(lambda _v: [reading("ok")])])
    events = list(scanner.replay(ScriptedSource(sliding("x", 90))))
    assert texts(events) == ["ok"]
    assert notices(events)[0] == "detector 'bad' ZeroDivisionError: oops; it rests for 1 s"
    assert 1 < len(bad.frames) < len(good.frames)


def test_nan_quads_are_refused() -> None:
    nan = Detection("code", np.full((4, 2), np.nan, np.float32), 0.9)
    scanner = scripted(ScriptedDetector(lambda _frame: [nan]), ScriptedRecognizer(lambda _v: [reading("never")]))
    events = list(scanner.replay(ScriptedSource(still("x", 5))))
    assert texts(events) == []
    assert "finite" in notices(events)[0]


def test_a_recognizer_that_raises_rests_longer_each_time_and_the_stream_goes_on() -> None:
    recognizer = ScriptedRecognizer(lambda _view: ValueError("bad model"))
    events = list(scripted(ScriptedDetector(proposing), recognizer).replay(ScriptedSource(sliding("x", 150))))
    assert "ValueError: bad model; it rests for 0.5 s" in notices(events)[0]
    assert "it rests for 1 s" in notices(events)[1]
    assert events[-1].data["frames"] == 150
    assert len(recognizer.views) <= 5


def test_a_recognizer_with_nan_readings_is_named() -> None:
    bad = reading("nan", quad=np.full((4, 2), np.nan, np.float32))
    scanner = scripted(ScriptedDetector(proposing), ScriptedRecognizer(lambda _v: [bad]))
    events = list(scanner.replay(ScriptedSource(still("x", 5))))
    assert "bad region" in notices(events)[0]


def test_a_detector_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanapp.scanner.REPLAY_HANG_S", 0.05)
    release = threading.Event()

    def hang(_frame: Frame) -> list[Detection]:
        release.wait(10)
        return []

    scanner = scripted(ScriptedDetector(hang, name="stuck"), ScriptedRecognizer(lambda _v: []))
    events = list(scanner.replay(ScriptedSource(still("x", 10))))
    release.set()
    assert "detector 'stuck' took more than 0.05 s and was left behind" in notices(events)[0]
    assert events[-1].data["frames"] == 10


def test_a_recognizer_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanapp.workers.HANG_S", 0.05)
    release = threading.Event()

    def hang(_view: View) -> list[Reading]:
        release.wait(10)
        return []

    scanner = scripted(ScriptedDetector(proposing), ScriptedRecognizer(hang))
    events = list(scanner.replay(ScriptedSource(still("fresh", 60))))
    release.set()
    assert "left behind" in notices(events)[0]
    assert texts(events) == ["fresh"]  # read by the pipeline's own recognizer, made anew


def test_a_covered_lens_is_said_once() -> None:
    from scanapp.testing import blank_frames

    events = list(Scanner("codes").replay(ScriptedSource(blank_frames(100, gray=17))))
    assert [event.data.get("what") for event in events] == ["dark", None]
    assert "lens covered" in notices(events)[0]


# -- other ways in -----------------------------------------------------------------------------------------------


def test_notices_of_the_source_become_events_in_their_place() -> None:
    items = [*still("x", 3), Notice("truncated", "the file ends early")]
    events = list(Scanner("codes").replay(ScriptedSource(items)))
    notice = next(event for event in events if event.type == "notice")
    assert notice.to_dict()["what"] == "truncated"


def test_push_gives_events_through_the_observable() -> None:
    seen: list[Event] = []
    with Scanner("codes") as scanner:
        scanner.events.subscribe(seen.append)
        picture = placed(ground(), code("pushed"), 120, 90)
        deadline = time.monotonic() + 10
        while not texts(seen) and time.monotonic() < deadline:
            scanner.push(picture)
            time.sleep(0.01)
        scanner.end()
    assert texts(seen) == ["pushed"]
    assert seen[-1].type == "summary"
    assert seen[-1].data["frames"] >= 1


def test_async_iteration_gives_the_same_events() -> None:
    async def collect() -> list[str]:
        return [event.to_json() async for event in Scanner("codes").scan_async(ScriptedSource(still("a", 20)))]

    assert asyncio.run(collect()) == [e.to_json() for e in Scanner("codes").scan(ScriptedSource(still("a", 20)))]


def test_leaving_the_loop_frees_the_scanner_and_closes_the_source() -> None:
    scanner, source = Scanner("codes"), ScriptedSource(still("a", 200))
    for event in scanner.scan(source):
        if event.type == "confirmed":
            break
    del event
    import gc

    gc.collect()
    assert source.closed
    assert texts(list(scanner.scan(ScriptedSource(still("b", 20))))) == ["b"]


def test_one_scanner_runs_one_stream_at_a_time_and_two_scanners_run_two() -> None:
    scanner, other = Scanner("codes"), Scanner("codes")
    running = scanner.scan(ScriptedSource(still("a", 20)))
    next(running)
    with pytest.raises(UsageError, match="busy"):
        list(scanner.scan(ScriptedSource(still("b", 20))))
    assert texts(list(other.scan(ScriptedSource(still("b", 20))))) == ["b"]
    assert texts(list(running)) == ["a"]


def test_read_one_picture() -> None:
    picture = placed(ground(), code("picture"), 120, 90)
    results = Scanner("codes").read(picture)
    assert [result.value["text"] for result in results] == ["picture"]
    assert results[0].to_dict()["kind"] == "code"


@pytest.mark.parametrize("size", [(1, 1), (7, 31), (3, 2000)])
def test_odd_sizes_do_no_harm(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    stream = frames(rng.integers(0, 255, size, dtype=np.uint8) for _ in range(8))
    events = list(Scanner("everything").replay(ScriptedSource(stream)))
    assert types(events) == ["summary"]


def test_a_frame_size_that_changes_midway_does_no_harm() -> None:
    small = [Frame(f.gray[:300, :400].copy(), index=20 + f.index, pts=1 + f.pts) for f in still("two", 20)]
    events = list(Scanner("codes").replay(ScriptedSource([*still("one", 20), *small])))
    assert texts(events) == ["one", "two"]


def test_the_public_surface() -> None:
    assert sorted(scanapp.__all__) == [
        "Answer", "Detection", "Effort", "Event", "Frame", "Line", "Pipeline", "Reading", "Result", "ScanError",
        "Scanner", "Snapshot", "TrackState", "View", "load_pipeline",
    ]  # fmt: skip
    for name in scanapp.__all__:
        assert getattr(scanapp, name).__doc__, name


def test_importing_scanapp_is_light() -> None:
    import subprocess
    import sys

    heavy = "torch mediapipe rapidocr onnxruntime tkinter matplotlib"
    script = f"import sys, scanapp; print([m for m in '{heavy}'.split() if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_stream_that_ends_at_once_is_no_surprise() -> None:
    for _ in range(20):
        scanner = Scanner(PLAIN, detectors=[], recognizers=[ScriptedRecognizer(lambda _v: [])])
        source = ScriptedSource([], SourceInfo("short", live=True))
        assert types(list(scanner.scan(source))) == ["summary"]


def test_a_device_that_hangs_in_a_read_does_not_hold_up_the_end() -> None:
    release = threading.Event()

    class Stuck(ScriptedSource):
        def __iter__(self) -> Iterator[Frame | Notice]:
            yield from still("x", 3)
            release.wait(30)

    scanner = Scanner("codes")
    events: list[Event] = []
    source = Stuck([], SourceInfo("stuck", live=True))
    reader = threading.Thread(target=lambda: events.extend(scanner.scan(source)))
    reader.start()
    while not scanner.stats.calls().get("observe"):
        time.sleep(0.01)
    asked = time.monotonic()
    scanner.stop()
    reader.join(10)
    took = time.monotonic() - asked
    release.set()
    assert events[-1].type == "summary"
    assert took < 2.0


def test_a_live_stream_whose_engine_breaks_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object, _frame: Frame) -> list[Event]:
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr("scanapp.cascade.Cascade.step", broken)
    source = ScriptedSource(still("x", 5), SourceInfo("live", live=True))
    with pytest.raises(ScanError, match="ZeroDivisionError: no such luck"):
        list(Scanner("codes").scan(source))
