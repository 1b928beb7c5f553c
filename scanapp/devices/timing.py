"""How long networks take here: the least of many runs, several networks in turn.

Other programs only ever add time, so the least counts. Networks take turns, so that a busy moment hits all alike.
On one thread it is the thread's own processor time that is taken, where the system's clock is fine enough: what
others run in between does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Run = Callable[[], object]
FINE_S = 1e-6
"""A clock's step that is small beside the shortest network."""


def least_ms(runs: Mapping[str, Run], *, seconds: float, rounds: int = 8, alone: bool = True) -> dict[str, float]:
    """Milliseconds of each call, the least seen.

    seconds  spent on each, over all rounds; each is run at least three times
    rounds   turns that each gets: more see through longer busy moments
    alone    whether the calls work on this thread alone
    """
    clock = _own_clock() if alone else time.perf_counter
    best = {name: _timed(run, clock) for name, run in runs.items()}
    for _ in range(rounds):
        for name, run in runs.items():
            until = time.perf_counter() + seconds / rounds
            while True:
                best[name] = min(best[name], _timed(run, clock))
                if time.perf_counter() >= until:
                    break
    return best


def _timed(run: Run, clock: Callable[[], float]) -> float:
    start = clock()
    run()
    return (clock() - start) * 1e3


def _own_clock() -> Callable[[], float]:
    """This thread's processor time, or wall time where the former ticks too coarsely (Windows)."""
    return time.thread_time if time.get_clock_info("thread_time").resolution <= FINE_S else time.perf_counter
