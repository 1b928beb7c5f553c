# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""Training runs: resumable, repeatable, within their budget. Data and network are toys, the machinery is real."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from lab_toy import ToyTask

from scanapp.errors import ModelError, UsageError
from scanapp.inference.manifest import read_manifest
from scanapp.inference.store import ModelStore
from scanapp.lab import tasks
from scanapp.lab.card import BY_HAND, macs, write_card
from scanapp.lab.export import check_parity, export
from scanapp.lab.run import Run, RunOptions
from scanapp.lab.tasks import task


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tasks.TASKS, "toy", "lab_toy:ToyTask")


def options(steps: int, **more: object) -> RunOptions:
    return RunOptions(minutes=5.0, steps=steps, rate=0.02, evaluate_every=99.0, average=0.9, **more)  # type: ignore[arg-type]


def test_it_learns_and_leaves_a_trace(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", "toy", {}, options(80))
    metrics = run.train()
    assert metrics["right"] > 0.95
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert lines[0]["kind"] == "train"
    assert lines[-1]["kind"] == "evaluate"
    assert lines[-1]["step"] == 80
    assert lines[0]["loss"] > 0.5


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    nets = []
    for name in ("one", "two"):
        run = Run.create(tmp_path / name, "toy", {}, options(5))
        run.train()
        nets.append(run.best()[0].state_dict())
    assert all(torch.equal(nets[0][key], nets[1][key]) for key in nets[0])


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    Run.create(tmp_path / "cut", "toy", {}, options(10)).train()
    first = torch.load(tmp_path / "cut" / "last.pt", weights_only=True)
    assert first["step"] == 10
    Run.open(tmp_path / "cut", steps=14).train()
    after = torch.load(tmp_path / "cut" / "last.pt", weights_only=True)
    assert after["step"] == 14
    assert after["seconds"] >= first["seconds"]
    assert after["best"] >= first["best"]


def test_time_ends_a_run_too(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", "toy", {}, RunOptions(minutes=0.005, steps=10**9, evaluate_every=99.0))
    run.train()
    assert 0 < torch.load(tmp_path / "run" / "last.pt", weights_only=True)["seconds"] < 20


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    Run.create(tmp_path, "toy", {}, options(1))
    with pytest.raises(UsageError, match="holds a run already"):
        Run.create(tmp_path, "toy", {}, options(1))
    with pytest.raises(UsageError, match="no checkpoint yet"):
        Run.open(tmp_path).best()
    with pytest.raises(UsageError, match="no training run"):
        Run.open(tmp_path / "elsewhere")


def test_settings_are_checked_by_name_and_type() -> None:
    assert task("toy", {"width": "24"}).network()[3].out_features == 24
    with pytest.raises(UsageError, match="did you mean 'width'"):
        task("toy", {"widht": "24"})
    with pytest.raises(UsageError, match="takes a value of type int"):
        task("toy", {"width": "wide"})
    with pytest.raises(UsageError, match="did you mean 'card-reader'"):
        task("card-raeder", {})


def test_an_export_runs_is_listed_and_described(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", "toy", {}, options(80))
    run.train()
    models = tmp_path / "models"
    exported = export(run, models)
    assert [one.variant for one in exported] == ["fp32", "int8"]
    assert exported[0].parity < 1e-4
    entries = read_manifest(models)
    assert {entry.variant for entry in entries} == {"fp32", "int8"}
    assert sum(entry.default for entry in entries) == 1
    net, _ = run.best()
    points = np.random.default_rng(3).random((6, 1, 2, 2), np.float32)
    with torch.inference_mode():
        expected = net(torch.from_numpy(points)).numpy()
    for entry in entries:
        found = ModelStore(models).open("toy", variant=entry.variant).run({"points": points})["side"]
        np.testing.assert_allclose(found, expected, atol=1e-4 if entry.variant == "fp32" else 0.6)

    card = models / "toy" / "MODEL_CARD.md"
    write_card(run, exported, card)
    card.write_text(card.read_text() + "\nA finding.\n")
    write_card(run, exported, card)
    text = card.read_text()
    assert text.count(BY_HAND) == 1
    assert text.endswith("\nA finding.\n")
    assert "| right | 1.0000 | " in text or "| right | 0.9" in text
    assert "scanapp lab train toy" in text


def test_a_network_that_differs_from_its_file_is_found(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", "toy", {}, options(3))
    run.train()
    exported = export(run, tmp_path / "models")
    other = ToyTask().network().eval()
    with pytest.raises(ModelError, match="differs from torch"):
        check_parity(other, run.task, exported[0].file)


def test_macs_are_counted() -> None:
    assert macs(ToyTask(width=16).network(), ToyTask(width=16)) == 1 * 4 * 9 * 4 + 16 * 16 + 16
