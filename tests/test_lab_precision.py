# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""INT8 layer by layer: the layer that suffers is found and left float; what files cost is measured, not guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("matplotlib")

import onnxruntime.quantization
from lab_toy import ToyTask

from scanapp.cli.main import main
from scanapp.inference.store import default_root
from scanapp.lab import tasks
from scanapp.lab.bench import bench, markdown
from scanapp.lab.export import write_onnx
from scanapp.lab.int8 import calibration_feeds, layers, quantize
from scanapp.lab.run import Run, RunOptions
from scanapp.lab.sensitivity import find_precision, loudness


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tasks.TASKS, "toy", "lab_toy:ToyTask")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy that has learnt its side."""
    tasks.TASKS["toy"] = "lab_toy:ToyTask"
    folder = tmp_path_factory.mktemp("toy") / "run"
    Run.create(folder, "toy", {}, RunOptions(steps=80, rate=0.02, average=0.9, evaluate_every=99.0)).train()
    del tasks.TASKS["toy"]
    return folder


def fragile(folder: Path) -> Path:
    """The toy with one hidden layer whose weights lie orders of magnitude apart: ten million beside one."""
    net = Run.open(folder).best()[0]
    with torch.no_grad():
        last, hidden = net[5], net[3]
        hidden.weight[0] = 1e6
        hidden.bias[0] = 0.0
        last.weight[:, 0] = 1e-9
    file = folder / "fragile.onnx"
    write_onnx(net, ToyTask(), file)
    return file


def test_the_layer_that_suffers_is_left_float(run: Path, tmp_path: Path) -> None:
    task = ToyTask()
    file = fragile(run)
    found = find_precision(file, task, tmp_path, tolerance=0.02, most=4)
    assert next(iter(found.decibels.values())) < 15 < max(found.decibels.values())
    assert found.tried[0].kept == ()
    assert found.tried[0].score < found.score - 0.02
    assert found.tried[-1].score >= found.score - 0.02
    written = json.loads((tmp_path / "sensitivity.json").read_text())
    assert written["tried"][-1]["float"] == list(found.tried[-1].kept)
    assert (tmp_path / "sensitivity.svg").exists()
    whole = [node.op_type for node in onnx.load(str(found.file)).graph.node]
    assert "QuantizeLinear" in whole


def test_layers_are_modules_with_their_bias_and_lone_operators() -> None:
    found = layers(default_root() / "card_reader" / "card_reader.onnx")
    assert found["stem.1.0"] == ["/stem/stem.1/stem.1.0/Conv"]
    assert found["layers.0.wide"] == ["/layers/layers.0/wide/MatMul", "/layers/layers.0/wide/Add"]
    assert found["layers.0/Add"] == ["/layers/layers.0/Add"]
    assert not any(name.endswith("MatMul") for name in found), "the products of attention stay float"
    assert len({node for nodes in found.values() for node in nodes}) == sum(map(len, found.values()))


def test_seven_bits_never_overflow(run: Path, tmp_path: Path) -> None:
    file, task = tmp_path / "toy.onnx", ToyTask()
    write_onnx(Run.open(run).best()[0], task, file)
    for eight in (False, True):
        quantize(file, tmp_path / "small.onnx", calibration_feeds(task), eight_bits=eight)
        held = onnx.load(str(tmp_path / "small.onnx")).graph.initializer
        weights = [onnx.numpy_helper.to_array(one) for one in held if one.data_type == onnx.TensorProto.INT8]
        most = max(int(np.abs(one.astype(int)).max()) for one in weights if one.size > 1)
        assert most > 64 if eight else most <= 64


def test_nothing_is_written_beside_what_is_quantized(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime writes beside its input for a moment, where another run on the same model trips over it."""
    task, folder = ToyTask(), tmp_path / "models"
    folder.mkdir()
    write_onnx(Run.open(run).best()[0], task, folder / "toy.onnx")
    quantize_static, read = onnxruntime.quantization.quantize_static, []

    def watched(source: str, *rest: Any, **options: Any) -> None:
        read.append(Path(source).parent)
        quantize_static(source, *rest, **options)

    monkeypatch.setattr(onnxruntime.quantization, "quantize_static", watched)
    quantize(folder / "toy.onnx", tmp_path / "toy.int8.onnx", calibration_feeds(task))
    (scratch,) = read
    assert scratch != folder
    assert not scratch.exists()
    assert [path.name for path in folder.iterdir()] == ["toy.onnx"]
    assert (tmp_path / "toy.int8.onnx").stat().st_size > 0


def test_loudness_is_in_decibels() -> None:
    truth = [np.array([3.0, 4.0], np.float32)]
    assert loudness(truth, [np.array([3.0, 4.5], np.float32)]) == pytest.approx(20.0)
    assert loudness(truth, truth) == 99.0


def test_commands_quantize_and_compare(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def command(*arguments: str) -> int:
        with pytest.raises(SystemExit) as leave:
            main(list(arguments))
        return int(leave.value.code or 0)

    out, models = str(tmp_path / "out"), str(tmp_path / "models")
    assert command("lab", "quantize", str(run), "--out", out) == 0
    shown = capsys.readouterr().out
    assert "all in INT8" in shown
    assert "| fp32 |" in shown
    assert command("lab", "export", str(run), "--models", models) == 0
    assert command("lab", "bench", "toy", "--models", models) == 0
    assert "| variant | file kB | resident MB | ms, 1 thread | ms, 2 threads | right |" in capsys.readouterr().out
    assert command("lab", "card", str(run), "--out", str(tmp_path / "CARD.md")) == 0
    assert "multiply-accumulates" in (tmp_path / "CARD.md").read_text()
    assert command("lab", "bench", "tyo", "--models", models) == 2
    assert "did you mean 'toy'" in capsys.readouterr().err


def test_a_row_says_what_was_measured(run: Path) -> None:
    file = run / "plain.onnx"
    write_onnx(Run.open(run).best()[0], ToyTask(), file)
    (row,) = bench({"fp32": file}, ToyTask())
    assert row.bytes == file.stat().st_size
    assert row.accuracy is not None
    assert row.accuracy > 0.9
    assert 0 < row.resident < 50e6
    assert set(row.ms) == {1, 2}
    assert markdown([row], "right")[2].startswith("| fp32 | ")
