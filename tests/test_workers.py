"""Jobs of a live stream: what is opened before a recognizer's first look is not charged to looks."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from scanapp.clock import LiveClock
from scanapp.devices.device import REFERENCE
from scanapp.frame import Frame
from scanapp.results import Effort, Reading, View, whole_view
from scanapp.workers import Finished, Job, LiveExecutor

OPENING_S = 0.2


class Opens:
    """Takes its time to open, and none to look."""

    name = "opens"
    kinds = frozenset({"thing"})
    efforts = (Effort("look", 1.0, 1.0),)

    def __init__(self, *, broken: bool = False) -> None:
        self.opened = 0
        self.broken = broken

    def warm_up(self) -> None:
        self.opened += 1
        ends = time.perf_counter() + OPENING_S
        while time.perf_counter() < ends:
            pass
        if self.broken:
            raise OSError("the catalogue is gone")

    def recognize(self, _view: View) -> Sequence[Reading]:
        return []


def looked(executor: LiveExecutor, recognizer: Opens) -> Finished:
    view = whole_view(Frame(np.zeros((8, 8), np.uint8)))
    executor.submit(Job(recognizer, view, None, 1.0))
    (_, ticket) = executor._running[-1]
    assert ticket.wait(10)
    (finished,) = executor.finished()
    return finished


def test_opening_is_not_charged_and_done_once() -> None:
    executor, recognizer = LiveExecutor(1, LiveClock(), REFERENCE), Opens()
    for _ in range(2):
        finished = looked(executor, recognizer)
        assert finished.error == ""
        assert finished.spent_ms < 1000 * OPENING_S / 2
        assert finished.cpu_ms < 1000 * OPENING_S / 2
    assert recognizer.opened == 1
    executor.close()


def test_what_cannot_be_opened_is_the_looks_error() -> None:
    executor = LiveExecutor(1, LiveClock(), REFERENCE)
    assert looked(executor, Opens(broken=True)).error == "OSError: the catalogue is gone"
    executor.close()
