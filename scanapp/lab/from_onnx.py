"""The weights of a shipped ONNX file, back in the torch network that they were exported from.

A shipped model is thus a start, a teacher or the largest subnet without anybody's checkpoint. Nodes are found by
the module path that the exporter puts into their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from scanapp.errors import ModelError


def load_onnx(net: nn.Module, file: Path, inputs: Sequence[Tensor]) -> nn.Module:
    """``net`` with the weights in ``file``, in evaluation mode. ModelError where they do not fit.

    inputs  typical ones: batch norms, which the exporter folded into the convolutions before them, are unfolded
            so that their statistics are those of this data and the network computes what the file does
    """
    nodes, values = _read(file)
    normed = dict(_normed(net))
    with torch.no_grad():
        for path, module in net.named_modules():
            if isinstance(module, nn.Conv2d):
                weight, bias = _convolution(path, nodes, values, file)
                _put(module.weight, weight, path, file)
                if path in normed:
                    _unfold(normed[path], bias)
                else:
                    _put(cast("Tensor", module.bias), bias, path, file)
            elif isinstance(module, nn.Linear):
                _put(module.weight, _product(path, nodes, values, file), path, file)
                _put(module.bias, values[f"{path}.bias"], path, file)
            else:
                for name, own in module._parameters.items():
                    whole = f"{path}.{name}".lstrip(".")
                    if own is not None and not isinstance(module, nn.BatchNorm2d):
                        if whole not in values:
                            raise ModelError(f"{file}: holds no '{whole}'; it was exported from another network")
                        _put(own, values[whole], whole, file)
        _settle(net.eval(), normed, inputs)
    return net


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Nodes by name, initializers by name."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(file)).graph
    except Exception as error:  # onnx raises protobuf's errors, which are not its own
        raise ModelError(f"{file}: cannot be read as ONNX: {' '.join(str(error).split())}") from error
    values = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    return {node.name: node for node in graph.node}, values


def _normed(net: nn.Module) -> list[tuple[str, nn.BatchNorm2d]]:
    """Paths of convolutions with the batch norm that follows each."""
    return [
        (f"{path}.0".lstrip("."), module[1])
        for path, module in net.named_modules()
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d)
    ]


def _node(path: str, kind: str, nodes: dict[str, Any], file: Path) -> Any:
    """The node that the module at ``path`` became: ``/layers/layers.0/wide/MatMul`` for ``layers.0.wide``."""
    parts = path.split(".")
    steps = [".".join(parts[: end + 1]) for end in range(len(parts))]
    for start in range(len(steps)):
        # a container's index is written together with its name, a child's name stands alone
        shown = [step if step[-1].isdigit() else step.rpartition(".")[2] for step in steps[start:]]
        name = "/" + "/".join([*shown, kind])
        if name in nodes:
            return nodes[name]
    raise ModelError(f"{file}: no {kind} at '{path}'; it was exported from another network")


def _convolution(path: str, nodes: dict[str, Any], values: dict[str, Tensor], file: Path) -> tuple[Tensor, Tensor]:
    node = _node(path, "Conv", nodes, file)
    weight = values[node.input[1]]
    return weight, values[node.input[2]] if len(node.input) > 2 else torch.zeros(len(weight))


def _product(path: str, nodes: dict[str, Any], values: dict[str, Tensor], file: Path) -> Tensor:
    return values[_node(path, "MatMul", nodes, file).input[1]].T


def _put(own: Tensor, value: Tensor, path: str, file: Path) -> None:
    if own.shape != value.shape:
        raise ModelError(f"{file}: '{path}' is {tuple(value.shape)}, this network's is {tuple(own.shape)}")
    own.copy_(value)


def _unfold(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    """The identity but for the bias."""
    cast("Tensor", norm.running_mean).zero_()
    cast("Tensor", norm.running_var).fill_(1.0)
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)
    norm.bias.copy_(bias)


def _settle(net: nn.Module, normed: dict[str, nn.BatchNorm2d], inputs: Sequence[Tensor]) -> None:
    """Gives batch norms this data's statistics, and the scale and shift that undo them."""

    def watch(norm: nn.BatchNorm2d, given: tuple[Tensor, ...]) -> None:
        mean = given[0].mean((0, 2, 3))
        variance = given[0].var((0, 2, 3), unbiased=False)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
        cast("Tensor", norm.running_mean).copy_(mean)
        cast("Tensor", norm.running_var).copy_(variance)

    hooks = [norm.register_forward_pre_hook(watch) for norm in normed.values()]
    net(*inputs)
    for hook in hooks:
        hook.remove()
