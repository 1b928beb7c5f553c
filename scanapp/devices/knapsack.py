"""`best_choice`: one option of each slot, so that values add up to most and costs stay within limits.

A knapsack with several limits and few slots. Slots are merged one after the other; what costs more and is worth
less than another partial choice is thrown away. Where too many are left, those that fall into the same small cell
of cost are thinned to the most valuable one: that, and nothing else, may lose something (cells are 1/400 of a
limit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CELLS = 400
MANY = 1500
"""From so many partial choices on they are thinned before they are compared one by one."""


@dataclass(frozen=True, slots=True)
class Option:
    """What one option is worth, and what it costs in each of the limited things."""

    value: float
    costs: tuple[float, ...]


def best_choice(slots: Sequence[Sequence[Option]], limits: Sequence[float]) -> tuple[int, ...] | None:
    """The index of the option taken in each slot; None when nothing stays within the limits."""
    top = np.asarray(limits, np.float64)
    values, costs = np.zeros(1), np.zeros((1, len(top)))
    steps: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for slot in slots:
        worth = np.array([option.value for option in slot])
        price = np.array([option.costs for option in slot]).reshape(len(slot), len(top))
        able = _worth_keeping(worth, price, top)
        worth, price = worth[able], price[able]
        merged = (values[:, None] + worth).ravel()
        paid = (costs[:, None] + price).reshape(-1, len(top))
        kept = np.flatnonzero((paid <= top * (1 + 1e-9)).all(axis=1))
        if not len(kept):
            return None
        kept = kept[_worth_keeping(merged[kept], paid[kept], top)]
        values, costs = merged[kept], paid[kept]
        steps.append((kept // len(able), able[kept % len(able)]))
    return _path(steps, int(np.argmax(values)))


def _path(steps: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]], at: int) -> tuple[int, ...]:
    chosen = []
    for before, option in reversed(steps):
        chosen.append(int(option[at]))
        at = int(before[at])
    return tuple(reversed(chosen))


def _worth_keeping(values: Floats, costs: Floats, top: Floats) -> NDArray[np.intp]:
    """Indices of what no other beats in value and all costs at once."""
    order = np.lexsort((*costs.T[::-1], -values))
    if len(order) > MANY:
        cells = np.floor(costs[order] / np.maximum(top, 1e-12) * CELLS).astype(np.int64)
        _, first = np.unique(cells, axis=0, return_index=True)
        order = order[np.sort(first)]
    kept: list[int] = []
    front = np.empty((0, costs.shape[1]))
    for index in order:
        if len(front) and bool((front <= costs[index]).all(axis=1).any()):
            continue
        kept.append(int(index))
        front = np.vstack([front, costs[index]])
    return np.array(kept, np.intp)
