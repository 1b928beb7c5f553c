"""What a pipeline asks of a machine: which stages run how often, and which networks are in them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scanapp.inference.use import NetworkUse

FPS = 30.0
LOOKS_PER_S = 8.0
"""Looks a second that a recognizer is expected to spend while something is in view and not settled."""


@dataclass(frozen=True, slots=True)
class StageDemand:
    """One detector or recognizer.

    stage     its name
    table     "detect" or "recognize": where its options stand in the pipeline; ``index`` from 0
    calls     how often a second it is called while something is in view, if it can be afforded
    cost_ms   milliseconds of one call on the reference machine, with the default variants
    other_ms  of these, what is not its networks'
    purse     milliseconds a second that it may spend: on a slow machine it is called less often for that
    networks  what of the store it runs; empty: nothing to choose
    threads   whether it takes an option ``threads``
    """

    stage: str
    table: str
    index: int
    calls: float
    cost_ms: float
    other_ms: float
    purse: float = math.inf
    networks: tuple[NetworkUse, ...] = ()
    threads: bool = False

    def calls_at(self, factor: float, pace: float) -> float:
        """Calls a second on a machine that takes ``factor`` times the reference's time, at ``pace``."""
        return pace * min(self.calls, self.purse / max(self.cost_ms * factor, 0.01))
