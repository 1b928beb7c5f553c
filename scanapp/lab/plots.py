"""SVG plots of a run: curves of loss and score, and the front of a super-network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scanapp.errors import UsageError


def plot_curves(folder: Path, score: str) -> list[Path]:
    """``loss.svg`` and ``score.svg`` beside ``metrics.jsonl``; those for which there are records."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    made = []
    for kind, wanted, name in (("train", "loss", "loss.svg"), ("evaluate", score, "score.svg")):
        chosen = [record for record in records if record["kind"] == kind]
        keys = sorted({key for record in chosen for key in record if key == wanted or key.startswith(f"{wanted}_")})
        if not keys:
            continue
        figure, axes = _figure()
        for key in keys:
            points = [(record["step"], record[key]) for record in chosen if key in record]
            axes.plot(*zip(*points, strict=True), label=key, marker="o" if len(points) < 40 else "", markersize=3)
        axes.set_xlabel("steps")
        axes.set_ylabel(wanted)
        axes.legend()
        made.append(_save(figure, folder / name))
    return made


def plot_front(path: Path, chosen: Sequence[Mapping[str, Any]], others: Iterable[tuple[float, float]]) -> Path:
    """Accuracy over multiply-accumulates: the chosen subnets by name, and every other that was evaluated."""
    figure, axes = _figure()
    rest = list(others)
    if rest:
        axes.scatter(*zip(*rest, strict=True), s=10, color="0.7", label="evaluated")
    x, y = [one["macs"] / 1e6 for one in chosen], [one["accuracy"] for one in chosen]
    axes.plot(x, y, marker="o", label="chosen")
    axes.plot(x, [one["predicted"] for one in chosen], linestyle=":", label="predicted")
    for one, left, up in zip(chosen, x, y, strict=True):
        axes.annotate(one["name"], (left, up), textcoords="offset points", xytext=(4, -11), fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("million multiply-accumulates")
    axes.set_ylabel("accuracy")
    axes.legend()
    return _save(figure, path)


def plot_bars(path: Path, title: str, values: Mapping[str, float]) -> Path:
    """One horizontal bar a name, in the given order from the top."""
    figure, axes = _figure(height=max(2.5, 0.22 * len(values) + 1))
    axes.barh(list(values)[::-1], list(values.values())[::-1])
    axes.set_xlabel(title)
    axes.tick_params(axis="y", labelsize=7)
    return _save(figure, path)


def _figure(height: float = 4.0) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("plots need matplotlib: pip install 'scanapp[lab]'") from error
    figure = Figure(figsize=(7.0, height), layout="constrained")
    axes = figure.subplots()
    axes.grid(True, alpha=0.3)
    return figure, axes


def _save(figure: Any, path: Path) -> Path:
    from matplotlib import rc_context

    # without a date and with fixed identifiers, the same figures give the same file
    with rc_context({"svg.hashsalt": "scanapp"}):
        figure.savefig(path, metadata={"Date": None})
    return path
