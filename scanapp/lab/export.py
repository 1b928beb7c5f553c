"""From a training run to a shipped model: ONNX, checked against torch, INT8 beside it, both in the manifest."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from scanapp.errors import ModelError
from scanapp.inference.add import add_entry
from scanapp.inference.session import Session, open_session
from scanapp.lab.run import Run, Task

OPSET = 17
Feeds = Mapping[str, npt.NDArray[np.float32]]


@runtime_checkable
class Quantizable(Protocol):
    """A task whose model is worth an INT8 variant."""

    def calibration(self) -> Iterable[Feeds]:
        """Typical inputs, a few hundred pictures in all."""

    def keep_float(self) -> tuple[str, ...]:
        """Beginnings of the names of ONNX nodes that lose too much in INT8."""


@runtime_checkable
class Finishing(Protocol):
    """A task whose network gets a last touch before it is shipped."""

    def finished(self, net: nn.Module) -> nn.Module:
        """The network as it is exported."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file: its variant, size, milliseconds on one thread for one example, largest difference to torch."""

    variant: str
    file: Path
    bytes: int
    ms: float
    parity: float


def export(run: Run, models: Path) -> list[Exported]:
    """Writes the run's best network to ``models``/NAME/NAME[.int8].onnx and lists it in the manifest.

    The faster variant becomes the default. ModelError when onnxruntime computes something else than torch.
    """
    net, metrics = run.best()
    task = run.task
    if isinstance(task, Finishing):
        net = task.finished(net)
        with torch.no_grad():
            metrics = task.evaluate(net)
    folder = models / task.model
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{task.model}.onnx"
    write_onnx(net, task, file)
    parity = check_parity(net, task, file)
    found = [_measured("fp32", task, file, parity)]
    if isinstance(task, Quantizable):
        small = folder / f"{task.model}.int8.onnx"
        quantize(file, small, task)
        found.append(_measured("int8", task, small, float("nan")))
    fastest = min(found, key=lambda one: one.ms)
    parameters = sum(weight.numel() for weight in net.parameters())
    for one in found:
        notes: dict[str, str | int | float] = {
            "run": run.folder.name,
            "parameters": parameters,
            "ms": round(one.ms, 2),
            task.score: round(metrics[task.score], 4),
        }
        add_entry(
            models, task.model, one.file, variant=one.variant, task=run.name, default=one is fastest, notes=notes
        )
    return found


def example(task: Task, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Random inputs of the signature's shapes."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.rand(shape, generator=generator) for shape in task.signature.inputs.values())


def write_onnx(net: nn.Module, task: Task, file: Path) -> None:
    """The network as ONNX, through TorchScript: that exporter needs no further package and folds batch norms."""
    signature = task.signature
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval().to(memory_format=torch.contiguous_format),  # type: ignore[call-overload]
            example(task),
            str(file),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(signature.inputs),
            output_names=list(signature.outputs),
            dynamic_axes={name: dict(axes) for name, axes in signature.dynamic.items()},
        )


def check_parity(net: nn.Module, task: Task, file: Path, tolerance: float = 2e-3) -> float:
    """Largest difference between torch and onnxruntime over random examples; ModelError above ``tolerance``."""
    session = open_session(file.read_bytes(), task.model)
    worst = 0.0
    for seed in range(4):
        inputs = example(task, seed)
        with torch.inference_mode():
            expected = net(*inputs)
        answers = expected if isinstance(expected, tuple) else (expected,)
        found = session.run(_feeds(task, inputs))
        for name, answer in zip(task.signature.outputs, answers, strict=True):
            worst = max(worst, float(np.abs(found[name] - answer.numpy()).max()))
    if not worst <= tolerance:
        raise ModelError(f"{file}: onnxruntime differs from torch by {worst:.3g}, more than {tolerance:g}")
    return worst


def quantize(file: Path, small: Path, task: Quantizable) -> None:
    """Static INT8: activations U8, weights S8 per channel, everything that neighbours a matrix product.

    Adds are quantized together with convolutions and products, or conversions eat the gain; softmax and layer norm
    stay as they are, and so does all that comes before the first convolution.
    """
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.rest = iter(task.calibration())

        def get_next(self) -> dict[str, Any] | None:
            return cast("dict[str, Any] | None", next(self.rest, None))

    nodes = onnx.load(str(file)).graph.node
    first = next(index for index, node in enumerate(nodes) if node.op_type == "Conv")
    kept = [
        node.name for index, node in enumerate(nodes) if index < first or node.name.startswith(task.keep_float())
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantize_static(
            str(file),
            str(small),
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["Conv", "MatMul", "Gemm", "Add"],
            nodes_to_exclude=kept,
        )


def milliseconds(session: Session, feeds: Feeds, repeats: int = 60) -> float:
    """The 20th percentile of ``repeats`` runs: what the machine does when nobody disturbs it."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        session.run(feeds)
        times.append(time.perf_counter() - started)
    return float(np.percentile(times, 20)) * 1e3


def _measured(variant: str, task: Task, file: Path, parity: float) -> Exported:
    session = open_session(file.read_bytes(), task.model)
    ms = milliseconds(session, _feeds(task, example(task)))
    return Exported(variant, file, file.stat().st_size, ms, parity)


def _feeds(task: Task, inputs: tuple[torch.Tensor, ...]) -> Feeds:
    return {name: tensor.numpy() for name, tensor in zip(task.signature.inputs, inputs, strict=True)}
