"""``scanapp read``: still pictures, each on its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.progress import track

from scanapp.errors import OutputError, ScanError, UsageError
from scanapp.events import SCHEMA
from scanapp.sanitize import printable, to_json
from scanapp.scanner import Scanner
from scanapp.sources.images import is_image, load_image
from scanapp.views.wording import caption, heading


def read_command(
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGE|FOLDER...", help="Pictures, or folders of them.")],
    pipeline: Annotated[str, typer.Option(metavar="NAME", help="Pipeline name or TOML file.")] = "everything",
    events: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Write one JSON line a picture to FILE, or to the output (-)."),
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show full card numbers and OTP secrets.")] = False,
) -> None:
    """Read still pictures: the same recognizers and retries as in a stream, one view only.

    A file that cannot be read is named and the others go on; the exit code is then 2.
    """
    scanner = Scanner(pipeline, reveal=reveal)
    files = list(_files(paths))
    failed = 0
    with _Rows(events) as rows:
        console = Console(stderr=True)
        quiet = events == "-" or len(files) < 3 or not console.is_terminal
        for path in track(files, "reading", console=console, disable=quiet, transient=True):
            row = _read(scanner, path)
            failed += "error" in row
            rows.write(row)
    if failed:
        raise typer.Exit(2)


def _read(scanner: Scanner, path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"schema": SCHEMA, "file": str(path)}
    try:
        results = scanner.read(load_image(path))
    except ScanError as error:
        return row | {"error": str(error)}
    return row | {"results": [result.to_dict() for result in results]}


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(file for file in path.rglob("*") if file.is_file() and is_image(file))
        if not inside:
            raise UsageError(f"{path}: this folder holds no pictures")
        yield from inside


class _Rows:
    """Where the answers go: JSON lines to a file or the output, or lines for a person."""

    def __init__(self, events: str | None) -> None:
        self._events = events
        self._file: TextIO | None = None

    def __enter__(self) -> _Rows:
        if self._events not in (None, "-"):
            try:
                self._file = open(str(self._events), "w", encoding="utf-8")
            except OSError as error:
                raise OutputError(f"{self._events}: cannot be written: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, row: dict[str, Any]) -> None:
        """One picture's answer."""
        if self._events is None:
            _show(row)
            return
        try:
            print(to_json(row), file=self._file or sys.stdout, flush=True)
        except OSError as error:
            raise OutputError(f"{self._events}: cannot be written: {error.strerror}") from error
        if self._file is not None:
            _show(row)


def _show(row: dict[str, Any]) -> None:
    name = printable(row["file"])
    if "error" in row:
        print(printable(row["error"]), file=sys.stderr)
        return
    if not row["results"]:
        print(f"{name}: nothing found")
    for result in row["results"]:
        value = result["value"]
        text = value.get("text")
        shown = text if isinstance(text, str) else caption(result["kind"], value)
        what = heading(result["kind"], value)
        print(f"{name}: {what} {result['confidence']:.2f}  {printable(shown, 400)}")
