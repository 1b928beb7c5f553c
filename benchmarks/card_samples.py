"""The sample videos of cards: seconds from readable to confirmed, and what a search and a look cost.

    python benchmarks/card_samples.py [--repeats 3]

"readable" is what the truth beside each video says, from the scene's geometry. Costs are CPU milliseconds on the
thread that ran, networks on one thread, the least of the repetitions for each call; "date" looks read the expiry,
"fields" the holder's name, too. What a frame costs is counted over the frames in which a search or a look for the
number ran. The networks alone, in the same run, say how busy the machine was.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from common import SAMPLES, Bar, Report, Row, armed, parser, quiet_threads, sample_videos

from scanapp.frame import Frame
from scanapp.inference import open_model
from scanapp.pipeline import load_pipeline
from scanapp.replay.truth import TruthObject, load_truth, truth_path
from scanapp.results import Detection, Detector, Reading, Recognizer, View
from scanapp.scanner import Scanner

PIPELINE = "card_binding"
SOON_S = 1.5
CHEAP_MS = 8.0
SEARCH = "search"
NUMBER = frozenset({SEARCH, "look", "again"})
"""What finds and reads the number; the other efforts come when it stands."""
NETWORKS = {
    "card_locator": {"image": (1, 1, 128, 224)},
    "card_layout": {"card": (1, 1, 184, 288)},
    "card_reader": {"lines": (1, 1, 32, 320)},
}
RUNS = 60


Call = tuple[str, str, int]
"""What ran (a search, or an effort's name), and on which frame of which video."""


class Costs:
    """CPU milliseconds of each call, the least of the repetitions. ``video``: what is being replayed."""

    def __init__(self) -> None:
        self.video = ""
        self.calls: dict[Call, float] = {}

    def add(self, what: str, frame: Frame, begun: float) -> None:
        """One call, from ``begun`` on the clock of its thread until now."""
        call = (what, self.video, frame.index)
        spent = (time.thread_time() - begun) * 1e3
        self.calls[call] = min(spent, self.calls.get(call, spent))

    def row(self, what: str) -> Row:
        """For the table."""
        return _row(what, [ms for (name, _, _), ms in self.calls.items() if name == what])

    def frames(self, kinds: Collection[str]) -> list[float]:
        """What such calls cost together on each frame that had one."""
        spent: defaultdict[tuple[str, int], float] = defaultdict(float)
        for (name, video, frame), ms in self.calls.items():
            if name in kinds:
                spent[video, frame] += ms
        return list(spent.values())


class TimedSearch:
    """A detector of which each search is timed."""

    def __init__(self, inner: Detector, costs: Costs) -> None:
        self._inner, self._costs = inner, costs
        self.name, self.kinds, self.cost_ms = inner.name, inner.kinds, inner.cost_ms

    def detect(self, frame: Frame) -> Sequence[Detection]:
        """As the inner one."""
        begun = time.thread_time()
        try:
            return self._inner.detect(frame)
        finally:
            self._costs.add(SEARCH, frame, begun)


class TimedLooks:
    """A recognizer of which each look is timed."""

    def __init__(self, inner: Recognizer, costs: Costs) -> None:
        self._inner, self._costs = inner, costs
        self.name, self.kinds, self.efforts = inner.name, inner.kinds, inner.efforts

    def recognize(self, view: View) -> Sequence[Reading]:
        """As the inner one."""
        begun = time.thread_time()
        try:
            return self._inner.recognize(view)
        finally:
            self._costs.add(self.efforts[view.effort].name, view.frame, begun)


def main() -> None:
    """Replay each video, hold the slowest and the dearest against their bars."""
    arguments = parser(__doc__)
    arguments.add_argument("--repeats", type=int, default=3)
    options = arguments.parse_args()
    quiet_threads()
    report = Report("card_samples")
    costs = Costs()
    pipeline = load_pipeline(PIPELINE)
    searches: list[Detector] = [TimedSearch(detector, costs) for detector in pipeline.make_detectors()]
    looks: list[Recognizer] = [TimedLooks(recognizer, costs) for recognizer in armed(PIPELINE)]
    scanner = Scanner(pipeline, detectors=searches, recognizers=looks, reveal=True)
    videos = [video for video in sample_videos(SAMPLES) if video.name.startswith("card_")]
    rows = [row for video in videos for row in _answers(scanner, video)]
    report.table("numbers", rows)
    report.hold(Bar("slowest from readable to confirmed", max(_seconds(row) for row in rows), SOON_S, "s"))
    report.hold(Bar("wrong numbers", sum(bool(row["wrong"]) for row in rows), 0))
    costs.calls.clear()
    for video in [video for _ in range(options.repeats) for video in videos]:
        costs.video = video.name
        list(scanner.replay(video))
    names = (SEARCH, *(effort.name for recognizer in looks for effort in recognizer.efforts))
    report.table("CPU ms a call, all videos", [costs.row(name) for name in names])
    report.table("networks alone", [_row(name, _network_ms(name)) for name in NETWORKS])
    frames = costs.frames(NUMBER)
    every = [_row("search, look, again", frames), _row("any", costs.frames(names))]
    report.table("CPU ms a frame in which these ran", every)
    report.hold(Bar("a frame in which search or look ran, mean", statistics.fmean(frames), CHEAP_MS, "ms"))
    report.write(options.json)


def _row(what: str, costs: Sequence[float]) -> Row:
    if not costs:
        return {"what": what, "times": 0}
    half, most = np.quantile(costs, [0.5, 0.95])
    return {"what": what, "times": len(costs), "mean": statistics.fmean(costs), "median": half, "p95": most}


def _network_ms(name: str) -> list[float]:
    """CPU milliseconds of single runs on noise."""
    session, random = open_model(name), np.random.default_rng(1)
    feeds = {key: random.random(shape, np.float32) for key, shape in NETWORKS[name].items()}
    spent = []
    for _ in range(RUNS):
        begun = time.thread_time()
        session.run(feeds)
        spent.append((time.thread_time() - begun) * 1e3)
    return spent


def _answers(scanner: Scanner, video: Path) -> list[dict[str, object]]:
    """One row a card; one for a video in which nothing must be read."""
    cards = [thing for thing in load_truth(truth_path(video)).objects if thing.kind == "card"]
    events = [event for event in scanner.replay(video) if event.kind == "card"]
    told = [(event.type, event.pts, event.value["pan"]) for event in events if event.value]
    said = {pan: pts for kind, pts, pan in reversed(told) if kind == "confirmed"}
    if not cards:
        return [{"video": video.name, "card": "none", "after": 0.0, "wrong": len(told)}]
    wrong = len(said.keys() - {card.value["pan"] for card in cards})
    return [{"video": video.name, "card": card.id, "wrong": wrong} | _times(card, said) for card in cards]


def _times(card: TruthObject, said: dict[str, float]) -> dict[str, object]:
    readable = card.readable[0][0] if card.readable else 0.0
    confirmed = said.get(card.value["pan"])
    after = float("inf") if confirmed is None else confirmed - readable
    return {"readable": readable, "confirmed": confirmed, "after": after}


def _seconds(row: dict[str, object]) -> float:
    after = row["after"]
    assert isinstance(after, float)
    return after


if __name__ == "__main__":
    main()
