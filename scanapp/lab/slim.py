"""A small reader cut out of a trained large one: a start that already half reads, for distillation to repair.

What matters least goes: channels, heads, hidden units, places of the residual stream, whole layers. How much each
matters is how much the loss would change without it, to first order: |activation × gradient| over a batch
(Molchanov et al., "Importance Estimation for Neural Network Pruning", 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from scanapp.errors import UsageError
from scanapp.lab.nets.reader import HEAD, CardReader, Layer, Refined

Loss = Callable[[nn.Module], Tensor]
"""The loss of a network on one fixed batch."""


def slimmed(large: CardReader, small: CardReader, loss: Loss, *, ranked: bool = False) -> CardReader:
    """``small`` with the weights of ``large`` that matter most; both of the family `CardReader`.

    ranked  what matters most comes first, so that a leading part of ``small`` is the best of its size; a ``small``
            as large as ``large`` then computes the same with its channels in another order

    UsageError when ``small`` is larger somewhere, or one of them alone has a refined stem.
    """
    if any(isinstance(part, Refined) for part in large.modules()) != any(
        isinstance(part, Refined) for part in small.modules()
    ):
        raise UsageError("a reader with a refined stem cannot be cut out of one without, nor the other way round")
    best = _ranked if ranked else _best
    weight = _importance(large.eval(), loss)
    stream = best(weight["stream"], small.place.shape[2])
    with torch.no_grad():
        kept = torch.arange(1)
        for index in range(4):
            chosen = best(weight[f"stem.{index}"], _convolution(small, index).out_channels)
            _copy_block(large, small, index, kept, chosen)
            kept = chosen
        last, target = cast("nn.Conv2d", large.stem[4]), cast("nn.Conv2d", small.stem[4])
        target.weight.copy_(last.weight[stream][:, kept])
        _bias(target).copy_(_bias(last)[stream])
        small.place.copy_(large.place[:, :, stream])
        pairs = zip(small.layers, _fewer(large, len(small.layers), loss), strict=True)
        for layer, index in pairs:
            source = cast("Layer", large.layers[index])
            target_layer = cast("Layer", layer)
            heads = best(weight[f"heads.{index}"].view(-1, HEAD).sum(1), target_layer.heads)
            units = best(weight[f"hidden.{index}"], target_layer.wide.out_features)
            _copy_layer(source, target_layer, stream, heads, units)
        _copy_norm(large.norm, small.norm, stream)
        small.classify.weight.copy_(large.classify.weight[:, stream])
        small.classify.bias.copy_(large.classify.bias)
    return small


def _importance(net: CardReader, loss: Loss) -> dict[str, Tensor]:
    """What each channel, head, hidden unit and place of the stream is worth to the loss."""
    seen: dict[str, list[Tensor]] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
            output.retain_grad()
            seen.setdefault(name, []).append(output)

        return keep

    def watch_input(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            inputs[0].retain_grad()
            seen.setdefault(name, []).append(inputs[0])

        return keep

    # Batch norms' output, for the ReLU behind them works in place; where it is negative its gradient is zero.
    hooks = [net.stem[index][1].register_forward_hook(watch(f"stem.{index}")) for index in range(4)]  # type: ignore[index]
    for index, layer in enumerate(cast("list[Layer]", list(net.layers))):
        hooks.append(layer.register_forward_hook(watch("stream")))
        hooks.append(layer.mix.register_forward_pre_hook(watch_input(f"heads.{index}")))
        hooks.append(layer.narrow.register_forward_pre_hook(watch_input(f"hidden.{index}")))
    net.requires_grad_(True)
    net.zero_grad()
    loss(net).backward()  # type: ignore[no-untyped-call]
    for hook in hooks:
        hook.remove()
    return {name: sum((_worth(one) for one in outputs), torch.zeros(())) for name, outputs in seen.items()}


def _worth(output: Tensor) -> Tensor:
    if output.grad is None:
        raise RuntimeError("no gradient reached this output")
    product = output.detach().float() * output.grad.float()
    if product.ndim == 4:
        return product.sum((2, 3)).abs().mean(0)
    return product.sum(1).abs().mean(0)


def _fewer(large: CardReader, count: int, loss: Loss) -> list[int]:
    """Which layers to keep: those are left out, one by one, without which the loss is least."""
    left = list(range(len(large.layers)))
    whole = large.layers
    while len(left) > count:
        losses = []
        for leave in left:
            large.layers = nn.Sequential(*(whole[index] for index in left if index != leave))
            losses.append(float(loss(large).detach()))
        large.layers = whole
        left.pop(losses.index(min(losses)))
    return left


def _copy_block(large: CardReader, small: CardReader, index: int, inputs: Tensor, outputs: Tensor) -> None:
    _convolution(small, index).weight.copy_(_convolution(large, index).weight[outputs][:, inputs])
    source, target = cast("nn.Sequential", large.stem[index]), cast("nn.Sequential", small.stem[index])
    _copy_averages(source[1], target[1], outputs)
    for refined, own in zip(_refined(source), _refined(target), strict=True):
        own.around.weight.copy_(refined.around.weight[outputs][:, outputs])
        _copy_averages(refined.norm, own.norm, outputs)


def _refined(block: nn.Sequential) -> list[Refined]:
    return [part for part in block if isinstance(part, Refined)]


def _copy_averages(source: nn.Module, target: nn.Module, channels: Tensor) -> None:
    for name, value in source.state_dict().items():
        target.state_dict()[name].copy_(value[channels] if value.ndim else value)


def _copy_layer(source: Layer, target: Layer, stream: Tensor, heads: Tensor, units: Tensor) -> None:
    rows = (heads[:, None] * HEAD + torch.arange(HEAD)).flatten()
    width = source.mix.in_features
    triple = torch.cat([rows, rows + width, rows + 2 * width])
    _copy_norm(source.before, target.before, stream)
    _copy_norm(source.between, target.between, stream)
    _copy_linear(source.queries, target.queries, triple, stream)
    _copy_linear(source.mix, target.mix, stream, rows)
    _copy_linear(source.wide, target.wide, units, stream)
    _copy_linear(source.narrow, target.narrow, stream, units)


def _copy_linear(source: nn.Linear, target: nn.Linear, outputs: Tensor, inputs: Tensor) -> None:
    target.weight.copy_(source.weight[outputs][:, inputs])
    target.bias.copy_(source.bias[outputs])


def _copy_norm(source: nn.LayerNorm, target: nn.LayerNorm, stream: Tensor) -> None:
    target.weight.copy_(source.weight[stream])
    target.bias.copy_(source.bias[stream])


def _convolution(net: CardReader, index: int) -> nn.Conv2d:
    return cast("nn.Conv2d", cast("nn.Sequential", net.stem[index])[0])


def _bias(convolution: nn.Conv2d) -> Tensor:
    return cast("Tensor", convolution.bias)


def _best(worth: Tensor, count: int) -> Tensor:
    """Indices of the ``count`` worthiest, in order."""
    return _ranked(worth, count).sort().values


def _ranked(worth: Tensor, count: int) -> Tensor:
    """Indices of the ``count`` worthiest, the worthiest first."""
    if count > len(worth):
        raise UsageError(f"a reader with {count} of what the trained one has {len(worth)} cannot be cut out of it")
    return worth.topk(count).indices
