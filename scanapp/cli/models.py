"""``scanapp models``: what the store holds, whether it is what was measured, and how fast it is here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from scanapp.errors import ModelError

app = typer.Typer(no_args_is_help=True, help="List, verify, measure and copy the models.", rich_markup_mode=None)

Root = Annotated[
    Path | None, typer.Option("--root", metavar="FOLDER", help="Another models' folder (default: the shipped one).")
]


@app.command("list")
def list_command(root: Root = None) -> None:
    """List the models, their variants and what they take and give."""
    from scanapp.inference.store import ModelStore

    store = ModelStore(root)
    table = Table("model", "variant", "size", "takes", "gives", "what for", "noted at export")
    for entry in store.entries:
        taken = store.find(entry.name) is entry
        table.add_row(
            entry.name,
            f"{entry.variant}{' *' if taken else ''}",
            f"{entry.bytes / 1e6:.2f} MB",
            _tensors(entry.inputs),
            _tensors(entry.outputs),
            entry.task,
            "\n".join(f"{name} {value}" for name, value in entry.notes.items()),
        )
    console = Console(markup=False)
    if not store.entries:
        console.print(f"no models are listed in {store.root}", soft_wrap=True)
        return
    console.print(table)
    console.print("* the variant that is used")


@app.command("verify")
def verify_command(root: Root = None) -> None:
    """Compare every model's file with the manifest, and open it. Exit code 2 when one does not match."""
    from scanapp.inference.store import ModelStore

    checks = ModelStore(root).verify()
    table = Table("model", "file", "state")
    for check in checks:
        table.add_row(check.title or "-", check.file, "refused" if check.problem else "ok")
    if checks:
        Console(markup=False).print(table)
    problems = [check.problem for check in checks if check.problem]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ModelError(f"{problems[0]}{more}")
    Console(markup=False).print(f"{len(checks)} model files, all as listed")


@app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="The model's name, e.g. card_reader.")],
    file: Annotated[Path, typer.Argument(help="Its ONNX file, inside the models' folder.")],
    variant: Annotated[str, typer.Option(metavar="NAME", help="fp32, int8, small-int8, …")] = "fp32",
    task: Annotated[str, typer.Option(help="What it is for, in a few words.")] = "",
    default: Annotated[
        bool, typer.Option("--default", help="Use this variant unless another is asked for.")
    ] = False,
    root: Root = None,
) -> None:
    """List a model's file with its SHA-256, in place of what stood there."""
    from scanapp.inference.add import add_entry
    from scanapp.inference.store import default_root

    entry = add_entry(root or default_root(), name, file, variant=variant, task=task, default=default)
    Console(markup=False).print(f"{entry.title}: {entry.bytes:,} bytes, SHA-256 {entry.sha256}", soft_wrap=True)


@app.command("bench")
def bench_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Which models; all by default.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.01, help="Time on each variant and number of threads.")] = 0.5,
    root: Root = None,
) -> None:
    """Measure every variant here: one and two threads, memory, beside what the latency model predicts."""
    from scanapp.cli.models_bench import bench
    from scanapp.inference.store import ModelStore

    bench(ModelStore(root), names or [], seconds)


@app.command("export")
def export_command(
    name: Annotated[str, typer.Argument(help="The model's name, e.g. card_reader.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to put the ONNX file.")],
    variant: Annotated[str, typer.Option(metavar="NAME", help="fp32, int8, small-int8, …")] = "auto",
    root: Root = None,
) -> None:
    """Copy one variant's file, verified, for use elsewhere."""
    from scanapp.inference.export import export_model
    from scanapp.inference.store import ModelStore

    entry = export_model(ModelStore(root), name, variant, out)
    console = Console(markup=False)
    console.print(f"{entry.title}: {entry.bytes:,} bytes to {out}, SHA-256 {entry.sha256}", soft_wrap=True)
    console.print(f"takes {_tensors(entry.inputs)}; gives {_tensors(entry.outputs)}", soft_wrap=True)


@app.command("count")
def count_command(root: Root = None) -> None:
    """Count anew what each model costs (after the counting has changed), and write it into the manifest."""
    from scanapp.inference.export import recount
    from scanapp.inference.store import ModelStore

    changed = recount(ModelStore(root))
    Console(markup=False).print(f"{len(changed)} of the manifest's counts have changed")


def _tensors(tensors: Mapping[str, str]) -> str:
    return "\n".join(f"{name} {kind}" for name, kind in tensors.items())
