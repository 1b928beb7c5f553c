"""One training run: a folder that holds all there is to know about it and from which it can go on.

    RUN/config.json     task, its settings, the options of the run
    RUN/metrics.jsonl   one JSON object a line: "train" and "evaluate" records
    RUN/last.pt         everything needed to resume: network, average, optimizer, step, seconds
    RUN/best.pt         averaged weights with the best score so far, and its metrics

Files are replaced whole, so a run may be killed at any time. Batch number i is a function of (seed, i).
The schedule runs over the larger of two fractions, steps done and minutes spent: on a shared machine, time
is the budget that can be kept.
"""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from scanapp.errors import UsageError
from scanapp.replay.write import write_whole

Batch = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Signature:
    """How an exported network is fed and what it answers.

    inputs   name -> shape of an example
    outputs  names, in the order in which the network returns them
    dynamic  input or output name -> {axis: name of the axis}
    """

    inputs: Mapping[str, tuple[int, ...]]
    outputs: tuple[str, ...]
    dynamic: Mapping[str, Mapping[int, str]]


class Task(Protocol):
    """What is trained: a frozen dataclass whose fields are its settings, all with defaults."""

    @property
    def model(self) -> str:
        """Name of the shipped model, for example ``card_reader``."""

    @property
    def score(self) -> str:
        """The metric of ``evaluate`` that picks the best checkpoint; higher is better."""

    @property
    def signature(self) -> Signature: ...

    @classmethod
    def smoke(cls, folder: Path) -> dict[str, Any]:
        """Makes a little data in ``folder``; the settings for a run of seconds with it."""

    def network(self) -> nn.Module:
        """A fresh network."""

    def start(self, net: nn.Module) -> None:
        """Gives a fresh network the weights that a run is to begin with, where the settings name any."""

    def batch(self, rng: np.random.Generator) -> Batch:
        """One training batch, drawn with ``rng`` alone."""

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        """What to minimise, and its parts for the log; ``progress`` goes from 0 to 1 over the run."""

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Metrics of ``net`` (in evaluation mode) on validation data."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How long and how a task is trained.

    minutes, steps    the run ends with whichever is spent first
    rate              peak learning rate (AdamW); warm-up over ``warm_up`` of the run, then a cosine down to 2 %
    average           decay of the running average of the weights, which is what is evaluated and shipped
    evaluate_every    minutes between evaluations (and checkpoints)
    threads           torch threads
    bf16              forward pass in bfloat16 where the processor is faster with it
    """

    minutes: float = 30.0
    steps: int = 1_000_000
    rate: float = 2e-3
    decay: float = 0.01
    warm_up: float = 0.03
    clip: float = 1.0
    average: float = 0.998
    evaluate_every: float = 4.0
    threads: int = 1
    bf16: bool = False
    channels_last: bool = False
    seed: int = 1


Report = Callable[[str, float, Mapping[str, float]], None]
"""Called with "train" or "evaluate", the fraction done and the record."""


class Run:
    """A run folder. ``Run.create`` starts one, ``Run.open`` goes on with one."""

    def __init__(self, folder: Path, name: str, task: Task, options: RunOptions) -> None:
        self.folder = folder
        self.name = name
        self.task = task
        self.options = options
        self._net: nn.Module
        self._average: nn.Module
        self._optimizer: torch.optim.Optimizer
        self._step = 0
        self._seconds = 0.0
        self._best = -math.inf

    @classmethod
    def create(cls, folder: Path, name: str, settings: dict[str, Any], options: RunOptions) -> Run:
        """A new run; UsageError when the folder already holds one."""
        from scanapp.lab.tasks import task

        if (folder / "config.json").exists():
            raise UsageError(f"{folder}: holds a run already; use --resume or another folder")
        folder.mkdir(parents=True, exist_ok=True)
        run = cls(folder, name, task(name, settings), options)
        config = {"task": name, "settings": settings, "options": asdict(options)}
        write_whole(folder / "config.json", (json.dumps(config, indent=1) + "\n").encode())
        return run

    @classmethod
    def open(cls, folder: Path, **changes: Any) -> Run:
        """The run in ``folder``; ``changes`` replace single options (a longer ``minutes``, say)."""
        from scanapp.lab.tasks import task

        try:
            config = json.loads((folder / "config.json").read_text())
            name, settings, options = config["task"], config["settings"], config["options"]
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"{folder}: no training run is there ({error})") from error
        known = {field.name for field in fields(RunOptions)}
        chosen = {key: value for key, value in {**options, **changes}.items() if key in known}
        return cls(folder, name, task(name, settings), RunOptions(**chosen))

    def train(self, report: Report | None = None) -> dict[str, float]:
        """Trains until the budget is spent; goes on from last.pt where there is one. Returns the last metrics."""
        options = self.options
        torch.set_num_threads(options.threads)
        self._prepare()
        say = report or _silent
        metrics: dict[str, float] = {}
        started, spent = time.monotonic(), self._seconds
        logged = evaluated = self._seconds
        while (progress := self._progress()) < 1.0:
            parts = self._one_step(progress)
            self._seconds = spent + time.monotonic() - started
            if self._seconds - logged >= 10.0 or self._step <= 3:
                logged = self._seconds
                say("train", progress, self._log("train", parts))
            if self._seconds - evaluated >= 60.0 * options.evaluate_every:
                metrics = self._evaluate(say)
                self._seconds = spent + time.monotonic() - started
                evaluated = self._seconds
        if evaluated < self._seconds or not metrics:
            metrics = self._evaluate(say)
        return metrics

    def best(self) -> tuple[nn.Module, dict[str, float]]:
        """The averaged network with the best score, in evaluation mode, and its metrics; UsageError without one."""
        path = self.folder / "best.pt"
        if not path.exists():
            raise UsageError(f"{self.folder}: no checkpoint yet; train it first")
        state = torch.load(path, map_location="cpu", weights_only=True)
        net = self.task.network()
        net.load_state_dict(state["network"])
        return net.eval(), dict(state["metrics"])

    def last_metrics(self) -> dict[str, float]:
        """The newest evaluation in metrics.jsonl; empty before the first."""
        path = self.folder / "metrics.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        records = [record for record in map(json.loads, lines) if record["kind"] == "evaluate"]
        left_out = ("kind", "step", "seconds")
        return {key: value for key, value in records[-1].items() if key not in left_out} if records else {}

    def is_spent(self) -> bool:
        """Whether the budget has been used up, so that training would do nothing more."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        self._step, self._seconds = state["step"], state["seconds"]
        return self._progress() >= 1.0

    # the inside

    def _prepare(self) -> None:
        torch.manual_seed(self.options.seed)
        self._net = self.task.network()
        path = self.folder / "last.pt"
        if not path.exists():
            self.task.start(self._net)
        if self.options.channels_last:
            self._net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = deepcopy(self._net).eval().requires_grad_(False)
        self._optimizer = torch.optim.AdamW(self._groups(), lr=self.options.rate, betas=(0.9, 0.98), fused=True)
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            self._net.load_state_dict(state["network"])
            self._average.load_state_dict(state["average"])
            self._optimizer.load_state_dict(state["optimizer"])
            self._step, self._seconds, self._best = state["step"], state["seconds"], state["best"]

    def _groups(self) -> list[dict[str, Any]]:
        """Weight decay for matrices and kernels only."""
        matrices = [weight for weight in self._net.parameters() if weight.ndim >= 2]
        vectors = [weight for weight in self._net.parameters() if weight.ndim < 2]
        return [
            {"params": matrices, "weight_decay": self.options.decay},
            {"params": vectors, "weight_decay": 0.0},
        ]

    def _progress(self) -> float:
        return min(1.0, max(self._step / self.options.steps, self._seconds / (60.0 * self.options.minutes)))

    def _rate(self, progress: float) -> float:
        options = self.options
        if progress < options.warm_up:
            # by time alone the first step would have a rate of zero
            return options.rate * max(progress, 0.01 * options.warm_up) / options.warm_up
        along = (progress - options.warm_up) / (1.0 - options.warm_up)
        return options.rate * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * along)))

    def _one_step(self, progress: float) -> dict[str, float]:
        options = self.options
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate(progress)
        batch = self.task.batch(np.random.default_rng((options.seed, self._step)))
        self._net.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
            loss, parts = self.task.loss(self._net, batch, progress)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(self._net.parameters(), options.clip))
        if math.isfinite(norm):
            self._optimizer.step()
        self._step += 1
        self._follow()
        return {"loss": float(loss.detach()), **parts, "norm": norm, "rate": self._rate(progress)}

    @torch.no_grad()
    def _follow(self) -> None:
        """Moves the average; in the first steps it forgets faster, or it would remember the noise of the start."""
        keep = min(self.options.average, (1 + self._step) / (10 + self._step))
        for slow, fast in zip(self._average.parameters(), self._net.parameters(), strict=True):
            slow.lerp_(fast, 1.0 - keep)
        for held, now in zip(self._average.buffers(), self._net.buffers(), strict=True):
            if held.is_floating_point():
                held.lerp_(now, 1.0 - keep)
            else:
                held.copy_(now)

    def _evaluate(self, say: Report) -> dict[str, float]:
        with torch.inference_mode():
            metrics = self.task.evaluate(self._average)
        score = metrics[self.task.score]
        if score > self._best:
            self._best = score
            _save(self.folder / "best.pt", {"network": self._average.state_dict(), "metrics": metrics})
        state = {
            "network": self._net.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self._step,
            "seconds": self._seconds,
            "best": self._best,
        }
        _save(self.folder / "last.pt", state)
        say("evaluate", self._progress(), self._log("evaluate", metrics))
        return metrics

    def _log(self, kind: str, record: Mapping[str, float]) -> Mapping[str, float]:
        line = {"kind": kind, "step": self._step, "seconds": round(self._seconds, 1)}
        rounded = {key: float(f"{value:.5g}") for key, value in record.items()}
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({**line, **rounded}) + "\n")
        return {"step": self._step, **rounded}


def _silent(_kind: str, _progress: float, _record: Mapping[str, float]) -> None: ...


def _save(path: Path, state: dict[str, Any]) -> None:
    data = io.BytesIO()
    torch.save(state, data)
    write_whole(path, data.getvalue())
