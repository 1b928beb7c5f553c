"""The layers of probe networks, in fp32 or in INT8 (QDQ, U8 activations, S8 weights) as the lab exports it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scanapp.devices.onnx_file import Graph

Floats = NDArray[np.float32]
SCALE = 0.05
"""One step of an activation in INT8."""


class Layers:
    """Adds layers to a graph. Weights are noise, scaled so that signals keep their size.

    int8  put quantize and dequantize nodes around convolutions and products, for onnxruntime to fuse
    """

    def __init__(self, graph: Graph, *, int8: bool = False) -> None:
        self.graph = graph
        self.int8 = int8
        self._done: set[str] = set()

    def conv(
        self, x: str, taken: int, given: int, *, side: int = 3, stride: int = 1, depthwise: bool = False
    ) -> str:
        """A square convolution with bias, and ReLU."""
        groups = taken if depthwise else 1
        shape = (given, taken // groups, side, side)
        spread = 1.4 / np.sqrt(shape[1] * side * side)
        values = self.graph.random.normal(0, spread, shape).astype(np.float32)
        sides = {"kernel_shape": [side, side], "strides": [stride, stride], "pads": [side // 2] * 4}
        inputs = [self._rounded(x), self._weights(values, axis=0), self._bias(_step(values, 0))]
        x = self.graph.add("Conv", inputs, {**sides, "group": groups})
        # In INT8 what is below zero is cut off by the rounding itself.
        return self._round(x, zero=0) if self.int8 else self.graph.add("Relu", [x])

    def product(self, x: str, taken: int, given: int) -> str:
        """``x @ weights + bias``."""
        spread = 1 / np.sqrt(taken)
        values = self.graph.random.normal(0, spread, (taken, given)).astype(np.float32)
        x = self.graph.add("MatMul", [self._rounded(x), self._weights(values, axis=1)])
        return self.graph.add("Add", [self._rounded(x), self.graph.constant(np.zeros(given, np.float32))])

    def norm(self, x: str, width: int) -> str:
        """Layer norm over the last axis."""
        ones, zeros = (self.graph.constant(np.full(width, value, np.float32)) for value in (1, 0))
        return self.graph.add("LayerNormalization", [x, ones, zeros], {"axis": -1, "epsilon": 1e-5})

    def attention(self, x: str, length: int, width: int, heads: int) -> str:
        """Self-attention with its residual, on ``(1, length, width)``."""
        y = self.norm(x, width)
        axes = self.graph.constant(np.array([1, length, heads, width // heads], np.int64))
        parts = []
        for order in ((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3)):
            split = self.graph.add("Reshape", [self.product(y, width, width), axes])
            parts.append(self.graph.add("Transpose", [split], {"perm": order}))
        scores = self.graph.add("MatMul", [self._rounded(parts[0]), self._rounded(parts[1])])
        weights = self.graph.add("Softmax", [scores], {"axis": -1})
        mixed = self.graph.add("MatMul", [self._rounded(weights), self._rounded(parts[2])])
        mixed = self.graph.add("Transpose", [mixed], {"perm": (0, 2, 1, 3)})
        whole = self.graph.constant(np.array([1, length, width], np.int64))
        mixed = self.product(self.graph.add("Reshape", [mixed, whole]), width, width)
        return self.graph.add("Add", [x, mixed])

    def feed_forward(self, x: str, width: int, hidden: int) -> str:
        """Two products with ReLU between, and their residual."""
        y = self.graph.add("Relu", [self.product(self.norm(x, width), width, hidden)])
        return self.graph.add("Add", [x, self.product(y, hidden, width)])

    def _rounded(self, x: str) -> str:
        """The activation as INT8 sees it."""
        return self._round(x, zero=128) if self.int8 and x not in self._done else x

    def _round(self, x: str, *, zero: int) -> str:
        parts = [self.graph.constant(np.array(SCALE, np.float32)), self.graph.constant(np.array(zero, np.uint8))]
        rounded = self.graph.add("DequantizeLinear", [self.graph.add("QuantizeLinear", [x, *parts]), *parts])
        self._done.add(rounded)
        return rounded

    def _bias(self, step: Floats) -> str:
        """Zeros; in INT8 with the scale that onnxruntime expects of a bias, or it does not fuse."""
        count = len(step)
        if not self.int8:
            return self.graph.constant(np.zeros(count, np.float32))
        parts = (np.zeros(count, np.int32), np.float32(SCALE) * step, np.zeros(count, np.int32))
        return self.graph.add("DequantizeLinear", [self.graph.constant(array) for array in parts], {"axis": 0})

    def _weights(self, values: Floats, axis: int) -> str:
        """Weights, per channel in INT8."""
        if not self.int8:
            return self.graph.constant(values)
        step = _step(values, axis)
        shape = [-1 if number == axis else 1 for number in range(values.ndim)]
        rounded = np.clip(np.round(values / step.reshape(shape)), -127, 127).astype(np.int8)
        parts = [self.graph.constant(array) for array in (rounded, step, np.zeros(len(step), np.int8))]
        return self.graph.add("DequantizeLinear", parts, {"axis": axis})


def _step(values: Floats, axis: int) -> Floats:
    """One step of each channel in INT8."""
    others = tuple(number for number in range(values.ndim) if number != axis)
    step: Floats = (np.abs(values).max(axis=others) / 127 + 1e-9).astype(np.float32)
    return step
