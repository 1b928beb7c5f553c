"""The subnets worth having: those of which none is better in every respect.

Evolution with sorting by dominance (after Deb et al., NSGA-II, 2002): children of subnets on the front, by crossing
and mutation, are counted and predicted, not trained and not measured; a few thousand take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanapp.lab.supernet.space import Space, Subnet

Judge = Callable[[Sequence[Subnet]], npt.NDArray[np.float64]]
"""(n, objectives) of n subnets; less is better in every column."""


@dataclass(frozen=True, slots=True)
class Effort:
    """children  subnets a generation; kept  most parents; all seen count for the front."""

    generations: int = 24
    children: int = 96
    kept: int = 64


def evolve(
    space: Space, judge: Judge, rng: np.random.Generator, effort: Effort | None = None
) -> tuple[list[Subnet], npt.NDArray[np.float64]]:
    """The non-dominated ones of all subnets seen, and their objectives (n, k), by the first objective."""
    effort = effort or Effort()
    seen = dict.fromkeys([space.largest, space.middle, space.smallest])
    while len(seen) < min(effort.children, space.count()):
        seen[space.sample(rng)] = None
    subnets = list(seen)
    values = judge(subnets)
    for _ in range(effort.generations):
        parents = [subnets[index] for index in _parents(values, effort.kept)]
        born: dict[Subnet, None] = {}
        for _ in range(4 * effort.children):
            one, other = (parents[int(rng.integers(len(parents)))] for _ in range(2))
            child = space.mutated(space.crossed(one, other, rng), rng)
            if child not in seen:
                born[child] = None
            if len(born) == effort.children:
                break
        if not born:
            break
        seen |= born
        subnets += list(born)
        values = np.concatenate([values, judge(list(born))])
    front = np.flatnonzero(undominated(values))
    front = front[np.argsort(values[front, 0], kind="stable")]
    return [subnets[index] for index in front.tolist()], values[front]


def undominated(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(n,): no other row is at least as good in every column and better in one; less is better."""
    kept = np.ones(len(values), bool)
    for index, row in enumerate(values):
        no_worse = (values <= row).all(1)
        better = (values < row).any(1)
        kept[index] = not (no_worse & better).any()
    return kept


def _parents(values: npt.NDArray[np.float64], most: int) -> list[int]:
    """Indices of front after front until ``most``; of the last, those that stand farthest from others."""
    chosen: list[int] = []
    left = np.arange(len(values))
    while len(left) and len(chosen) < most:
        front = left[undominated(values[left])]
        room = most - len(chosen)
        if len(front) > room:
            front = front[np.argsort(-_crowding(values[front]), kind="stable")[:room]]
        chosen += front.tolist()
        left = np.setdiff1d(left, front)
    return chosen


def _crowding(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n,): how much room each has between its neighbours, summed over objectives; ends have no limit."""
    room = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column, kind="stable")
        spread = column[order[-1]] - column[order[0]] or 1.0
        room[order[[0, -1]]] = np.inf
        room[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / spread
    return room


def spaced(costs: npt.NDArray[np.float64], count: int) -> list[int]:
    """Indices of ``count`` members whose costs stand about equally far apart as ratios, both ends among them."""
    logs = np.log(costs)
    wanted = np.linspace(logs.min(), logs.max(), count)
    return sorted({int(np.abs(logs - one).argmin()) for one in wanted}, key=lambda index: float(costs[index]))
