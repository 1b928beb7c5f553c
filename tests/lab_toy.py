"""A task that a laptop learns in a second: is the first pixel of four the brightest side?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from scanapp.lab.run import Batch, Signature


@dataclass(frozen=True)
class ToyTask:
    width: int = 16

    @property
    def model(self) -> str:
        return "toy"

    @property
    def score(self) -> str:
        return "right"

    @property
    def signature(self) -> Signature:
        return Signature({"points": (1, 1, 2, 2)}, ("side",), {"points": {0: "N"}, "side": {0: "N"}})

    @classmethod
    def smoke(cls, folder: Path) -> dict[str, Any]:
        folder.mkdir(parents=True, exist_ok=True)
        return {}

    def network(self) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16, self.width),
            nn.ReLU(),
            nn.Linear(self.width, 1),
        )

    def start(self, net: nn.Module) -> None:
        """Begins with the weights it has."""

    def batch(self, rng: np.random.Generator) -> Batch:
        points = torch.from_numpy(rng.random((32, 1, 2, 2), np.float32))
        return {"points": points, "side": (points[:, 0, 0, :].sum(1) > points[:, 0, 1, :].sum(1)).float()}

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        assert 0.0 <= progress < 1.0
        return nn.functional.binary_cross_entropy_with_logits(net(batch["points"])[:, 0], batch["side"]), {}

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        batch = [self.batch(np.random.default_rng((9, part))) for part in range(8)]
        right = [((net(one["points"])[:, 0] > 0) == (one["side"] > 0.5)).float().mean() for one in batch]
        return {"right": float(torch.stack(right).mean())}

    def calibration(self) -> Iterator[dict[str, np.ndarray[Any, Any]]]:
        for part in range(4):
            yield {"points": self.batch(np.random.default_rng((8, part)))["points"].numpy()}

    def keep_float(self) -> tuple[str, ...]:
        return ("/9",)
