"""The report of a suite on a terminal: a table, what differs, and a line of totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scanapp.replay.explain import explain
from scanapp.replay.outcome import Golden, Outcome, Status
from scanapp.sanitize import printable

_STYLE = {Status.OK: "green", Status.DIFFERS: "red", Status.ERROR: "bold red"}
_GOLDEN_STYLE = {
    Golden.OK: "green",
    Golden.UPDATED: "yellow",
    Golden.DIFFERS: "red",
    Golden.REFUSED: "red",
    Golden.DAMAGED: "red",
}


def report(outcomes: Sequence[Outcome]) -> RenderableType:
    """Everything that a person wants to know after a replay."""
    explained = [part for outcome in outcomes if (part := _explained(outcome))]
    return Group(_table(outcomes), *explained, Text(), totals(outcomes))


def totals(outcomes: Sequence[Outcome]) -> Text:
    """One line over all recordings."""
    states = Counter(outcome.status for outcome in outcomes)
    parts = [f"{len(outcomes)} recording{'s' * (len(outcomes) != 1)}", f"{states[Status.OK]} ok"]
    parts += [
        f"{states[s]} {word}" for s, word in ((Status.DIFFERS, "differ"), (Status.ERROR, "failed")) if states[s]
    ]
    judged = [outcome.judgement for outcome in outcomes if outcome.judgement]
    if judged:
        found, required = sum(j.found for j in judged), sum(j.required for j in judged)
        parts.append(f"{found}/{required} values found")
        parts.append(f"{sum(len(j.wrong) for j in judged)} wrong")
        parts.append(f"{sum(len(j.duplicates) for j in judged)} reported twice")
    if written := sum(outcome.golden.state is Golden.UPDATED for outcome in outcomes):
        parts.append(f"{written} golden{'s' * (written != 1)} written")
    worst = next((s for s in (Status.ERROR, Status.DIFFERS) if states[s]), Status.OK)
    return Text(", ".join(parts), style=_STYLE[worst])


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("result", no_wrap=True)
    table.add_column("recording", overflow="fold", min_width=12)
    table.add_column("pipeline", overflow="fold")
    for column in ("frames", "found", "wrong", "twice", "latency"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("golden", no_wrap=True)
    names = Counter(outcome.recording.name for outcome in outcomes)
    for outcome in outcomes:
        alone = names[outcome.recording.name] == 1
        table.add_row(*_cells(outcome, outcome.recording.name if alone else str(outcome.recording)))
    return table


def _cells(outcome: Outcome, name: str) -> list[Text]:
    found = outcome.judgement
    state = outcome.golden.state
    return [
        Text(outcome.status, style=_STYLE[outcome.status]),
        Text(printable(name)),
        Text(printable(outcome.pipeline)),
        Text("" if outcome.frames is None else str(outcome.frames)),
        _count(f"{found.found}/{found.required}", bool(found.missed)) if found else Text("–"),
        _count(str(len(found.wrong)), bool(found.wrong)) if found else Text("–"),
        _count(str(len(found.duplicates)), bool(found.duplicates)) if found else Text("–"),
        Text("–" if found is None or found.median_latency is None else f"{found.median_latency:.2f} s"),
        Text("" if outcome.error else state, style=_GOLDEN_STYLE.get(state, "")),
    ]


def _count(text: str, bad: bool) -> Text:
    return Text(text, style="red" if bad else "")


def _explained(outcome: Outcome) -> Text | None:
    lines = explain(outcome)
    if not lines:
        return None
    heading = Text(
        f"\n{printable(outcome.recording.name)}", style="bold" if outcome.status is Status.OK else "bold red"
    )
    return heading.append("".join(f"\n  {line}" for line in lines), style="not bold default")
