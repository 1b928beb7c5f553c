"""Accuracy of a subnet that nobody has evaluated, from some dozens that were: kernel ridge regression.

Subnets are points in the unit cube of their dimensions, with the logarithm of their cost as one more; near ones
read alike. Length scale and ridge are those with the least error on left-out subnets, which for this method has
a closed form (Allen's PRESS, 1974), so the error that is reported was not fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from scanapp.lab.supernet.costs import Counted
from scanapp.lab.supernet.space import Space, Subnet

_LENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0)
_RIDGES = (1e-4, 1e-3, 1e-2, 1e-1)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predictor:
    """Fitted on ``points`` (n, d); ``missed`` (n,) are the errors on each of them when it was left out."""

    points: Array
    weights: Array
    mean: float
    length: float
    missed: Array

    @classmethod
    def fit(cls, points: Array, accuracy: Sequence[float]) -> Predictor:
        """``points`` from `encoded`."""
        target = np.asarray(accuracy, np.float64)
        mean = float(target.mean())
        best: Predictor | None = None
        for length, ridge in product(_LENGTHS, _RIDGES):
            inverse = np.linalg.inv(_kernel(points, points, length) + ridge * np.eye(len(points)))
            weights = inverse @ (target - mean)
            missed = weights / np.diag(inverse)
            if best is None or np.square(missed).sum() < np.square(best.missed).sum():
                best = cls(points, weights, mean, length, missed)
        assert best is not None
        return best

    def __call__(self, points: Array) -> Array:
        """(m,) predicted accuracies of (m, d) points."""
        return np.asarray(self.mean + _kernel(points, self.points, self.length) @ self.weights)


def encoded(space: Space, subnets: Sequence[Subnet], counts: Sequence[Counted]) -> Array:
    """(n, d) points: each dimension's place among its choices, and the logarithm of the multiply-accumulates."""
    places = np.array([space.scaled(subnet) for subnet in subnets], np.float64)
    return np.column_stack([places, np.log2([one.macs / 1e6 for one in counts])])


def rank_agreement(one: Sequence[float], other: Sequence[float]) -> float:
    """Kendall's tau: 1 where both put all pairs in the same order, 0 where they agree by chance."""
    a, b = np.asarray(one), np.asarray(other)
    upper = np.triu_indices(len(a), 1)
    signs = np.sign(a[:, None] - a[None, :])[upper] * np.sign(b[:, None] - b[None, :])[upper]
    return float(signs.mean()) if len(signs) else 1.0


def _kernel(one: Array, other: Array, length: float) -> Array:
    apart = np.square(one[:, None] - other[None]).sum(-1)
    return np.asarray(np.exp(-apart / (2 * length**2)))
