"""How ``scanapp device plan`` says what was chosen, and why."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from scanapp.devices.latency import LatencyModel
from scanapp.devices.match import MOST_CORES, MOST_MEMORY, Plan, Zoo, match
from scanapp.devices.profile import Profile
from scanapp.inference.store import ModelStore
from scanapp.pipeline import Pipeline
from scanapp.planning import demands_of, zoo_of


def show_plan(console: Console, pipeline: Pipeline, profile: Profile, budget_ms: float) -> None:
    """Match, and print choices, alternatives and what limits them."""
    store = ModelStore()
    demands = demands_of(pipeline, store)
    zoo = zoo_of(demands, store)
    started = time.perf_counter()
    plan = match(profile, demands, zoo, budget_ms=budget_ms)
    took = (time.perf_counter() - started) * 1e3
    console.print(f"{pipeline.name} on {profile.name}: matched in {took:.0f} ms", soft_wrap=True)
    if plan.choices:
        console.print(_choices(plan))
        console.print(_alternatives(plan, zoo, profile))
    else:
        console.print("no network of this pipeline has variants: nothing to choose")
    for line in reasons(plan, profile):
        console.print(line, soft_wrap=True)


def reasons(plan: Plan, profile: Profile) -> list[str]:
    """The plan in sentences."""
    network = plan.frame_ms - plan.fixed_ms
    lines = [
        f"engine: {plan.frame_ms:.1f} ms a frame of {plan.budget_ms:.1f} ({plan.fixed_ms:.1f} is no network, "
        f"{network:.1f} is)",
        f"all threads: {plan.core_ms:.1f} ms a frame of {MOST_CORES * profile.cores * plan.budget_ms:.1f} "
        f"({MOST_CORES:.0%} of {profile.cores} cores)",
        f"memory for networks: {plan.memory_mb:.0f} MB of {MOST_MEMORY * profile.memory_mb:.0f}",
    ]
    if plan.choices:
        lines.append(f"accuracy: {plan.accuracy:.1%} of what the best variants reach")
    if not plan.fits:
        lines.append(f"this does not fit, even at {plan.pace:.0%} of the pace: frames will be dropped")
    elif plan.pace < 1:
        lines.append(f"to fit, detectors look at {plan.pace:.0%} of the usual rate")
    return lines


def _choices(plan: Plan) -> Table:
    table = Table("stage", "network", "variant", "threads", "ms a run", "runs a second", "accuracy", "of the best")
    for one in plan.choices:
        table.add_row(
            one.stage,
            one.model,
            one.variant,
            str(one.threads),
            f"{one.ms:.2f}",
            f"{one.runs_per_s:.1f}",
            f"{one.accuracy:.4f}",
            f"{one.relative:.1%}",
        )
    return table


def _alternatives(plan: Plan, zoo: Zoo, profile: Profile) -> Table:
    """All variants, as they would do here."""
    model = LatencyModel.from_probes(profile.probe_ms[1])
    taken = {(one.model, one.variant) for one in plan.choices}
    table = Table(
        "network", "variant", "ms a run, one thread", "accuracy", "MB", "", title="what there was to choose"
    )
    for entries in zoo.values():
        for entry in sorted(entries, key=lambda entry: model.ms(entry.work)):
            accuracy = "–" if entry.accuracy is None else f"{entry.accuracy:.4f}"
            chosen = "chosen" if (entry.name, entry.variant) in taken else ""
            table.add_row(
                entry.name,
                entry.variant,
                f"{model.ms(entry.work):.2f}",
                accuracy,
                f"{entry.bytes / 1e6:.2f}",
                chosen,
            )
    return table
