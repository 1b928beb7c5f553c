"""Probes, counts and the latency model: what is predicted of networks that were never run."""

from __future__ import annotations

import numpy as np
import pytest

from scanapp.devices.latency import KINDS, LatencyModel, fit_factors, probe_work, solve_rates
from scanapp.devices.layers import Layers
from scanapp.devices.onnx_file import Graph
from scanapp.devices.probes import PROBES, build, probe_file
from scanapp.devices.profile import REFERENCE_PROBES
from scanapp.devices.timing import least_ms
from scanapp.errors import ModelError, UsageError
from scanapp.inference.session import open_session
from scanapp.inference.work import feeds_for, measure_work


def test_a_written_network_computes_what_it_says() -> None:
    graph = Graph()
    x = graph.input((2, 3))
    y = graph.add("MatMul", [x, graph.constant(np.arange(6, dtype=np.float32).reshape(3, 2))])
    session = open_session(graph.onnx(graph.add("Relu", [y]), 2), "written")
    given = np.array([[1, 0, -1], [0, 2, 0]], np.float32)
    (answer,) = session.run({"x": given}).values()
    np.testing.assert_array_equal(answer, np.maximum(given @ np.arange(6).reshape(3, 2), 0))


@pytest.mark.parametrize(("int8", "counted"), [(False, "conv"), (True, "conv8")])
def test_products_are_counted_by_kind(int8: bool, counted: str) -> None:
    def make(layers: Layers) -> tuple[str, int]:
        x = layers.conv(layers.graph.input((1, 4, 10, 20)), 4, 8)
        return layers.conv(x, 8, 8, depthwise=True), 4

    work = measure_work(build(make, int8=int8), "two convolutions")
    assert work[counted] == 8 * 4 * 9 * 10 * 20
    assert work["depth8" if int8 else "depth"] == 8 * 9 * 10 * 20
    assert work["gathered8" if int8 else "gathered"] == 4 * 9 * 10 * 20
    assert work["drawn8" if int8 else "drawn"] == 8 * 10 * 20


def test_int8_keeps_the_answer() -> None:
    """What is fused is the same network, rounded."""

    def make(layers: Layers) -> tuple[str, int]:
        x = layers.conv(layers.graph.input((1, 2, 16, 16)), 2, 8)
        return layers.conv(x, 8, 8, stride=2), 4

    answers = []
    for int8 in (False, True):
        session = open_session(build(make, int8=int8), "rounded")
        (answer,) = session.run(feeds_for(session.runtime, {})).values()
        answers.append(answer.ravel())
    assert np.corrcoef(*answers)[0, 1] > 0.98


def test_sizes_that_make_no_picture_are_refused() -> None:
    def make(layers: Layers) -> tuple[str, int]:
        return layers.conv(layers.graph.input((1, 1, "height", "width")), 1, 4, side=5), 4

    data = build(make)
    assert measure_work(data, "free", {"height": 8, "width": 6})["conv"] == 4 * 25 * 48
    with pytest.raises(ModelError, match="not a network"):
        measure_work(b"junk", "not a network")


@pytest.mark.parametrize("name", PROBES)
def test_shipped_counts_are_those_of_the_probes(name: str) -> None:
    assert dict(probe_work(name)) == measure_work(probe_file(name), name)


def test_each_probe_leans_on_what_it_is_named_for() -> None:
    for name in set(PROBES) & set(KINDS):
        alone = {kind: probe_work(name).get(kind, 0) * rate for kind, rate in solve_rates(REFERENCE_PROBES).items()}
        assert alone[name] > 0.5 * sum(alone.values()), name


def test_probes_that_obey_known_rates_give_them_back() -> None:
    rates = {kind: 3e-8 * (1 + number) for number, kind in enumerate(KINDS)} | {"nodes": 2e-3, "curved": 4e-6}
    machine = LatencyModel(rates)
    solved = solve_rates({name: machine.base_ms(probe_work(name)) for name in PROBES})
    for kind in ("conv", "depth", "product", "conv8", "depth8", "product8", "curved", "nodes"):
        assert solved[kind] == pytest.approx(rates[kind], rel=0.15), kind


def test_a_machine_half_as_fast_takes_twice_as_long() -> None:
    work = probe_work("mixed")
    one = LatencyModel.from_probes(REFERENCE_PROBES, ())
    half = LatencyModel.from_probes({name: 2 * ms for name, ms in REFERENCE_PROBES.items()}, ())
    assert half.ms(work) == pytest.approx(2 * one.ms(work), rel=1e-6)


def test_what_a_family_of_networks_has_in_common_is_learned() -> None:
    """A machine on which depth-wise networks take 1.7 times what their work says."""
    random = np.random.default_rng(3)
    rates = solve_rates(REFERENCE_PROBES)
    rows = []
    for number in range(60):
        work = {kind: int(random.integers(1e4, 1e7)) for kind in ("conv", "depth")}
        work[("conv", "depth")[number % 2]] //= 1000
        work |= {"nodes": int(random.integers(5, 50)), "moved": 10**6}
        depth = work["depth"] > work["conv"]
        rows.append((work, rates, LatencyModel(rates).base_ms(work) * (1.7 if depth else 1.0)))
    fitted = LatencyModel(rates, tuple(fit_factors(rows[:40])))
    errors = [abs(fitted.ms(work) / ms - 1) for work, _, ms in rows[40:]]
    assert np.median(errors) < 0.08


def test_no_probes_no_prediction() -> None:
    with pytest.raises(UsageError, match="scanapp device"):
        LatencyModel.from_probes({})


def test_the_least_of_many_runs_counts() -> None:
    calls = []
    found = least_ms({"a": lambda: calls.append(1), "b": lambda: sum(range(20_000))}, seconds=0.02, rounds=4)
    assert len(calls) >= 5
    assert 0 < found["a"] < found["b"]


def test_predictions_here_are_of_the_right_size() -> None:
    """Loose, since other programs run: the benchmark says how good it is."""

    def make(layers: Layers) -> tuple[str, int]:
        x = layers.conv(layers.graph.input((1, 1, 96, 128)), 1, 16, stride=2)
        for _ in range(4):
            x = layers.conv(x, 16, 16)
        return x, 4

    data = {**{name: probe_file(name) for name in PROBES}, "new": build(make)}
    runs = {}
    for name, content in data.items():
        session = open_session(content, name)
        feeds = feeds_for(session.runtime, {})
        runs[name] = lambda session=session, feeds=feeds: session.run(feeds)
    times = least_ms(runs, seconds=0.05, rounds=3)
    model = LatencyModel.from_probes({name: times[name] for name in PROBES})
    assert 0.4 < model.ms(measure_work(data["new"], "new")) / times["new"] < 2.5
