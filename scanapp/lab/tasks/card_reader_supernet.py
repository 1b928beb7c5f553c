"""Training the card reader's super-network: all readers up to a size, in one run.

Started from a trained reader, its channels, heads and units are put in the order of what they are worth, so that
a leading part of each weight is already the best of its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.nets.reader import CardReader
from scanapp.lab.nets.reader_family import ReaderFamily, family
from scanapp.lab.run import Batch
from scanapp.lab.supernet.sandwich import sandwich, without_teacher
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.tasks.card_reader import TEMPERATURE, CardReaderTask


@dataclass(frozen=True)
class CardReaderSupernetTask(CardReaderTask):
    """Settings, beside those of `CardReaderTask`; ``size`` is the largest subnet's.

    randoms   subnets a step beside the largest and the smallest, drawn at random
    middle    share of the steps in which one of them is the middle one, which is what most devices get
    in_place  subnets learn from the largest one's answer (True) or from the labels (False)
    """

    randoms: int = 2
    middle: float = 0.0
    in_place: bool = True

    def network(self) -> SharedNet:
        """An untrained super-network."""
        return SharedNet(family(self.size))

    def start(self, net: nn.Module) -> None:
        """Gives the largest subnet the weights of ``start_from``, the worthiest first."""
        shared = cast("SharedNet", net)
        if self.start_from:
            whole = cast("CardReader", shared.whole)
            CardReaderTask.start(self, whole)
            shared.whole = self._cut(whole, cast("ReaderFamily", shared.family).largest(), ranked=True)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Lines, and the seed by which the step's subnets are drawn."""
        return {**CardReaderTask.batch(self, rng), "draw": torch.tensor(int(rng.integers(2**31)))}

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        if not isinstance(net, SharedNet):
            return CardReaderTask.loss(self, net, batch, progress)
        rng = np.random.default_rng(int(batch["draw"]))

        def learn(one: nn.Module) -> tuple[Tensor, dict[str, float]]:
            return CardReaderTask.loss(self, one, batch, progress)

        if self.in_place:
            also = [("middle", net.family.space.middle)] if rng.random() < self.middle else []
            randoms = self.randoms - len(also)
            return sandwich(net, learn, _distance, (batch["lines"],), rng, randoms, also=also)
        return without_teacher(net, learn, rng, self.randoms)

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Exact lines of the largest, a middle and the smallest subnet, and their mean."""
        if not isinstance(net, SharedNet):
            return CardReaderTask.evaluate(self, net)
        space = net.family.space
        exact = {}
        for name in ("largest", "middle", "smallest"):
            plain = recalibrated(net.extract(space.parse(name)), calibration_inputs(self))
            exact[f"exact_{name}"] = CardReaderTask.evaluate(self, plain)["exact"]
        return {"exact": float(np.mean(list(exact.values()))), **exact}


def _distance(answer: Tensor, goal: Tensor) -> Tensor:
    """Softened Kullback-Leibler divergence, the mean over columns."""
    own = (answer.float() / TEMPERATURE).log_softmax(-1)
    soft = (goal.float() / TEMPERATURE).softmax(-1)
    return functional.kl_div(own, soft, reduction="none").sum(-1).mean() * TEMPERATURE**2
