"""From a training run to a shipped model: ONNX, checked against torch, INT8 beside it, both in the manifest."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from scanapp.errors import ModelError
from scanapp.inference.add import add_entry
from scanapp.inference.session import Session, open_session
from scanapp.lab.int8 import Feeds, Quantizable, kept_float, quantize
from scanapp.lab.onnx_net import OnnxNet
from scanapp.lab.run import Run, Task
from scanapp.lab.trained import network_of_run

OPSET = 17


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


def export(run: Run, models: Path, subnet: str = "", *, default: bool = False) -> list[Exported]:
    """Writes the run's best network to ``models``/NAME/NAME[.int8].onnx and lists it in the manifest.

    subnet   of a super-network's run: which one (see `scanapp.lab.trained`); its name, or "subnet", is the variant
    default  make the faster variant of this subnet the default; without a subnet it always is

    ModelError when onnxruntime computes something else than torch.
    """
    task = run.task
    net = network_of_run(run, subnet)
    if isinstance(task, Finishing):
        net = task.finished(net)
    size = subnet if subnet.isalnum() else "subnet" if subnet else ""
    folder = models / task.model
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / ".".join([task.model, *([size] if size else []), "onnx"])
    write_onnx(net, task, file)
    parity = check_parity(net, task, file)
    found = [_measured(size or "fp32", task, file, parity)]
    if isinstance(task, Quantizable):
        small = file.with_suffix(".int8.onnx")
        quantize(file, small, task.calibration(), kept=kept_float(file, task.keep_float()))
        found.append(_measured(f"{size}-int8" if size else "int8", task, small, float("nan")))
    fastest = min(found, key=lambda one: one.ms)
    parameters = sum(weight.numel() for weight in net.parameters())
    for one in found:
        accuracy = round(score_of(one.file, task), 4)
        notes: dict[str, str | int | float] = {
            "run": run.folder.name,
            "parameters": parameters,
            "ms": round(one.ms, 2),
            "accuracy": accuracy,
        }
        add_entry(
            *(models, task.model, one.file),
            variant=one.variant,
            task=run.name,
            default=(default or not size) and one is fastest,
            sizes=_sizes(task),
            notes=notes,
        )
    return found


def _sizes(task: Task) -> dict[str, int]:
    """Axis that may vary → its size in the signature's example, where that is not one."""
    signature = task.signature
    return {
        axis: shape[place]
        for name, shape in signature.inputs.items()
        for place, axis in signature.dynamic.get(name, {}).items()
        if shape[place] != 1
    }


def score_of(file: Path, task: Task) -> float:
    """What ``task`` says of an exported network on its validation data: its score."""
    session = open_session(file.read_bytes(), task.model)
    with torch.inference_mode():
        return task.evaluate(OnnxNet(session, task).eval())[task.score]


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
