"""``scanapp device``: this machine measured; ``plan``: what suits it; ``fleet``: what suits thousands of others."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from scanapp.devices.device import VIRTUAL, virtual_device
from scanapp.devices.profile import (
    REFERENCE_PROBES,
    Profile,
    load_profile,
    profile_path,
    save_profile,
    virtual_profile,
)
from scanapp.errors import UsageError

app = typer.Typer(help="Measure this machine; plan for it; simulate a fleet.", rich_markup_mode=None)
BUDGET = Annotated[
    float, typer.Option("--budget-ms", metavar="MS", help="Milliseconds of the engine a frame (33: 30 a second).")
]


@app.callback(invoke_without_command=True)
def device_command(
    context: typer.Context,
    stored: Annotated[bool, typer.Option("--stored", help="Show the last measurement, measure nothing.")] = False,
) -> None:
    """Measure this machine (some seconds), keep the result, and show it beside the virtual devices."""
    if context.invoked_subcommand is not None:
        return
    console = Console()
    if stored:
        profile = load_profile()
        if profile is None:
            raise UsageError(f"{profile_path()}: nothing stored yet; run 'scanapp device' to measure")
    else:
        profile = _measured(console)
    _show(console, profile)
    _show_virtual(console)


@app.command("plan")
def plan_command(
    pipeline: Annotated[str, typer.Option(metavar="NAME", help="Pipeline name or TOML file.")] = "everything",
    device: Annotated[
        str, typer.Option(metavar="auto|NAME", help="This machine as last measured, or a virtual device.")
    ] = "auto",
    budget_ms: BUDGET = 1000 / 30,
) -> None:
    """Choose variant, precision and threads of every network of a pipeline, and say why."""
    from scanapp.cli.device_plan import show_plan
    from scanapp.pipeline import load_pipeline

    if not 0 < budget_ms < math.inf:
        raise UsageError(f"--budget-ms {budget_ms:g}: a positive number of milliseconds is needed")
    chosen = load_pipeline(pipeline)
    show_plan(Console(highlight=False), chosen, _profile(device), budget_ms)


@app.command("fleet")
def fleet_command(
    report: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the page (HTML).")],
    pipeline: Annotated[str, typer.Option(metavar="NAME", help="Pipeline name or TOML file.")] = "card_binding",
    devices: Annotated[int, typer.Option(min=30, max=100_000, help="How many device models to draw.")] = 3000,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    budget_ms: BUDGET = 1000 / 30,
) -> None:
    """Match a simulated fleet of device models, and compare with one model for all and with three tiers."""
    from scanapp.cli.device_fleet import run_fleet

    run_fleet(report, pipeline, devices, seed, budget_ms)


def _profile(name: str) -> Profile:
    if name != "auto":
        return virtual_profile(virtual_device(name))
    return load_profile() or _measured(Console(stderr=True))


def _measured(console: Console) -> Profile:
    from scanapp.devices.measure import measure_profile

    started = time.perf_counter()
    with console.status("measuring") as status:
        profile = measure_profile(lambda what: status.update(f"measuring {what}"))
    path = save_profile(profile)
    console.print(f"measured in {time.perf_counter() - started:.1f} s, kept in {path}", soft_wrap=True)
    return profile


def _show(console: Console, profile: Profile) -> None:
    table = Table("this machine", "", show_header=True)
    table.add_row("processor", profile.machine)
    table.add_row("cores that scanapp may use", str(profile.cores))
    table.add_row("memory", f"{profile.memory_mb / 1024:.1f} GiB")
    table.add_row("instruction sets", " ".join(profile.features) or "unknown")
    table.add_row("onnxruntime", " ".join(profile.providers))
    table.add_row("decoding a 1080p frame", f"{profile.decode_ms:.1f} ms")
    table.add_row("time beside the reference machine's", f"{profile.factor:.2f} ×")
    console.print(table)
    columns = [f"{threads} thread{'s' if threads > 1 else ''}, ms" for threads in profile.probe_ms]
    probes = Table("probe", *columns, "beside the reference")
    for name, reference in REFERENCE_PROBES.items():
        times = [f"{row[name]:.3f}" if name in row else "–" for row in profile.probe_ms.values()]
        one = profile.probe_ms[1].get(name)
        probes.add_row(name, *times, "–" if one is None else f"{one / reference:.2f} ×")
    console.print(probes)


def _show_virtual(console: Console) -> None:
    table = Table("virtual device", "time factor", "what it stands for")
    for device in VIRTUAL.values():
        table.add_row(device.name, f"{device.factor:g}", device.description)
    console.print(table)
