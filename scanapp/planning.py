"""A pipeline and a machine: what the pipeline asks for, the plan for it, and the pipeline made to that plan.

`Ladder` is what the controller steps on: the plan for the whole budget and those for less of it. Each rung is a
pace (how often detectors look and how fast purses fill) and the stages' variants that go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from scanapp.devices.cost import reference_ms
from scanapp.devices.demand import LOOKS_PER_S, StageDemand
from scanapp.devices.match import FRAME_MS, Plan, Zoo, match
from scanapp.devices.profile import Profile
from scanapp.inference.store import ModelStore
from scanapp.inference.use import NetworkUse
from scanapp.pipeline import Pipeline, RecognizeStage, Stage
from scanapp.search import DEAR_MS, SEARCH_EVERY_S

SHARES = (1.0, 0.5, 0.25)
"""Of the budget, and of the pace: the rungs. Few, so that a controller is at the bottom soon, and back soon, too.
"""


@dataclass(frozen=True, slots=True)
class Rung:
    """pace: share of the usual rate; pipeline: with the stages' options; plan: None where none was made."""

    pace: float
    pipeline: Pipeline
    plan: Plan | None = None


Ladder = tuple[Rung, ...]
AnyStage = TypeVar("AnyStage", Stage, RecognizeStage)


def plain_ladder(pipeline: Pipeline) -> Ladder:
    """The pipeline as it is, slower and slower: for a machine that nobody has measured."""
    return tuple(Rung(share, pipeline) for share in SHARES)


def make_ladder(pipeline: Pipeline, profile: Profile, budget_ms: float = FRAME_MS) -> Ladder:
    """A plan for the whole budget and for what is left of it when a machine is busy or hot."""
    store = ModelStore()
    demands = demands_of(pipeline, store)
    zoo = zoo_of(demands, store)
    rungs = []
    for share in SHARES:
        plan = match(profile, demands, zoo, budget_ms=budget_ms * share, pace=share)
        rungs.append(Rung(min(share, plan.pace), planned(pipeline, plan), plan))
    return tuple(rungs)


def plan_for(pipeline: Pipeline, profile: Profile, budget_ms: float = FRAME_MS) -> Plan:
    """The plan for the whole budget."""
    store = ModelStore()
    demands = demands_of(pipeline, store)
    return match(profile, demands, zoo_of(demands, store), budget_ms=budget_ms)


def demands_of(pipeline: Pipeline, store: ModelStore) -> list[StageDemand]:
    """What each stage asks for while something is in view. Raises PipelineError, ModelError."""
    detectors, recognizers = pipeline.make_detectors(), pipeline.make_recognizers()
    some_cheap = any(detector.cost_ms < DEAR_MS for detector in detectors)
    demands = []
    for index, detector in enumerate(detectors):
        seldom = some_cheap and detector.cost_ms >= DEAR_MS
        calls = 1 / SEARCH_EVERY_S / (2 if seldom else 1)
        demands.append(_demand(detector, detector.name, "detect", index, calls, detector.cost_ms, store))
    for index, recognizer in enumerate(recognizers):
        cost = recognizer.efforts[0].cost_ms
        demand = _demand(recognizer, recognizer.name, "recognize", index, LOOKS_PER_S, cost, store)
        demands.append(replace(demand, purse=pipeline.recognize[index].budget_ms_per_s))
    return demands


def zoo_of(demands: list[StageDemand], store: ModelStore) -> Zoo:
    """The variants that can be matched: counted and measured ones, or the default where none is."""
    names = {use.model for demand in demands for use in demand.networks}
    zoo = {}
    for name in names:
        able = tuple(entry for entry in store.variants(name) if entry.work and entry.accuracy is not None)
        zoo[name] = able or (store.find(name),)
    return zoo


def planned(pipeline: Pipeline, plan: Plan) -> Pipeline:
    """The pipeline with the options that the plan gives its stages; what its file says itself stays."""
    return replace(
        pipeline,
        detect=tuple(_with(plan.options.get(("detect", i), {}), s) for i, s in enumerate(pipeline.detect)),
        recognize=tuple(_with(plan.options.get(("recognize", i), {}), s) for i, s in enumerate(pipeline.recognize)),
    )


def _with(options: Mapping[str, object], stage: AnyStage) -> AnyStage:
    return replace(stage, options={**options, **stage.options})


def _demand(
    stage: object, name: str, table: str, index: int, calls: float, cost_ms: float, store: ModelStore
) -> StageDemand:
    networks: tuple[NetworkUse, ...] = tuple(getattr(stage, "networks", ()))
    own = sum(use.runs * reference_ms(store.find(use.model)) for use in networks)
    other = max(0.0, cost_ms - own)
    return StageDemand(name, table, index, calls, cost_ms, other, networks=networks, threads=bool(networks))
