"""`Session`: one network in onnxruntime, on the CPU, the same answer for the same input on every run.

As many threads as asked for inside an operator, one between operators, and none of them spins while it waits:
scanapp shares its machine with a camera, a decoder and its own workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanapp.errors import ModelError


class Session:
    """A network, ready to run. Safe to share between threads: onnxruntime's runs keep no state.

    name             the model's name, for messages
    inputs, outputs  tensor name → element type and shape, e.g. ``"float32 (N, 1, 32, 320)"``
    sizes            symbolic axis → the size at which this variant is used, as the manifest says
    """

    def __init__(self, runtime: Any, name: str, variant: str = "", sizes: Mapping[str, int] | None = None) -> None:
        self._runtime = runtime
        self.name = name
        self.variant = variant
        self.sizes = dict(sizes or {})
        self.inputs: dict[str, str] = {node.name: _signature(node) for node in runtime.get_inputs()}
        self.outputs: dict[str, str] = {node.name: _signature(node) for node in runtime.get_outputs()}
        self._output_names = list(self.outputs)

    @property
    def runtime(self) -> Any:
        """The onnxruntime session behind it."""
        return self._runtime

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """All outputs for one set of inputs, by name.

        feeds  one array for each of `inputs`, of its type and shape

        Raises ModelError when the arrays are not what the network takes.
        """
        try:
            results = self._runtime.run(self._output_names, {k: np.ascontiguousarray(v) for k, v in feeds.items()})
        except Exception as error:  # onnxruntime's exceptions have no public base class
            given = ", ".join(f"{name} {array.dtype} {array.shape}" for name, array in feeds.items())
            raise ModelError(
                f"model {self.name}: takes {self.inputs}, was given {given}: {_one_line(error)}"
            ) from error
        return dict(zip(self._output_names, results, strict=True))

    def __repr__(self) -> str:
        return f"Session({self.name!r}, {self.variant!r}, inputs={self.inputs})"


def open_session(
    data: bytes, name: str, *, variant: str = "", threads: int = 1, sizes: Mapping[str, int] | None = None
) -> Session:
    """A session on the content of an ONNX file. Raises ModelError when onnxruntime refuses it."""
    if threads < 1:
        raise ModelError(f"model {name}: {threads} threads; ask for at least 1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        runtime = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no public base class
        raise ModelError(
            f"model {name}: onnxruntime {onnxruntime.__version__} cannot open it: {_one_line(error)}; "
            "is it an ONNX file, and is onnxruntime new enough for it?"
        ) from error
    return Session(runtime, name, variant, sizes)


def _signature(node: Any) -> str:
    """``float32 (N, 1, 32, 320)``: symbolic sizes keep their name, unnamed ones are "?"."""
    kinds = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64"}
    kind = kinds.get(node.type) or str(node.type).removeprefix("tensor(").removesuffix(")")
    sizes = ["?" if size is None else str(size) for size in node.shape]
    return f"{kind} ({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
