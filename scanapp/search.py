"""Level 1 under guard: when the detectors run, and what happens when one misbehaves.

Detectors sleep while the scene stands still since they last looked, and run seldom while tracks hold. A detector
that raises, returns nonsense or hangs is counted, rests for a while (longer each time) and is tried again; the
stream goes on without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanapp.errors import GeometryError
from scanapp.frame import Frame
from scanapp.geometry import area, as_quad
from scanapp.results import Detection, Detector
from scanapp.stats import StageStats
from scanapp.workers import WorkerPool

SEARCH_EVERY_S = 0.1
"""While nothing holds: a new thing waits 50 ms on average, at a third of the cost of looking at each frame."""
WATCH_EVERY_S = 0.35
"""While tracks hold, newcomers may wait this long."""
FRUITLESS = 10
"""After so many searches that led to nothing, the next ones wait twice as long."""
DEAR_MS = 1.5
"""Beside cheaper ones, detectors that cost more (on the reference machine) look at every second search only."""
CHANGED = 1.5
"""Mean luma difference (of 255, on a 120-pixel thumbnail) from which a scene is worth another search."""
HANG_S = 2.0
FIRST_REST_S = 1.0
MAX_REST_S = 60.0


@dataclass(slots=True, eq=False)
class _Health:
    detector: Detector
    failures: int = 0
    rests_until: float = -1e9


class Search:
    """Runs the detectors of one stream. ``hang_s``: wall seconds after which they are left behind.

    ``pace``: share of the usual rate; a machine that falls behind looks less often.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        stats: StageStats,
        on_trouble: Callable[[str], None],
        *,
        hang_s: float = HANG_S,
    ) -> None:
        self._stages = [_Health(detector) for detector in detectors]
        self._some_cheap = any(detector.cost_ms < DEAR_MS for detector in detectors)
        self._stats = stats
        self._on_trouble = on_trouble
        self._hang_s = hang_s
        self._pool = WorkerPool(1, "detect")
        self._last = -1e9
        self._searches = 0
        self._fruitless = 0
        self.pace = 1.0

    @property
    def detectors(self) -> list[Detector]:
        """In the pipeline's order."""
        return [stage.detector for stage in self._stages]

    def exchange(self, index: int, detector: Detector) -> None:
        """Use another detector in the place of one."""
        self._stages[index].detector = detector

    def due(self, now: float, *, change: float, holding: bool) -> bool:
        """Whether another search is expected to pay."""
        wait = WATCH_EVERY_S if holding else SEARCH_EVERY_S * (1 if self._fruitless < FRUITLESS else 2)
        return bool(self._stages) and change >= CHANGED and now - self._last >= wait / self.pace - 1e-6

    def rewarded(self) -> None:
        """What a search proposed has been read."""
        self._fruitless = 0

    def run(self, frame: Frame, now: float) -> list[Detection]:
        """All that the detectors whose turn it is propose, invalid quads left out."""
        able = [stage for stage in self._stages if now >= stage.rests_until and self._has_turn(stage)]
        self._last = now
        self._searches += 1
        self._fruitless += 1
        results: dict[int, list[Detection] | Exception] = {}
        current = [0]

        def look() -> None:
            for number, stage in enumerate(able):
                current[0] = number
                results[number] = self._detect(stage.detector, frame)

        ticket = self._pool.submit(look)
        if not ticket.wait(self._hang_s):
            self._pool.replace_one()
            self._fail(able[current[0]], now, f"took more than {self._hang_s:g} s and was left behind")
        found: list[Detection] = []
        for number, stage in enumerate(able):
            outcome = results.get(number)
            if isinstance(outcome, Exception):
                self._fail(stage, now, f"{type(outcome).__name__}: {outcome}")
            elif outcome is not None:
                found += self._valid(outcome, stage, now)
        return found

    def _has_turn(self, stage: _Health) -> bool:
        return stage.detector.cost_ms < DEAR_MS or not self._some_cheap or self._searches % 2 == 0

    def cost_ms(self) -> float:
        """Milliseconds a search on the reference machine."""
        return sum(stage.detector.cost_ms for stage in self._stages)

    def close(self) -> None:
        """End the thread."""
        self._pool.close()

    def _detect(self, detector: Detector, frame: Frame) -> list[Detection] | Exception:
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return list(detector.detect(frame))
        except Exception as error:  # a third party's stage must not end the stream
            return error
        finally:
            self._stats.record(
                f"detect:{detector.name}", (time.perf_counter() - wall) * 1e3, (time.thread_time() - cpu) * 1e3
            )

    def _valid(self, detections: Sequence[Detection], stage: _Health, now: float) -> list[Detection]:
        good: list[Detection] = []
        for detection in detections:
            try:
                quad = as_quad(detection.quad)
            except GeometryError as error:
                self._fail(stage, now, f"returned a bad region: {error}")
                return good
            if area(quad) >= 16:
                good.append(detection)
        return good

    def _fail(self, stage: _Health, now: float, reason: str) -> None:
        stage.failures += 1
        rest = min(MAX_REST_S, FIRST_REST_S * 2.0 ** (stage.failures - 1))
        stage.rests_until = now + rest
        self._on_trouble(f"detector '{stage.detector.name}' {reason}; it rests for {rest:g} s")
