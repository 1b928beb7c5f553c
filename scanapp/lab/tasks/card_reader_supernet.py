"""Training the card reader's super-network: all readers up to a size, in one run.

Started from a trained reader, its channels, heads and units are put in the order of what they are worth, so that
a leading part of each weight is already the best of its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.errors import UsageError
from scanapp.lab.from_onnx import load_onnx
from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.line_batches import IGNORE
from scanapp.lab.nets.reader_family import FAMILIES, ReaderFamily
from scanapp.lab.run import Batch, Run
from scanapp.lab.slim import slimmed
from scanapp.lab.supernet.sandwich import sandwich, without_teacher
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.tasks.card_reader import TEMPERATURE, CardReaderTask

_SEED_OF_START = 17


@dataclass(frozen=True)
class CardReaderSupernetTask(CardReaderTask):
    """Settings, beside those of `CardReaderTask`; ``size`` is the largest subnet's, ``start_from`` a run or .onnx.

    randoms   random subnets a step, beside the largest and the smallest
    in_place  subnets learn from the largest one's answer (True) or from the labels (False)
    """

    randoms: int = 2
    in_place: bool = True

    @property
    def family(self) -> ReaderFamily:
        """The readers that are trained together."""
        if self.size not in FAMILIES:
            raise UsageError(f"card-reader: size must be one of {', '.join(FAMILIES)}, not '{self.size}'")
        return FAMILIES[self.size]

    def network(self) -> SharedNet:  # type: ignore[override]
        if not self.start_from:
            return SharedNet(self.family)
        whole = self.family.plain(self.family.space.named(self.family.space.largest))
        batch = CardReaderTask.batch(self, np.random.default_rng(_SEED_OF_START))
        if self.start_from.endswith(".onnx"):
            load_onnx(whole, Path(self.start_from), (batch["lines"],))
        else:
            whole.load_state_dict(Run.open(Path(self.start_from)).best()[0].state_dict())

        def loss(net: nn.Module) -> Tensor:
            logits: Tensor = net(batch["lines"])
            return functional.cross_entropy(logits.flatten(0, 1), batch["columns"].flatten(), ignore_index=IGNORE)

        largest = self.family.space.named(self.family.space.largest)
        return SharedNet(self.family, slimmed(whole.eval(), self.family.plain(largest), loss, ranked=True))

    def batch(self, rng: np.random.Generator) -> Batch:
        """Lines, and the seed by which the step's subnets are drawn."""
        return {**CardReaderTask.batch(self, rng), "draw": torch.tensor(int(rng.integers(2**31)))}

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        shared = cast("SharedNet", net)
        rng = np.random.default_rng(int(batch["draw"]))

        def learn(one: nn.Module) -> tuple[Tensor, dict[str, float]]:
            return CardReaderTask.loss(self, one, batch, progress)

        if self.in_place:
            return sandwich(shared, learn, _distance, (batch["lines"],), rng, self.randoms)
        return without_teacher(shared, learn, rng, self.randoms)

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Exact lines of the largest, a middle and the smallest subnet, and their mean."""
        if not isinstance(net, SharedNet):
            return CardReaderTask.evaluate(self, net)
        space = self.family.space
        found = {}
        for name in ("largest", "middle", "smallest"):
            plain = recalibrated(net.extract(space.parse(name)), calibration_inputs(self))
            found[name] = CardReaderTask.evaluate(self, plain)["exact"]
        return {"exact": float(np.mean(list(found.values()))), **{f"exact_{key}": one for key, one in found.items()}}


def _distance(answer: Tensor, goal: Tensor) -> Tensor:
    """Softened Kullback-Leibler divergence, the mean over columns."""
    own = (answer.float() / TEMPERATURE).log_softmax(-1)
    soft = (goal.float() / TEMPERATURE).softmax(-1)
    return functional.kl_div(own, soft, reduction="none").sum(-1).mean() * TEMPERATURE**2
