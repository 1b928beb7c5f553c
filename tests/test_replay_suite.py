"""Whole suites: which recordings, what is checked, what is written, and that one failure never stops the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanapp.errors import OutputError, PipelineError, SourceError, UsageError
from scanapp.events import NOTICE, Event
from scanapp.replay.discover import discover
from scanapp.replay.explain import explain
from scanapp.replay.golden import golden_path
from scanapp.replay.options import Options
from scanapp.replay.outcome import Golden, Status
from scanapp.replay.suite import replay_suite
from scanapp.replay.testing import ScriptedEngine, code_event, summary_event, text_event

GOOD = [code_event("A", 1.0), summary_event(90)]
LATER = [code_event("A", 1.1), summary_event(90)]
WRONG = [code_event("A", 1.0), code_event("Z", 1.2, track=2), summary_event(90)]
BLIND = [summary_event(90)]


def recording(folder: Path, name: str = "a.mp4", truth: dict[str, Any] | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a video, as far as a scripted engine cares")
    if truth is not None:
        thing = {"id": "a", "kind": "code", "value": {"format": "QRCode", "text": "A"}, "visible": [[0.5, 2.9]]}
        data = {"schema": 1, "fps": 30.0, "frames": 90, "objects": [thing]} | truth
        path.with_name(f"{path.stem}.truth.json").write_text(json.dumps(data))
    return path


def outcome(path: Path, events: list[Event] | Exception, **options: Any) -> Any:
    (only,) = replay_suite([path], Options(**options), engine=ScriptedEngine({path.name: events}))
    return only


# What is checked


def test_without_truth_and_golden_it_just_reports(tmp_path: Path) -> None:
    result = outcome(recording(tmp_path), GOOD)
    assert (result.status, result.golden.state, result.judgement, result.frames) == (
        Status.OK,
        Golden.NONE,
        None,
        90,
    )
    assert not result.checked
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_the_truth_decides(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    assert outcome(path, GOOD).status is Status.OK
    assert outcome(path, WRONG).status is Status.DIFFERS
    assert explain(outcome(path, WRONG)) == ["wrong code 'QRCode Z' at 1.200 s, frame 36: not in the scene"]
    assert explain(outcome(path, BLIND)) == ["missed code 'QRCode A' (a): never confirmed; visible from 0.500 s"]


def test_the_golden_decides(tmp_path: Path) -> None:
    path = recording(tmp_path)
    assert outcome(path, GOOD, update=True).golden.state is Golden.UPDATED
    assert outcome(path, GOOD).golden.state is Golden.OK
    changed = outcome(path, LATER)
    assert (changed.status, changed.golden.state) == (Status.DIFFERS, Golden.DIFFERS)
    assert "      pts: golden 1.0, now 1.1" in explain(changed)
    assert outcome(path, LATER, update=True).golden.state is Golden.UPDATED
    assert outcome(path, LATER).status is Status.OK


def test_right_by_truth_and_changed_by_golden_still_differs(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    outcome(path, GOOD, update=True)
    assert outcome(path, LATER).judgement.ok
    assert outcome(path, LATER).status is Status.DIFFERS


def test_goldens_are_written_only_when_asked(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    outcome(path, GOOD, update=True)
    before = golden_path(path).read_bytes()
    outcome(path, LATER)
    assert golden_path(path).read_bytes() == before


def test_wrong_values_are_not_blessed_unless_forced(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    refused = outcome(path, WRONG, update=True)
    assert (refused.status, refused.golden.state) == (Status.DIFFERS, Golden.REFUSED)
    assert "not blessed: the truth says that 1 confirmed value is wrong (--force blesses all the same)" in explain(
        refused
    )
    assert not golden_path(path).exists()
    forced = outcome(path, WRONG, update=True, force=True)
    assert (forced.status, forced.golden.state) == (Status.DIFFERS, Golden.UPDATED)
    assert golden_path(path).exists()


def test_another_device_is_judged_but_not_compared(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    outcome(path, GOOD, update=True)
    assert outcome(recording(tmp_path, "b.mp4"), LATER, device="slow_phone").golden.state is Golden.NONE
    slow = outcome(path, LATER, device="slow_phone")
    assert (slow.status, slow.golden.state) == (Status.OK, Golden.NOT_COMPARED)
    assert explain(slow) == ["golden not compared: on slow_phone frames are dropped and events come later"]
    assert outcome(path, BLIND, device="slow_phone").status is Status.DIFFERS


def test_the_truth_names_the_pipeline_and_the_option_overrides_it(tmp_path: Path) -> None:
    engine = ScriptedEngine({"a.mp4": GOOD, "b.mp4": GOOD, "c.mp4": GOOD})
    recording(tmp_path, "a.mp4", truth={"pipeline": "payment_code"})
    recording(tmp_path, "b.mp4", truth={"pipeline": "mine.toml"})
    recording(tmp_path, "c.mp4")
    replay_suite([tmp_path], engine=engine)
    replay_suite([tmp_path], Options(pipeline="codes", device="slow_phone", workers=4), engine=engine)
    assert engine.calls == [
        ("a.mp4", "payment_code", None, 1),
        ("b.mp4", str(tmp_path / "mine.toml"), None, 1),
        ("c.mp4", "everything", None, 1),
        *((name, "codes", "slow_phone", 4) for name in ("a.mp4", "b.mp4", "c.mp4")),
    ]


def test_a_golden_of_another_pipeline_is_neither_compared_nor_replaced(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={"pipeline": "codes"})
    outcome(path, GOOD, update=True)
    other = outcome(path, LATER, pipeline="text")
    assert (other.status, other.golden.state) == (Status.OK, Golden.NOT_COMPARED)
    assert outcome(path, LATER, pipeline="text", update=True).golden.state is Golden.REFUSED
    assert outcome(path, GOOD, pipeline="codes").golden.state is Golden.OK


def test_the_pipelines_forget_time_counts(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={"objects": [
        {"kind": "code", "value": {"format": "QRCode", "text": "A"}, "visible": [[0, 1], [3, 4]]},
    ]})  # fmt: skip
    twice = [code_event("A", 0.5), code_event("A", 3.5), summary_event(90)]
    for forget_s, again in ((3.0, 1), (1.0, 0)):
        (result,) = replay_suite([path], engine=ScriptedEngine({"a.mp4": twice}, forget_s))
        assert len(result.judgement.duplicates) == again


def test_notices_are_noted(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    notice = Event(NOTICE, 1.5, 45, data={"what": "truncated", "message": "the file ends early"})
    result = outcome(path, [code_event("A", 1.0), notice, summary_event(45)])
    assert result.status is Status.OK
    assert explain(result) == ["notice: the file ends early"]


def test_other_kinds_are_noted(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={"kinds": ["code"]})
    result = outcome(path, [code_event("A", 1.0), text_event(["hello"], 1.0), summary_event(90)])
    assert explain(result) == ["1 confirmed of kinds that the truth does not speak of: not judged"]


# Failures


def test_one_failing_recording_never_stops_the_others(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4"):
        recording(tmp_path, name)
    (tmp_path / "d.truth.json").write_text("{")
    (tmp_path / "e.golden.jsonl").write_text('{"type":"confirmed"\n')
    script = {
        "a.mp4": SourceError("a.mp4: not a video"),
        "b.mp4": ZeroDivisionError("a bug"),
        "c.mp4": GOOD,
        "d.mp4": GOOD,
        "e.mp4": GOOD,
    }
    heard = []
    outcomes = replay_suite([tmp_path], engine=ScriptedEngine(script), on_outcome=lambda o: heard.append(o.status))
    assert [o.status for o in outcomes] == heard == ["error", "error", "ok", "error", "error"]
    assert outcomes[0].error == "a.mp4: not a video"
    assert outcomes[1].error == "internal error: ZeroDivisionError: a bug"
    assert any("test_replay_suite" in line or "testing.py" in line for line in outcomes[1].details)
    assert "d.truth.json: line 1, column 2: damaged JSON" in outcomes[3].error
    assert "e.golden.jsonl: line 1: column 20: damaged JSON" in explain(outcomes[4])[0]


def test_a_damaged_golden_does_not_silence_the_truth(tmp_path: Path) -> None:
    path = recording(tmp_path, truth={})
    golden_path(path).write_bytes(b"")
    result = outcome(path, GOOD)
    assert (result.status, result.golden.state) == (Status.ERROR, Golden.DAMAGED)
    assert result.judgement.ok
    assert "a.golden.jsonl: line 1: the file is empty" in explain(result)[0]


def test_update_mends_a_damaged_golden_but_not_a_damaged_truth(tmp_path: Path) -> None:
    path = recording(tmp_path)
    golden_path(path).write_bytes(b"\x00")
    assert outcome(path, GOOD, update=True).golden.state is Golden.UPDATED
    assert outcome(path, GOOD).golden.state is Golden.OK
    (tmp_path / "a.truth.json").write_text("[]")
    assert outcome(path, LATER, update=True).status is Status.ERROR
    assert b"1.1" not in golden_path(path).read_bytes()


def test_a_pipeline_asked_for_by_name_concerns_all(tmp_path: Path) -> None:
    path = recording(tmp_path)
    with pytest.raises(PipelineError, match="unknown"):
        outcome(path, PipelineError("unknown pipeline 'x'"), pipeline="x")
    assert outcome(path, PipelineError("unknown pipeline 'x'")).status is Status.ERROR
    with pytest.raises(UsageError):
        outcome(path, UsageError("unknown device 'x'"), device="x")


def test_ctrl_c_ends_a_suite(tmp_path: Path) -> None:
    class Interrupted(ScriptedEngine):
        def run(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay_suite([recording(tmp_path)], engine=Interrupted({}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "--workers 0: expected at least 1"),
        ({"force": True}, "--force only goes with --update"),
        ({"update": True, "device": "slow_phone"}, "--update does not go with --device slow_phone"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Options(**options)


# Event logs


def test_event_logs_are_written_to_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "events"
    outcome(recording(tmp_path, "a b.mp4"), GOOD, events_folder=folder)
    lines = (folder / "a b.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == [event.to_json() for event in GOOD]


def test_two_logs_never_share_a_file(tmp_path: Path) -> None:
    recording(tmp_path, "one/a.mp4")
    recording(tmp_path, "two/a.mp4")
    engine = ScriptedEngine({"a.mp4": GOOD})
    with pytest.raises(
        UsageError, match=r"--events: .*one.a\.mp4 and .*two.a\.mp4 would both be written to .*a\.jsonl"
    ):
        replay_suite([tmp_path], Options(events_folder=tmp_path / "out"), engine=engine)
    recording(tmp_path, "one/a.mkv")
    with pytest.raises(UsageError, match=r"--update: .*one.a\.mkv and .*one.a\.mp4"):
        replay_suite([tmp_path], Options(update=True), engine=engine)
    assert engine.calls == []


def test_an_events_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        outcome(recording(tmp_path), GOOD, events_folder=tmp_path / "file" / "events")


def test_progress_is_heard_per_recording(tmp_path: Path) -> None:
    path = recording(tmp_path)
    heard: list[tuple[str, int, int | None]] = []
    replay_suite(
        [path],
        engine=ScriptedEngine({"a.mp4": GOOD}),
        on_progress=lambda recording, done, frames: heard.append((recording.name, done, frames)),
    )
    assert heard == [("a.mp4", 0, 2), ("a.mp4", 1, 2), ("a.mp4", 2, 2)]


# Discovery


def test_folders_are_searched_and_sorted(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MKV", "deep/er/c.webm", ".hidden/d.mp4", ".e.mp4", "notes.txt", "b.truth.json"):
        recording(tmp_path, name)
    found = discover([tmp_path, tmp_path / "b.mp4"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.MKV", "b.mp4", "deep/er/c.webm"]


def test_files_are_taken_as_they_are_but_for_truth_and_golden(tmp_path: Path) -> None:
    names = ("z.mp4", "a.unusual", "z.truth.json", "z.golden.jsonl")
    paths = [recording(tmp_path, name) for name in names]
    assert [path.name for path in discover(paths)] == ["z.mp4", "a.unusual"]


def test_a_transport_stream_is_told_from_typescript(tmp_path: Path) -> None:
    recording(tmp_path, "page.ts").write_bytes(b"Good morning, TypeScript;" * 20)
    recording(tmp_path, "stream.ts").write_bytes((b"\x47" + bytes(187)) * 3)
    recording(tmp_path, "cut.ts").write_bytes(b"\x47")
    assert [path.name for path in discover([tmp_path])] == ["cut.ts", "stream.ts"]


def test_nothing_to_replay_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        discover([tmp_path / "gone.mp4"])
    with pytest.raises(UsageError, match="no recording in this folder"):
        discover([tmp_path])
    with pytest.raises(UsageError, match="no recording to replay"):
        discover([recording(tmp_path, "a.golden.jsonl")])
