"""`scanapp replay`: options, exit codes, what goes to stdout and what to files."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from scanapp.cli.replay import replay_command
from scanapp.errors import OutputError, SourceError, UsageError
from scanapp.replay.testing import ScriptedEngine, code_event, summary_event

GOOD = [code_event("A", 1.0), summary_event(90)]
LATER = [code_event("A", 1.1), summary_event(90)]

Call = Callable[..., Any]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs the command in a folder with good.mp4 and bad.mp4; ``script`` changes what the engine says."""
    app = typer.Typer()
    app.command()(replay_command)
    monkeypatch.chdir(tmp_path)
    for name in ("good.mp4", "bad.mp4"):
        (tmp_path / name).write_bytes(b"")

    def run(*arguments: str, **script: Any) -> Any:
        engine = ScriptedEngine({"good.mp4": GOOD, "bad.mp4": script.get("bad", GOOD), **script.get("also", {})})
        monkeypatch.setattr("scanapp.replay.suite.ScannerEngine", lambda: engine)
        result = CliRunner().invoke(app, list(arguments))
        result.calls = engine.calls
        return result

    return run


def test_all_well_is_0_and_a_table(call: Call) -> None:
    result = call(".")
    assert result.exit_code == 0
    assert "2 recordings, 2 ok" in result.stdout
    assert result.stderr == ""


def test_a_difference_is_1(call: Call) -> None:
    assert call(".", "--update").exit_code == 0
    result = call(".", bad=LATER)
    assert result.exit_code == 1
    assert "bad.mp4\n  differs from its golden:" in result.stdout


def test_a_recording_that_cannot_be_replayed_is_2_after_all_others(call: Call) -> None:
    result = call(".", bad=SourceError("bad.mp4: not a video"))
    assert result.exit_code == 2
    assert "1 ok, 1 failed" in result.stdout
    assert [name for name, *_ in result.calls] == ["bad.mp4", "good.mp4"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["gone.mp4"], UsageError),
        ([".", "--force"], UsageError),
        ([".", "--update", "--device", "slow_phone"], UsageError),
        ([".", "--junit", "gone/report.xml"], OutputError),
        ([".", "--junit", "."], OutputError),
        ([".", "--events", "good.mp4"], OutputError),
    ],
)
def test_wrong_usage_is_told_before_any_work(call: Call, arguments: list[str], error: type[Exception]) -> None:
    result = call(*arguments)
    assert isinstance(result.exception, error)
    assert result.calls == []


@pytest.mark.parametrize("arguments", [[".", "--workers", "0"], []])
def test_what_the_parser_refuses_is_2(call: Call, arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


def test_options_reach_the_engine(call: Call) -> None:
    result = call("good.mp4", "--pipeline", "codes", "--workers", "3", "--device", "slow_phone")
    assert result.calls == [("good.mp4", "codes", "slow_phone", 3)]


def test_a_terminal_sees_progress_and_the_output_stays_clean(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal(**options: Any) -> Console:
        return Console(**options, force_terminal=bool(options.get("stderr")))

    monkeypatch.setattr("scanapp.cli.replay.Console", terminal)
    (tmp_path / "good.mp4").rename(tmp_path / "[b]go\x1bod.mp4")
    result = call("[b]go\x1bod.mp4", also={"[b]go\x1bod.mp4": GOOD})
    assert "[b]go␛od.mp4" in result.stderr
    assert "/2" in result.stderr
    assert "\x1b" not in result.stdout
    assert "1 recording, 1 ok" in result.stdout


def test_files_are_written(call: Call, tmp_path: Path) -> None:
    result = call(".", "--events", "out", "--junit", "report.xml", "--update")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bad.jsonl", "good.jsonl"]
    golden = (tmp_path / "good.golden.jsonl").read_bytes()
    assert golden == (tmp_path / "out" / "good.jsonl").read_bytes()
    assert json.loads(golden.splitlines()[-1])["type"] == "summary"
    assert ET.parse(tmp_path / "report.xml").getroot().get("tests") == "2"


def test_a_report_is_written_also_when_replays_fail(call: Call, tmp_path: Path) -> None:
    assert call(".", "--junit", "report.xml", bad=SourceError("no")).exit_code == 2
    assert ET.parse(tmp_path / "report.xml").getroot().get("errors") == "1"


def test_force_blesses_what_the_truth_says_is_wrong(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.truth.json").write_text('{"schema": 1, "objects": []}')
    assert call("bad.mp4", "--update").exit_code == 1
    assert not (tmp_path / "bad.golden.jsonl").exists()
    assert call("bad.mp4", "--update", "--force").exit_code == 1
    assert (tmp_path / "bad.golden.jsonl").exists()
