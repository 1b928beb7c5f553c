"""`match`: which variant of every network, on how many threads, a machine can afford within a frame's budget.

Each stage is a slot of a knapsack: its options are the combinations of its networks' variants and a number of
threads. An option is worth the accuracy of its variants, each as a share of the best there is. It costs time of the
frame (detectors: the engine waits for them, while recognizers work beside it), processor time (a second thread is
not free: others wait for that core) and memory. What is no network (decoding, level 0, tracking, the stages' own
work) is taken off first. Where even the cheapest does not fit, all is done less often: the pace goes down until it
does.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanapp.devices.demand import FPS, StageDemand
from scanapp.devices.device import OBSERVE_MS, TRACK_MS
from scanapp.devices.knapsack import Option, best_choice
from scanapp.devices.latency import LatencyModel
from scanapp.devices.profile import Profile
from scanapp.inference.manifest import ModelEntry

FRAME_MS = 1000 / FPS
MOST_CORES = 0.75
"""Share of all cores that a scan may take: the rest is the camera's, the window's and the user's."""
MOST_MEMORY = 0.10
"""Share of the memory that networks may take."""
RUNTIME_MB, RESIDENT = 40.0, 3.0
"""What onnxruntime takes, and how many times its file a network takes once it is open."""
PACES = (1.0, 0.7, 0.5, 0.35, 0.25)
SLIGHT = 1e-4
"""A frame's time of latency or of a core counts as so much accuracy: of equals the faster one is taken."""

Zoo = Mapping[str, Sequence[ModelEntry]]
"""Model → its variants."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One network as it will run. ms: one run, predicted; relative: accuracy as a share of the best variant's."""

    stage: str
    model: str
    variant: str
    threads: int
    ms: float
    runs_per_s: float
    accuracy: float
    relative: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What `match` found. ``options`` are what the stages are to be made with, by (table, index).

    fits      whether it stays within the budget at ``pace``, the share of their usual rate at which stages run
    frame_ms  predicted time of the engine a frame, on average: ``fixed_ms`` of it is no network
    core_ms   predicted processor time a frame, of all threads
    accuracy  mean of the choices' ``relative``, by weight
    """

    choices: tuple[Choice, ...]
    options: Mapping[tuple[str, int], Mapping[str, object]]
    budget_ms: float
    fixed_ms: float
    frame_ms: float
    core_ms: float
    memory_mb: float
    accuracy: float
    pace: float = 1.0
    fits: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One combination for a stage: milliseconds of one call; per frame the engine's and all threads'; MiB."""

    choices: tuple[Choice, ...]
    value: float
    latency: float
    wall: float
    core: float
    memory: float


def match(
    profile: Profile, demands: Sequence[StageDemand], zoo: Zoo, *, budget_ms: float = FRAME_MS, pace: float = 1.0
) -> Plan:
    """The best plan within ``budget_ms`` milliseconds a frame, at ``pace`` or, if need be, less."""
    speeds = {threads: LatencyModel.from_probes(row) for threads, row in profile.probe_ms.items()}
    paces = (pace, *(other for other in PACES if other < pace))
    for slower in paces:
        fixed = fixed_ms(profile, demands, slower)
        limits = (
            budget_ms - fixed[0],
            MOST_CORES * profile.cores * budget_ms - fixed[1],
            MOST_MEMORY * profile.memory_mb - RUNTIME_MB,
        )
        slots = [_candidates(demand, zoo, speeds, profile.factor, slower) for demand in demands if demand.networks]
        found = (
            best_choice([[_option(one) for one in slot] for slot in slots], limits) if min(limits) >= 0 else None
        )
        if found is not None:
            chosen = [slot[number] for slot, number in zip(slots, found, strict=True)]
            return _plan(demands, chosen, budget_ms, fixed, slower, fits=True)
    cheapest = [min(slot, key=lambda one: one.core) for slot in slots]
    return _plan(demands, cheapest, budget_ms, fixed, paces[-1], fits=False)


def fixed_ms(profile: Profile, demands: Sequence[StageDemand], pace: float) -> tuple[float, float]:
    """Milliseconds a frame of what is no network, on average: the engine's, and of all threads."""
    detecting = _own_ms(profile, demands, "detect", pace) + (OBSERVE_MS + TRACK_MS) * profile.factor
    return detecting, detecting + _own_ms(profile, demands, "recognize", pace) + profile.decode_ms


def _own_ms(profile: Profile, demands: Sequence[StageDemand], table: str, pace: float) -> float:
    factor = profile.factor
    mine = (demand for demand in demands if demand.table == table)
    return sum(demand.calls_at(factor, pace) * demand.other_ms for demand in mine) * factor / FPS


def _option(one: _Candidate) -> Option:
    return Option(one.value - SLIGHT * (one.latency + one.core) / FRAME_MS, (one.wall, one.core, one.memory))


def _candidates(
    demand: StageDemand, zoo: Zoo, speeds: Mapping[int, LatencyModel], factor: float, pace: float
) -> list[_Candidate]:
    counts = list(speeds) if demand.threads else [1]
    variants = [[(use, entry) for entry in zoo[use.model]] for use in demand.networks]
    made = []
    for threads in counts:
        for picked in itertools.product(*variants):
            choices = []
            value = latency = core = memory = 0.0
            for use, entry in picked:
                best = max(other.accuracy or 0.0 for other in zoo[use.model]) or 1.0
                ms = speeds[threads].ms(entry.work)
                per_s = use.runs * demand.calls_at(factor, pace)
                own = entry.accuracy or 0.0
                choices.append(Choice(demand.stage, entry.name, entry.variant, threads, ms, per_s, own, own / best))
                value += use.weight * own / best
                latency += use.runs * ms
                core += threads * ms * per_s / FPS
                memory += RESIDENT * entry.bytes / 2**20
            wall = core / threads if demand.table == "detect" else 0.0
            made.append(_Candidate(tuple(choices), value, latency, wall, core, memory))
    return made


def _plan(
    demands: Sequence[StageDemand],
    chosen: Sequence[_Candidate],
    budget_ms: float,
    fixed: tuple[float, float],
    pace: float,
    *,
    fits: bool,
) -> Plan:
    armed = [demand for demand in demands if demand.networks]
    options: dict[tuple[str, int], Mapping[str, object]] = {}
    weights = 0.0
    for demand, one in zip(armed, chosen, strict=True):
        picked: dict[str, object] = {
            use.option: choice.variant for use, choice in zip(demand.networks, one.choices, strict=True)
        }
        if demand.threads:
            picked["threads"] = one.choices[0].threads
        options[demand.table, demand.index] = picked
        weights += sum(use.weight for use in demand.networks)
    return Plan(
        choices=tuple(choice for one in chosen for choice in one.choices),
        options=options,
        budget_ms=budget_ms,
        fixed_ms=fixed[0],
        frame_ms=fixed[0] + sum(one.wall for one in chosen),
        core_ms=fixed[1] + sum(one.core for one in chosen),
        memory_mb=RUNTIME_MB + sum(one.memory for one in chosen),
        accuracy=sum(one.value for one in chosen) / weights if weights else 1.0,
        pace=pace,
        fits=fits,
    )
