"""Static INT8 by onnxruntime: activations U8, weights S8 per channel.

Convolutions, matrix products with weights and the additions between them are quantized together, or conversions eat
the gain; softmax, layer norm and the products of attention stay as they are, and so does all that comes before the
first convolution.

Weights keep to seven bits: without VNNI the product of two U8 × S8 pairs is added in 16 bits, which eight would
overflow (a toy network answered −5.9 for −8.4), and a model must answer the same on every processor.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.revive import module_path
from scanapp.lab.run import Task

OPERATORS = ("Conv", "MatMul", "Gemm", "Add")
Feeds = Mapping[str, npt.NDArray[np.float32]]


@runtime_checkable
class Quantizable(Protocol):
    """A task whose model gets an INT8 variant at export."""

    def calibration(self) -> Iterable[Feeds]:
        """Typical inputs, a few hundred pictures in all."""

    def keep_float(self) -> tuple[str, ...]:
        """Beginnings of the names of ONNX nodes that lose too much in INT8."""


def calibration_feeds(task: Task) -> Iterator[Feeds]:
    """The task's own calibration data, or inputs of a few training batches."""
    if isinstance(task, Quantizable):
        yield from task.calibration()
        return
    for inputs in calibration_inputs(task, batches=10):
        feeds = {name: one.numpy() for name, one in zip(task.signature.inputs, inputs, strict=True)}
        if all(0 in task.signature.dynamic.get(name, {}) for name in feeds):
            yield feeds
        else:  # one at a time is all that it takes
            count = len(next(iter(feeds.values())))
            yield from ({name: one[row : row + 1] for name, one in feeds.items()} for row in range(count))


def quantize(
    file: Path,
    small: Path,
    feeds: Iterable[Feeds],
    *,
    kept: Collection[str] = (),
    only: Sequence[str] = (),
    eight_bits: bool = False,
    ranges: Path | None = None,
) -> None:
    """Writes ``file`` in INT8 to ``small``.

    feeds   calibration data
    kept    names of nodes that stay float
    only    quantize these nodes and no others
    eight_bits  weights of eight bits, for processors with VNNI alone
    ranges  where the ranges of activations are kept between calls on the same file: calibrating is what takes long
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.rest = iter(feeds)

        def get_next(self) -> dict[str, Any] | None:
            return cast("dict[str, Any] | None", next(self.rest, None))

    with warnings.catch_warnings(), TemporaryDirectory() as scratch:
        warnings.simplefilter("ignore")
        # onnxruntime leaves intermediate files beside what it reads: not among the models, where another run may be
        copy = shutil.copy(file, scratch)
        quantize_static(
            copy,
            str(small),
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=not eight_bits,
            op_types_to_quantize=list(OPERATORS),
            nodes_to_quantize=list(only) or None,
            nodes_to_exclude=sorted(kept),
            calibration_cache_path=ranges,
        )


def kept_float(file: Path, beginnings: tuple[str, ...]) -> list[str]:
    """Nodes of ``file`` before the first convolution, those whose names begin so, and products without weights.

    Both sides of an attention's product are computed, and converting them costs more than the product gains: with
    VNNI the reader is 1.4 times as fast as in float with them in INT8, 1.55 times without.
    """
    import onnx

    graph = onnx.load(str(file)).graph
    weights = {one.name for one in graph.initializer}
    first = next((index for index, node in enumerate(graph.node) if node.op_type == "Conv"), 0)
    return [
        node.name
        for index, node in enumerate(graph.node)
        if index < first
        or node.name.startswith(beginnings)
        or (node.op_type == "MatMul" and weights.isdisjoint(node.input))
    ]


def layers(file: Path) -> dict[str, list[str]]:
    """Layer → its quantizable nodes, in order.

    A product and the addition of its bias are one layer, named by their module; what has no weights of its own
    (additions of a shortcut) is one by itself.
    """
    import onnx

    graph = onnx.load(str(file)).graph
    weights = {one.name for one in graph.initializer}
    early = set(kept_float(file, ("\0",)))
    found: dict[str, list[str]] = {}
    for node in graph.node:
        if node.op_type in OPERATORS and node.name not in early:
            module, last = module_path(node.name), node.name.rpartition("/")[2]
            own = module and any(name in weights for name in node.input)
            found.setdefault(module if own else f"{module}/{last}".strip("/"), []).append(node.name)
    return found
