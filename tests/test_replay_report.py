"""Reports: the table for people, JUnit for CI servers; both with payloads from strangers in them."""

from __future__ import annotations

import io
import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from scanapp.errors import OutputError
from scanapp.replay.judge import judge
from scanapp.replay.junit import junit, write_junit
from scanapp.replay.outcome import Golden, GoldenCheck, Outcome
from scanapp.replay.report import report
from scanapp.replay.testing import code_event, summary_event, text_event
from scanapp.replay.truth import Truth, TruthObject
from scanapp.replay.verdicts import Judgement

steady = settings(deadline=None, derandomize=True, max_examples=60)

FPS = 30.0


def judged(*texts: str) -> Judgement:
    """A scene with the code "A" in view for ten seconds and the line "hello world", as an engine saw it."""
    events = [code_event(text, 1.0 + n) for n, text in enumerate(texts)] + [text_event(["hello w0rld"], 2.0)]
    rows = [json.loads(event.to_json()) for event in [*events, summary_event(300)]]
    things = (
        TruthObject("a", "code", {"format": "QRCode", "text": "A"}, visible=((0.5, 9.9),), readable=((0.7, 9.9),)),
        TruthObject("page", "text", {"text": "hello world", "lines": ["hello world"]}, required=False),
    )
    return judge(rows, Truth(things, fps=FPS))


OUTCOMES = [
    Outcome(Path("videos/good.mp4"), "everything", frames=90, judgement=judged("A"), golden=GoldenCheck(Golden.OK)),
    Outcome(Path("videos/bad.mp4"), "codes", frames=90, judgement=judged("A", "A", "Z"), seconds=1.5),
    Outcome(Path("videos/changed.mp4"), "codes", golden=GoldenCheck(Golden.DIFFERS, ("first difference: line 1",))),
    Outcome(Path("videos/plain.mp4"), "codes", "slow_phone", frames=7, notes=("notice: the file ends early",)),
    Outcome(Path("videos/new.mp4"), "codes", golden=GoldenCheck(Golden.UPDATED)),
    Outcome(Path("videos/cut.mp4"), error="cut.mp4: not a video", details=("line one", "line two")),
]


def shown(*outcomes: Outcome, width: int = 140) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(report(outcomes))
    return out.getvalue()


def test_the_table_has_a_row_a_recording() -> None:
    header, _, *rows = shown(*OUTCOMES).splitlines()
    cells = {row.split()[1]: row.split() for row in rows[: len(OUTCOMES)]}
    assert " ".join(header.split()) == "result recording pipeline frames found wrong twice latency golden"
    assert cells["good.mp4"] == ["ok", "good.mp4", "everything", "90", "1/1", "0", "0", "0.50", "s", "ok"]
    assert cells["bad.mp4"] == ["differs", "bad.mp4", "codes", "90", "1/1", "1", "1", "0.50", "s", "none"]
    assert cells["changed.mp4"] == ["differs", "changed.mp4", "codes", "–", "–", "–", "–", "differs"]
    assert cells["plain.mp4"] == ["ok", "plain.mp4", "codes", "7", "–", "–", "–", "–", "none"]
    assert cells["new.mp4"][-1] == "updated"
    assert cells["cut.mp4"] == ["error", "cut.mp4", "–", "–", "–", "–"]


def test_below_the_table_stands_what_differs_and_the_totals() -> None:
    text = shown(*OUTCOMES)
    assert "\nbad.mp4\n  wrong code 'QRCode Z' at 3.000 s, frame 90: not in the scene\n" in text
    assert (
        "  duplicate code 'QRCode A' at 2.000 s, frame 60: already confirmed at 1.000 s, and it had not left\n"
        in text
    )
    assert "\nchanged.mp4\n  differs from its golden:\n    first difference: line 1\n" in text
    assert "\nplain.mp4\n  notice: the file ends early\n" in text
    assert "\ncut.mp4\n  cut.mp4: not a video\n  line one\n  line two\n" in text
    assert text.splitlines()[-1] == (
        "6 recordings, 3 ok, 2 differ, 1 failed, 2/2 values found, 1 wrong, 1 reported twice, 1 golden written"
    )


