# ruff: noqa: E402 (the imports below need torch, which may be missing)
"""One training, many networks: what a super-network gives is plain and correct, and found by an honest search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("matplotlib")

from scanapp.cli.main import main
from scanapp.errors import UsageError
from scanapp.inference.store import ModelStore, default_root
from scanapp.lab.card import macs
from scanapp.lab.export import write_onnx
from scanapp.lab.nets.reader import CardReader
from scanapp.lab.nets.reader_family import FAMILIES, family, reader
from scanapp.lab.run import Run
from scanapp.lab.slim import slimmed
from scanapp.lab.supernet.costs import Counted, Latency, counter, left_out
from scanapp.lab.supernet.predictor import Predictor, rank_agreement
from scanapp.lab.supernet.search import Effort, evolve, spaced, undominated
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.supernet.space import Space
from scanapp.lab.tasks import task
from scanapp.lab.tasks.card_reader_supernet import CardReaderSupernetTask
from scanapp.lab.trained import network_of

FAMILY = FAMILIES["student"]
SPACE = FAMILY.space


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    return int(leave.value.code or 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A super-network of a few steps, searched."""
    folder = tmp_path_factory.mktemp("supernet") / "run"
    shipped = default_root() / "card_reader" / "card_reader.onnx"
    assert (
        command(
            *("lab", "supernet", "train", "card_reader_supernet", "--smoke", "--steps", "3", "--out", str(folder)),
            # subnets that were never trained: of the recipe's own, which were, a few lines cannot tell sizes apart
            *("--set", "size=huge", "--set", f"start_from={shipped}"),
        )
        == 0
    )
    return folder


@pytest.fixture(scope="module")
def searched(run: Path) -> dict[str, Any]:
    assert command("lab", "supernet", "search", str(run), "--smoke") == 0
    found: dict[str, Any] = json.loads((run / "front.json").read_text())
    return found


def test_a_search_names_plain_networks_of_every_size(searched: dict[str, Any], run: Path) -> None:
    chosen = searched["chosen"]
    assert searched["subnets"] >= 1000
    assert len(chosen) >= 2
    sizes = [one["macs"] for one in chosen]
    assert sizes == sorted(sizes)
    assert sizes[-1] / sizes[0] >= 8
    accuracies = [one["accuracy"] for one in chosen]
    assert accuracies == sorted(accuracies), (
        "as measured, not as predicted: a larger one that is worse is not worth naming"
    )
    assert all(one["ms"] > 0 and 0 <= one["accuracy"] <= 1 for one in chosen)
    assert (run / "front.svg").read_text().startswith("<?xml")
    assert (run / "loss.svg").exists()


def test_a_stopped_search_evaluates_nothing_twice(searched: dict[str, Any], run: Path) -> None:
    lines = (run / "survey.jsonl").read_text().splitlines()
    assert len(lines) >= searched["evaluated"]
    assert command("lab", "supernet", "search", str(run), "--smoke") == 0
    after = (run / "survey.jsonl").read_text().splitlines()
    assert after[: len(lines)] == lines
    records = [json.loads(line) for line in after]
    evaluated = [(str(one["subnet"]), one["ms"] is None) for one in records]
    assert len(set(evaluated)) == len(evaluated)


def test_an_exported_subnet_has_no_trace_of_the_super_network(
    searched: dict[str, Any], run: Path, tmp_path: Path
) -> None:
    name = searched["chosen"][0]["name"]
    assert command("lab", "export", str(run), "--subnet", name, "--models", str(tmp_path)) == 0
    entry = ModelStore(tmp_path).find("card_reader", name)
    assert not entry.default
    graph = onnx.load(str(tmp_path / entry.file)).graph
    weights = sum(int(np.prod(one.dims)) for one in graph.initializer)
    plain = network_of(f"{run}@{name}")
    assert weights <= sum(one.numel() for one in plain.parameters()) + 32
    # node by node what a network of that shape gives that never was part of another
    values = searched["chosen"][0]["subnet"]
    opened = Run.open(run)
    assert isinstance(opened.task, CardReaderSupernetTask)
    write_onnx(family(opened.task.size).plain(values), opened.task, tmp_path / "fresh.onnx")
    fresh = onnx.load(str(tmp_path / "fresh.onnx")).graph
    assert nodes(graph) == nodes(fresh)
    lines = np.random.default_rng(2).random((2, 1, 32, 320), np.float32)
    answer = ModelStore(tmp_path).open("card_reader", variant=name).run({"lines": lines})["logp"]
    with torch.inference_mode():
        np.testing.assert_allclose(answer, plain(torch.from_numpy(lines)), atol=2e-3)
    assert ModelStore(tmp_path).find("card_reader", f"{name}-int8").bytes < entry.bytes


