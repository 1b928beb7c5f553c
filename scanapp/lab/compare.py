"""Cooks a recipe: one run for each arm and seed, then what the arms gave and whether they differ.

OUT                    the run itself, where there is one arm and one seed
OUT/ARM-SEED           the runs, where there are several; those that are finished are not trained again
OUT/comparison.json    metrics of each run, means and spreads, verdicts on the task's score
OUT/comparison.svg
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from scanapp.lab.plots import plot_bars, plot_curves
from scanapp.lab.recipe import Arm, Recipe
from scanapp.lab.run import Report, Run, RunOptions
from scanapp.lab.tasks import smoke_settings
from scanapp.replay.write import write_whole

Begin = Callable[[str], Report]
"""Called with a run's name before it is trained; what the run then reports to."""


@dataclass(frozen=True, slots=True)
class Result:
    """One finished run."""

    arm: str
    seed: int
    folder: Path
    metrics: Mapping[str, float]


def cook(
    recipe: Recipe,
    out: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    schedule: Mapping[str, Any] | None = None,
    smoke: bool = False,
    begin: Begin | None = None,
) -> list[Result]:
    """Trains what is missing under ``out``; ``settings`` and ``schedule`` override the recipe's."""
    extra = dict(settings or {})
    late = dict(schedule or {})
    seeds = (late.pop("seed"),) if "seed" in late else recipe.seeds
    if smoke:
        extra = {**smoke_settings(recipe.task, out / "data"), **extra}
        late = {"steps": 6, "minutes": 2.0, **late}
    alone = len(recipe.arms) == 1 and len(seeds) == 1
    results = []
    for seed in seeds:
        for arm in recipe.arms:
            name = f"{arm.name or recipe.name}-{seed}"
            folder = out if alone else out / name
            run = _run(recipe, arm, seed, folder, extra, late)
            metrics = _finished(run) or run.train(begin(name) if begin else None)
            plot_curves(folder, run.task.score)
            results.append(Result(arm.name or recipe.name, seed, folder, metrics))
    if not alone:
        write_comparison(results, run.task.score, out)
    return results


def _run(
    recipe: Recipe, arm: Arm, seed: int, folder: Path, settings: Mapping[str, Any], schedule: Mapping[str, Any]
) -> Run:
    if (folder / "config.json").exists():
        return Run.open(folder, **schedule)
    options = {**recipe.schedule, **arm.schedule, **schedule, "seed": seed}
    merged = {**recipe.settings, **arm.settings, **settings}
    return Run.create(folder, recipe.task, merged, RunOptions(**options))


def _finished(run: Run) -> Mapping[str, float] | None:
    """The last metrics of a run that has spent its budget."""
    return run.last_metrics() if run.is_spent() else None


def write_comparison(results: Sequence[Result], score: str, out: Path) -> dict[str, Any]:
    """``comparison.json`` and ``.svg``; what the former holds."""
    sums = summed(results)
    table = {
        "score": score,
        "runs": [{"arm": one.arm, "seed": one.seed, **one.metrics} for one in results],
        "arms": sums,
        "verdicts": verdicts(sums, score),
    }
    write_whole(out / "comparison.json", (json.dumps(table, indent=1) + "\n").encode())
    plot_bars(out / "comparison.svg", score, {f"{one.arm} {one.seed}": one.metrics[score] for one in results})
    return table


def summed(results: Sequence[Result]) -> dict[str, dict[str, dict[str, float]]]:
    """Arm → metric → mean and spread (standard deviation over seeds; 0 of a single one)."""
    arms: dict[str, list[Mapping[str, float]]] = {}
    for one in results:
        arms.setdefault(one.arm, []).append(one.metrics)
    return {arm: {key: _spread([row[key] for row in rows]) for key in rows[0]} for arm, rows in arms.items()}


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"mean": mean(values), "spread": stdev(values) if len(values) > 1 else 0.0}


def verdicts(sums: Mapping[str, Mapping[str, Mapping[str, float]]], score: str) -> list[str]:
    """Each later arm against the first: apart only when the means differ by more than both spreads together."""
    names = list(sums)
    first = sums[names[0]][score]
    said = []
    for name in names[1:]:
        other = sums[name][score]
        gain = other["mean"] - first["mean"]
        apart = abs(gain) > first["spread"] + other["spread"]
        how = ("better" if gain > 0 else "worse") if apart else "not told apart by these seeds"
        said.append(f"{name} against {names[0]}: {gain:+.4f} {score}, {how}")
    return said