def test_a_missed_value_says_when_it_could_have_been_seen() -> None:
    assert "missed code 'QRCode A' (a): never confirmed; visible from 0.500 s, readable from 0.700 s" in shown(
        Outcome(Path("a.mp4"), judgement=judged())
    )


def test_equal_names_are_told_apart() -> None:
    text = shown(Outcome(Path("one/a.mp4")), Outcome(Path("two/a.mp4")))
    assert "one/a.mp4" in text
    assert "two/a.mp4" in text


def test_a_narrow_terminal_still_shows_every_name_and_result() -> None:
    text = shown(*OUTCOMES, width=80)
    lines = text.splitlines()
    assert [line.rstrip()[-7:] for line in lines if "changed.mp4  " in line] == ["differs"]
    assert max(map(len, lines)) <= 80


def test_junit_is_read_back() -> None:
    root = ET.fromstring(junit(OUTCOMES))
    suite = root.find("testsuite")
    assert suite is not None
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "time")} == {
        "name": "scanapp replay",
        "tests": "6",
        "failures": "2",
        "errors": "1",
        "time": "1.500",
    }
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == [str(outcome.recording) for outcome in OUTCOMES]
    good, bad, cut = (cases[f"videos/{name}.mp4"] for name in ("good", "bad", "cut"))
    assert [child.tag for child in good] == ["properties"]
    properties = {p.get("name"): p.get("value") for p in good.iter("property")}
    assert properties == {
        "pipeline": "everything",
        "device": "none",
        "frames": "90",
        "required": "1",
        "found": "1",
        "wrong": "0",
        "duplicates": "0",
        "median_latency_s": "0.500",
        "median_latency_frames": "15",
        "median_latency_readable_s": "0.300",
        "golden": "ok",
    }
    failure, error = bad.find("failure"), cut.find("error")
    assert failure is not None
    assert failure.get("message") == "wrong code 'QRCode Z' at 3.000 s, frame 90: not in the scene"
    assert "duplicate code" in (failure.text or "")
    assert error is not None
    assert (error.get("message"), error.text) == (
        "cut.mp4: not a video",
        "cut.mp4: not a video\nline one\nline two",
    )
    assert cases["videos/plain.mp4"].findtext("system-out") == "notice: the file ends early"


hostile = st.text(
    st.sampled_from("\x00\x07\x1b[]31m\x7f\x9b\u202e\u200b\ufffe\uffff\ud800\udcff]]><&'\"\\\n\r\t漢é \U0001f600"),
    max_size=30,
)


@steady
@given(hostile, hostile, hostile)
def test_hostile_text_stays_text(text: str, name: str, error: str) -> None:
    outcomes = [
        Outcome(Path("x" + name.replace("/", "").replace("\x00", "")), text, judgement=judged(text)),
        Outcome(Path("y"), error="e" + error, details=(text,)),
        Outcome(Path("z"), golden=GoldenCheck(Golden.DIFFERS, (text,)), notes=(error,)),
    ]
    root = ET.fromstring(junit(outcomes))
    assert len(root.findall("testsuite/testcase")) == 3
    out = shown(*outcomes, width=400)
    assert not set(out) & set("\x00\x07\x1b\x7f\x9b\u202e\u200b\r\t\ud800\udcff")
    out.encode("utf-8")


def test_markup_in_a_payload_is_not_markup() -> None:
    assert "[red]QR[/red]" in shown(Outcome(Path("a.mp4"), judgement=judged("[red]QR[/red]")))


def test_junit_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.xml"
    write_junit(path, OUTCOMES)
    assert path.read_bytes() == junit(OUTCOMES)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_junit(path, [])
    assert path.read_bytes() == junit(OUTCOMES)
