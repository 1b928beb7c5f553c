"""`LatencyModel`: milliseconds of any network on a machine, from what its ten probes took there.

    rates   what one unit of each kind of work takes on the machine: the probes' times, solved for it (least squares
            on relative errors, no rate below zero, pulled a little to those of the reference machine)
    base    a network's work times the rates
    factor  how much slower or faster than that networks of its make-up are: small channels fill a processor's
            registers badly, big weights wait for memory. A ridge regression on logarithms, fitted once over made-up
            networks and several ways of running them, and shipped as numbers (benchmarks/latency_model.py makes
            them)

The probes make a machine known, the work makes a network known, and neither needs to have met the other. What this
cannot know: processors whose probes lie. Turbo that ends after a minute shows at run time, to the controller.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from scanapp.devices.probes import PROBES
from scanapp.errors import UsageError

Work = Mapping[str, int]
"""See `scanapp.inference.work`."""
Floats = NDArray[np.float64]

KINDS = ("conv", "depth", "product", "conv8", "depth8", "product8", "simple", "curved", "converted", "nodes")
REFERENCE_RATES = (2.1e-8, 4.6e-8, 2.4e-8, 1.6e-8, 1.4e-7, 1.7e-8, 1.6e-7, 7e-7, 3e-7, 5e-4)
"""Milliseconds a unit on the reference machine, one thread: what is believed before there are probes."""
PULL = 0.05
"""Weight of that belief against one probe."""
RIDGE = 0.1
CALL_MS = 0.02
"""About what the call itself takes."""
FIT = Path(__file__).with_name("latency_fit.json")


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """One machine with one number of threads. ``rates``: milliseconds a unit, by kind of work."""

    rates: Mapping[str, float]
    factors: tuple[float, ...] = ()

    @classmethod
    def from_probes(cls, probe_ms: Mapping[str, float], factors: Sequence[float] | None = None) -> Self:
        """probe_ms: milliseconds by name of probe; those that are missing are done without."""
        return cls(solve_rates(probe_ms), tuple(shipped_factors() if factors is None else factors))

    def base_ms(self, work: Work) -> float:
        """Work times rates."""
        return sum(work.get(kind, 0) * self.rates[kind] for kind in KINDS)

    def ms(self, work: Work) -> float:
        """Milliseconds of one run of a network that costs ``work``."""
        base = self.base_ms(work)
        if not self.factors or base <= 0:
            return base
        return base * float(np.exp(np.dot(self.factors, features(work, self.rates))))


def solve_rates(probe_ms: Mapping[str, float]) -> dict[str, float]:
    """The rates that explain what the probes took."""
    names = [name for name in PROBES if name in probe_ms]
    if not names:
        raise UsageError("no probe was measured: nothing can be predicted; run 'scanapp device'")
    counts = np.array([[probe_work(name).get(kind, 0) for kind in KINDS] for name in names], np.float64)
    taken = np.array([probe_ms[name] for name in names])
    scaled = counts * np.array(REFERENCE_RATES) / taken[:, None]
    # The machine's overall speed first: the belief is about proportions.
    speed = float(np.median(scaled.sum(axis=1)))
    matrix = np.vstack([scaled, PULL * speed * np.eye(len(KINDS))])
    target = np.concatenate([np.ones(len(names)), np.full(len(KINDS), PULL)])
    solved = _not_negative(matrix, target)
    return {kind: float(x * rate) for kind, x, rate in zip(KINDS, solved, REFERENCE_RATES, strict=True)}


def features(work: Work, rates: Mapping[str, float]) -> Floats:
    """What a network's factor depends on: shares of the base time by kind, how long it runs, how large its nodes
    are, how wide and deep its convolutions, how its weights compare with what moves.
    """
    parts = np.array([work.get(kind, 0) * rates[kind] for kind in KINDS])
    base = max(float(parts.sum()), 1e-6)
    shares = parts / base
    products = sum(work.get(kind, 0) for kind in KINDS[:6])
    nodes, moved = max(work.get("nodes", 0), 1), max(work.get("moved", 0), 1)
    large = math.log10(products / nodes + 1) - 5.5
    long = math.log10(base)
    overall = [1.0, large, math.log10(products / moved + 0.1) - 0.5, work.get("weights", 0) / moved]
    overall += [long, long * float(shares[3:6].sum()), CALL_MS / base]
    convolutions = _convolutions(work, "", shares[0]) + _convolutions(work, "8", shares[3])
    return np.concatenate([shares, overall, convolutions, shares[:6] * large])


def _convolutions(work: Work, suffix: str, share: float) -> list[float]:
    """Output channels (wide) and summed-up products (deep) of the mean dense convolution, by their share."""
    products = work.get(f"conv{suffix}", 0)
    if not products:
        return [0.0] * 6
    many = products / max(work.get(f"gathered{suffix}", 0), 1)
    summed = products / max(work.get(f"drawn{suffix}", 0), 1)
    wide, deep = math.log10(many + 1) - 1.5, math.log10(summed + 1) - 2.2
    return [share * value for value in (wide, deep, wide**2, deep**2, 10 / many, 50 / summed)]


def fit_factors(rows: Sequence[tuple[Work, Mapping[str, float], float]]) -> list[float]:
    """Ridge regression of log(measured / base) over (work, rates of the machine, measured milliseconds)."""
    x = np.array([features(work, rates) for work, rates, _ in rows])
    y = np.array([math.log(ms / LatencyModel(rates).base_ms(work)) for work, rates, ms in rows])
    weights = np.ones(len(y))
    for _ in range(6):  # reweighted: a few runs on a busy machine must not bend it
        weighted = x * weights[:, None]
        solved = np.linalg.solve(weighted.T @ x + RIDGE * np.eye(x.shape[1]), weighted.T @ y)
        weights = 1 / np.maximum(1, np.abs(y - x @ solved) / 0.1)
    return [float(value) for value in solved]


@cache
def shipped_factors() -> tuple[float, ...]:
    """As fitted on the reference machine."""
    return tuple(_shipped()["factors"])


def probe_work(name: str) -> Work:
    """What a probe costs, as counted when the factors were fitted: counting anew takes a second."""
    work: Work = _shipped()["probes"][name]
    return work


@cache
def _shipped() -> Any:
    return json.loads(FIT.read_text(encoding="utf-8"))


def _not_negative(matrix: Floats, target: Floats) -> Floats:
    """Least squares with no unknown below zero: what comes out below is set to zero, the rest solved again."""
    x = np.zeros(matrix.shape[1])
    free = np.ones(len(x), bool)
    while free.any():
        solved = np.linalg.lstsq(matrix[:, free], target, rcond=None)[0]
        if (solved >= 0).all():
            x[free] = solved
            break
        free[np.flatnonzero(free)[solved < 0]] = False
    return x
