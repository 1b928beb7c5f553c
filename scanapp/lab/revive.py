"""A trained network back from its ONNX file, so that training can go on where only the shipped model is left.

The export folds batch normalisation into the convolution before it. Here the folded kernel stays in the
convolution, and the batch normalisation behind it gets the statistics of what now comes out of that convolution,
with a scale and shift that undo them: the network computes what the file computes, and trains like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from scanapp.errors import ModelError


def revive(net: nn.Module, file: Path, run: Callable[[nn.Module], object]) -> None:
    """Gives ``net`` the weights in ``file``, which was exported from a network of the same shape.

    run  puts typical inputs through the network, a few hundred examples: the statistics are measured on them

    Raises ModelError when the file cannot be read or is of another network.
    """
    folded = _load(net, file)
    seen: dict[str, list[Tensor]] = {name: [] for name in folded}
    hooks = [net.get_submodule(name).register_forward_pre_hook(_keeper(kept)) for name, kept in seen.items()]
    with torch.no_grad():
        run(net.eval())
    for hook in hooks:
        hook.remove()
    for name, bias in folded.items():
        _undo(net.get_submodule(name), bias, torch.stack(seen[name]).mean(0))


def _load(net: nn.Module, file: Path) -> dict[str, Tensor]:
    """Loads all weights; names of the batch normalisations that were folded, each with the bias it left."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(file)).graph
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: cannot be read as ONNX: {error}") from error
    held = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    state = dict(net.state_dict())
    folded: dict[str, Tensor] = {}
    for name, value in held.items():
        if name in state:
            _put(state, name, value, file)
    for node in graph.node:
        weights = [held[name] for name in node.input if name in held and name not in state]
        if not weights or node.op_type not in ("Conv", "MatMul"):
            continue
        module = module_path(node.name)
        transposed = node.op_type == "MatMul"
        _put(state, f"{module}.weight", weights[0].T if transposed else weights[0], file)
        if node.op_type == "Conv" and len(weights) == 2:
            folded[_next(net, module)] = weights[1]
    missing = set(dict(net.named_parameters())) - _set_by(state, net) - _of(folded)
    if missing:
        raise ModelError(f"{file}: holds nothing for {', '.join(sorted(missing)[:3])}; is it of another network?")
    net.load_state_dict(state)
    for name, bias in folded.items():
        norm: Any = net.get_submodule(name)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        nn.init.ones_(norm.weight)
        norm.bias.data.copy_(bias)
    return folded


def module_path(node: str) -> str:
    """``/to8/to8.0/to8.0.1/Conv`` is the node of module ``to8.0.1``: a scope may repeat what stands before it."""
    path: list[str] = []
    for scope in node.strip("/").split("/")[:-1]:
        if path and scope.startswith(path[-1] + "."):
            path.pop()
        path.append(scope)
    return ".".join(path)


def _put(state: dict[str, Tensor], name: str, value: Tensor, file: Path) -> None:
    if name not in state or state[name].shape != value.shape:
        have = tuple(state[name].shape) if name in state else "nothing"
        raise ModelError(f"{file}: {name} is {tuple(value.shape)}, the network has {have}")
    state[name] = value


def _set_by(state: dict[str, Tensor], net: nn.Module) -> set[str]:
    """Parameters that are no longer the network's own tensors."""
    own = net.state_dict()
    return {name for name, value in state.items() if value.data_ptr() != own[name].data_ptr()}


def _of(folded: dict[str, Tensor]) -> set[str]:
    return {f"{name}.{part}" for name in folded for part in ("weight", "bias")}


def _next(net: nn.Module, module: str) -> str:
    """The module that its parent has behind ``module``."""
    parent, _, own = module.rpartition(".")
    names = [name for name, _ in net.get_submodule(parent).named_children()]
    return f"{parent}.{names[names.index(own) + 1]}"


def _keeper(kept: list[Tensor]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        (x,) = inputs
        x = x.float()
        kept.append(torch.stack([x.mean((0, 2, 3)), x.square().mean((0, 2, 3))]))

    return keep


def _undo(norm: Any, bias: Tensor, moments: Tensor) -> None:
    mean, square = moments
    spread = (square - mean.square()).clamp_min(0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(spread)
    norm.weight.data.copy_((spread + norm.eps).sqrt())
    norm.bias.data.copy_(bias + mean)
