"""A scout's channels in the order of what they are worth, so that a leading part is the best of its size.

What a channel is worth: how large it comes out of its batch norm, times how strongly the layers behind take it up.
The network computes the same; only the order of its channels changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scanapp.lab.nets.scout import ScoutNet


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels that must be in one order, for they are added or run through depth-wise layers.

    made   names of the modules that put them out (convolutions, depth-wise ones, batch norms)
    taken  names of the convolutions that take them in
    """

    made: tuple[str, ...]
    taken: tuple[str, ...]


def rank(net: ScoutNet) -> None:
    """Puts every group of ``net``'s channels in order, the worthiest first."""
    with torch.no_grad():
        for channels in _groups(net):
            order = _worth(net, channels).argsort(descending=True, stable=True)
            for name in channels.made:
                _reorder_rows(net.get_submodule(name), order)
            for name in channels.taken:
                taker = _convolution(net, name)
                taker.weight.copy_(taker.weight[:, order])


def _groups(net: ScoutNet) -> Iterator[Channels]:
    yield Channels(_pair("stem"), ("to4.0",))
    yield Channels(_pair("to4"), ("to8.0.0", "lateral4"))
    yield Channels(_pair("to8.0"), ("to8.1.0",))
    yield Channels(_pair("to8.1"), ("to16.0.0", "lateral8"))
    blocks = [f"to16.{place}" for place in range(1, len(net.to16))]
    yield from _stream(_pair("to16.0"), blocks, ("to32.0.0", "lateral16"))
    context = "to32.2.project"
    yield from _stream((*_pair("to32.0"), context), ["to32.1"], ("down32", context))
    yield from _stream(("lateral16", "down32"), ["merge16"], ("down16",))
    yield Channels(("lateral8", "down16"), ("merge8.0",))
    yield Channels(_pair("merge8"), ("down8",))
    yield Channels(("lateral4", "down8"), ("merge4.0",))
    yield Channels(_pair("merge4"), ("maps",))


def _stream(made: tuple[str, ...], blocks: list[str], taken: tuple[str, ...]) -> Iterator[Channels]:
    """The channels that run through residual ``blocks``, and those inside of each."""
    for block in blocks:
        made = (*made, *_pair(f"{block}.body.0.0"), f"{block}.body.2", f"{block}.body.3")
        taken = (*taken, f"{block}.body.0.1.0")
        yield Channels((*_pair(f"{block}.body.0.1"), *_pair(f"{block}.body.1")), (f"{block}.body.2",))
    yield Channels(made, taken)


def _pair(name: str) -> tuple[str, str]:
    """A convolution and its batch norm."""
    return f"{name}.0", f"{name}.1"


def _worth(net: ScoutNet, channels: Channels) -> Tensor:
    made = [net.get_submodule(name) for name in channels.made]
    sizes = [one.weight.abs() for one in made if isinstance(one, nn.BatchNorm2d)]
    size = torch.stack(sizes).sum(0) if sizes else torch.ones(())
    return size * sum(_convolution(net, name).weight.square().sum((0, 2, 3)).sqrt() for name in channels.taken)


def _reorder_rows(module: nn.Module, order: Tensor) -> None:
    for held in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
        if held.ndim:
            held.copy_(held[order].clone())


def _convolution(net: ScoutNet, name: str) -> nn.Conv2d:
    module = net.get_submodule(name)
    assert isinstance(module, nn.Conv2d)
    return module
