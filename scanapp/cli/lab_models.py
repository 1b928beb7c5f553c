"""``scanapp lab quantize``, ``bench`` and ``card``: what a model's files cost, and how well they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from scanapp.cli.lab_common import Settings, need_torch, one_thread, parse_settings, step_bars
from scanapp.errors import UsageError, did_you_mean
from scanapp.sanitize import printable

if TYPE_CHECKING:
    from scanapp.lab.run import Task

Model = Annotated[
    str, typer.Argument(metavar="RUN|MODEL", help="A run's folder, or a model's name in the models' folder.")
]
Models = Annotated[Path, typer.Option(metavar="FOLDER", help="The folder with manifest.toml.")]


def quantize_command(
    name: Model,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the INT8 file and the figures go.")],
    tolerance: Annotated[float, typer.Option(metavar="T", help="How much of the score may be lost.")] = 0.005,
    most: Annotated[int, typer.Option(metavar="N", min=0, help="Layers to leave float at most.")] = 4,
    eight_bits: Annotated[
        bool, typer.Option("--eight-bits", help="Weights of eight bits, which overflow where there is no VNNI.")
    ] = False,
    subnet: Annotated[str, typer.Option(metavar="NAME", help="Of a super-network's run: which subnet.")] = "",
    models: Models = Path("models"),
    settings: Settings = None,
) -> None:
    """Quantize a network, layer by layer first: which layers suffer, which to leave float, what it gains."""
    need_torch()
    one_thread()
    from scanapp.lab.bench import bench, markdown
    from scanapp.lab.sensitivity import find_precision

    task, file = _float_file(name, models, settings, out, subnet)
    with step_bars() as step:
        found = find_precision(
            file, task, out, tolerance=tolerance, most=most, eight_bits=eight_bits, progress=step
        )
    console = Console()
    for layer, decibels in list(found.decibels.items())[:8]:
        console.print(f"{decibels:6.1f} dB  {layer}", soft_wrap=True)
    for tried in found.tried:
        kept = f"float: {', '.join(tried.kept)}" if tried.kept else "all in INT8"
        console.print(f"{task.score} {tried.score:.4f} (float {found.score:.4f})  {kept}", soft_wrap=True)
    print("\n".join(markdown(bench({"fp32": file, "int8": found.file}, task), task.score)))
    print(printable(str(found.file)))


def bench_command(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A model's name in the models' folder.")],
    accuracy: Annotated[
        bool, typer.Option("--accuracy/--no-accuracy", help="Evaluate on the task's validation data, too.")
    ] = True,
    models: Models = Path("models"),
    settings: Settings = None,
) -> None:
    """Compare a model's variants: file, resident memory, milliseconds on one and two threads, accuracy."""
    need_torch()
    one_thread()
    from scanapp.inference.store import ModelStore
    from scanapp.lab.bench import bench, markdown

    entries = ModelStore(models).variants(name)
    task = _task_of(name, settings)
    if not entries:
        raise UsageError(f"{models}: no model '{printable(name, 60)}' is listed")
    files = {entry.variant: models / entry.file for entry in entries}
    print("\n".join(markdown(bench(files, task, accuracy=accuracy), task.score)))


def card_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A training run's folder.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The card.")] = Path("MODEL_CARD.md"),
) -> None:
    """Write a run's model card without exporting it into the models' folder."""
    need_torch()
    one_thread()
    import tempfile

    from scanapp.lab.card import write_card
    from scanapp.lab.export import export
    from scanapp.lab.run import Run

    opened = Run.open(run)
    with tempfile.TemporaryDirectory() as folder:
        write_card(opened, export(opened, Path(folder)), out)
    print(printable(str(out)))


def _float_file(name: str, models: Path, settings: list[str] | None, out: Path, subnet: str) -> tuple[Task, Path]:
    """The task and its float file: exported from a run, or as it lies in the models' folder."""
    from scanapp.inference.store import ModelStore
    from scanapp.lab.export import check_parity, write_onnx
    from scanapp.lab.run import Run
    from scanapp.lab.trained import network_of_run

    if not (Path(name) / "config.json").exists():
        entry = ModelStore(models).find(name, "fp32")
        return _task_of(name, settings), models / entry.file
    run = Run.open(Path(name))
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{run.task.model}.onnx"
    net = network_of_run(run, subnet)
    write_onnx(net, run.task, file)
    check_parity(net, run.task, file)
    return run.task, file


def _task_of(model: str, settings: list[str] | None) -> Task:
    """The task that trains a model, with the given settings."""
    from scanapp.lab.tasks import TASKS, task

    name = model.replace("_", "-")
    if name not in TASKS:
        raise UsageError(f"no task trains '{printable(model, 60)}'{did_you_mean(name, TASKS)}")
    return task(name, parse_settings(settings))
