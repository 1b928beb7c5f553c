"""The fleet's report: one HTML page with everything in it."""

from __future__ import annotations

import html
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scanapp.devices import fleet as drawn
from scanapp.devices.fleet import KINDS
from scanapp.devices.match import MOST_CORES, Plan
from scanapp.devices.profile import Profile
from scanapp.devices.strategies import MATCHED, Outcome
from scanapp.devices.svg import Plot

BINS = 12
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}svg{width:100%;max-width:44rem;font-size:12px}
svg text{font-family:system-ui,sans-serif}table{border-collapse:collapse}td,th{padding:.3rem .8rem;text-align:right;
border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}.note{background:#fff6dd;padding:.6rem
1rem; border-left:4px solid #d9a400}pre{font-size:12.5px;white-space:pre-wrap}figure{margin:1rem
0}figcaption{color:#555}
"""


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What the page tells of: a fleet, and each strategy's plans for it, in the fleet's order."""

    pipeline: str
    budget_ms: float
    seed: int
    fleet: Sequence[Profile]
    outcomes: Sequence[Outcome]

    @property
    def matched(self) -> Outcome:
        """The strategy that this is about."""
        return next(outcome for outcome in self.outcomes if outcome.name == MATCHED)


def page(report: FleetReport) -> str:
    """The page's HTML."""
    count = len(report.fleet)
    body = [
        f"<h1>{html.escape(report.pipeline)} on a simulated fleet of {count:,} device models</h1>",
        '<p class="note">This fleet is <b>simulated</b>: devices are drawn from distributions, latencies are '
        "predicted by the latency model, accuracies are those noted when the models were exported. No device was "
        "measured.</p>",
        f"<p>Budget: {report.budget_ms:.1f} ms of the engine a frame, {MOST_CORES:.0%} of all cores. Seed "
        f"{report.seed}.</p>",
        "<h2>Strategies</h2>",
        _table(report),
        "<h2>Which device gets what</h2>",
        *_variants(report),
        "<h2>Within the budget</h2>",
        _figure(_coverage(report), "Processor time a frame of all threads, as a share of what a scan may take."),
        _figure(_accuracy(report), "Predicted accuracy of the matched choice, as a share of the best variants'."),
        "<h2>The fleet</h2>",
        _figure(_speeds(report), "How many times the reference machine's time a device takes."),
        _kinds(report),
        "<h2>Where the numbers come from</h2>",
        f"<pre>{html.escape((drawn.__doc__ or '').strip())}</pre>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>scanapp: simulated fleet</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _table(report: FleetReport) -> str:
    rows = ["<table><tr><th>strategy<th>within budget<th>at full pace<th>mean accuracy<th>accuracy × pace"]
    rows[0] += "<th>engine ms, median<th>95 %<th>processor ms, median<th>95 %"
    for one in report.outcomes:
        frame, core = ([getattr(plan, key) for plan in one.plans] for key in ("frame_ms", "core_ms"))
        cells = (
            html.escape(one.name),
            f"{one.within:.1%}",
            f"{one.at_pace:.1%}",
            f"{one.accuracy:.4f}",
            f"{one.delivered:.4f}",
            *(f"{np.quantile(values, q):.1f}" for values in (frame, core) for q in (0.5, 0.95)),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}" for cell in cells))
    return "".join(rows) + "</table>"


def _variants(report: FleetReport) -> list[str]:
    """Shares of variants over speed, one plot a network."""
    factors = [profile.factor for profile in report.fleet]
    edges = _edges(factors)
    figures = []
    for model in dict.fromkeys(one.model for one in report.matched.plans[0].choices):
        names = [_name(plan, model) for plan in report.matched.plans]
        found = [name for name, _ in Counter(names).most_common()]
        stacks: dict[str, list[float]] = {name: [] for name in found}
        for low, high in itertools.pairwise(edges):
            here = Counter(name for name, f in zip(names, factors, strict=True) if low <= f < high)
            for name in found:
                stacks[name].append(here[name] / max(1, here.total()))
        plot = Plot((edges[0], edges[-1]), (0, 1), x_label="× the reference's time", y_label="devices", log=True)
        plot.bars(edges, stacks)
        figures.append(
            _figure(plot.svg(model), f"{model}: variant and threads by speed; fast devices on the left.")
        )
    return figures


def _name(plan: Plan, model: str) -> str:
    one = next(choice for choice in plan.choices if choice.model == model)
    return f"{one.variant}, {one.threads} thread{'s' if one.threads > 1 else ''}"


def _coverage(report: FleetReport) -> str:
    plot = Plot((0, 1.5), (0, 1), x_label="processor time / limit", y_label="devices up to there")
    for outcome in report.outcomes:
        limits = (MOST_CORES * profile.cores * report.budget_ms for profile in report.fleet)
        shares = sorted(plan.core_ms / limit for plan, limit in zip(outcome.plans, limits, strict=True))
        points = [(share, (n + 1) / len(shares)) for n, share in enumerate(shares)]
        plot.curve(points[:: max(1, len(points) // 200)], outcome.name, dashed=outcome.name != MATCHED)
    plot.mark(1.0, "limit")
    return plot.svg("coverage")


def _accuracy(report: FleetReport) -> str:
    factors = [profile.factor for profile in report.fleet]
    low = min(plan.accuracy for plan in report.matched.plans)
    floor = max(0.0, np.floor(10 * low - 0.5) / 10)
    edges = _edges(factors)
    plot = Plot((edges[0], edges[-1]), (floor, 1), x_label="× the reference's time", y_label="accuracy", log=True)
    plot.dots(
        [(f, plan.accuracy) for f, plan in zip(factors, report.matched.plans, strict=True) if plan.fits], "fits"
    )
    plot.dots(
        [(f, plan.accuracy) for f, plan in zip(factors, report.matched.plans, strict=True) if not plan.fits],
        "does not fit",
    )
    return plot.svg("accuracy")


def _speeds(report: FleetReport) -> str:
    factors = [profile.factor for profile in report.fleet]
    edges = _edges(factors)
    stacks = {}
    for kind in KINDS:
        mine = [p.factor for p in report.fleet if p.name.startswith(kind.name)]
        stacks[kind.name] = [float(n) / len(factors) for n in np.histogram(mine, edges)[0]]
    top = max(sum(column) for column in zip(*stacks.values(), strict=True))
    plot = Plot((edges[0], edges[-1]), (0, top), x_label="× the reference's time", y_label="devices", log=True)
    plot.bars(edges, stacks)
    return plot.svg("speeds")


def _kinds(report: FleetReport) -> str:
    rows = [
        "<table><tr><th>kind<th>devices<th>cores, median<th>memory, median<th>INT8 instructions<th>time, median"
    ]
    for kind in KINDS:
        mine = [profile for profile in report.fleet if profile.name.startswith(kind.name)]
        if mine:
            rows.append(
                f"<tr><td>{kind.name}<td>{len(mine)}<td>{np.median([p.cores for p in mine]):.0f}"
                f"<td>{np.median([p.memory_mb for p in mine]) / 1024:.0f} GB"
                f"<td>{np.mean(['INT8' in p.features for p in mine]):.0%}"
                f"<td>{np.median([p.factor for p in mine]):.2f} ×"
            )
    return "".join(rows) + "</table>"


def _edges(factors: Sequence[float]) -> list[float]:
    low, high = min(factors) * 0.999, max(factors) * 1.001
    return [float(edge) for edge in np.geomspace(low, high, BINS + 1)]


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>"
