"""``scanapp lab distill`` and ``scanapp lab supernet``: recipes that make several networks of one task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from scanapp.cli.lab_common import Settings, need_torch, one_thread, parse_settings, step_bars, training_bars
from scanapp.errors import UsageError
from scanapp.sanitize import printable

if TYPE_CHECKING:
    from scanapp.lab.compare import Result
    from scanapp.lab.recipe import Recipe

supernet_app = typer.Typer(
    name="supernet", help="Many networks from one training.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="RECIPE", help="A TOML file, or a shipped recipe's name.")]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the runs go.")]
Minutes = Annotated[float | None, typer.Option(metavar="M", help="Wall-clock budget of each run.")]
Steps = Annotated[int | None, typer.Option(metavar="N", help="Steps of each run at most.")]
Smoke = Annotated[bool, typer.Option("--smoke", help="A few steps on a little data, to see that it works.")]
Teacher = Annotated[
    str, typer.Option(metavar="RUN[@SUBNET]", help="The teacher: a run's folder, or a subnet of a super-network's.")
]


def distill_command(
    name: Name = "card_reader_distill",
    teacher: Teacher = "",
    out: Out = None,
    minutes: Minutes = None,
    steps: Steps = None,
    settings: Settings = None,
    smoke: Smoke = False,
) -> None:
    """Train students with and without a teacher and say whether it helped: each arm with every seed."""
    need_torch()
    from scanapp.lab.recipe import load_recipe

    recipe = load_recipe(name)
    if recipe.wants_teacher and not teacher and not smoke:
        raise UsageError(f"{printable(name, 60)}: needs a teacher; name its run with --teacher RUN")
    if not recipe.wants_teacher:
        raise UsageError(f"{printable(name, 60)}: has no teacher; 'scanapp lab train' takes it")
    folder = folder_for(recipe, out, smoke)
    if smoke and not teacher:
        teacher = _little_teacher(recipe, folder)
    schedule = _schedule(minutes, steps)
    cook_recipe(recipe.with_teacher(teacher), folder, schedule, parse_settings(settings), smoke)


@supernet_app.command("train")
def train_command(
    name: Name = "card_reader_supernet",
    out: Out = None,
    minutes: Minutes = None,
    steps: Steps = None,
    settings: Settings = None,
    smoke: Smoke = False,
) -> None:
    """Train a super-network; a run that is there already goes on."""
    need_torch()
    from scanapp.lab.recipe import load_recipe

    recipe = load_recipe(name)
    schedule = _schedule(minutes, steps)
    cook_recipe(recipe, folder_for(recipe, out, smoke), schedule, parse_settings(settings), smoke)


@supernet_app.command("search")
def search_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A super-network's run.")],
    random: Annotated[int, typer.Option(metavar="N", min=4, help="Subnets evaluated at random.")] = 24,
    near: Annotated[int, typer.Option(metavar="N", min=0, help="Further ones, near the front.")] = 16,
    chosen: Annotated[int, typer.Option(metavar="N", min=2, help="Members of the front to name.")] = 6,
    smoke: Smoke = False,
) -> None:
    """Find the subnets worth having: evaluate some dozens, predict the others, name the best of each size."""
    need_torch()
    one_thread()
    from scanapp.lab.run import Run
    from scanapp.lab.supernet.search import Effort
    from scanapp.lab.supernet.survey import Plan, Survey

    plan = Plan(random, near, chosen=chosen)
    if smoke:
        plan = Plan(3, 1, 4, 2, effort=Effort(2, 8, 6))
    with step_bars() as step:
        found = Survey(Run.open(run), plan, step).make()
    table = Table("name", "M MACs", "k weights", "ms", "accuracy", "predicted", "subnet", title=printable(str(run)))
    for one in found["chosen"]:
        table.add_row(
            one["name"],
            f"{one['macs'] / 1e6:.1f}",
            f"{one['parameters'] / 1e3:.0f}",
            f"{one['ms']:.2f}",
            f"{one['accuracy']:.4f}",
            f"{one['predicted']:.4f}",
            " ".join(f"{key}={value}" for key, value in one["subnet"].items()),
        )
    console = Console()
    console.print(table)
    console.print(
        f"{found['evaluated']} of {found['subnets']:,} subnets evaluated; where left out, predicted accuracy was "
        f"off by {found['accuracy_error']:.4f} on average (tau {found['accuracy_tau']:.2f}), milliseconds by "
        f"{found['latency_median_error']:.0%} (median)",
        soft_wrap=True,
    )


def folder_for(recipe: Recipe, out: Path | None, smoke: bool) -> Path:
    """``out``, or a folder in the cache by the recipe's name."""
    from scanapp.lab.cache import cache_folder

    return out if out is not None else cache_folder() / "runs" / (f"{recipe.name}-smoke" if smoke else recipe.name)


def _schedule(minutes: float | None, steps: int | None) -> dict[str, Any]:
    given = {"minutes": minutes, "steps": steps}
    return {key: value for key, value in given.items() if value is not None}


def cook_recipe(recipe: Recipe, out: Path, schedule: dict[str, Any], settings: dict[str, Any], smoke: bool) -> None:
    """Trains the recipe's runs and shows what came out; ``schedule`` and ``settings`` override its own."""
    from scanapp.lab.compare import cook

    with training_bars() as begin:
        results = cook(recipe, out, settings=settings, schedule=schedule, smoke=smoke, begin=begin)
    _show(results, out)


def _show(results: list[Result], out: Path) -> None:
    from scanapp.lab.compare import summed, verdicts
    from scanapp.lab.run import Run

    sums = summed(results)
    table = Table("metric", *sums, title=printable(str(out)))
    for key in results[0].metrics:
        cells = [sums[arm].get(key, {"mean": float("nan"), "spread": 0.0}) for arm in sums]
        many = len(results) > len(sums)
        table.add_row(key, *(f"{c['mean']:.4g}" + (f" ± {c['spread']:.2g}" if many else "") for c in cells))
    console = Console()
    console.print(table)
    for line in verdicts(sums, Run.open(results[0].folder).task.score):
        console.print(line, soft_wrap=True)


def _little_teacher(recipe: Recipe, folder: Path) -> str:
    """A teacher of a few steps, of the same task with its default network."""
    from scanapp.lab.run import Run, RunOptions
    from scanapp.lab.tasks import smoke_settings

    path = folder / "teacher"
    if not (path / "best.pt").exists():
        Run.create(path, recipe.task, smoke_settings(recipe.task, folder / "data"), RunOptions(steps=2)).train()
    return str(path)