def nodes(graph: Any) -> list[tuple[str, str]]:
    """Names and operators: equal weights of an untrained network are one to the exporter by identities,
    which shifts the numbers in constants' names."""
    return [(node.name, node.op_type) for node in graph.node if node.op_type not in ("Identity", "Constant")]


def test_a_plain_run_has_no_subnets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = str(tmp_path / "plain")
    assert command("lab", "train", "card-reader", "--smoke", "--steps", "1", "--out", plain) == 0
    assert command("lab", "supernet", "search", plain) == 2
    assert "a plain network" in capsys.readouterr().err
    assert command("lab", "export", plain, "--subnet", "smallest", "--models", str(tmp_path)) == 2
    assert "trained a plain network" in capsys.readouterr().err


def test_a_subnet_computes_the_same_shared_and_cut_out() -> None:
    torch.manual_seed(1)
    net = SharedNet(FAMILY).eval()
    lines = torch.rand(3, 1, 32, 320)
    rng = np.random.default_rng(4)
    with torch.no_grad():
        for subnet in (SPACE.largest, SPACE.smallest, *(SPACE.sample(rng) for _ in range(4))):
            np.testing.assert_allclose(net.run(subnet, lines), net.extract(subnet)(lines), atol=1e-5)


def test_every_subnet_trains_the_shared_weights() -> None:
    net = SharedNet(FAMILY)
    before = net.whole.state_dict()["stem.0.1.running_mean"].clone()
    net.run(SPACE.smallest, torch.rand(2, 1, 32, 320)).sum().backward()
    gradient = net.whole.get_parameter("layers.0.queries.weight").grad
    assert gradient is not None
    # one head of width 64: rows 0 to 31 of queries, keys and values each, and nothing else
    touched = gradient.abs().sum(1).view(3, -1) > 0
    assert touched[:, :32].any(1).all()
    assert not touched[:, 32:].any()
    assert not gradient[:, 64:].any()
    assert torch.equal(before, net.whole.state_dict()["stem.0.1.running_mean"])


@pytest.mark.parametrize("size", ["student", "xlarge"])
def test_starting_from_a_reader_changes_the_order_alone(tmp_path: Path, size: str) -> None:
    settings = CardReaderSupernetTask.smoke(tmp_path)
    torch.manual_seed(2)
    trained, lines = reader(size).eval(), torch.rand(4, 1, 32, 320)
    target = torch.randint(0, 12, (4, 80))

    def loss(net: Any) -> Any:
        return torch.nn.functional.nll_loss(net(lines).flatten(0, 1), target.flatten())

    ranked = slimmed(trained, reader(size).eval(), loss, ranked=True)
    with torch.no_grad():
        np.testing.assert_allclose(ranked(lines), trained(lines), atol=1e-5)
    assert not torch.equal(ranked.classify.weight, trained.classify.weight)
    with pytest.raises(UsageError, match="cannot be cut out"):
        slimmed(reader(f"{size}@width=64"), reader(size), loss)
    with pytest.raises(UsageError, match="refined"):
        slimmed(reader("large"), reader("xlarge"), loss)
    assert task("card-reader-supernet", settings).network().family is FAMILY


def test_batch_norms_are_taken_anew() -> None:
    net = SharedNet(FAMILY).extract(SPACE.smallest)
    lines = torch.rand(64, 1, 32, 320) ** 3
    recalibrated(net, [(lines,)])
    seen: list[torch.Tensor] = []
    hook = net.get_submodule("stem.1.1").register_forward_hook(lambda *call: seen.append(call[2].clone()))
    with torch.no_grad():
        net(lines)
    hook.remove()
    # before the ReLU, which works in place; with its own statistics a batch norm's answer has mean 0 and spread 1
    assert seen[0].mean((0, 2, 3)).abs().max() < 0.01
    np.testing.assert_allclose(seen[0].std((0, 2, 3)), 1.0, atol=0.02)


def test_the_space_is_counted_and_equal_networks_are_equal_subnets() -> None:
    little = Space({"depth": (1, 2), "a": (1, 2, 3), "b": (4, 5)}, {"b": ("depth", 2)})
    every = {little.subnet({"depth": depth, "a": a, "b": b}) for depth in (1, 2) for a in (1, 2, 3) for b in (4, 5)}
    assert little.count() == len(every) == 3 * (1 + 2)
    assert SPACE.count() == 156_672
    assert SPACE.parse(SPACE.text(SPACE.middle)) == SPACE.middle
    assert SPACE.subnet({**SPACE.named(SPACE.smallest), "hidden2": 256}) == SPACE.smallest
    with pytest.raises(UsageError, match="did you mean 'width'"):
        SPACE.parse("widht=64")
    with pytest.raises(UsageError, match="width takes one of 64, 96, 128, got 65"):
        SPACE.parse("width=65")
    with pytest.raises(UsageError, match="list of NAME=NUMBER"):
        SPACE.parse("tiny")


