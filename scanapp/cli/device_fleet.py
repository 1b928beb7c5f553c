"""What ``scanapp device fleet`` does: draw, match, compare, write the page."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from scanapp.devices.fleet import draw_fleet
from scanapp.devices.fleet_page import FleetReport, page
from scanapp.devices.strategies import compare
from scanapp.errors import OutputError
from scanapp.inference.store import ModelStore
from scanapp.pipeline import load_pipeline
from scanapp.planning import demands_of, zoo_of


def run_fleet(file: Path, pipeline: str, count: int, seed: int, budget_ms: float) -> None:
    """Raises OutputError when the page cannot be written."""
    if not file.parent.is_dir() or file.is_dir():
        raise OutputError(f"{file}: cannot be written: its folder is missing, or it is a folder itself")
    store = ModelStore()
    demands = demands_of(load_pipeline(pipeline), store)
    zoo = zoo_of(demands, store)
    fleet = draw_fleet(count, seed)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task("devices", total=count)
        outcomes = compare(fleet, demands, zoo, budget_ms, lambda done: bars.update(task, completed=done))
    try:
        file.write_text(page(FleetReport(pipeline, budget_ms, seed, fleet, outcomes)), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror or error}") from error
    table = Table("strategy", "within budget", "at full pace", "mean accuracy", "accuracy × pace")
    for one in outcomes:
        table.add_row(
            one.name, f"{one.within:.1%}", f"{one.at_pace:.1%}", f"{one.accuracy:.4f}", f"{one.delivered:.4f}"
        )
    shown = Console()
    shown.print(f"{pipeline} on {count:,} simulated device models (none was measured):")
    shown.print(table)
    shown.print(f"written: {file}", soft_wrap=True)
