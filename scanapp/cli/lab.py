"""``scanapp lab``: data, training, export and evaluation of the models that scanapp ships. Needs the lab extra."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from scanapp.cli.lab_common import need_torch, parse_settings, show, step_bars, training_bars
from scanapp.cli.lab_models import bench_command, card_command, quantize_command
from scanapp.cli.lab_recipes import cook_recipe, distill_command, folder_for, supernet_app
from scanapp.errors import UsageError
from scanapp.sanitize import printable

app = typer.Typer(
    name="lab",
    help="Make data, train, export and evaluate models. Needs scanapp[lab].",
    no_args_is_help=True,
    rich_markup_mode=None,
)
data_app = typer.Typer(name="data", help="Render training data ahead.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(data_app)

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A training run's folder.")]
CacheFolder = Annotated[str, typer.Option(metavar="FOLDER", help="Where caches lie.")]
CacheName = Annotated[str, typer.Option(metavar="NAME", help="Name of the cache.")]
SPLITS = ("training", "test")


def _known_split(split: str) -> str:
    if split not in SPLITS:
        raise UsageError(f"--split takes {' or '.join(SPLITS)}, got '{printable(split, 40)}'")
    return split


Split = Annotated[str, typer.Option(metavar="|".join(SPLITS), help="Which fonts.", callback=_known_split)]


@data_app.command("cards")
def cards_command(
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number lines to render.")] = 60000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Other faces, other lights.")] = 1,
    split: Split = "training",
    name: CacheName = "lines-training",
    fonts: Annotated[
        bool, typer.Option("--fonts", help="With the fonts of 'lab data fonts' and stroke fonts varied at random.")
    ] = False,
    cache: CacheFolder = "",
) -> None:
    """Render number lines of random cards; goes on where it stopped. Validation: --seed 900001 --count 1024."""
    need_torch()
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.lines_cache import render_lines

    folder = cache_folder(cache) / name
    if fonts and split == "test":
        raise UsageError("--fonts is for training: the test half draws with this machine's fonts alone")
    more = cache_folder(cache) / "fonts" if fonts else None
    if more is not None and not more.is_dir():
        raise UsageError(f"{more}: no fonts there; fetch them with 'scanapp lab data fonts'")
    with step_bars() as step:
        render_lines(folder, count, seed=seed, split=split, fonts=more, progress=partial(step, "lines"))
    print(printable(str(folder)))


@data_app.command("fonts")
def fonts_command(
    cache: CacheFolder = "",
) -> None:
    """Fetch free fonts from the npm registry (8 MB); goes on where it stopped."""
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.fonts_cache import families, gather_fonts

    folder = cache_folder(cache) / "fonts"
    with step_bars() as step:
        missing = gather_fonts(folder, families(), partial(step, "families"))
    if missing:
        print(printable(f"not there, or not free: {', '.join(missing)}", 2000))
    print(printable(str(folder)))


@data_app.command("faces")
def faces_command(
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Faces to render.")] = 12000,
    backgrounds: Annotated[int, typer.Option(metavar="N", min=1, help="Backgrounds to render.")] = 3000,
    photos: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Photographs for half of the backgrounds.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Other faces, other backgrounds.")] = 1,
    backs: Annotated[bool, typer.Option("--backs", help="Backs of cards, and no backgrounds.")] = False,
    cache: CacheFolder = "",
) -> None:
    """Render whole faces and backgrounds, for the locator and the layout net (--backs: for the layout net's option
    'backs'); faces go on where they stopped."""
    need_torch()
    from scanapp.lab.backgrounds_cache import render_backgrounds
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.faces_cache import render_faces

    folder = cache_folder(cache)
    with step_bars() as step:
        faces = folder / ("faces-backs" if backs else "faces")
        render_faces(faces, count, seed=seed, backs=backs, progress=partial(step, "faces"))
    if not backs:
        render_backgrounds(folder / "backgrounds", backgrounds, seed=seed, photos=photos)
    print(printable(str(folder)))


@data_app.command("scenes")
def scenes_command(
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Frames to render; 0.2 s each.")] = 6000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Other frames.")] = 1,
    others: Annotated[bool, typer.Option("--others", help="Things of other sizes instead of cards.")] = False,
    cache: CacheFolder = "",
) -> None:
    """Render whole frames with cards in them, for the locator's option 'scenes' (--others: with other things, for
    its option 'others'); they go on where they stopped."""
    need_torch()
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.scenes_cache import render_scenes

    folder = cache_folder(cache) / ("scenes-others" if others else "scenes")
    with step_bars() as step:
        render_scenes(folder, count, seed=seed, others=others, progress=partial(step, "scenes"))
    print(printable(str(folder)))


@data_app.command("scout")
def scout_command(
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Pieces to draw.")] = 2400,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Other pieces.")] = 1,
    split: Split = "training",
    name: CacheName = "pieces",
    cache: CacheFolder = "",
) -> None:
    """Draw codes, texts, documents, packages, face-like things for the scout, which needs 'data faces' as well."""
    need_torch()
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.scout_pieces import render_pieces

    folder = cache_folder(cache) / name
    with step_bars() as step:
        render_pieces(folder, count, seed=seed, split=split, progress=partial(step, "pieces"))
    print(printable(str(folder)))


@data_app.command("pictures")
def pictures_command(
    products: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Pictures of products: manifest.jsonl with file, class, split.")
    ],
    objects: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Pictures of other things: manifest.jsonl with file, class.")
    ],
    cache: CacheFolder = "",
) -> None:
    """Gather labelled pictures, small, for the product embedder."""
    need_torch()
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.pictures_cache import gather_pictures

    folder = cache_folder(cache) / "pictures"
    with step_bars() as step:
        gather_pictures(folder, {"objects": objects, "products": products}, partial(step, "pictures"))
    print(printable(str(folder)))


@app.command("train")
def train_command(
    name: Annotated[str, typer.Argument(metavar="TASK|RECIPE", help="What to train: card-reader, …, or a recipe.")],
    out: Annotated[Path | None, typer.Option(metavar="RUN", help="The run's folder.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in RUN.")] = False,
    minutes: Annotated[float | None, typer.Option(metavar="M", help="Wall-clock budget.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Steps at most.")] = None,
    rate: Annotated[float | None, typer.Option(metavar="R", help="Peak learning rate.")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, help="Threads of torch.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Seed of weights and batches.")] = None,
    bf16: Annotated[
        bool | None, typer.Option("--bf16/--no-bf16", help="Forward pass in bfloat16, with channels last.")
    ] = None,
    channels_last: Annotated[
        bool | None, typer.Option("--channels-last/--channels-first", help="Memory layout of convolutions.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the task; may be repeated.")
    ] = None,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="A few steps on a little data, to see that it works.")
    ] = False,
) -> None:
    """Train a model into a run's folder: metrics, checkpoints, config, plots. Recipes' runs go on by themselves."""
    need_torch()
    from scanapp.lab.cache import cache_folder
    from scanapp.lab.plots import plot_curves
    from scanapp.lab.recipe import is_recipe, load_recipe
    from scanapp.lab.run import Run, RunOptions

    folder = out if out is not None else cache_folder() / "runs" / (f"{name}-smoke" if smoke else name)
    given: dict[str, Any] = {
        "minutes": minutes,
        "steps": steps,
        "rate": rate,
        "threads": threads,
        "seed": seed,
        "bf16": bf16,
        "channels_last": channels_last if channels_last is not None else bf16,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    if is_recipe(name):
        recipe = load_recipe(name)
        cook_recipe(recipe, folder_for(recipe, out, smoke), changes, parse_settings(settings), smoke)
        return
    if resume:
        run = Run.open(folder, **changes)
    else:
        chosen = parse_settings(settings)
        if smoke:
            from scanapp.lab.tasks import smoke_settings

            chosen = {**smoke_settings(name, folder / "data"), **chosen}
            changes = {"steps": 6, "minutes": 2.0, **changes}
        run = Run.create(folder, name, chosen, RunOptions(**changes))
    with training_bars() as begin:
        metrics = run.train(begin(name))
    plot_curves(folder, run.task.score)
    show(f"{name}: {printable(str(folder))}", metrics)


@app.command("evaluate")
def evaluate_command(run: RunFolder) -> None:
    """Evaluate a run's best checkpoint on the validation data."""
    need_torch()
    import torch

    from scanapp.lab.run import Run

    opened = Run.open(run)
    net, _ = opened.best()
    with torch.inference_mode():
        show(printable(str(run)), opened.task.evaluate(net))


