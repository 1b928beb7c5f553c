"""What a task's batches give its network, and typical inputs for calibration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from scanapp.lab.run import Batch, Task

_SEED = 5


def network_inputs(task: Task, batch: Batch) -> tuple[Tensor, ...]:
    """The batch's tensors that the signature names, float32; bytes become 0 … 1."""
    tensors = (batch[name] for name in task.signature.inputs)
    return tuple(one.float() / 255 if one.dtype == torch.uint8 else one for one in tensors)


def calibration_inputs(task: Task, batches: int = 6) -> Iterator[tuple[Tensor, ...]]:
    """Inputs of a few training batches, always the same ones."""
    for index in range(batches):
        yield network_inputs(task, task.batch(np.random.default_rng((_SEED, index))))
