"""The sample videos of cards: seconds from readable to confirmed, and what a search and a look cost.

    python benchmarks/card_samples.py [--repeats 3]

"readable" is what the truth beside each video says, from the scene's geometry. Costs are CPU milliseconds on the
thread that ran, networks on one thread, the least mean of the repetitions; "fields" looks read the holder's name.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from common import SAMPLES, Bar, Report, armed, parser, quiet_threads, sample_videos

from scanapp.pipeline import load_pipeline
from scanapp.replay.truth import TruthObject, load_truth, truth_path
from scanapp.results import Reading, Recognizer, View
from scanapp.scanner import Scanner

PIPELINE = "card_binding"
SOON_S = 1.5
CHEAP_MS = 8.0


class Timed:
    """A recognizer that keeps what each of its looks cost, CPU milliseconds by effort."""

    def __init__(self, inner: Recognizer) -> None:
        self._inner = inner
        self.name, self.kinds, self.efforts = inner.name, inner.kinds, inner.efforts
        self.looks: defaultdict[str, list[float]] = defaultdict(list)

    def recognize(self, view: View) -> Sequence[Reading]:
        """As the inner one."""
        begun = time.thread_time()
        try:
            return self._inner.recognize(view)
        finally:
            self.looks[self.efforts[view.effort].name].append((time.thread_time() - begun) * 1e3)


def main() -> None:
    """Replay each video, hold the slowest and the dearest against their bars."""
    arguments = parser(__doc__)
    arguments.add_argument("--repeats", type=int, default=3)
    options = arguments.parse_args()
    quiet_threads()
    report = Report("card_samples")
    timed = [Timed(recognizer) for recognizer in armed(PIPELINE)]
    recognizers: list[Recognizer] = [*timed]
    scanner = Scanner(load_pipeline(PIPELINE), recognizers=recognizers, reveal=True)
    videos = [video for video in sample_videos(SAMPLES) if video.name.startswith("card_")]
    rows = [row for video in videos for row in _answers(scanner, video)]
    report.table("numbers", rows)
    report.hold(Bar("slowest from readable to confirmed", max(_seconds(row) for row in rows), SOON_S, "s"))
    report.hold(Bar("wrong numbers", sum(bool(row["wrong"]) for row in rows), 0))
    costs = _costs(scanner, timed, videos, options.repeats)
    report.table("CPU ms a call, all videos", [{"stage": stage, "ms": ms} for stage, ms in costs.items()])
    report.hold(Bar("search and look together", costs["detect:card"] + costs["look"], CHEAP_MS, "ms"))
    report.write(options.json)


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


def _costs(scanner: Scanner, timed: Sequence[Timed], videos: Sequence[Path], repeats: int) -> dict[str, float]:
    """CPU milliseconds a call: the detector's, and each effort's; the least mean of the repetitions."""
    costs: dict[str, float] = {}
    for _ in range(repeats):
        spent, calls = 0.0, 0
        for recognizer in timed:
            recognizer.looks.clear()
        for video in videos:
            list(scanner.replay(video))
            spent += scanner.stats.cpu_ms().get("detect:card", 0.0)
            calls += scanner.stats.calls().get("detect:card", 0)
        means = {name: sum(each) / len(each) for recognizer in timed for name, each in recognizer.looks.items()}
        for stage, ms in {"detect:card": spent / max(1, calls), **means}.items():
            costs[stage] = min(ms, costs.get(stage, ms))
    return costs


if __name__ == "__main__":
    main()
