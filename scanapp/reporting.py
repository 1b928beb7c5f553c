"""What leaves the engine: when a track is news, and the events that say so."""

from __future__ import annotations

from collections.abc import Iterable

from scanapp.basket import KIND, Basket
from scanapp.events import CONFIRMED, FOUND, LOST, NOTICE, UPDATED, Event
from scanapp.expect import Expectation
from scanapp.frame import Frame
from scanapp.kinds import rules
from scanapp.memory import Memory
from scanapp.pipeline import Pipeline
from scanapp.privacy import mask_text
from scanapp.results import Answer
from scanapp.tracking import Track

WORTH_SAYING = 0.3
"""Below this confidence a reading is more likely a weak symbology's ghost than a find."""


class Reporter:
    """The events of one stream. Answers come masked; ``reveal`` concerns the words of notices."""

    def __init__(self, pipeline: Pipeline, *, reveal: bool) -> None:
        self._reveal = reveal
        self._memory = Memory(pipeline.policy.forget_s)
        self._expectation = Expectation(pipeline.expect)
        self._basket = Basket(pipeline.basket) if pipeline.basket is not None else None
        self._events: list[Event] = []
        self.frame: Frame | None = None
        """The frame of this moment."""

    @property
    def complete(self) -> bool:
        """All that the pipeline expects has been confirmed."""
        return self._expectation.complete

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def notice(self, what: str, message: str) -> Event:
        """A notice event at this moment, not yet among the events."""
        pts, index = (self.frame.pts, self.frame.index) if self.frame is not None else (0.0, 0)
        return Event(NOTICE, pts, index, data={"what": what, "message": message})

    def warn(self, what: str, message: str) -> None:
        """Say something; the words of a stage that failed may repeat what it read."""
        self._events.append(self.notice(what, message if self._reveal else mask_text(message)))

    def knows(self, kind: str, answer: Answer) -> bool:
        """Whether it has been reported and seen within the forget time."""
        return self._memory.knows(kind, answer, self._pts())

    def report(self, track: Track) -> None:
        """Tell what is new about ``track``."""
        answer = track.answer
        if answer is None:
            return
        if track.told is None and _worth_saying(track.kind, answer):
            self._emit(FOUND, track, answer)
        if not track.reported:
            if answer.confirmed:
                self._confirm(track, answer)
            elif rules(track.kind).drafts and track.told is not None and track.told.key != answer.key:
                self._emit(UPDATED, track, answer)
        elif answer.confirmed and (track.told is None or _differ(track.kind, track.told, answer)):
            self._emit(UPDATED, track, answer)

    def lost(self, track: Track) -> None:
        """``track`` is gone; what has not been told of needs no farewell."""
        if track.told is not None:
            self._emit(LOST, track, track.told)

    def remember(self, tracks: Iterable[Track]) -> None:
        """What has been reported and is still seen is no news."""
        for track in tracks:
            if track.reported and track.told is not None:
                self._memory.see(track.kind, track.told, track.seen)

    def count(self, tracks: Iterable[Track]) -> None:
        """Tell what is in the basket, where the pipeline has one and that has changed."""
        if self._basket is None or self.frame is None:
            return
        value = self._basket.look(tracks, self.frame.pts)
        if value is not None:
            self._events.append(
                Event(UPDATED, self.frame.pts, self.frame.index, kind=KIND, confidence=1.0, value=value)
            )

    def _confirm(self, track: Track, answer: Answer) -> None:
        track.reported = True
        known = self.knows(track.kind, answer)
        self._memory.see(track.kind, answer, self._pts())
        if known:
            track.told = answer
        else:
            self._emit(CONFIRMED, track, answer)
            self._expectation.confirmed(answer)

    def _emit(self, kind: str, track: Track, answer: Answer) -> None:
        track.told = answer
        assert self.frame is not None
        event = Event(
            kind,
            self.frame.pts,
            self.frame.index,
            track.id,
            track.kind,
            track.quad,
            answer.confidence,
            answer.frames_used,
            answer.value,
        )
        self._events.append(event)

    def _pts(self) -> float:
        return self.frame.pts if self.frame is not None else 0.0


def _worth_saying(kind: str, answer: Answer) -> bool:
    return answer.confidence >= WORTH_SAYING and answer.frames_used >= rules(kind).looks


def _differ(kind: str, told: Answer, answer: Answer) -> bool:
    """Whether two answers say different things, however sure they are."""
    return told.key != answer.key or any(
        told.value.get(field) != answer.value.get(field) for field in rules(kind).details
    )
