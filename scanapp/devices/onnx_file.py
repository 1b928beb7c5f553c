"""`Graph`: a small network written as an ONNX file, byte by byte.

Probes must run on a user's machine, where the onnx package is not installed. A model is a nested protocol buffer of
a dozen field numbers; writing those that are needed takes less than shipping ten files and their checksums.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 17
_IR = 8
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_FLOAT, _INT, _INTS = 1, 2, 7
Attribute = int | float | Sequence[int]


class Graph:
    """Nodes are added in order; `onnx` gives the file's content. Weights are drawn from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._count = 0

    def input(self, shape: Sequence[int | str], name: str = "x") -> str:
        """A float32 input; a text is a symbolic axis."""
        self._inputs.append(_value(name, shape))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """A constant tensor."""
        name = self._name("c")
        dims = b"".join(_number(1, size) for size in array.shape)
        kind = _number(2, _TYPES[array.dtype.name])
        self._constants.append(dims + kind + _bytes(8, name.encode()) + _bytes(9, array.tobytes()))
        return name

    def add(self, op: str, inputs: Sequence[str], attributes: Mapping[str, Attribute] | None = None) -> str:
        """One node with one output, whose name is returned."""
        name = self._name("t")
        node = b"".join(_bytes(1, given.encode()) for given in inputs)
        node += _bytes(2, name.encode()) + _bytes(4, op.encode())
        node += b"".join(_bytes(5, _attribute(key, value)) for key, value in (attributes or {}).items())
        self._nodes.append(node)
        return name

    def onnx(self, output: str, rank: int) -> bytes:
        """The file's content; ``output`` is the tensor that it gives, of ``rank`` axes."""
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _bytes(2, b"g")
        graph += b"".join(_bytes(5, constant) for constant in self._constants)
        graph += b"".join(_bytes(11, given) for given in self._inputs)
        graph += _bytes(12, _value(output, [f"axis{axis}" for axis in range(rank)]))
        return _number(1, _IR) + _bytes(8, _number(2, OPSET)) + _bytes(7, graph)

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"


def _attribute(name: str, value: Attribute) -> bytes:
    head = _bytes(1, name.encode())
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, _INT)
    if isinstance(value, float):
        return head + bytes([2 << 3 | 5]) + struct.pack("<f", value) + _number(20, _FLOAT)
    return head + b"".join(_number(8, item) for item in value) + _number(20, _INTS)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    axes = b"".join(
        _bytes(1, _number(1, axis) if isinstance(axis, int) else _bytes(2, axis.encode())) for axis in shape
    )
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, axes)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & (1 << 64) - 1)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
