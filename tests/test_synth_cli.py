"""`scanapp synth`: list, render, and what it says to nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanapp.cli.synth import app
from scanapp.errors import OutputError, UsageError
from scanapp.synth import scenes

TINY = ("--size", "160x120", "--seconds", "0.17")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_list_names_every_scene() -> None:
    output = run("list")
    assert all(name in output for name in scenes.names())


def test_render_writes_both_files(tmp_path: Path) -> None:
    out = tmp_path / "made" / "here"
    output = run("render", "linear_45", "--out", str(out), "--seed", "9", *TINY)
    assert "linear_45.mp4" in output
    truth = json.loads((out / "linear_45.truth.json").read_text(encoding="utf-8"))
    assert (truth["seed"], truth["frames"], truth["size"]) == (9, 5, [160, 120])
    assert (out / "linear_45.mp4").stat().st_size > 0


def test_a_scene_can_be_filmed_at_another_rate(tmp_path: Path) -> None:
    run("render", "linear_45", "--out", str(tmp_path), "--size", "160x120", "--seconds", "0.5", "--fps", "8")
    truth = json.loads((tmp_path / "linear_45.truth.json").read_text(encoding="utf-8"))
    assert (truth["fps"], truth["frames"]) == (8, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("render", "linear_4"), "did you mean 'linear_45'"),
        (("render", "linear_45", "--size", "big"), "WIDTHxHEIGHT"),
        (("render", "linear_45", "--size", "161x120"), "even"),
        (("render", "linear_45", "--size", "99999x120"), "even"),
        (("render", "linear_45", "--seconds", "0"), "--seconds"),
        (("render", "linear_45", "--seconds", "nan"), "--seconds"),
    ],
)
def test_nonsense_is_a_usage_error(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(*arguments)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make this folder"):
        run("render", "linear_45", "--out", str(tmp_path / "file" / "sub"), *TINY)
