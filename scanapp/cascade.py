"""One frame's way through the engine: observe, track, search, schedule, land, report.

The cascade is a plain state machine. It knows neither threads nor sources: an `Executor` runs the jobs (on real
threads or on virtual time), and whoever feeds it frames gets events back. All of it runs on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanapp.clock import Clock
from scanapp.devices.controller import FrameLoad
from scanapp.errors import GeometryError
from scanapp.events import Event
from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, center, coverage, iou
from scanapp.hiding import WHOLE, in_frame, number_line, number_places
from scanapp.kinds import TRIES, rules
from scanapp.lanes import Lane
from scanapp.memory import holds_text
from scanapp.observe import Observer
from scanapp.pipeline import Pipeline
from scanapp.planning import Ladder, plain_ladder
from scanapp.privacy import key_of, mask_answer
from scanapp.reporting import Reporter
from scanapp.results import Answer, Detection, Detector, Discerning, Fusion, Reading, Recognizer, View
from scanapp.scheduler import STEADY_SPEED, Scheduler
from scanapp.search import CHANGED, HANG_S, Search
from scanapp.snapshot import TrackState
from scanapp.stats import StageStats
from scanapp.stepping import Stepper
from scanapp.tracking import Track, Tracker
from scanapp.workers import Executor, Finished

SEARCHED, SWEPT = "searched", "swept"
SWEEP_CHANGE = 3.0
"""Mean luma difference (of 255) from which the whole frame is worth another sweep."""


DARK, DARK_S = 0.085, 1.0
"""Mean luma (black is 16/255 in video) and seconds from which a picture counts as black."""


class Cascade:
    """The engine for one stream."""

    def __init__(
        self,
        pipeline: Pipeline,
        detectors: Sequence[Detector],
        recognizers: Sequence[Recognizer],
        executor: Executor,
        clock: Clock,
        stats: StageStats,
        *,
        hang_s: float = HANG_S,
        reveal: bool = False,
        ladder: Ladder | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._reveal = reveal
        self._executor = executor
        self._clock = clock
        self._stats = stats
        self._observer = Observer()
        self._tracker = Tracker(pipeline.policy.lost_after_s)
        self._search = Search(detectors, stats, self._trouble, hang_s=hang_s)
        self._scheduler = Scheduler(
            Lane(number, recognizer, pipeline.recognize[number]) for number, recognizer in enumerate(recognizers)
        )
        self._stepper = Stepper(ladder or plain_ladder(pipeline), self._search, self._scheduler)
        self._reporter = Reporter(pipeline, reveal=reveal)
        self._running: dict[int, int] = {}
        self._sweeping = 0
        self._dark_since: float | None = None
        self.searched = False

    @property
    def complete(self) -> bool:
        """All that the pipeline expects has been confirmed: the scan may end."""
        return self._reporter.complete

    def next_due(self) -> float | None:
        """When the next running job will be finished; None when none runs."""
        return self._executor.next_due()

    def step(self, frame: Frame) -> list[Event]:
        """Take the next frame; returns what it and the jobs finished by now gave."""
        self._reporter.frame = frame
        now = self._clock.now()
        with self._stats.measure("observe"):
            self._observer.observe(frame)
        with self._stats.measure("track"):
            motion = self._tracker.step(frame, self._running, camera=self._sweeping > 0)
        self._check_light(frame.pts)
        self._land_finished()
        self._look_around(frame, now)
        for track in self._tracker.expire(frame.pts):
            self._lose(track)
        self._reporter.remember(self._tracker.tracks.values())
        self._reporter.count(self._tracker.tracks.values())
        self._start_jobs(frame, now, steady=motion.found and motion.speed < STEADY_SPEED)
        return self._reporter.take()

    def drain(self) -> list[Event]:
        """Land what has finished since the last frame."""
        self._land_finished()
        return self._reporter.take()

    def finish(self) -> list[Event]:
        """The stream is over: what is still in view is lost with it."""
        self.drain()
        for track in list(self._tracker.tracks.values()):
            self._lose(track)
        return self._reporter.take()

    def close(self) -> None:
        """Leave threads behind."""
        self._executor.close()
        self._search.close()

    def tracks(self) -> tuple[TrackState, ...]:
        """The tracks as they stand now."""
        return tuple(self._state(track) for track in self._tracker.tracks.values())

    def cost_ms(self) -> float:
        """What the last step's detectors cost on the reference machine."""
        return self._search.cost_ms() if self.searched else 0.0

    def paced(self, load: FrameLoad) -> list[Event]:
        """What a frame took: whoever drives the cascade tells, and it may look less often from now on."""
        message = self._stepper.frame(load)
        return [self._reporter.notice("pace", message)] if message else []

    def notice(self, what: str, message: str) -> Event:
        """A notice event at this moment."""
        return self._reporter.notice(what, message)

    def _check_light(self, pts: float) -> None:
        """Say once when the picture has been black for a while: nothing can be read, and the user can help."""
        if self._observer.exposure > DARK:
            self._dark_since = None
        elif self._dark_since is None:
            self._dark_since = pts
        elif self._dark_since <= pts - DARK_S:
            self._dark_since = float("inf")
            self._reporter.warn("dark", "the picture is almost black: is the lens covered, or the light off?")

    # -- level 1 ---------------------------------------------------------------------------------------------

    def _look_around(self, frame: Frame, now: float) -> None:
        change = self._observer.change(SEARCHED)
        if change < CHANGED:
            self._tracker.hold(frame.pts)
        holding = any(track.answer is not None for track in self._tracker.tracks.values())
        self.searched = self._search.due(now, change=change, holding=holding)
        if not self.searched:
            return
        found = self._search.run(frame, now)
        taken = self._taken(found)
        self._tracker.propose([d for d in found if self._wanted(d, taken, frame)], frame)
        self._observer.mark(SEARCHED)

    def _wanted(self, detection: Detection, taken: Sequence[Quad], frame: Frame) -> bool:
        """In the region of interest, and no text that is a part of something else."""
        if not self._in_region(detection.quad, frame):
            return False
        return detection.kind != "text" or not any(coverage(detection.quad, quad) > 0.6 for quad in taken)

    def _taken(self, found: Sequence[Detection]) -> list[Quad]:
        """Where text belongs to something else: to what has been read there, or may yet be."""
        taken: list[Quad] = []
        hopeless: list[Quad] = []
        for track in self._tracker.tracks.values():
            owns = rules(track.kind).owns
            if track.answer is None and owns == "seen" and self._scheduler.tries(track.id) >= TRIES:
                hopeless.append(track.quad)
            elif owns == "seen" or (owns == "read" and track.answer is not None):
                taken.append(track.quad)
        new = [detection.quad for detection in found if rules(detection.kind).owns == "seen"]
        return taken + [quad for quad in new if not any(iou(quad, other) > 0.3 for other in hopeless)]

    def _in_region(self, quad: Quad, frame: Frame) -> bool:
        x0, y0, x1, y1 = self._pipeline.policy.region
        x, y = center(quad)
        return x0 * frame.width <= x <= x1 * frame.width and y0 * frame.height <= y <= y1 * frame.height

    # -- level 2 ---------------------------------------------------------------------------------------------

    def _start_jobs(self, frame: Frame, now: float, *, steady: bool) -> None:
        sweep = self._observer.change(SWEPT) > SWEEP_CHANGE
        jobs = self._scheduler.choose(now, frame, self._tracker.tracks, sweep=sweep, steady=steady)
        for job in jobs:
            if job.track is None:
                self._observer.mark(SWEPT)
                self._sweeping += 1
            else:
                self._running[job.track] = self._running.get(job.track, 0) + 1
                self._tracker.tracks[job.track].looked = (frame.index, job.view.quad)
            self._executor.submit(job)

    def _land_finished(self) -> None:
        for finished in self._executor.finished():
            self._land(finished)

    def _land(self, finished: Finished) -> None:
        job = finished.job
        lane = self._scheduler.lane(job)
        self._stats.record(f"recognize:{job.recognizer.name}", finished.wall_ms, finished.cpu_ms)
        self._job_ended(job.track)
        origin = self._tracker.tracks.get(job.track) if job.track is not None else None
        if finished.error:
            rest = lane.fail(self._clock.now())
            self._trouble(f"recognizer '{job.recognizer.name}' {finished.error}; it rests for {rest:g} s")
            if finished.hung:
                self._scheduler.restart(lane, self._stepper.hung(lane.index))
        else:
            lane.failures = 0
            self._place_all(finished, origin, lane)
        self._scheduler.settle(lane, finished, origin)

    def _job_ended(self, track_id: int | None) -> None:
        if track_id is None:
            self._sweeping -= 1
        elif self._running.get(track_id, 0) > 1:
            self._running[track_id] -= 1
        else:
            self._running.pop(track_id, None)

    def _place_all(self, finished: Finished, origin: Track | None, lane: Lane) -> None:
        """Land all readings of one view, those on its own track first."""
        frame = finished.job.view.frame
        motion = self._tracker.camera_motion_since if origin is None else origin.path.since
        moved_by = motion(frame.index)
        pairs = []
        for reading in finished.readings:
            try:
                pairs.append((reading, reading.moved(moved_by)))
            except GeometryError as error:
                self._trouble(f"recognizer '{finished.job.recognizer.name}' returned a bad region: {error}")
        home = finished.job.view.quad
        for reading, moved in sorted(pairs, key=lambda pair: (-iou(pair[0].quad, home), pair[0].key)):
            if self._in_region(reading.quad, frame):
                self._place(reading, moved, origin, lane, finished.job.view)

    def _place(self, reading: Reading, moved: Reading, origin: Track | None, lane: Lane, view: View) -> None:
        """Find the track that a reading belongs to, or make one, and let fusion have it."""
        if not reading.key and not reading.lines:
            if origin is not None:
                origin.advice = reading.advice
            return
        track = self._track_of(moved, origin)
        if track is not None and isinstance(track.fusion, Discerning) and track.fusion.contradicts(moved):
            self._lose(track)
            track = None
        if track is None and self._contradicts(moved):
            return
        if track is None:
            track = self._tracker.start(Detection(reading.kind, moved.quad, reading.confidence), self._now_frame())
        if track.fusion is None:
            track.fusion = self._pipeline.make_fusion(lane.index)
        track.fusion.add(moved, pts=view.frame.pts, sharpness=view.sharpness)
        # a reading that proves nothing ("unknown") is no sight of the thing, which may have been taken away; one
        # that only says what would help to read it is
        proves = reading.strength > 0.0 or bool(reading.advice)
        if proves:
            track.sighted(view.frame.pts)
        track.advice = reading.advice
        self._take_over(track, reading)
        same = track.answer is not None and track.answer.key == reading.key
        if proves and (same or rules(reading.kind).fuses):
            track.anchored = True
            self._tracker.anchor(track, as_quad(reading.quad), view.frame)
        self._tracker.absorb(track)
        if rules(track.kind).owns == "seen":
            self._absorb_print(track)
        self._report(track)

    def _take_over(self, track: Track, reading: Reading) -> None:
        """Take over the fusion's answer, and remember where the track shows what nobody may see."""
        assert track.fusion is not None
        answer = self._known(track.fusion, track.kind)
        shown = None if answer is None else mask_answer(answer, track.kind, reveal=self._reveal)
        if rules(track.kind).secret:
            track.hides = number_places(reading, track.hides)
            track.line = number_line(reading)
        elif shown is not answer:
            track.hides = (WHOLE,)
        track.answer = shown

    def _known(self, fusion: Fusion, kind: str) -> Answer | None:
        answer = fusion.answer()
        if answer is None:
            return None
        if rules(kind).repeated and not answer.confirmed and self._reporter.knows(kind, answer):
            answer = replace(answer, confirmed=True, settled=True)
        return answer

    def _track_of(self, reading: Reading, origin: Track | None) -> Track | None:
        """The track that a reading (moved to now) is about; None when it is a new thing."""
        key = reading.key if self._reveal else key_of(reading.kind, reading.key)
        for track in self._tracker.tracks.values():
            same = track.answer is not None and (track.kind, track.answer.key) == (reading.kind, key)
            # two things that nobody knows are not the same for that
            if same and reading.strength > 0.0 and _overlap(track.quad, reading.quad) > 0.05:
                return track
        if origin is not None and origin.kind == reading.kind:
            if rules(reading.kind).fuses:
                return origin
            if not _trusted(origin) and _overlap(reading.quad, origin.quad) > 0.3:
                return origin
        place = self._tracker.match(reading.kind, reading.quad)
        if place is None or (_trusted(place) and not isinstance(place.fusion, Discerning)):
            return None
        return place

    def _contradicts(self, reading: Reading) -> bool:
        """A confirmed thing stands where this reads something else.

        A strong reading means that it has been exchanged; a weak one is no match for what several views agree on.
        """
        place = self._tracker.match(reading.kind, reading.quad)
        if place is None or not _trusted(place):
            return False
        if reading.strength >= 1.0 or place.drifting:
            self._lose(place)
            return False
        return True

    # -- events ----------------------------------------------------------------------------------------------

    def _report(self, track: Track) -> None:
        if track.kind == "text" and track.answer is not None and track.answer.confirmed and not track.reported:
            self._absorb_parts(track, track.answer)
        untold = track.told is None
        self._reporter.report(track)
        if untold and track.told is not None:
            self._search.rewarded()

    def _absorb_parts(self, track: Track, answer: Answer) -> None:
        """Texts that have turned out to be parts of this one."""
        for other in list(self._tracker.tracks.values()):
            if other is track or other.kind != "text" or coverage(other.quad, track.quad) < 0.6:
                continue
            if other.answer is None or holds_text(answer, other.answer):
                self._lose(other)

    def _absorb_print(self, owner: Track) -> None:
        """Texts on a thing that were taken up before it was read: they are its own."""
        for other in list(self._tracker.tracks.values()):
            if other.kind == "text" and coverage(other.quad, owner.quad) > 0.6:
                self._lose(other)

    def _lose(self, track: Track) -> None:
        self._tracker.remove(track)
        self._scheduler.forget(track.id)
        self._reporter.lost(track)

    def _trouble(self, message: str) -> None:
        self._reporter.warn("trouble", message)

    def _state(self, track: Track) -> TrackState:
        answer = track.answer
        hides = track.hides or ((WHOLE,) if rules(track.kind).secret else ())
        if answer is None:
            status = "reading" if track.id in self._running else "seen"
        else:
            status = "confirmed" if answer.confirmed else "found"
        return TrackState(
            track.id,
            track.kind,
            track.quad,
            status,
            None if answer is None else answer.value,
            0.0 if answer is None else answer.confidence,
            self._scheduler.tries(track.id),
            track.advice if answer is None or not answer.settled else "",
            () if self._reveal else in_frame(hides, track.quad),
        )

    def _now_frame(self) -> Frame:
        assert self._reporter.frame is not None
        return self._reporter.frame


def _trusted(track: Track) -> bool:
    return track.answer is not None and track.answer.confirmed


def _overlap(a: Quad, b: Quad) -> float:
    """How much of the smaller one lies in the other, 0 to 1."""
    return max(coverage(a, b), coverage(b, a))
