"""One training step of a super-network: the sandwich rule with in-place distillation.

The largest subnet learns from the labels; the smallest and a few random ones learn from the largest one's answer
of the same step (Yu et al., "BigNAS", 2020). Bounding the family from both ends trains everything between. Costs
some 2.2 plain steps with two random subnets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from scanapp.lab.supernet.shared import SharedNet
from scanapp.lab.supernet.space import Subnet

Learn = Callable[[nn.Module], tuple[Tensor, dict[str, float]]]
"""The plain task's loss of a network on this step's batch, and its parts."""
Follow = Callable[[Any, Any], Tensor]
"""How far a subnet's answer is from the largest one's, which carries no gradient."""


class _Kept(nn.Module):
    """A network that keeps its last answer."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.answer: Any = None

    def forward(self, *inputs: Tensor) -> Any:
        self.answer = self.net(*inputs)
        return self.answer


def sandwich(
    net: SharedNet,
    learn: Learn,
    follow: Follow,
    inputs: tuple[Tensor, ...],
    rng: np.random.Generator,
    randoms: int,
    *,
    also: Sequence[tuple[str, Subnet]] = (),
) -> tuple[Tensor, dict[str, float]]:
    """The loss of largest, smallest, ``randoms`` random subnets and ``also`` these on one batch, and its parts."""
    kept = _Kept(net)
    total, parts = learn(kept)
    goal = detached(kept.answer)
    for name, subnet in (*drawn(net, rng, randoms), *also):
        distance = follow(net.run(subnet, *inputs), goal)
        total = total + distance
        parts[name] = parts.get(name, 0.0) + float(distance.detach())
    return total, parts


def without_teacher(
    net: SharedNet, learn: Learn, rng: np.random.Generator, randoms: int
) -> tuple[Tensor, dict[str, float]]:
    """The same rule with labels for every subnet: the arm against which in-place distillation is measured."""
    total, parts = learn(net)
    for name, subnet in drawn(net, rng, randoms):
        loss, _ = learn(_One(net, subnet))
        total = total + loss
        parts[name] = parts.get(name, 0.0) + float(loss.detach())
    return total, parts


class _One(nn.Module):
    """One subnet, called like a network."""

    def __init__(self, net: SharedNet, subnet: Subnet) -> None:
        super().__init__()
        self.net = net
        self.subnet = subnet

    def forward(self, *inputs: Tensor) -> Any:
        return self.net.run(self.subnet, *inputs)


def drawn(net: SharedNet, rng: np.random.Generator, randoms: int) -> list[tuple[str, Subnet]]:
    """The step's subnets below the largest."""
    space = net.family.space
    return [("smallest", space.smallest), *(("random", space.sample(rng)) for _ in range(randoms))]


def detached(answer: Any) -> Any:
    """The same tensors without their history."""
    return answer.detach() if isinstance(answer, Tensor) else tuple(part.detach() for part in answer)
