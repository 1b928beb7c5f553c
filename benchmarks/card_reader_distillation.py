"""What a teacher gives the card reader's student: the same student, schedule and seeds, without and with it.

    python benchmarks/card_reader_distillation.py --teacher RUN [--steps 500] [--seeds 1,2,3] [--arms alone,taught]
        [--check lines-check] [--test lines-test] [--out FOLDER] [--json FILE]

Arms, each trained anew for every seed with the same number of steps and the same batches:

    alone    labels only (columns, then CTC)
    taught   labels and the teacher's softened columns
    cut      the weights that matter most of the teacher's as a start, labels and softened columns

``--check`` and ``--test`` name caches of lines ('scanapp lab data cards'): seeds unseen in training, fonts unseen.
Arms that are there already, in ``--out``, are only evaluated. Needs the lab extra; a step takes 0.2 s on one core.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

try:
    import torch
except ImportError:
    raise SystemExit("this script needs the lab extra: pip install -e '.[lab]'") from None
from common import Report, parser, quiet_threads

from scanapp.lab.cache import cache_folder
from scanapp.lab.lines_cache import LinesCache
from scanapp.lab.run import Run, RunOptions
from scanapp.lab.tasks.card_reader import evaluate_lines

SHOWN = ("exact_clean", "exact_moderate", "exact_severe", "errors")


def main() -> None:
    """Train what is missing, evaluate all, print a table of runs and one of means."""
    arguments = parser(__doc__)
    arguments.add_argument("--teacher", type=Path, required=True)
    arguments.add_argument("--steps", type=int, default=500)
    arguments.add_argument("--seeds", default="1,2,3")
    arguments.add_argument("--arms", default="alone,taught")
    arguments.add_argument("--check", default="lines-check")
    arguments.add_argument("--test", default="lines-test")
    arguments.add_argument("--out", type=Path, default=cache_folder() / "runs" / "distillation")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("card_reader_distillation")
    caches = {name: LinesCache.open(cache_folder() / name) for name in (options.check, options.test)}
    rows = []
    for seed in (int(seed) for seed in options.seeds.split(",")):
        for arm in options.arms.split(","):
            run = trained(arm, seed, options.steps, options.teacher, options.out / f"{arm}-{options.steps}-{seed}")
            rows += [
                {"arm": arm, "seed": seed, "lines": name, **measured(run, lines)} for name, lines in caches.items()
            ]
    report.table(f"{options.steps} steps of 64 lines", rows)
    report.table("mean ± standard deviation over seeds", summed(rows))
    report.write(options.json)


def trained(arm: str, seed: int, steps: int, teacher: Path, folder: Path) -> Run:
    """The arm's run, trained unless it is there."""
    if (folder / "best.pt").exists():
        return Run.open(folder)
    settings: dict[str, Any] = {"size": "student"}
    if arm in ("taught", "cut"):
        settings["learn_from"] = str(teacher)
    if arm == "cut":
        settings["start_from"] = str(teacher)
    # The average must not remember a time before the last fifth of so short a run.
    average = 1.0 - 10.0 / steps
    budget = RunOptions(
        minutes=1e6,
        steps=steps,
        rate=2e-3,
        warm_up=0.06,
        average=average,
        evaluate_every=1e6,
        bf16=True,
        channels_last=True,
        seed=seed,
    )
    run = Run.create(folder, "card-reader", settings, budget)
    run.train()
    return run


def measured(run: Run, lines: LinesCache) -> dict[str, float]:
    """The metrics that the tables show."""
    net, _ = run.best()
    with torch.inference_mode():
        metrics = evaluate_lines(net, lines)
    return {key: metrics[key] for key in SHOWN}


def summed(rows: Sequence[dict[str, Any]]) -> list[dict[str, object]]:
    """One row an arm and cache: means, and how far seeds lie apart."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["lines"], row["arm"]), []).append(row)
    result: list[dict[str, object]] = []
    for (lines, arm), members in groups.items():
        shown = {}
        for key in SHOWN:
            values = [float(member[key]) for member in members]
            apart = stdev(values) if len(values) > 1 else 0.0
            shown[key] = f"{mean(values):.3f} ± {apart:.3f}"
        result.append({"lines": lines, "arm": arm, "seeds": len(members), **shown})
    return result


if __name__ == "__main__":
    main()
