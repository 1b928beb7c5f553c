"""The cheapest numbers that obey the parity table and the check digit, given what every digit would cost."""

from __future__ import annotations

import numpy as np

from scanapp.recognizers.codes.ean_patterns import Floats, Layout

PARITIES_TRIED = 3

Ranked = tuple[float, str]


def parity_costs(costs: Floats, layout: Layout) -> Floats:
    """(g, p): cost of the best digits under every parity pattern, check digit not minded, from (g, digits, 20)."""
    half = layout.half
    odd, even = costs[:, :half, :10].min(axis=2), costs[:, :half, 10:].min(axis=2)
    patterns = np.array([[float(bit) for bit in parity] for parity in layout.parities])
    right = costs[:, half:, :10].min(axis=2).sum(axis=1, keepdims=True)
    return np.asarray(even @ patterns.T + odd @ (1 - patterns).T + right, dtype=np.float64)


def cheapest_numbers(costs: Floats, layout: Layout) -> tuple[Ranked, Ranked]:
    """The best and the second best valid number, each with its cost, from (digits, 20) costs."""
    likely = np.argsort(parity_costs(costs[None], layout)[0], kind="stable")[:PARITIES_TRIED]
    ranked = sorted(number for leading in likely for number in _two_best(costs, layout, int(leading)))
    return ranked[0], ranked[1]


def _two_best(costs: Floats, layout: Layout, leading: int) -> list[Ranked]:
    """The two cheapest numbers under one parity pattern: dynamic programming over the check sum modulo 10."""
    parity = layout.parities[leading] + "0" * layout.half
    columns = [costs[i, 10 * int(chosen) : 10 * int(chosen) + 10] for i, chosen in enumerate(parity)]
    lead = str(leading) if layout.leading else ""
    states: list[list[Ranked]] = [[] for _ in range(10)]
    states[leading % 10 if lead else 0] = [(0.0, lead)]
    for place, column in enumerate(columns):
        weight = 1 if (len(columns) - 1 - place) % 2 == 0 else 3
        following: list[list[Ranked]] = [[] for _ in range(10)]
        for remainder, paths in enumerate(states):
            for cost, digits in paths:
                for digit in range(10):
                    path = (cost + float(column[digit]), f"{digits}{digit}")
                    following[(remainder + weight * digit) % 10].append(path)
        states = [sorted(paths)[:2] for paths in following]
    return states[0]
