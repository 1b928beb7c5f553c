"""``scanapp replay``: recordings as regression tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from scanapp.errors import OutputError
from scanapp.replay.junit import write_junit
from scanapp.replay.options import Options
from scanapp.replay.outcome import Outcome, Status
from scanapp.replay.report import report
from scanapp.replay.suite import replay_suite
from scanapp.sanitize import printable

OK, DIFFERS, TROUBLE = 0, 1, 2
WIDTH_OF_A_FILE = 140


def replay_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Videos, or folders that hold some.")],
    pipeline: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Pipeline name or TOML file; overrides what a truth file names."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write each recording's events to FOLDER/<name>.jsonl.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Bless the present events: write each <name>.golden.jsonl.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --update: bless also what the truth says is wrong.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit XML report.")] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Worker threads; the events are the same with any number.")
    ] = 1,
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="Replay as this virtual device would (see 'scanapp device').")
    ] = None,
) -> None:
    """Replay recordings exactly, and check each against the truth and the golden beside it.

    Exit code 0: all as they should be; 1: a replay differs; 2: wrong usage, or a recording that cannot be replayed.
    """
    options = Options(pipeline, device, workers, update, force, events)
    _check_writable(junit)
    outcomes = _replay(paths, options)
    _stdout().print(report(outcomes))
    if junit is not None:
        write_junit(junit, outcomes)
    if code := exit_code(outcomes):
        raise typer.Exit(code)


def exit_code(outcomes: list[Outcome]) -> int:
    """Trouble outweighs a difference, as with diff(1)."""
    states = {outcome.status for outcome in outcomes}
    return TROUBLE if Status.ERROR in states else DIFFERS if Status.DIFFERS in states else OK


def _replay(paths: list[Path], options: Options) -> list[Outcome]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        tasks: dict[Path, TaskID] = {}

        def on_progress(recording: Path, done: int, frames: int | None) -> None:
            if recording not in tasks:
                tasks[recording] = bars.add_task(_label(recording), total=frames)
            bars.update(tasks[recording], completed=done, total=frames)

        def on_outcome(outcome: Outcome) -> None:
            if outcome.recording in tasks:
                bars.remove_task(tasks.pop(outcome.recording))

        return replay_suite(paths, options, on_progress=on_progress, on_outcome=on_outcome)


def _label(recording: Path) -> str:
    return printable(recording.name, 40).replace("[", r"\[")


def _stdout() -> Console:
    """Pipes and files get whole lines, and escapes for what their encoding does not have."""
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")
    return Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)


def _check_writable(junit: Path | None) -> None:
    """Said before the work, not after it."""
    if junit is None:
        return
    if junit.is_dir():
        raise OutputError(f"{junit}: is a folder, expected a file to write the report to")
    if not os.access(junit.parent, os.W_OK):
        raise OutputError(f"{junit}: cannot be written: {junit.parent} does not exist or is not writable")
