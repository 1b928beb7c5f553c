"""Which looks are taken now, within the budget.

One *lane* a recognizer, one job in flight a lane. A free lane takes the look with the highest expected gain over
cost; waiting raises the priority, so that nothing starves. Two purses limit a lane, both refilled by stream time
and both allowed a debt of one job: one for all work, a small one for speculation (proposals that nothing has been
read of). A proposal that pays off returns what it cost. So clutter that looks like a code costs a fixed few
milliseconds a second, and real codes are read at once.

A failed look is never repeated as it was: the next one is dearer (the recognizer's next rung), or the view must be
sharper, larger, or simply later (waits double).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanapp.frame import Frame
from scanapp.geometry import Quad, area, bounds, box_quad
from scanapp.kinds import rules
from scanapp.lanes import LUCKY_S, Attempts, Lane
from scanapp.observe import sharpness
from scanapp.results import Effort, Recognizer, View, whole_view
from scanapp.tracking import Track
from scanapp.workers import Finished, Job

SHARPER, LARGER, MUCH_BLURRIER = 1.2, 1.3, 0.6
AGEING_S = 0.5
"""Waiting this long doubles a look's priority."""
PATIENCE_S = 0.4
"""How long a look waits for a moving or blurred thing to come to rest."""
SURE, PATIENT_S = 0.8, 1.0
"""Score from which a guess may go into debt, and how long it waits to be afforded before it does."""
STEADY_SPEED = 0.01
"""Of the frame's long side, per frame: below it a thing stands still enough for a dear look."""
NEW_S = 0.15
"""A proposal this young may be a glimpse: dear looks wait for a second one."""
MOST_FRUITLESS = 4
"""Sweeps that give nothing become this many times rarer."""
VERIFY_S = 0.5
LATER_S = 1.0
MIN_GAP_S = 0.03
STEADY_GAP_S = 0.2
"""Seconds between two looks at one thing; of what stands still, views sooner than that hardly differ."""
MAX_LINE_SHARE = 0.3
"""A line is at most as high as this share of its region is long."""
MARGIN, WIDEST = 0.6, 4
"""Line heights by which the view of a text grows with each look while it is not certain, and how many times."""
_SHORTLIST = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    priority: float
    track: Track
    effort: int
    sharpness: float


