"""`Stepper`: puts a stream on another rung of its ladder: how often it looks, and with which variants.

The pace changes at once. Variants follow as soon as their stage is free: a recognizer that is at work finishes its
look first. A stage is made when a rung first needs it, and kept under the first rung that has it with these
options.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanapp.devices.controller import Controller, FrameLoad
from scanapp.pipeline import Pipeline, RecognizeStage, Stage
from scanapp.planning import Ladder, Rung
from scanapp.results import Detector, Recognizer
from scanapp.scheduler import Scheduler
from scanapp.search import Search


class Stepper:
    """The ladder of one stream, with the search and the scheduler that it acts on. Starts on the first rung."""

    def __init__(self, ladder: Ladder, search: Search, scheduler: Scheduler) -> None:
        self._ladder = ladder
        self._search = search
        self._scheduler = scheduler
        self._controller = Controller([rung.pace for rung in ladder])
        self._detectors: dict[tuple[int, int], Detector] = {(0, i): d for i, d in enumerate(search.detectors)}
        self._recognizers: dict[tuple[int, int], Recognizer] = {
            (0, lane.index): lane.recognizer for lane in scheduler.lanes
        }
        self._waiting = False
        self._set_pace(ladder[0])

    @property
    def pipeline(self) -> Pipeline:
        """As the present rung has it."""
        return self._ladder[self._controller.rung].pipeline

    def frame(self, load: FrameLoad) -> str:
        """Take in a processed frame; a message when the rung has changed, or nothing."""
        before = self._controller.rung
        if not self._controller.frame(load):
            if self._waiting:
                self._change_recognizers()
            return ""
        now = self._controller.rung
        rung = self._ladder[now]
        self._set_pace(rung)
        self._change_detectors()
        self._change_recognizers()
        return _message(rung.pace, down=now > before) + self._variants(self._ladder[before].pipeline)

    def _set_pace(self, rung: Rung) -> None:
        """Purses are in the machine's own time: a slow one needs no slower purse, one that falls behind does."""
        self._search.pace = rung.pace
        for lane in self._scheduler.lanes:
            lane.pace = rung.pace / self._ladder[0].pace

    def _change_detectors(self) -> None:
        # Detectors that were handed to the scanner may be more or fewer than the pipeline's.
        for i, (stage, _) in enumerate(zip(self.pipeline.detect, self._search.detectors, strict=False)):
            home = [rung.pipeline.detect[i].options for rung in self._ladder].index(stage.options)
            if (home, i) not in self._detectors:
                self._detectors[home, i] = self.pipeline.make_detector(i)
            self._search.exchange(i, self._detectors[home, i])

    def _change_recognizers(self) -> None:
        self._waiting = False
        for lane in self._scheduler.lanes:
            stage = self.pipeline.recognize[lane.index]
            home = [rung.pipeline.recognize[lane.index].options for rung in self._ladder].index(stage.options)
            if lane.busy:
                self._waiting = True
                continue
            if (home, lane.index) not in self._recognizers:
                self._recognizers[home, lane.index] = self.pipeline.make_recognizer(lane.index)
            wanted = self._recognizers[home, lane.index]
            if lane.recognizer is not wanted:
                self._scheduler.restart(lane, wanted)

    def hung(self, index: int) -> Recognizer:
        """A new recognizer in place of one that hangs."""
        made = self.pipeline.make_recognizer(index)
        hanging = self._scheduler.lanes[index].recognizer
        for key, known in self._recognizers.items():
            if known is hanging:
                self._recognizers[key] = made
        return made

    def _variants(self, before: Pipeline) -> str:
        """What else has changed, in words."""
        after = self.pipeline
        stages: list[tuple[Stage | RecognizeStage, Stage | RecognizeStage]] = [
            *zip(before.detect, after.detect, strict=True),
            *zip(before.recognize, after.recognize, strict=True),
        ]
        changed = [f"{new.use} with {_words(new.options)}" for old, new in stages if old.options != new.options]
        return f"; {'; '.join(changed)}" if changed else ""


def _words(options: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in options.items())


def _message(pace: float, *, down: bool) -> str:
    share = "at full pace" if pace >= 1 else f"at {pace:.0%} of the pace"
    return f"the machine falls behind: looking {share}" if down else f"there is room again: looking {share}"
