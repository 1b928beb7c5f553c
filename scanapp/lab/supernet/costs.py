"""What a subnet costs: multiply-accumulates and memory counted, milliseconds by a model of a few measured ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from scanapp.lab.supernet.shared import Family
from scanapp.lab.supernet.space import Subnet

Shapes = Mapping[str, tuple[int, ...]]
FLOAT = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one example.

    macs        multiply-accumulates in convolutions and matrix products
    parameters  weights
    moved       elements that layers write
    layers      modules that compute: each costs a call
    peak        the most elements that one layer reads and writes
    """

    macs: int
    parameters: int
    moved: int
    layers: int
    peak: int

    @property
    def memory(self) -> int:
        """Bytes of weights and of the largest step's tensors, float32: the least that it adds to a process."""
        return FLOAT * (self.parameters + self.peak)


def count(net: nn.Module, inputs: tuple[Tensor, ...]) -> Counted:
    """Counts one run; ``net`` and ``inputs`` may be on the meta device, where nothing is computed."""
    moved, peaks = [], [0]

    def watch(_module: nn.Module, given: tuple[Any, ...], answer: Any) -> None:
        if isinstance(answer, Tensor):
            moved.append(answer.numel())
            peaks.append(answer.numel() + sum(one.numel() for one in given if isinstance(one, Tensor)))

    leaves = [module for module in net.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(watch) for leaf in leaves]
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        net.eval()(*inputs)
    for hook in hooks:
        hook.remove()
    parameters = sum(weight.numel() for weight in net.parameters())
    return Counted(int(counter.get_total_flops()) // 2, parameters, sum(moved), len(moved), max(peaks))


def counter(family: Family, shapes: Shapes) -> Callable[[Subnet], Counted]:
    """Counts of a family's subnets, each made once; ``shapes`` are those of the inputs."""

    @cache
    def counted(subnet: Subnet) -> Counted:
        with torch.device("meta"):
            net = family.plain(family.space.named(subnet))
            return count(net, tuple(torch.empty(shape) for shape in shapes.values()))

    return counted


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds as a weighted sum of a subnet's counts; ``weights`` (4,) are never negative."""

    weights: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, counts: Sequence[Counted], ms: Sequence[float]) -> Latency:
        """The weights with the least relative error on measured subnets."""
        target = np.asarray(ms, np.float64)
        rows = _features(counts) / target[:, None]
        return cls(_not_negative(rows, np.ones(len(rows))))

    def __call__(self, counts: Sequence[Counted]) -> npt.NDArray[np.float64]:
        """(n,) milliseconds."""
        return np.asarray(_features(counts) @ self.weights)


def left_out(counts: Sequence[Counted], ms: Sequence[float]) -> npt.NDArray[np.float64]:
    """(n,) relative errors, each subnet predicted by a model of the others."""
    errors = []
    for out in range(len(counts)):
        model = Latency.fit([*counts[:out], *counts[out + 1 :]], [*ms[:out], *ms[out + 1 :]])
        errors.append(abs(float(model([counts[out]])[0]) / ms[out] - 1.0))
    return np.array(errors)


def _features(counts: Sequence[Counted]) -> npt.NDArray[np.float64]:
    """(n, 4): calls, products, elements written, weights read; each in the thousands or millions."""
    return np.array([[one.layers / 10, one.macs / 1e7, one.moved / 1e5, one.parameters / 1e5] for one in counts])


def _not_negative(rows: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Least squares without negative weights: what would become negative is left out, worst first."""
    kept = list(range(rows.shape[1]))
    while True:
        found = np.linalg.lstsq(rows[:, kept], target, rcond=None)[0]
        if (found >= 0).all() or len(kept) == 1:
            break
        kept.pop(int(found.argmin()))
    weights = np.zeros(rows.shape[1])
    weights[kept] = found.clip(0)
    return weights