class Scheduler:
    """Chooses jobs; owns no threads and no clock."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self.lanes = list(lanes)
        self._lane_of = {lane.recognizer: lane for lane in self.lanes}

    def lane(self, job: Job) -> Lane:
        """The lane that a job came from."""
        return self._lane_of[job.recognizer]

    def choose(
        self, now: float, frame: Frame, tracks: Mapping[int, Track], *, sweep: bool, steady: bool
    ) -> list[Job]:
        """At most one job a free lane. ``sweep``: the whole frame has changed since it was last looked at."""
        jobs = []
        for lane in self.lanes:
            lane.refill(now)
            if lane.busy or now < lane.rests_until or lane.purse <= 0:
                continue
            job = self._best_look(lane, now, frame, tracks) or self._sweep(lane, now, frame, sweep, steady)
            if job is not None:
                lane.busy = True
                jobs.append(job)
        return jobs

    def tries(self, track_id: int) -> int:
        """How many looks have been spent on a track."""
        return sum(lane.attempts[track_id].tries for lane in self.lanes if track_id in lane.attempts)

    def forget(self, track_id: int) -> None:
        """A track is gone."""
        for lane in self.lanes:
            lane.attempts.pop(track_id, None)

    def restart(self, lane: Lane, recognizer: Recognizer) -> None:
        """A recognizer hangs: give its lane a new one."""
        del self._lane_of[lane.recognizer]
        lane.recognizer = recognizer
        self._lane_of[recognizer] = lane

    def settle(self, lane: Lane, finished: Finished, origin: Track | None) -> None:
        """Charge a finished job and learn from its outcome; ``origin``: its track, if that is still there."""
        paid = origin is not None and proven(lane, origin)
        lane.busy = False
        if finished.job.track is None:
            lane.fruitless = 0 if finished.readings else lane.fruitless + 1
        lane.purse -= finished.spent_ms
        track = finished.job.track
        attempts = lane.attempts.get(track) if track is not None else None
        if finished.readings and (paid or track is None):
            lane.lucky_until = finished.at + LUCKY_S
            _pay_off(lane, attempts, finished.job.view.effort)
            return
        if track is not None and (attempts is None or not attempts.ever_read):
            lane.speculative -= finished.spent_ms
        if attempts is not None:
            attempts.spent += finished.spent_ms
            attempts.rung = finished.job.view.effort + (0 if _pauses(origin) else 1)

    def _best_look(self, lane: Lane, now: float, frame: Frame, tracks: Mapping[int, Track]) -> Job | None:
        able = [track for track in tracks.values() if track.kind in lane.recognizer.kinds]
        wanted = [track for track in able if self._wants_look(lane, track, now)]
        wanted.sort(key=lambda track: (-_standing(lane, track, now), track.id))
        looks = [self._look(lane, track, now, frame) for track in wanted[:_SHORTLIST]]
        best = max((look for look in looks if look is not None), key=lambda look: look.priority, default=None)
        if best is None:
            return None
        attempts = lane.attempts[best.track.id]
        attempts.tries += 1
        attempts.last = now
        attempts.waiting_since = None
        attempts.sharpest = max(attempts.sharpest, best.sharpness)
        attempts.largest = max(attempts.largest, area(best.track.quad))
        quad = _wider(best.track, attempts) if lane.stage.steady else best.track.quad
        view = View(frame, quad, best.effort, best.track.hint, sharpness=best.sharpness, line=best.track.line)
        return Job(lane.recognizer, view, best.track.id, lane.recognizer.efforts[best.effort].cost_of(view))

    def _wants_look(self, lane: Lane, track: Track, now: float) -> bool:
        attempts = lane.attempts.setdefault(track.id, Attempts())
        pause = track.answer.pause_s if track.answer is not None else 0.0
        if now - attempts.last < max(pause, STEADY_GAP_S if lane.stage.steady else MIN_GAP_S):
            return False
        if track.answer is not None and track.answer.settled:
            again = rules(track.kind).again_s
            return now - attempts.last >= (VERIFY_S if track.drifting else again or math.inf)
        if proven(lane, track):
            return True
        if attempts.rung >= len(lane.recognizer.efforts) and now - attempts.last < PATIENCE_S:
            return False
        if lane.stage.steady and track.proposals < 2 and now - track.born < NEW_S:
            return False
        return lane.speculative > 0

    def _look(self, lane: Lane, track: Track, now: float, frame: Frame) -> _Look | None:
        attempts = lane.attempts[track.id]
        if attempts.waiting_since is None:
            attempts.waiting_since = now
        waited = now - attempts.waiting_since
        if lane.stage.steady and _moves(track, frame) and waited < 3 * PATIENCE_S:
            return None
        focus = sharpness(frame, track.quad)
        attempts.best_seen = max(attempts.best_seen * 0.98, focus)
        efforts = lane.recognizer.efforts
        effort = _wanted_effort(track, efforts)
        if effort is None:
            effort = _next_effort(attempts, focus, area(track.quad), now, track.hint, efforts)
        if effort is None:
            return None
        if effort > 0 and waited < PATIENCE_S and (_moves(track, frame) or _blurred(attempts, focus)):
            return None
        rung = efforts[effort]
        cost = rung.cost_of(View(frame, track.quad, effort))
        if effort > 0 and not proven(lane, track) and not _worth_a_second_look(lane, track, cost, waited):
            return None
        gain = _standing(lane, track, now) * (0.9 if attempts.ever_read else rung.gain)
        return _Look(gain / max(cost, 0.1) * (1 + waited / AGEING_S), track, effort, focus)

    def _sweep(self, lane: Lane, now: float, frame: Frame, changed: bool, steady: bool) -> Job | None:
        every = lane.stage.sweep_s
        if not every or not changed:
            return None
        wait = every * min(MOST_FRUITLESS, 1 + lane.fruitless) * (1 if steady else 2) / lane.pace
        if now - lane.swept < wait:
            return None
        lane.swept = now
        view = whole_view(frame)
        return Job(lane.recognizer, view, None, lane.recognizer.efforts[0].cost_of(view))


def proven(lane: Lane, track: Track) -> bool:
    """Whether looks have paid off: something is known. Where they are dear (``steady`` lanes) a doubtful reading is
    nothing."""
    if track.answer is None or _pauses(track):
        return False
    return track.told is not None or not lane.stage.steady


def _pauses(track: Track | None) -> bool:
    """Whether it was looked at, and nobody knows what it is: a dearer look would not know, either."""
    return track is not None and track.answer is not None and track.answer.pause_s > 0


def _standing(lane: Lane, track: Track, now: float) -> float:
    """How promising a track is: read ones first, then by the detector's score and how long it has been proposed."""
    if track.answer is not None and track.answer.settled:
        return 0.05
    if proven(lane, track):
        return 1.0
    attempts = lane.attempts[track.id]
    return track.score * (1.0 + min(1.0, now - track.born)) / (1.0 + 0.3 * attempts.tries)


