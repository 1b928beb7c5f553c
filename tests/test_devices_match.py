"""Matching: the best that a machine can afford, quickly, and explained."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.devices.demand import StageDemand
from scanapp.devices.device import Device, virtual_device
from scanapp.devices.fleet import draw_fleet
from scanapp.devices.knapsack import Option, best_choice
from scanapp.devices.match import MOST_MEMORY, RUNTIME_MB, Plan, Zoo, match
from scanapp.devices.profile import Profile, virtual_profile
from scanapp.devices.strategies import BEST, MATCHED, TIERS, compare
from scanapp.inference.manifest import ModelEntry
from scanapp.inference.use import NetworkUse
from scanapp.pipeline import load_pipeline, parse_pipeline
from scanapp.planning import SHARES, make_ladder, plan_for, planned

NUMBERS = st.floats(0, 10, allow_nan=False, width=32)
OPTIONS = st.lists(st.builds(Option, NUMBERS, st.tuples(NUMBERS, NUMBERS, NUMBERS)), min_size=1, max_size=7)


def exhaustive(slots: list[list[Option]], limits: tuple[float, ...]) -> float | None:
    """The best value of all combinations."""
    best = None
    for picked in itertools.product(*slots):
        costs = np.sum([option.costs for option in picked], axis=0)
        if all(costs <= np.array(limits) * (1 + 1e-9)):
            value = sum(option.value for option in picked)
            best = value if best is None else max(best, value)
    return best


@settings(max_examples=60, deadline=None)
@given(st.lists(OPTIONS, min_size=1, max_size=4), st.tuples(*[st.floats(1, 25)] * 3))
def test_the_choice_is_within_one_percent_of_the_best(slots: list[list[Option]], limits: tuple[float, ...]) -> None:
    best = exhaustive(slots, limits)
    found = best_choice(slots, limits)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        picked = [slot[number] for slot, number in zip(slots, found, strict=True)]
        assert sum(option.value for option in picked) >= 0.99 * best - 1e-9
        assert all(np.sum([option.costs for option in picked], axis=0) <= np.array(limits) * (1 + 1e-6))


def test_many_options_are_thinned_and_lose_little() -> None:
    random = np.random.default_rng(0)
    drawn = [[random.random(4) for _ in range(60)] for _ in range(3)]
    slots = [[Option(float(row[0]), tuple(map(float, row[1:]))) for row in slot] for slot in drawn]
    limits = (0.9, 1.1, 1.3)
    started = time.perf_counter()
    found = best_choice(slots, limits)
    assert time.perf_counter() - started < 1.0
    assert found is not None
    value = sum(slot[number].value for slot, number in zip(slots, found, strict=True))
    values = np.array([[option.value for option in slot] for slot in slots])
    costs = np.array([[option.costs for option in slot] for slot in slots])
    total = costs[0][:, None, None] + costs[1][None, :, None] + costs[2][None, None, :]
    able = (total <= limits).all(axis=-1)
    worth = values[0][:, None, None] + values[1][None, :, None] + values[2][None, None, :]
    assert value >= 0.99 * worth[able].max()


def entry(model: str, size: float, accuracy: float, *, int8: bool = False, default: bool = False) -> ModelEntry:
    """A variant with ``size`` million products."""
    kind = "conv8" if int8 else "conv"
    name = f"{size:g}{'-int8' if int8 else ''}"
    work = {kind: int(size * 1e6), "moved": 10**6, "nodes": 20}
    file_bytes = int(size * (1e4 if int8 else 4e4))
    return ModelEntry(
        model, name, "f", "0" * 64, file_bytes, default=default, work=work, notes={"accuracy": accuracy}
    )


SIZES = ((5, 0.7), (20, 0.8), (80, 0.88), (300, 0.92))
"""Million products, accuracy."""
ZOO: Zoo = {
    model: [
        *(entry(model, size, known) for size, known in SIZES),
        *(entry(model, size, known - 0.003, int8=True, default=size == 80) for size, known in SIZES),
    ]
    for model in ("locator", "reader", "scout")
}
DEMANDS = [
    StageDemand("locator", "detect", 0, 10.0, 4.0, 1.0, networks=(NetworkUse("locator", "variant"),), threads=True),
    StageDemand("scout", "detect", 1, 10.0, 4.0, 0.5, networks=(NetworkUse("scout", "variant"),), threads=True),
    StageDemand("reader", "recognize", 0, 8.0, 8.0, 2.0, 400.0, (NetworkUse("reader", "reader", 3.0),), True),
]


def machine(factor: float, **changes: object) -> Profile:
    return virtual_profile(Device("machine", "", factor), **changes)  # type: ignore[arg-type]


def test_a_fast_machine_gets_the_best_and_a_slow_one_what_it_can_afford() -> None:
    plans = [match(machine(factor), DEMANDS, ZOO) for factor in (0.5, 1.5, 4.0, 10.0)]
    accuracies = [plan.accuracy for plan in plans]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[0] == pytest.approx(1.0)
    assert accuracies[-1] < 0.99
    for plan in plans:
        assert plan.fits
        assert plan.frame_ms <= plan.budget_ms * (1 + 1e-9)


def test_matching_is_quick() -> None:
    profile = machine(4.0)
    match(profile, DEMANDS, ZOO)
    started = time.thread_time()
    match(profile, DEMANDS, ZOO)
    assert time.thread_time() - started < 0.05


def test_matching_is_as_good_as_trying_everything() -> None:
    zoo = {name: entries[::2] for name, entries in ZOO.items()}
    for factor in (2.0, 5.0):
        profile = machine(factor)
        plan = match(profile, DEMANDS, zoo)
        best = 0.0
        for picked in itertools.product(*(zoo[name] for name in ("locator", "scout", "reader"))):
            only = {one.name: [one] for one in picked}
            alone = match(profile, DEMANDS, only)
            if alone.fits and alone.pace == plan.pace:
                best = max(best, sum(one.accuracy or 0 for one in picked) / 0.92 / 3)
        assert plan.accuracy >= 0.99 * best


def test_little_memory_forbids_large_files() -> None:
    roomy, narrow = (match(machine(0.5, memory_mb=mb), DEMANDS, ZOO) for mb in (8000, 600))
    assert narrow.memory_mb <= MOST_MEMORY * 600
    assert roomy.memory_mb > MOST_MEMORY * 600
    assert narrow.accuracy < roomy.accuracy
    assert RUNTIME_MB < MOST_MEMORY * 600


def test_what_fits_nowhere_gets_the_cheapest_and_is_told() -> None:
    plan = match(machine(60.0), DEMANDS, ZOO)
    assert not plan.fits
    assert {choice.variant for choice in plan.choices} <= {"5", "5-int8"}


def test_a_tighter_budget_is_never_better() -> None:
    accuracies = [match(machine(3.0), DEMANDS, ZOO, budget_ms=ms).accuracy for ms in (60, 33, 20, 12)]
    assert accuracies == sorted(accuracies, reverse=True)


def test_the_fleet_is_the_same_for_the_same_seed_and_varied() -> None:
    fleet = draw_fleet(300, seed=4)
    assert fleet == draw_fleet(300, seed=4)
    assert fleet != draw_fleet(300, seed=5)
    factors = [profile.factor for profile in fleet]
    assert max(factors) > 8 * min(factors)
    assert {profile.name.rsplit(maxsplit=1)[0] for profile in fleet} == {"phone", "tablet", "pc", "board or kiosk"}


def test_matching_beats_tiers_by_hand_on_a_fleet() -> None:
    outcomes = {one.name: one for one in compare(draw_fleet(60), DEMANDS, ZOO, 1000 / 30)}
    assert outcomes[MATCHED].within >= 0.95
    assert outcomes[MATCHED].accuracy > outcomes[TIERS].accuracy
    assert outcomes[MATCHED].within >= outcomes[BEST].within
    assert outcomes[MATCHED].delivered > outcomes[BEST].delivered


def test_a_plan_becomes_options_of_the_pipeline() -> None:
    pipeline = load_pipeline("card_binding")
    plan = plan_for(pipeline, virtual_profile(virtual_device("reference")))
    made = planned(pipeline, plan)
    assert made.detect[0].options["variant"] == "fp32"
    assert set(made.recognize[0].options) >= {"layout", "reader", "threads"}
    made.make_detectors()
    made.make_recognizers()


def test_what_a_pipeline_says_itself_stays() -> None:
    text = '[[detect]]\nuse = "card"\nthreads = 1\n[[recognize]]\nuse = "card"\nfusion = "card"\nreader = "fp32"\n'
    pipeline = parse_pipeline(text)
    options = {("detect", 0): {"threads": 2}, ("recognize", 0): {"reader": "int8", "layout": "fp32"}}
    made = planned(pipeline, Plan((), options, 33, 0, 0, 0, 0, 1))
    assert made.detect[0].options["threads"] == 1
    assert made.recognize[0].options == {"reader": "fp32", "layout": "fp32"}


def test_a_ladder_goes_down() -> None:
    ladder = make_ladder(load_pipeline("everything"), virtual_profile(virtual_device("mid_phone")))
    paces = [rung.pace for rung in ladder]
    assert len(paces) == len(SHARES)
    assert paces == sorted(paces, reverse=True)
