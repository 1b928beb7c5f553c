"""What the lab's commands share: the check for torch, progress bars, tables, settings from the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from scanapp.errors import UsageError
from scanapp.sanitize import printable

if TYPE_CHECKING:
    from scanapp.lab.run import Report

Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the task; may be repeated.")
]
Steps = Callable[[str, int, int], None]


def need_torch() -> None:
    """UsageError without the lab extra. Idle worker threads must not spin: training shares its machine."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise UsageError("the lab needs torch: pip install 'scanapp[lab]'") from error


def one_thread() -> None:
    """Torch and OpenCV on one thread each: evaluations share their machine too."""
    import torch

    torch.set_num_threads(1)


def parse_settings(pairs: list[str] | None) -> dict[str, Any]:
    """``KEY=VALUE`` pairs; UsageError for anything else."""
    result = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, got '{printable(pair, 60)}'")
        result[key.strip().replace("-", "_")] = value
    return result


def show(title: str, metrics: Mapping[str, float]) -> None:
    """A table of metrics."""
    table = Table("metric", "value", title=title)
    for key, value in metrics.items():
        table.add_row(key, f"{value:.4g}")
    Console().print(table)


@contextmanager
def training_bars() -> Iterator[Callable[[str], Report]]:
    """Gives, for a run's name, what its training reports to: a bar where there is a terminal, and evaluations."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:

        def begin(name: str) -> Report:
            bar = bars.add_task(name, total=1.0)

            def report(kind: str, progress: float, record: Mapping[str, float]) -> None:
                text = "  ".join(f"{key} {value:g}" for key, value in list(record.items())[:4])
                bars.update(bar, completed=progress, description=f"{name}  {text}")
                if kind == "evaluate":
                    bars.console.print(f"{name}  {text}")

            return report

        yield begin


@contextmanager
def step_bars() -> Iterator[Steps]:
    """Gives a callable (what, done, all) that moves one bar for each ``what``."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        known: dict[str, Any] = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what)
            bars.update(known[what], completed=done, total=total)

        yield step
