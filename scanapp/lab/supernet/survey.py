"""A search of a super-network's run, from a few dozen evaluated subnets to a handful that are worth shipping.

    RUN/survey.jsonl   every subnet evaluated so far, so that a stopped search goes on
    RUN/front.json     the chosen ones, and how far the predictors can be trusted
    RUN/front.svg      both, drawn

Two rounds are evaluated: drawn at random first; then where the predictor expects the front, for there it must be
right.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from scanapp.errors import UsageError
from scanapp.inference.session import open_session
from scanapp.lab.export import example, milliseconds, write_onnx
from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.plots import plot_front
from scanapp.lab.run import Run
from scanapp.lab.supernet.costs import Counted, Latency, counter, left_out
from scanapp.lab.supernet.predictor import Predictor, encoded, rank_agreement
from scanapp.lab.supernet.search import Effort, evolve, spaced, undominated
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.supernet.space import Subnet
from scanapp.lab.trained import FRONT
from scanapp.replay.write import write_whole

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, how much there is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """random    subnets evaluated at random
    near      further ones, where the front is expected
    timed     subnets whose milliseconds are measured, on one thread
    chosen    members of the front that get a name
    """

    random: int = 24
    near: int = 16
    timed: int = 12
    chosen: int = 6
    seed: int = 1
    effort: Effort | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One evaluated subnet; ``ms`` where it was measured."""

    subnet: Subnet
    accuracy: float
    ms: float | None


