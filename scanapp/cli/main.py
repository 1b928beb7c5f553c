"""The ``scanapp`` command."""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from scanapp import __version__
from scanapp.errors import ScanError, UsageError
from scanapp.sanitize import printable
from scanapp.workers import THREAD_NAMES

WRONG = 2

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def scan(
    context: typer.Context,
    camera: Annotated[
        str | None, typer.Option(metavar="N|PATH", help="Scan a camera: its index or device path.")
    ] = None,
    video: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="Scan a recording at its own pace, or a network stream.")
    ] = None,
    pipeline: Annotated[str, typer.Option(metavar="NAME", help="Pipeline name or TOML file.")] = "everything",
    view: Annotated[str, typer.Option(metavar="auto|terminal|window|none", help="How to show it.")] = "auto",
    events: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write events as JSON lines to FILE, or to the output (-).")
    ] = None,
    record: Annotated[Path | None, typer.Option(metavar="FILE", help="Record the annotated video.")] = None,
    device: Annotated[
        str, typer.Option(metavar="auto|NAME", help="Work within the budget of a virtual device (see 'device').")
    ] = "auto",
    loop: Annotated[bool, typer.Option("--loop", help="Play the recording again and again.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show full card numbers and OTP secrets.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Scan codes, text and more from a camera or a recording."""
    if version:
        print(f"scanapp {__version__}")
        return
    if context.invoked_subcommand is not None:
        return
    if (camera is None) == (video is None):
        raise UsageError("say what to scan: --camera N or --video FILE, or a command (see scanapp --help)")
    from scanapp.cli.live import LiveCommand, LiveOptions

    source = video if video is not None else str(camera)
    options = LiveOptions(
        source, pipeline, view, events, record, None if device == "auto" else device, loop, reveal
    )
    LiveCommand(options).run()


def console() -> NoReturn:
    """Entry point of the ``scanapp`` command.

    A worker that still sits in a C++ library would bring down an orderly exit, so then the process just ends.
    """
    try:
        main()
    except SystemExit as leave:
        sys.stdout.flush()
        sys.stderr.flush()
        if any(thread.name.startswith(THREAD_NAMES) for thread in threading.enumerate()):
            os._exit(leave.code if isinstance(leave.code, int) else 1)
        raise


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command; raises SystemExit. Expected errors become one line on stderr and exit code 2.

    arguments  what was typed after ``scanapp``; None: sys.argv's
    """
    try:
        _mount()
        code = app(arguments, standalone_mode=False)
    except ScanError as error:
        print(f"scanapp: {printable(str(error))}", file=sys.stderr)
        code = WRONG
    except typer.Exit as leave:
        code = leave.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        print(f"scanapp: {error.format_message()} (see scanapp --help)", file=sys.stderr)
        code = WRONG
    sys.exit(code if isinstance(code, int) else 0)


@cache
def _mount() -> None:
    """Commands are imported here so that importing this module stays cheap."""
    from scanapp.cli.bench import bench_command
    from scanapp.cli.catalog import app as catalog_app
    from scanapp.cli.info import device_command, pipelines_command
    from scanapp.cli.lab import app as lab_app
    from scanapp.cli.models import app as models_app
    from scanapp.cli.read import read_command
    from scanapp.cli.replay import replay_command
    from scanapp.cli.synth import app as synth_app

    app.command("read")(read_command)
    app.command("replay")(replay_command)
    app.command("bench")(bench_command)
    app.command("pipelines")(pipelines_command)
    app.command("device")(device_command)
    app.add_typer(catalog_app, name="catalog")
    app.add_typer(synth_app, name="synth")
    app.add_typer(lab_app, name="lab")
    app.add_typer(models_app, name="models")


if __name__ == "__main__":
    console()
