"""A larger network that begins with what a smaller one has learnt (after Net2Net, Chen et al., 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scanapp.lab.nets.locator import Residual


def widened(trained: nn.Module, net: nn.Module) -> nn.Module:
    """``net``, with more channels or stages than ``trained`` under the same names; it computes the same at first.

    The old channels lead and take nothing from the new ones; new residual stages add nothing until they have learnt
    what. Channels must not change their order between layers: no network here joins two maps that both grow.
    """
    old, own = trained.state_dict(), net.state_dict()
    net.load_state_dict({name: _led_by(old[name], new) if name in old else new for name, new in own.items()})
    for name, stage in net.named_modules():
        if isinstance(stage, Residual) and not any(key.startswith(f"{name}.") for key in old):
            last = stage.body[-1]
            assert isinstance(last, nn.BatchNorm2d)
            nn.init.zeros_(last.weight)
    return net


def _led_by(old: Tensor, new: Tensor) -> Tensor:
    """``new`` with ``old`` as its leading part; what the old rows would take from new columns is nothing."""
    if old.shape == new.shape:
        return old
    made = new.clone()
    rows = old.shape[0]
    if old.dim() == 1:
        made[:rows] = old
        return made
    made[:rows] = torch.zeros_like(made[:rows])
    made[:rows, : old.shape[1]] = old
    return made
