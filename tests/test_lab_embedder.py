"""The product embedder's recipe: a smoke run from data to a model that the catalogue opens, and the projection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the lab extra is not installed")

from scanapp.catalog.embedder import Embedder  # noqa: E402
from scanapp.inference.store import ModelStore  # noqa: E402
from scanapp.lab.discriminant import Shrinkage, discriminant  # noqa: E402
from scanapp.lab.export import export  # noqa: E402
from scanapp.lab.picture_views import lit, seen  # noqa: E402
from scanapp.lab.run import Run, RunOptions  # noqa: E402
from scanapp.lab.tasks import smoke_settings  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")


def test_trained_finished_exported_and_opened(tmp_path: Path) -> None:
    settings = smoke_settings("product-embedder", tmp_path / "data")
    run = Run.create(tmp_path / "run", "product-embedder", settings, RunOptions(steps=2, minutes=1.0))
    assert set(run.train()) == {"top1", "held_out", "packaged"}
    exported = export(run, tmp_path / "models")
    assert {one.variant for one in exported} == {"fp32", "int8"}
    embedder = Embedder(store=ModelStore(tmp_path / "models"))
    vector = embedder.embed(np.full((50, 80, 3), (20, 200, 90), np.uint8))
    assert vector.shape == (128,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_the_discriminant_finds_the_direction_that_matters() -> None:
    """Two classes differ in one direction, and vary far more in all others."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 130)) * 10
    rows[:, 7] = np.repeat([0.0, 1.0], 200) + 0.1 * rng.normal(size=400)
    weights, bias = discriminant(rows, ["a"] * 200 + ["b"] * 200, Shrinkage(0.001, 1.0))
    projected = rows @ weights.T + bias
    first, second = projected[:200, 0], projected[200:, 0]
    assert max(first.max(), second.max()) > 0 > min(first.min(), second.min())
    assert abs(first.mean() - second.mean()) > 3 * (first.std() + second.std())


def test_views_differ_but_are_a_function_of_the_seed() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
    one, same, other = (seen(picture, 96, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (96, 96, 3)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    light = lit(torch.from_numpy(one.transpose(2, 0, 1)[None].astype(np.float32) / 255))
    assert 0.0 <= float(light.min()) <= float(light.max()) <= 1.0
