"""What one run of a network costs, in counts that hold on every machine: products by kind, elements, bytes, nodes.

The counts come from onnxruntime itself. One run with its profiler on names every node that is left after fusing,
with the shapes and types that went in and came out; the optimisations that depend on the processor are off, so the
counts are the same wherever they are taken. Nothing else reads a model's shapes without a further package, and no
count from the file alone knows what onnxruntime fuses.

    conv, depth, product   multiply-accumulates of dense and depth-wise convolutions and of matrix products, fp32
    conv8, depth8, product8  the same in INT8
    gathered, gathered8  elements that dense convolutions read: products over output channels
    drawn, drawn8        elements that dense convolutions put out: products over what one of them sums up
    simple, curved         elements put out by cheap nodes (add, relu), and by dear ones (softmax, layer norm, erf)
    converted              elements quantized and dequantized
    moved                  bytes that all nodes read and write
    weights                bytes of the constants
    nodes                  nodes that run
"""

from __future__ import annotations

import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanapp.errors import ModelError

KEYS = (
    "conv",
    "depth",
    "product",
    "conv8",
    "depth8",
    "product8",
    "gathered",
    "gathered8",
    "drawn",
    "drawn8",
    "simple",
    "curved",
    "converted",
    "moved",
    "weights",
    "nodes",
)
_CONVOLUTIONS = {"Conv", "FusedConv", "QLinearConv", "ConvInteger", "ConvTranspose"}
_PRODUCTS = {"MatMul", "FusedMatMul", "Gemm", "FusedGemm", "QGemm", "QLinearMatMul", "MatMulInteger"}
_CURVED = {
    *("Softmax", "LogSoftmax", "Exp", "Log", "Pow", "Sqrt", "Div", "Erf", "Tanh", "Sigmoid", "HardSigmoid"),
    *("HardSwish", "Gelu", "BiasGelu", "FastGelu", "QuickGelu", "InstanceNormalization", "LayerNormalization"),
    *("SkipLayerNormalization", "SimplifiedLayerNormalization"),
}
_CONVERTED = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"}
_FREE = {"Reshape", "Shape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Constant"}
_BYTES = {"float": 4, "double": 8, "int64": 8, "int32": 4, "float16": 2}
_Tensor = tuple[str, tuple[int, ...]]
"""Element type and shape."""


def measure_work(data: bytes, title: str, sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """The counts of one run, zeros left out.

    data   content of an ONNX file
    sizes  symbolic axis → size; axes not named count as 1

    Raises ModelError when onnxruntime cannot run it at these sizes.
    """
    counts: Counter[str] = Counter()
    for node in _profiled(data, title, sizes or {}):
        counts.update(_counts(node))
    return {key: counts[key] for key in KEYS if counts[key]}


def feeds_for(runtime: Any, sizes: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """Noise in the shapes that a session takes: 0…1 for floats, zeros for the rest.

    runtime  an onnxruntime session; sizes  symbolic axis → size, 1 where none is given
    """
    random = np.random.default_rng(0)
    made: dict[str, NDArray[Any]] = {}
    for node in runtime.get_inputs():
        shape = [axis if isinstance(axis, int) else sizes.get(axis or "", 1) for axis in node.shape]
        kind = node.type.removeprefix("tensor(").removesuffix(")")
        if kind in ("float", "double", "float16"):
            made[node.name] = random.random(shape).astype({"float": "float32", "double": "float64"}.get(kind, kind))
        else:
            made[node.name] = np.zeros(shape, kind)
    return made


def _profiled(data: bytes, title: str, sizes: Mapping[str, int]) -> list[Mapping[str, Any]]:
    """The profiler's record of each node of one run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.enable_profiling = True
    # Weights that were packed for the processor are missing in the profiler's record.
    options.add_session_config_entry("session.disable_prepacking", "1")
    with tempfile.TemporaryDirectory(prefix="scanapp-") as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        try:
            runtime = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            runtime.run(None, feeds_for(runtime, sizes))
            events = json.loads(Path(runtime.end_profiling()).read_text(encoding="utf-8"))
        except Exception as error:  # onnxruntime's exceptions have no public base class
            reason = " ".join(str(error).split())
            raise ModelError(
                f"model {title}: cannot be run at sizes {dict(sizes)} to see what it costs: {reason}"
            ) from error
    return [event["args"] for event in events if event["name"].endswith("_kernel_time")]


def _counts(node: Mapping[str, Any]) -> dict[str, int]:
    op = node["op_name"]
    taken, given = _tensors(node["input_type_shape"]), _tensors(node["output_type_shape"])
    put_out = sum(math.prod(shape) for _, shape in given)
    counts = {"nodes": 1, "weights": int(node.get("parameter_size", 0))}
    if op in _FREE:
        return counts
    counts["moved"] = sum(_BYTES.get(kind, 1) * math.prod(shape) for kind, shape in (*taken, *given))
    if op in _CONVOLUTIONS:
        kind, products, channels = _convolution(op, taken, put_out)
        counts[_precise(kind, taken)] = products
        if kind == "conv":
            counts[_precise("gathered", taken)] = products // channels
            counts[_precise("drawn", taken)] = put_out
    elif op in _PRODUCTS:
        counts[_precise("product", taken)] = put_out * taken[0][1][-1]
    elif op in _CONVERTED:
        counts["converted"] = put_out
    else:
        counts["curved" if op in _CURVED else "simple"] = put_out
    return counts


def _convolution(op: str, taken: list[_Tensor], put_out: int) -> tuple[str, int, int]:
    """Dense or depth-wise, its products, its output channels. Weights are the next tensor of the picture's rank."""
    picture = taken[0][1]
    weights = next(shape for _, shape in taken[1:] if len(shape) == len(picture))
    turned = op == "ConvTranspose"
    products = math.prod(weights[1:]) * (math.prod(picture) if turned else put_out)
    depthwise = weights[1] == 1 and weights[0] > 1 and picture[1] > 1
    return "depth" if depthwise else "conv", products, max(1, weights[1] if turned else weights[0])


def _precise(name: str, taken: list[_Tensor]) -> str:
    return f"{name}8" if taken[0][0] in ("uint8", "int8") else name


def _tensors(rows: Iterable[Mapping[str, list[int]]]) -> list[_Tensor]:
    return [(kind, tuple(shape)) for row in rows for kind, shape in row.items()]
