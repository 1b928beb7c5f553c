"""What a run begins with: the weights of another run, or of an exported model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from scanapp.lab.revive import revive

if TYPE_CHECKING:
    from scanapp.lab.run import Task

_BATCHES = 8
_SEED = 5


def start(net: nn.Module, start_from: str, task: Task) -> None:
    """Gives ``net`` the weights of a run's folder where their shapes fit, or of an ``.onnx`` file; "": none."""
    if start_from.endswith(".onnx"):
        revive(net, Path(start_from), lambda net: _typical(net, task))
    elif start_from:
        weights = torch.load(Path(start_from) / "best.pt", map_location="cpu", weights_only=True)["network"]
        own = net.state_dict()
        fitting = {name: value for name, value in weights.items() if own[name].shape == value.shape}
        net.load_state_dict({**own, **fitting})


def _typical(net: nn.Module, task: Task) -> None:
    for index in range(_BATCHES):
        task.loss(net, task.batch(np.random.default_rng((_SEED, index))), 0.0)
