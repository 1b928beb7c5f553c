"""Goldens: equal to the byte or explained; damaged ones named; written whole or not at all."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.errors import OutputError, ReplayError
from scanapp.events import Event
from scanapp.replay.golden import compare_golden, encode_log, golden_path, parse_golden, update_golden
from scanapp.replay.golden_diff import log_diff
from scanapp.replay.testing import code_event, summary_event, text_event
from scanapp.sanitize import printable

steady = settings(deadline=None, derandomize=True, max_examples=60)

EVENTS = [
    code_event("A", 1.0),
    code_event("B", 1.5, track=2),
    text_event(["hello"], 2.0, track=3),
    summary_event(90),
]


def log(*events: Event) -> bytes:
    return encode_log([event.to_json() for event in events])


def differences(tmp_path: Path, golden: bytes, now: bytes) -> list[str]:
    path = tmp_path / "x.golden.jsonl"
    path.write_bytes(golden)
    return compare_golden(path, now)


def test_equal_bytes_are_equal(tmp_path: Path) -> None:
    assert differences(tmp_path, log(*EVENTS), log(*EVENTS)) == []


def test_a_changed_event_is_told_field_by_field(tmp_path: Path) -> None:
    now = [EVENTS[0], code_event("B", 1.533, track=2), *EVENTS[2:]]
    assert differences(tmp_path, log(*EVENTS), log(*now)) == [
        "first difference: line 2 (golden 4 lines, now 4)",
        "  golden: 1.500 s frame 45 confirmed code QRCode B",
        "  now:    1.533 s frame 46 confirmed code QRCode B",
        "    pts: golden 1.5, now 1.533",
        "    frame: golden 45, now 46",
        "1 event changed: pts in 1, frame in 1",
    ]


def test_missing_and_new_events_are_named_and_the_rest_stays_paired(tmp_path: Path) -> None:
    now = [code_event("C", 0.5, track=9), EVENTS[0], *EVENTS[2:]]
    assert differences(tmp_path, log(*EVENTS), log(*now)) == [
        "first difference: line 1 (golden 4 lines, now 4)",
        "  golden: 1.000 s frame 30 confirmed code QRCode A",
        "  now:    0.500 s frame 15 confirmed code QRCode C",
        "1 event missing (only in the golden):",
        "  1.500 s frame 45 confirmed code QRCode B",
        "1 event new (only in this replay):",
        "  0.500 s frame 15 confirmed code QRCode C",
    ]


def test_nested_values_are_told_by_their_path(tmp_path: Path) -> None:
    golden, now = (json.loads(EVENTS[0].to_json()) for _ in range(2))
    golden["value"]["payload"] = {"type": "url", "url": "https://a.example"}
    now["value"]["payload"] = {"type": "url", "url": "https://b.example", "warning": "look-alike"}
    tail = summary_event(90).to_json()
    lines = differences(tmp_path, encode_log([json.dumps(golden), tail]), encode_log([json.dumps(now), tail]))
    assert '    value.payload.url: golden "https://a.example", now "https://b.example"' in lines
    assert '    value.payload.warning: golden nothing, now "look-alike"' in lines


def test_many_differences_are_counted(tmp_path: Path) -> None:
    many = [code_event(f"code {n}", n / 10, track=n) for n in range(40)]
    lines = differences(tmp_path, log(*many, EVENTS[-1]), log(EVENTS[-1]))
    assert "40 events missing (only in the golden):" in lines
    assert lines[-1] == "  and 35 more"
    assert len(lines) < 15


def test_repeated_events_are_paired_in_order(tmp_path: Path) -> None:
    before = [code_event("A", 1.0), code_event("A", 9.0), EVENTS[-1]]
    after = [code_event("A", 1.0), code_event("A", 8.0), EVENTS[-1]]
    assert differences(tmp_path, log(*before), log(*after))[-1] == "1 event changed: pts in 1, frame in 1"


def test_another_order_is_told(tmp_path: Path) -> None:
    lines = differences(tmp_path, log(*EVENTS), log(EVENTS[1], EVENTS[0], *EVENTS[2:]))
    assert lines[-1] == "the same events in another order"


def test_line_ends_turned_by_git_are_recognised(tmp_path: Path) -> None:
    (line,) = differences(tmp_path, log(*EVENTS).replace(b"\n", b"\r\n"), log(*EVENTS))
    assert line.startswith("only the line ends differ")


def test_the_same_events_written_differently_still_differ(tmp_path: Path) -> None:
    spaced = log(*EVENTS).replace(
        b'"schema":1,"type":"confirmed","pts":1.5', b'"schema":1,"type":"confirmed", "pts":1.5'
    )
    assert differences(tmp_path, spaced, log(*EVENTS)) == [
        "the same events, written differently from line 2, byte 32 on"
    ]


def test_a_missing_last_line_end_differs(tmp_path: Path) -> None:
    assert differences(tmp_path, log(*EVENTS)[:-1], log(*EVENTS))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", "line 1: the file is empty"),
        (lambda good: good.replace(b'"B"', b'"B', 1), "line 2: column "),
        (lambda good: good.replace(b'"B"', b'"\xff"', 1), "line 2: expected UTF-8 text"),
        (lambda good: good.replace(b"\n", b"\n[1]\n", 1), 'line 2: expected an event, an object with a "type"'),
        (lambda good: good.replace(b"\n", b"\n\n", 1), "line 2: column 1: damaged JSON"),
        (
            lambda good: good[: good.rindex(b'{"schema"')],
            "line 3: the log ends with 'confirmed', expected a summary",
        ),
        (lambda good: good[: len(good) // 2], "line 2: column "),
        (lambda good: good.replace(b'"pts":1.0', b'"pts":NaN'), "line 1: damaged JSON: NaN is not a number"),
        (lambda _: b"[" * 100_000, "line 1: damaged JSON"),
        (lambda good: b"<<<<<<< HEAD\n" + good, "line 1: column 1: damaged JSON"),
    ],
)
def test_a_damaged_golden_names_file_and_line(tmp_path: Path, damage: Any, message: str) -> None:
    with pytest.raises(ReplayError) as caught:
        differences(tmp_path, damage(log(*EVENTS)), log(*EVENTS))
    assert str(caught.value).startswith(f"{tmp_path / 'x.golden.jsonl'}: {message}")
    assert str(caught.value).endswith("(restore it, or bless the present events with --update)")


def test_a_golden_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="cannot be read"):
        compare_golden(tmp_path, log(*EVENTS))


@steady
@given(st.data())
def test_any_one_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    good = log(*EVENTS)
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
    try:
        lines = differences(tmp_path_factory.getbasetemp(), good[:at] + bytes([byte]) + good[at + 1 :], good)
    except ReplayError as error:
        lines = re.findall(r"x\.golden\.jsonl: line \d+: ", str(error))
    assert lines


texts = st.text(max_size=6)
events = st.builds(code_event, texts, st.integers(0, 300).map(lambda n: n / 30), track=st.integers(1, 3))
logs = st.lists(events, max_size=8).map(lambda rows: log(*rows, summary_event(300)))


@steady
@given(logs, logs)
def test_a_diff_speaks_exactly_when_logs_differ_and_never_raw(a: bytes, b: bytes) -> None:
    if a == b:
        return
    lines = log_diff(a, parse_golden(a, "a"), b, parse_golden(b, "b"))
    assert lines
    assert all(printable(line) == line for line in lines)
    assert max(map(len, lines)) < 300


@steady
@given(logs, events)
def test_one_event_more_is_one_event_more(a: bytes, event: Event) -> None:
    b = encode_log([event.to_json()]) + a
    lines = log_diff(a, parse_golden(a, "a"), b, parse_golden(b, "b"))
    news = [line for line in lines if "new (only in this replay)" in line]
    assert news == ["1 event new (only in this replay):"]
    assert not [line for line in lines if "missing" in line]


def test_a_golden_is_written_once_and_only_when_it_changes(tmp_path: Path) -> None:
    path = golden_path(tmp_path / "x.mp4")
    assert path.name == "x.golden.jsonl"
    assert update_golden(path, log(*EVENTS))
    assert not update_golden(path, log(*EVENTS))
    assert update_golden(path, log(EVENTS[-1]))
    assert path.read_bytes() == log(EVENTS[-1])
    assert os.listdir(tmp_path) == ["x.golden.jsonl"]


def test_permissions_and_links_survive_an_update(tmp_path: Path) -> None:
    path, link = tmp_path / "real.jsonl", tmp_path / "x.golden.jsonl"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    assert update_golden(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_failing_write_leaves_the_old_golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.golden.jsonl"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"x\.golden\.jsonl: cannot be written: No space left on device"):
        update_golden(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x.golden.jsonl"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        update_golden(tmp_path / "gone" / "x.golden.jsonl", b"new")
