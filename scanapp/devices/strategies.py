"""A fleet under four ways of choosing models: matched, the default or the best for all, three tiers by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanapp.devices.demand import StageDemand
from scanapp.devices.match import Plan, Zoo, match
from scanapp.devices.profile import Profile
from scanapp.inference.manifest import PLAIN, ModelEntry

MATCHED, DEFAULT, BEST, TIERS = "matched", "default for all", "best for all", "three tiers by hand"
Pick = Callable[[Profile, Sequence[ModelEntry]], ModelEntry]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One strategy over a fleet. Shares are of all devices.

    at_pace    within budget at the full pace
    within     within budget at some pace
    accuracy   mean of what the choice is worth, as a share of the best, on devices that it fits; 0 where it does
               not
    delivered  the same times the pace: looks that are taken are what an answer is made of
    """

    name: str
    plans: tuple[Plan, ...]

    @property
    def at_pace(self) -> float:
        """See the class."""
        return float(np.mean([plan.fits and plan.pace == 1 for plan in self.plans]))

    @property
    def within(self) -> float:
        """See the class."""
        return float(np.mean([plan.fits for plan in self.plans]))

    @property
    def accuracy(self) -> float:
        """See the class."""
        return float(np.mean([plan.accuracy if plan.fits else 0.0 for plan in self.plans]))

    @property
    def delivered(self) -> float:
        """See the class."""
        return float(np.mean([plan.accuracy * plan.pace if plan.fits else 0.0 for plan in self.plans]))


def compare(
    fleet: Sequence[Profile],
    demands: Sequence[StageDemand],
    zoo: Zoo,
    budget_ms: float,
    on_device: Callable[[int], None] = lambda _done: None,
) -> list[Outcome]:
    """All strategies; each may lower its pace until it fits, only the matched one chooses models and threads."""
    picks: Mapping[str, Pick] = {DEFAULT: _default, BEST: _best, TIERS: _tier}
    plans: dict[str, list[Plan]] = {MATCHED: [], **{name: [] for name in picks}}
    for number, profile in enumerate(fleet, 1):
        plans[MATCHED].append(match(profile, demands, zoo, budget_ms=budget_ms))
        for name, pick in picks.items():
            plans[name].append(_fixed(profile, demands, zoo, budget_ms, pick))
        on_device(number)
    return [Outcome(name, tuple(found)) for name, found in plans.items()]


def _fixed(profile: Profile, demands: Sequence[StageDemand], zoo: Zoo, budget_ms: float, pick: Pick) -> Plan:
    """One variant of each network, one thread: what `match` makes of it when there is nothing to choose."""
    only = {name: (pick(profile, entries),) for name, entries in zoo.items()}
    alone = replace(profile, probe_ms={1: profile.probe_ms[1]})
    plan = match(alone, demands, only, budget_ms=budget_ms)
    best = {name: max(entry.accuracy or 0.0 for entry in entries) or 1.0 for name, entries in zoo.items()}
    weights = {use.model: use.weight for demand in demands for use in demand.networks}
    total = sum(weights.values()) or 1.0
    worth = sum(weights[name] * (entries[0].accuracy or 0.0) / best[name] for name, entries in only.items())
    return replace(plan, accuracy=worth / total)


def _default(_profile: Profile, entries: Sequence[ModelEntry]) -> ModelEntry:
    return min(entries, key=lambda entry: (not entry.default, entry.variant != PLAIN, entry.variant))


def _best(_profile: Profile, entries: Sequence[ModelEntry]) -> ModelEntry:
    return max(entries, key=lambda entry: entry.accuracy or 0.0)


def _tier(profile: Profile, entries: Sequence[ModelEntry]) -> ModelEntry:
    """As it is done by hand: cores and memory say low, middle or high; each tier has one size of each model."""
    by_size = sorted(entries, key=lambda entry: sum(entry.work.values()))
    if profile.memory_mb <= 3 << 10 or profile.cores <= 2:
        return by_size[0]
    if profile.memory_mb < 6 << 10 or profile.cores <= 4:
        return by_size[len(by_size) // 2]
    return _best(profile, entries)
