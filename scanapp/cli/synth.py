"""``scanapp synth``: recordings of scenes that never were, with the truth of every frame."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from scanapp.errors import OutputError, UsageError
from scanapp.sanitize import printable

if TYPE_CHECKING:
    from scanapp.synth import Scene

_LONGEST = 120.0
_LARGEST = 4096

app = typer.Typer(
    name="synth",
    help="Make recordings of scripted scenes, with their truth.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_command() -> None:
    """List the shipped scenes."""
    from scanapp.synth import scenes

    table = Table("scene", "what it shows", "pipeline", "size", "seconds")
    for name in scenes.names():
        scene = scenes.get(name)
        width, height = scene.size
        table.add_row(name, scenes.about(name), scene.pipeline, f"{width}x{height}", f"{scene.seconds:g}")
    Console().print(table)


@app.command("render")
def render_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scene; see 'scanapp synth list'.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the video and its truth go.")] = Path("."),
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Another hand, another noise.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Pixels, for example 1280x720.")] = None,
    seconds: Annotated[float | None, typer.Option(metavar="S", help="Stop after S seconds of the scene.")] = None,
    fps: Annotated[int | None, typer.Option(metavar="N", min=1, max=120, help="Frames a second.")] = None,
) -> None:
    """Render one scene to FOLDER/NAME.mp4 and FOLDER/NAME.truth.json."""
    from scanapp.synth import scenes

    scene = _adapted(scenes.get(name), seed, size, seconds)
    _render_all([scene if fps is None else scene.at_rate(fps)], out)


@app.command("samples")
def samples_command(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the videos and truths go.")] = Path(
        "sample_videos"
    ),
) -> None:
    """Render all shipped scenes; takes about a minute a scene and core."""
    from scanapp.synth import scenes

    _render_all([scenes.get(name) for name in scenes.names()], out)


@app.command("packages")
def packages_command(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pictures and items.csv go.")],
    views: Annotated[int, typer.Option(metavar="N", min=1, max=5, help="Pictures an item.")] = 3,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The first random design's number.")] = 0,
    count: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="Random designs; 0: the shop of the sample scenes.")
    ] = 0,
) -> None:
    """Take reference pictures of invented packages, with a table for 'scanapp catalog import'."""
    from scanapp.synth.packages.assortment import KNOWN
    from scanapp.synth.packages.design import invented
    from scanapp.synth.packages.pictures import write_pictures

    designs = [invented(number) for number in range(seed, seed + count)] if count else KNOWN
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task("pictures", total=len(designs) * views)
        table = write_pictures(designs, out, views, partial(_show, bars, bar))
    print(f"{printable(str(table))}  {len(designs)} items, {views} pictures each")


def _adapted(scene: Scene, seed: int | None, size: str | None, seconds: float | None) -> Scene:
    """The scene with what the options change; the byte limit grows with pixels and seconds."""
    width, height = scene.size if size is None else _parse_size(size)
    length = scene.seconds if seconds is None else seconds
    if not 0 < length <= _LONGEST:
        raise UsageError(f"--seconds takes more than 0 and at most {_LONGEST:g}, got {length:g}")
    growth = width * height * length / (scene.size[0] * scene.size[1] * scene.seconds)
    return replace(
        scene,
        seed=scene.seed if seed is None else seed,
        size=(width, height),
        seconds=length,
        max_bytes=round(scene.max_bytes * max(1.0, growth)),
    )


def _parse_size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if found is None:
        raise UsageError(f"--size takes WIDTHxHEIGHT, for example 1280x720, got '{printable(text, 40)}'")
    width, height = int(found[1]), int(found[2])
    if any(side < 16 or side > _LARGEST or side % 2 for side in (width, height)):
        raise UsageError(f"--size: both sides must be even, from 16 to {_LARGEST}, got {width}x{height}")
    return width, height


def _render_all(chosen: list[Scene], out: Path) -> None:
    from scanapp.synth import render

    _make_folder(out)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        whole = bars.add_task("scenes", total=len(chosen), visible=len(chosen) > 1)
        for scene in chosen:
            bar = bars.add_task(scene.name, total=scene.frames)
            video = out / f"{scene.name}.mp4"
            render(scene, video, partial(_show, bars, bar))
            bars.remove_task(bar)
            bars.advance(whole)
            print(f"{printable(str(video))}  {video.stat().st_size / 1000:.0f} kB")


def _show(bars: Progress, bar: TaskID, done: int, total: int) -> None:
    bars.update(bar, completed=done, total=total)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{printable(str(out))}: cannot make this folder: {error.strerror}") from error