class Survey:
    """A search of one run."""

    def __init__(self, run: Run, plan: Plan, progress: Progress | None = None) -> None:
        net, _ = run.best()
        if not isinstance(net, SharedNet):
            raise UsageError(f"{run.folder}: a plain network; 'scanapp lab supernet train' makes a super-network")
        self.run = run
        self.plan = plan
        self.net = net
        self.space = net.family.space
        self.counted = counter(net.family, run.task.signature.inputs)
        self._say = progress or (lambda _what, _done, _all: None)
        self._seen = {one.subnet: one for one in self._stored()}

    def make(self) -> dict[str, Any]:
        """Evaluates, searches, chooses; what front.json holds."""
        plan = self.plan
        rng = np.random.default_rng(plan.seed)
        ends = [self.space.largest, self.space.middle, self.space.smallest]
        self._evaluate([*ends, *(self.space.sample(rng) for _ in range(plan.random))], plan.timed)
        front, values = self._front(rng)
        near = [front[index] for index in spaced(values[:, 1], plan.near)]
        self._evaluate(near, 0)
        front, values = self._front(rng)
        picked = undominated(values[:, :2])
        best = [subnet for subnet, kept in zip(front, picked.tolist(), strict=True) if kept]
        chosen = [best[index] for index in spaced(values[picked, 1], plan.chosen)]
        self._evaluate(chosen, len(chosen))
        chosen = self._best()
        self._evaluate(chosen, len(chosen))
        return self._written(chosen, len(front))

    def _best(self) -> list[Subnet]:
        """The named ones: of all that were evaluated, wherever they come from, those that no smaller one equals."""
        seen = list(self._seen.values())
        costs = [float(self.counted(one.subnet).macs) for one in seen]
        values = np.column_stack([[1.0 - one.accuracy for one in seen], costs])
        best = [
            (one.subnet, macs) for one, macs, kept in zip(seen, costs, undominated(values), strict=True) if kept
        ]
        best.sort(key=lambda pair: pair[1])
        return [best[index][0] for index in spaced(np.array([macs for _, macs in best]), self.plan.chosen)]

    def _front(self, rng: np.random.Generator) -> tuple[list[Subnet], npt.NDArray[np.float64]]:
        """Non-dominated subnets and, of each: error, multiply-accumulates, milliseconds, bytes."""
        predict, latency = self._predictor(), self._latency()

        def judge(subnets: Sequence[Subnet]) -> npt.NDArray[np.float64]:
            counts = [self.counted(subnet) for subnet in subnets]
            wrong = 1.0 - predict(encoded(self.space, subnets, counts))
            costs = [[one.macs, one.memory] for one in counts]
            return np.column_stack([wrong, np.array(costs, float)[:, 0], latency(counts), np.array(costs)[:, 1]])

        self._say("search", 0, 1)
        found = evolve(self.space, judge, rng, self.plan.effort)
        self._say("search", 1, 1)
        return found

    def _predictor(self) -> Predictor:
        subnets = list(self._seen)
        counts = [self.counted(subnet) for subnet in subnets]
        return Predictor.fit(encoded(self.space, subnets, counts), [self._seen[one].accuracy for one in subnets])

    def _timed(self) -> tuple[list[Counted], list[float]]:
        timed = [(self.counted(one.subnet), one.ms) for one in self._seen.values() if one.ms is not None]
        return [counts for counts, _ in timed], [ms for _, ms in timed]

    def _latency(self) -> Latency:
        return Latency.fit(*self._timed())

    def _evaluate(self, subnets: Sequence[Subnet], timed: int) -> None:
        """Evaluates what has not been; the first ``timed`` are measured on one thread as well."""
        wanted = list(dict.fromkeys(subnets))
        for done, subnet in enumerate(wanted):
            known = self._seen.get(subnet)
            if known is None or (known.ms is None and done < timed):
                self._add(known or Seen(subnet, *self._accuracy(subnet)), measure=done < timed)
            self._say("evaluate", done + 1, len(wanted))

    def _accuracy(self, subnet: Subnet) -> tuple[float, None]:
        task = self.run.task
        with torch.inference_mode():
            plain = recalibrated(self.net.extract(subnet), calibration_inputs(task))
            return task.evaluate(plain)[task.score], None

    def _add(self, seen: Seen, *, measure: bool) -> None:
        if measure and seen.ms is None:
            seen = Seen(seen.subnet, seen.accuracy, self._measured(seen.subnet))
        self._seen[seen.subnet] = seen
        line = {"subnet": self.space.named(seen.subnet), "accuracy": seen.accuracy, "ms": seen.ms}
        with open(self._log, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _measured(self, subnet: Subnet) -> float:
        task = self.run.task
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "subnet.onnx"
            write_onnx(self.net.extract(subnet), task, file)
            session = open_session(file.read_bytes(), task.model)
        inputs = zip(task.signature.inputs, example(task), strict=True)
        return milliseconds(session, {name: tensor.numpy() for name, tensor in inputs}, repeats=120)

    @property
    def _log(self) -> Path:
        return self.run.folder / "survey.jsonl"

    def _stored(self) -> list[Seen]:
        if not self._log.exists():
            return []
        lines = [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]
        return [Seen(self.space.subnet(line["subnet"]), line["accuracy"], line["ms"]) for line in lines]

    def _written(self, chosen: Sequence[Subnet], front: int) -> dict[str, Any]:
        predictor = self._predictor()
        points = encoded(self.space, chosen, [self.counted(one) for one in chosen])
        rows = [
            {
                "name": f"m{round(self.counted(one).macs / 1e6)}",
                "subnet": self.space.named(one),
                "macs": self.counted(one).macs,
                "parameters": self.counted(one).parameters,
                "memory": self.counted(one).memory,
                "ms": self._seen[one].ms,
                "accuracy": self._seen[one].accuracy,
                "predicted": float(predicted),
            }
            for one, predicted in zip(chosen, predictor(points), strict=True)
        ]
        truth = [seen.accuracy for seen in self._seen.values()]
        guesses = np.array(truth) - predictor.missed
        late = left_out(*self._timed())
        result = {
            "chosen": rows,
            "subnets": self.space.count(),
            "evaluated": len(self._seen),
            "front": front,
            "accuracy_error": float(np.abs(predictor.missed).mean()),
            "accuracy_tau": rank_agreement(truth, guesses.tolist()),
            "latency_median_error": float(np.median(late)),
            "latency_p90_error": float(np.quantile(late, 0.9)),
        }
        write_whole(self.run.folder / FRONT, (json.dumps(result, indent=1) + "\n").encode())
        others = [(self.counted(one.subnet).macs / 1e6, one.accuracy) for one in self._seen.values()]
        plot_front(self.run.folder / "front.svg", rows, others)
        return result
