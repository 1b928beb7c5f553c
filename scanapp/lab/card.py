"""MODEL_CARD.md beside a model: what it is, what it costs, how well it does, where it fails, how to make it.

What stands below `BY_HAND` in an existing card is kept: comparisons and findings that no export can know.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from scanapp.inference.session import open_session
from scanapp.lab.export import Exported, Finishing, example
from scanapp.lab.onnx_net import OnnxNet
from scanapp.lab.run import Run, Task
from scanapp.lab.trained import network_of_run
from scanapp.replay.write import write_whole

BY_HAND = "<!-- written by hand below: kept when the card is written again -->"


@dataclass(frozen=True, slots=True)
class Description:
    """The words of a card, each a paragraph or a Markdown list."""

    title: str
    task: str
    architecture: str
    data: str
    limits: str
    licence: str = (
        "Apache-2.0, like scanapp; trained on rendered pictures alone, no real card or person is in them."
    )


@runtime_checkable
class Described(Protocol):
    """A task that can say what its model is."""

    @property
    def description(self) -> Description: ...


def write_card(run: Run, exported: Sequence[Exported], path: Path, subnet: str = "") -> None:
    """Evaluates what was exported and writes the card; a task that is no `Described` gets no words, but figures."""
    task = run.task
    net = network_of_run(run, subnet)
    if isinstance(task, Finishing):
        net = task.finished(net)
    metrics = {}
    with torch.inference_mode():
        for one in exported:
            session = open_session(one.file.read_bytes(), task.model)
            metrics[one.variant] = task.evaluate(OnnxNet(session, task).eval())
    words = task.description if isinstance(task, Described) else None
    parts = [f"# {words.title if words else task.model}", ""]
    if words is not None:
        parts += [words.task, "", "## Architecture", "", words.architecture, ""]
    parts += ["## Cost", "", *_costs(net, task, exported), ""]
    parts += ["## Accuracy on the validation set", "", *_metrics(metrics), ""]
    if words is not None:
        parts += [
            "## Data",
            "",
            words.data,
            "",
            "## Limits",
            "",
            words.limits,
            "",
            "## Licence",
            "",
            words.licence,
            "",
        ]
    parts += ["## How it was made", "", *_command(run), "", BY_HAND]
    kept = ""
    if path.exists():
        kept = path.read_text(encoding="utf-8").partition(BY_HAND)[2]
    write_whole(path, ("\n".join(parts) + (kept or "\n")).encode())


def macs(net: nn.Module, task: Task) -> int:
    """Multiply-accumulates for one example: convolutions and matrix products."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        net.eval()(*example(task))
    return int(counter.get_total_flops()) // 2


def _costs(net: nn.Module, task: Task, exported: Sequence[Exported]) -> list[str]:
    parameters = sum(weight.numel() for weight in net.parameters())
    rows = [
        f"{parameters / 1e6:.2f} M parameters, {macs(net, task) / 1e6:.0f} M multiply-accumulates an example.",
        "",
    ]
    rows += ["| variant | file | kB | ms an example, one thread |", "| --- | --- | ---: | ---: |"]
    rows += [f"| {one.variant} | {one.file.name} | {one.bytes / 1000:.0f} | {one.ms:.2f} |" for one in exported]
    return rows


def _metrics(by_variant: Mapping[str, Mapping[str, float]]) -> list[str]:
    variants = list(by_variant)
    rows = [f"| metric | {' | '.join(variants)} |", f"| --- |{' ---: |' * len(variants)}"]
    for key in next(iter(by_variant.values()), {}):
        rows.append(f"| {key} | " + " | ".join(f"{by_variant[variant][key]:.4f}" for variant in variants) + " |")
    return rows


def _command(run: Run) -> list[str]:
    config = json.loads((run.folder / "config.json").read_text())
    options = run.options
    words = [
        "scanapp",
        "lab",
        "train",
        run.name,
        "--minutes",
        f"{options.minutes:g}",
        "--rate",
        f"{options.rate:g}",
    ]
    words += ["--threads", str(options.threads), "--seed", str(options.seed)]
    words += ["--bf16"] if options.bf16 else []
    for key, value in config["settings"].items():
        shown = Path(value).name if isinstance(value, str) and "/" in value else value
        words += ["--set", f"{key}={shown}"]
    state = torch.load(run.folder / "last.pt", map_location="cpu", weights_only=True)
    spent = f"{state['step']} steps in {state['seconds'] / 60:.0f} minutes"
    return ["```", shlex.join(words), "```", "", f"{spent}; AdamW, warm-up and cosine, averaged weights."]
