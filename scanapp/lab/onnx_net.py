"""`OnnxNet`: an exported network in the place of the one that it came from."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from scanapp.inference.session import Session
from scanapp.lab.run import Task


class OnnxNet(nn.Module):
    """A session that answers like the network it was exported from, so that a task's ``evaluate`` takes it."""

    def __init__(self, session: Session, task: Task) -> None:
        super().__init__()
        self._session = session
        self._task = task

    def forward(self, *inputs: torch.Tensor) -> Any:
        feeds = {name: one.numpy() for name, one in zip(self._task.signature.inputs, inputs, strict=True)}
        answers = self._session.run(feeds)
        tensors = tuple(torch.from_numpy(answers[name]) for name in self._task.signature.outputs)
        return tensors if len(tensors) > 1 else tensors[0]
