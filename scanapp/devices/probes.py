"""Ten small networks that tell how fast a machine does what networks are made of.

Each leans on one kind of work; all are made of layers as the zoo's networks have them, so that what a layer brings
along (bias, ReLU, conversions) is in the probe as well. Small enough that a machine is known after seconds, large
enough that starting a run does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from scanapp.devices.layers import Layers
from scanapp.devices.onnx_file import Graph

Maker = Callable[[Layers], tuple[str, int]]
"""Adds a network to a graph; gives its output and the output's rank."""


def build(make: Maker, *, int8: bool = False, seed: int = 0) -> bytes:
    """The content of an ONNX file."""
    graph = Graph(seed)
    return graph.onnx(*make(Layers(graph, int8=int8)))


def _conv(layers: Layers) -> tuple[str, int]:
    x = layers.conv(layers.graph.input((1, 1, 64, 160)), 1, 16, stride=2)
    x = layers.conv(x, 16, 32, stride=2)
    x = layers.conv(x, 32, 64, stride=2)
    for _ in range(3):
        x = layers.conv(x, 64, 64)
    return x, 4


def _depth(layers: Layers) -> tuple[str, int]:
    x = layers.conv(layers.graph.input((1, 1, 96, 96)), 1, 24, stride=2)
    for number in range(6):
        x = layers.conv(x, 24, 24, side=5 if number % 2 else 3, depthwise=True)
    return x, 4


def _product(layers: Layers) -> tuple[str, int]:
    x = layers.graph.input((1, 80, 128))
    for _ in range(4):
        x = layers.product(layers.product(x, 128, 256), 256, 128)
    return x, 3


def _simple(layers: Layers) -> tuple[str, int]:
    x = layers.graph.input((1, 32, 64, 64))
    for _ in range(6):
        x = layers.graph.add("Add", [layers.graph.add("Relu", [x]), x])
    return x, 4


def _curved(layers: Layers) -> tuple[str, int]:
    x = layers.graph.input((1, 160, 128))
    for _ in range(4):
        x = layers.graph.add("Softmax", [layers.norm(x, 128)], {"axis": -1})
    return layers.graph.add("Sigmoid", [x]), 3


def _nodes(layers: Layers) -> tuple[str, int]:
    x = layers.graph.input((1, 8))
    for _ in range(60):
        x = layers.graph.add("Add", [layers.graph.add("Relu", [x]), x])
    return x, 2


def _mixed(layers: Layers) -> tuple[str, int]:
    x = layers.graph.input((1, 40, 96))
    for _ in range(3):
        x = layers.feed_forward(layers.attention(x, 40, 96, 4), 96, 192)
    return x, 3


PROBES: Mapping[str, tuple[Maker, bool]] = {
    "conv": (_conv, False),
    "depth": (_depth, False),
    "product": (_product, False),
    "conv8": (_conv, True),
    "depth8": (_depth, True),
    "product8": (_product, True),
    "simple": (_simple, False),
    "curved": (_curved, False),
    "nodes": (_nodes, False),
    "mixed": (_mixed, False),
}
"""Name → how it is made, and whether in INT8."""


@cache
def probe_file(name: str) -> bytes:
    """A probe as an ONNX file's content."""
    make, int8 = PROBES[name]
    return build(make, int8=int8)
