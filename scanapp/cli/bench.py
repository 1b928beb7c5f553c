"""``scanapp bench``: what a scan costs and gives, beside decoding alone and brute force."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from scanapp.bench.measure import Measurement, measure
from scanapp.bench.meter import peak_rss_mb
from scanapp.bench.report import as_row, report
from scanapp.errors import OutputError
from scanapp.replay.discover import discover
from scanapp.sanitize import printable, to_json


def bench_command(
    paths: Annotated[list[Path], typer.Argument(metavar="VIDEO...", help="Videos, or folders that hold some.")],
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME", help="Pipeline; default: what the truth names, else 'everything'.")
    ] = None,
    brute_every: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Brute force on every Nth frame, its CPU scaled; 0: leave it out."),
    ] = 15,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Worker threads of the cascade.")] = 1,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write one JSON line a recording.")] = None,
) -> None:
    """Measure decoding alone, the cascade and brute force in one run.

    Brute force puts every recognizer on every full frame. Times are this machine's: compare them within one run.
    """
    results: list[Measurement] = []
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bars:
        for path in discover(paths):
            bar = bars.add_task(printable(path.name, 40))

            def show(stage: str, done: int, total: int | None, path: Path = path, bar: object = bar) -> None:
                label = f"{printable(path.name, 40)}: {stage}"
                bars.update(bar, description=label, completed=done, total=total)  # type: ignore[arg-type]

            results.append(measure(path, pipeline, brute_every=brute_every, workers=workers, on_progress=show))
            bars.remove_task(bar)
    if json is not None:
        _write(json, results)
    Console(width=None if sys.stdout.isatty() else 200).print(report(results, peak_rss_mb()))


def _write(path: Path, results: list[Measurement]) -> None:
    try:
        path.write_text("".join(to_json(as_row(result)) + "\n" for result in results), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