@app.command("export")
def export_command(
    run: RunFolder,
    models: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder with manifest.toml.")] = Path("models"),
    subnet: Annotated[
        str, typer.Option(metavar="NAME", help="Of a super-network's run: a name from its search, smallest, k=v,….")
    ] = "",
    default: Annotated[
        bool, typer.Option("--default", help="Make the subnet the model's default, and write the card of it.")
    ] = False,
) -> None:
    """Write a run's best checkpoint as ONNX (INT8 too where it may pay), with model card and manifest entry."""
    need_torch()
    from scanapp.lab.card import write_card
    from scanapp.lab.export import export
    from scanapp.lab.run import Run

    opened = Run.open(run)
    exported = export(opened, models, subnet, default=default)
    if default or not subnet:
        write_card(opened, exported, models / opened.task.model / "MODEL_CARD.md", subnet)
    table = Table("variant", "file", "kB", "ms, one thread", "difference to torch")
    for one in exported:
        table.add_row(
            one.variant,
            str(one.file),
            f"{one.bytes / 1000:.0f}",
            f"{one.ms:.2f}",
            f"{one.parity:.1g}" if one.parity == one.parity else "–",
        )
    Console().print(table)


app.command("distill")(distill_command)
app.command("quantize")(quantize_command)
app.command("bench")(bench_command)
app.command("card")(card_command)
app.add_typer(supernet_app)
