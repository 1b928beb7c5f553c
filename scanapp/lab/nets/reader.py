"""A reader of one line of digits: a convolutional stem, two transformer layers, one classifier a column.

The stem looks at strokes (dense 3×3 kernels and ReLU: they quantize well and run fast), the transformer at the
line: which cells hold digits, where the groups are, what a worn digit must be next to a clear one. SVTR (Du et al.,
2022) showed that such a pair reads without a recurrent part; this one is far smaller, for twelve classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.lab.nets.widen import widened

CLASSES = 12
"""0 blank, 1 … 10 the digits, 11 "/"."""
COLUMNS = 80
HEIGHT, WIDTH = 32, 320
HEAD = 32
"""Channels of one attention head."""
REACH = 49
"""Columns over which light is levelled: two to three digits."""


class CardReader(nn.Module):
    """``lines`` (N, 1, 32, 320) float32 luma 0 … 1 to (N, 80, 12) logits, in evaluation log-probabilities.

    stem   channels of the four convolutions; the first two halve both sides, the others the height alone
    width  of the transformer; deep  its layers
    local  level the light along the line (see `_levelled`) instead of over all of it
    refined  one residual convolution more behind the second and the third: relief over busy artwork asks for more
           than two looks at a stroke before it is halved twice
    heads, hidden  of each layer, where they are not ``width`` / 32 and 2 · ``width``
    """

    def __init__(
        self,
        stem: tuple[int, int, int, int],
        width: int,
        deep: int,
        *,
        local: bool = False,
        refined: bool = False,
        heads: Sequence[int] = (),
        hidden: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.local = local
        first, second, third, fourth = stem
        self.stem = nn.Sequential(
            _block(1, first, (2, 2)),
            _block(first, second, (2, 2), refined=refined),
            _block(second, third, (2, 1), refined=refined),
            _block(third, fourth, (2, 1)),
            nn.Conv2d(fourth, width, (2, 1)),
        )
        self.place = nn.Parameter(torch.randn(1, COLUMNS, width) * 0.02)
        shapes = zip(heads or (width // HEAD,) * deep, hidden or (2 * width,) * deep, strict=True)
        self.layers = nn.Sequential(*(Layer(width, *shape) for shape in shapes))
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, CLASSES)

    def forward(self, lines: Tensor) -> Tensor:
        columns = self.stem(_levelled(lines, self.local)).flatten(2).transpose(1, 2) + self.place
        logits: Tensor = self.classify(self.norm(self.layers(columns)))
        return logits if self.training else logits.log_softmax(-1)


class Layer(nn.Module):
    """A transformer layer, normalised before each part (Xiong et al., 2020: trains without a long warm-up)."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.queries = nn.Linear(width, 3 * HEAD * heads)
        self.mix = nn.Linear(HEAD * heads, width)
        self.between = nn.LayerNorm(width)
        self.wide = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.before(x))
        thought: Tensor = self.narrow(self.wide(self.between(x)).relu())
        return x + thought

    def _attend(self, x: Tensor) -> Tensor:
        count, columns, _ = x.shape
        split = self.queries(x).view(count, columns, 3, self.heads, HEAD).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        weights = (query @ key.transpose(-1, -2) / math.sqrt(HEAD)).softmax(-1)
        mixed: Tensor = self.mix((weights @ value).transpose(1, 2).reshape(count, columns, HEAD * self.heads))
        return mixed


def _levelled(lines: Tensor, local: bool) -> Tensor:
    """Zero mean and unit contrast: of the whole line, or of the stretch around each column (half-shadows, glare
    and relief that fades along the line leave digits of very different contrast in one line).
    """
    if not local:
        mean = lines.mean((2, 3), keepdim=True)
        return (lines - mean) / ((lines - mean).square().mean((2, 3), keepdim=True) + 4e-4).sqrt()
    mean, square = (
        functional.avg_pool2d(part.mean(2, keepdim=True), (1, REACH), 1, (0, REACH // 2), count_include_pad=False)
        for part in (lines, lines.square())
    )
    return (lines - mean) / ((square - mean.square()).clamp_min(0.0) + 4e-4).sqrt()


def _block(inputs: int, outputs: int, stride: tuple[int, int], *, refined: bool = False) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    parts = [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts, *([Refined(outputs)] if refined else []))


class Refined(nn.Module):
    """A residual convolution: ``x`` (n, channels, h, w), not negative, and what a look around adds to it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.norm(self.around(x)))


def student() -> CardReader:
    """The smallest of the readers known by name, and the first that shipped."""
    return CardReader((24, 48, 64, 96), 128, 2, local=True)


def large() -> CardReader:
    """The student with one layer more."""
    return CardReader((24, 48, 64, 96), 128, 3, local=True)


def grown(trained: CardReader, net: CardReader) -> CardReader:
    """``net``, of the same width, with the weights of ``trained``; what is new adds nothing at first.

    Channels of the stem that are new are looked at by none of the old ones, and what adds nothing to its shortcut,
    a layer or a convolution, is the identity (Chen et al., 2016, Net2Net): the larger network starts where the
    other stopped.
    """
    widened(trained, net)
    had = trained.state_dict()
    for name, part in net.named_modules():
        if isinstance(part, Refined) and f"{name}.around.weight" not in had:
            nn.init.zeros_(part.norm.weight)
    for layer in list(net.layers)[len(trained.layers) :]:
        assert isinstance(layer, Layer)
        for last in (layer.mix, layer.narrow):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
    return net


def teacher() -> CardReader:
    """About twice as dear; what the student learns from."""
    return CardReader((32, 64, 96, 144), 160, 3)