def _wanted_effort(track: Track, efforts: Sequence[Effort]) -> int | None:
    """The rung that the track's fusion asks for by name."""
    if track.answer is None or not track.answer.wants:
        return None
    return next((number for number, effort in enumerate(efforts) if effort.name == track.answer.wants), None)


def _next_effort(
    attempts: Attempts, focus: float, size: float, now: float, hint: str, efforts: Sequence[Effort]
) -> int | None:
    """The rung for this view, None when it would only repeat what failed."""
    better = focus > SHARPER * attempts.sharpest or size > LARGER * attempts.largest
    if better and not attempts.ever_read:
        attempts.rung = attempts.rounds = 0
    while attempts.rung < len(efforts) and not efforts[attempts.rung].suits(hint):
        attempts.rung += 1
    if attempts.rung < len(efforts):
        return attempts.rung
    if now - attempts.last < LATER_S * 2.0**attempts.rounds:
        return None
    attempts.rounds += 1
    attempts.rung = 0
    return 0


def _pay_off(lane: Lane, attempts: Attempts | None, effort: int) -> None:
    """It was worth it: the same rung again next time, after one that was asked for the first, and the guesses at
    this track are given back."""
    if attempts is None:
        return
    if not attempts.ever_read:
        lane.speculative += attempts.spent
    rung = 0 if lane.recognizer.efforts[effort].asked else effort
    attempts.ever_read, attempts.rung, attempts.rounds, attempts.spent = True, rung, 0, 0.0


def _wider(track: Track, attempts: Attempts) -> Quad:
    """The region of a text, wider by about a line's height, and by as much again with each look.

    Proposals end where strokes get faint: without the margin a letter is missed, and a part of a word believed.
    """
    steps = 1 if track.answer is None or track.answer.confirmed else min(WIDEST, attempts.tries)
    x0, y0, x1, y1 = bounds(track.quad)
    margin = steps * MARGIN * min(x1 - x0, y1 - y0, MAX_LINE_SHARE * max(x1 - x0, y1 - y0))
    return box_quad(x0 - margin, y0 - margin / 3, x1 + margin, y1 + margin / 3)


def _worth_a_second_look(lane: Lane, track: Track, cost: float, waited: float) -> bool:
    """Whether a proposal that a cheap look could not read is worth a dearer one.

    What can be afforded is; up to two purses are for what a detector is sure of, after a while. Where every
    look is dear (``steady`` lanes) the detector must be sure in any case.
    """
    sure = track.score >= SURE
    if lane.stage.steady and not sure:
        return False
    return cost <= lane.affordable or (sure and waited >= PATIENT_S and cost <= lane.most_debt)


def _moves(track: Track, frame: Frame) -> bool:
    return track.speed > STEADY_SPEED * max(frame.width, frame.height)


def _blurred(attempts: Attempts, focus: float) -> bool:
    return focus < MUCH_BLURRIER * attempts.best_seen
