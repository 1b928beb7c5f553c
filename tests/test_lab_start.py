# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""Training goes on from a shipped file as it would from a checkpoint, and a deeper reader from a shallower one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from scanapp.errors import ModelError
from scanapp.inference.store import default_root
from scanapp.lab.export import check_parity
from scanapp.lab.line_batches import Jitter, batch
from scanapp.lab.lines_cache import PER_FACE, LinesCache, render_lines
from scanapp.lab.nets.reader import grown
from scanapp.lab.nets.reader_family import reader
from scanapp.lab.revive import module_path, revive
from scanapp.lab.tasks import task


def shipped(model: str) -> Path:
    return default_root() / model / f"{model}.onnx"


@pytest.mark.parametrize(
    ("name", "shape"), [("card-layout", {}), ("card-locator", {}), ("card-reader", {"size": "huge"})]
)
def test_a_revived_network_computes_what_the_file_computes_and_can_be_trained(
    name: str, shape: dict[str, str], tmp_path: Path
) -> None:
    kind = task(name, {})
    settings = {**kind.smoke(tmp_path), **shape, "start_from": str(shipped(kind.model))}
    begun = task(name, settings)
    net = begun.network()
    begun.start(net)
    check_parity(net.eval(), begun, shipped(kind.model))
    # in training, batch normalisation uses the batch's own statistics: near those that were measured
    given = begun.batch(np.random.default_rng(5))
    with torch.no_grad():
        ready, _ = begun.loss(net.train(), given, 0.0)
        fresh, _ = begun.loss(begun.network().train(), given, 0.0)
    assert float(ready) < 0.7 * float(fresh)


def test_a_file_of_another_network_is_refused() -> None:
    net = task("card-layout", {}).network()
    with pytest.raises(ModelError, match=r"card_locator\.onnx: .* the network has"):
        revive(net, shipped("card_locator"), lambda net: net)
    with pytest.raises(ModelError, match="cannot be read as ONNX"):
        revive(net, default_root() / "nowhere.onnx", lambda net: net)


def test_scopes_of_nodes_name_modules() -> None:
    assert module_path("/stem/stem.0/Conv") == "stem.0"
    assert module_path("/to16/to16.1/body/body.0/body.0.0/body.0.0.0/Conv") == "to16.1.body.0.0.0"
    assert module_path("/layers/layers.0/queries/MatMul") == "layers.0.queries"


@pytest.mark.parametrize(("size", "larger"), [("student", "large"), ("large", "xlarge"), ("xlarge", "huge")])
def test_what_a_larger_reader_has_more_changes_nothing_at_first_and_learns(size: str, larger: str) -> None:
    torch.manual_seed(3)
    small, net = reader(size).eval(), reader(larger).eval()
    grown(small, net)
    lines = torch.rand(2, 1, 32, 320)
    with torch.no_grad():
        assert torch.allclose(small(lines), net(lines), atol=1e-5)
    net.train()(lines).square().mean().backward()
    assert float(net.layers[-1].narrow.weight.grad.abs().max()) > 0
    assert float(net.stem[4].weight.grad[:, -1].abs().max()) > 0


def test_cuts_with_room_show_more_beside_the_line(tmp_path: Path) -> None:
    render_lines(tmp_path, 2 * PER_FACE, seed=11)
    cache = LinesCache.open(tmp_path)
    every = np.arange(cache.ready)
    tight = batch(cache, every, Jitter(soil=0.0), np.random.default_rng(1))
    roomy = batch(cache, every, Jitter(soil=0.0, room=1.0), np.random.default_rng(1))
    assert (roomy["columns"] > 0).sum() > 0.6 * (tight["columns"] > 0).sum()
    held = tight["lengths"] > 0
    # beside the same characters there is more that is blank
    assert (roomy["columns"][held] == 0).sum() > (tight["columns"][held] == 0).sum()


def test_long_lines_upside_down_are_lines_of_nothing(tmp_path: Path) -> None:
    render_lines(tmp_path, 2 * PER_FACE, seed=11)
    cache = LinesCache.open(tmp_path)
    every = np.arange(cache.ready)
    plain = batch(cache, every, Jitter(soil=0.0), np.random.default_rng(1))
    turned = batch(cache, every, Jitter(soil=0.0, turn=1.0), np.random.default_rng(1))
    long = plain["lengths"] >= 12
    assert long.any()
    assert not long.all()
    assert not turned["columns"][long].any()
    assert not turned["targets"][long].any()
    assert not turned["lengths"][long].any()
    assert turned["targets"][~long].equal(plain["targets"][~long])


def test_bent_lines_keep_their_labels(tmp_path: Path) -> None:
    render_lines(tmp_path, PER_FACE, seed=11)
    cache = LinesCache.open(tmp_path)
    every = np.arange(cache.ready)
    plain = batch(cache, every, Jitter(soil=0.0), np.random.default_rng(1))
    bent = batch(cache, every, Jitter(soil=0.0, bend=1.0), np.random.default_rng(1))
    assert plain["targets"].equal(bent["targets"])
    assert not plain["lines"].equal(bent["lines"])
    assert float((plain["lines"] - bent["lines"]).abs().mean()) < 0.1


def test_artwork_that_shines_through_changes_neither_what_a_line_says_nor_how_bright_it_is(tmp_path: Path) -> None:
    render_lines(tmp_path, 12 * PER_FACE, seed=11)
    cache = LinesCache.open(tmp_path)
    assert (cache.rows["length"] == 0).any()
    every = np.arange(cache.ready)
    plain = batch(cache, every, Jitter(soil=0.0), np.random.default_rng(1))
    busy = batch(cache, every, Jitter(soil=0.0, busy=1.0), np.random.default_rng(1))
    assert torch.equal(plain["targets"], busy["targets"])
    apart = (busy["lines"] - plain["lines"]).abs().mean((1, 2, 3))
    assert float((apart > 0.003).float().mean()) > 0.5
    assert abs(float((busy["lines"] - plain["lines"]).mean())) < 0.05


def test_the_scout_starts_from_the_locator_that_ships(tmp_path: Path) -> None:
    """As its recipe says; the locator has grown twice, and what names its size must have grown with it."""
    settings = {**task("scout", {}).smoke(tmp_path), "start_from": str(shipped("card_locator"))}
    begun = task("scout", settings)
    net = begun.network()
    before = [one.clone() for one in net.parameters()]
    begun.start(net)
    assert any(not torch.equal(one, other) for one, other in zip(before, net.parameters(), strict=True))