def test_costs_are_counted_without_computing() -> None:
    counted = counter(FAMILY, {"lines": (1, 1, 32, 320)})
    supernet = task("card-reader-supernet", {})
    for subnet in (SPACE.largest, SPACE.smallest):
        plain = FAMILY.plain(SPACE.named(subnet))
        assert counted(subnet).macs == macs(plain, supernet)
        assert counted(subnet).parameters == sum(one.numel() for one in plain.parameters())
    assert counted(SPACE.largest).macs / counted(SPACE.smallest).macs > 8


def test_latency_is_predicted_for_networks_left_out() -> None:
    rng = np.random.default_rng(0)
    counts = [
        Counted(int(m), int(p), int(w), int(n), 1)
        for m, p, w, n in zip(
            rng.uniform(5e6, 5e7, 12),
            rng.uniform(5e4, 4e5, 12),
            rng.uniform(1e5, 9e5, 12),
            rng.integers(10, 40, 12),
            strict=True,
        )
    ]
    true = [0.02 * c.layers / 10 + 0.3 * c.macs / 1e7 + 0.05 * c.moved / 1e5 for c in counts]
    noisy = [ms * float(np.exp(rng.normal(0, 0.02))) for ms in true]
    assert np.median(left_out(counts, noisy)) < 0.05
    assert (Latency.fit(counts, noisy).weights >= 0).all()


def test_accuracy_is_predicted_and_the_error_is_that_of_left_out_ones() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((40, 3))
    truth = 0.5 + 0.3 * points[:, 0] + 0.1 * points[:, 1] ** 2
    predictor = Predictor.fit(points, truth + rng.normal(0, 0.005, 40))
    fresh = rng.random((50, 3))
    expected = 0.5 + 0.3 * fresh[:, 0] + 0.1 * fresh[:, 1] ** 2
    assert np.abs(predictor(fresh) - expected).mean() < 0.02
    assert rank_agreement(predictor(fresh).tolist(), expected.tolist()) > 0.85
    # closed form against doing it: leave the first one out
    kernel = np.exp(-np.square(points[:, None] - points[None]).sum(-1) / (2 * predictor.length**2))
    assert kernel.shape == (40, 40)
    assert 0.001 < np.abs(predictor.missed).mean() < 0.02
    assert abs(rank_agreement(rng.random(200).tolist(), rng.random(200).tolist())) < 0.2


def test_evolution_finds_the_front_that_walking_all_finds() -> None:
    space = Space(dict.fromkeys("abcd", (0, 1, 2, 3)))

    def judge(subnets: Any) -> Any:
        values = np.array(subnets, float)
        # a and b give accuracy for cost; c and d cost and give nothing
        return np.column_stack([-(3 * values[:, 0] + values[:, 1]), values.sum(1) + values[:, 2:].sum(1)])

    front, values = evolve(space, judge, np.random.default_rng(3), Effort(12, 24, 16))
    every = [(a, b, c, d) for a in range(4) for b in range(4) for c in range(4) for d in range(4)]
    best = {subnet for subnet, kept in zip(every, undominated(judge(every)).tolist(), strict=True) if kept}
    assert set(front) == best
    assert (values[:, 0] == np.sort(values[:, 0])).all()
    assert spaced(np.array([1.0, 2.0, 4.0, 8.0, 16.0]), 3) == [0, 2, 4]


def test_in_place_distillation_can_be_switched_off(tmp_path: Path) -> None:
    settings = {**CardReaderSupernetTask.smoke(tmp_path), "batch_size": 4}
    for in_place in (True, False):
        made = CardReaderSupernetTask(**settings, in_place=in_place)
        net = made.network()
        total, parts = made.loss(net, made.batch(np.random.default_rng(0)), 0.5)
        assert {"columns", "ctc", "smallest", "random"} <= set(parts)
        assert float(total.detach()) > parts["smallest"] > 0
    made = CardReaderSupernetTask(**settings, middle=1.0)
    _, parts = made.loss(net, made.batch(np.random.default_rng(0)), 0.5)
    assert {"smallest", "random", "middle"} <= set(parts)
    assert isinstance(net.extract(SPACE.smallest), CardReader)
