"""One set of weights for all subnets: a subnet is a plain network that runs on the leading part of every weight.

No layer knows that it is elastic. The plain network of the subnet's shape is called with slices of the largest
one's weights in place of its own (`torch.func.functional_call`), so gradients reach the shared weights, and what
`extract` copies out is that plain network: an export has no trace of the super-network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call

from scanapp.lab.supernet.space import Space, Subnet


class Family(Protocol):
    """A family of plain networks: what a subnet's values mean."""

    @property
    def space(self) -> Space: ...

    @property
    def groups(self) -> Mapping[str, int]:
        """End of a weight's name → equal groups of rows, each of which is cut by itself (query, key, value: 3)."""

    def plain(self, values: Mapping[str, int]) -> nn.Module:
        """An untrained network with these values; every weight of it a leading part of the largest one's."""


class SharedNet(nn.Module):
    """The super-network. Its parameters are the largest network's; called like a network it is the largest."""

    def __init__(self, family: Family, whole: nn.Module | None = None) -> None:
        super().__init__()
        self.family = family
        self.whole = whole if whole is not None else family.plain(family.space.named(family.space.largest))

    def forward(self, *inputs: Tensor) -> Any:
        return self.whole(*inputs)

    def run(self, subnet: Subnet, *inputs: Tensor) -> Any:
        """The subnet's answer; gradients flow into the shared weights, running averages stay as they are."""
        with torch.device("meta"):
            skeleton = self._plain(subnet)
        skeleton.train(self.training)
        parts = {name: self._part(name, weight.shape) for name, weight in skeleton.named_parameters()}
        parts |= {name: self._part(name, held.shape).clone() for name, held in skeleton.named_buffers()}
        return functional_call(skeleton, parts, inputs)

    def extract(self, subnet: Subnet) -> nn.Module:
        """The subnet as a plain network with weights of its own, in evaluation mode.

        Its running averages are those of the largest network: `recalibrated` makes its own.
        """
        net = self._plain(subnet)
        with torch.no_grad():
            net.load_state_dict({name: self._part(name, own.shape) for name, own in net.state_dict().items()})
        return net.eval()

    def _plain(self, subnet: Subnet) -> nn.Module:
        return self.family.plain(self.family.space.named(subnet))

    def _part(self, name: str, shape: torch.Size) -> Tensor:
        held = self._held(name)
        count = next((groups for end, groups in self.family.groups.items() if name.endswith(end)), 1)
        if count == 1:
            return held[tuple(slice(side) for side in shape)]
        rows = held.reshape(count, -1, *held.shape[1:])[:, : shape[0] // count]
        return rows.flatten(0, 1)[(slice(None), *(slice(side) for side in shape[1:]))]

    def _held(self, name: str) -> Tensor:
        module, _, last = name.rpartition(".")
        return cast("Tensor", getattr(self.whole.get_submodule(module), last))


def recalibrated(net: nn.Module, batches: Iterable[tuple[Tensor, ...]]) -> nn.Module:
    """``net`` with the running averages of its batch norms taken anew over ``batches`` of inputs.

    The shared weights were trained under other subnets' statistics; this needs no gradients and a few hundred
    examples (Yu and Huang, "Universally Slimmable Networks", 2019).
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return net.eval()
    net.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # plain mean over the batches
        norm.train()
    with torch.no_grad():
        for inputs in batches:
            net(*inputs)
    return net.eval()
