"""Detections become tracks that survive blur, short loss and a moving camera.

A track is carried from frame to frame by the motion of its own pixels (`scanapp.motion`), not by detections: the
detectors may sleep while tracks hold. It counts as *seen* as long as its pixels move together and still look as
they did when it was last anchored (normalised cross-correlation of a small patch), or a detector proposes it
again. Unseen for `lost_after` seconds it is lost; a camera's sweep or a blur in between does no harm.

Every track remembers where it has been, so that the answer of a job started some frames ago lands where the thing
is now.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.errors import GeometryError
from scanapp.frame import Frame
from scanapp.geometry import (
    IDENTITY,
    Gray,
    Quad,
    Transform,
    area,
    as_quad,
    bounds,
    center,
    coverage,
    expand,
    iou,
    rectify,
    transform_quad,
)
from scanapp.motion import THUMB, Motion, MotionEstimator
from scanapp.results import Answer, Detection, Fusion

SAME_PLACE = 0.35
"""IoU from which a detection and a track of one kind are the same thing."""
_COVERED = 0.7
_OUTGROWN = 1.5
"""Times its area from which a proposal shows more of a text than its track covers."""
_PATCH, _INNER = 32, 24
"""Pixels of the square that a region is compared on: with a margin, and the region itself."""
_LIKENESS, _DRIFTING = 0.5, 0.75
"""Correlation from which a thing is still the same one, and below which its place should be read again."""
_FADED = 0.25
"""Of the thing's contrast: what shows less is the plain ground where it was, however it correlates."""
_CORRECTION = 0.5
_SUPPORT = 0.4
_HISTORY = 240
"""Frames (8 s at 30 fps) that a job may take and still land in the right place."""
_MAX_TRACKS = 32


@dataclass(slots=True, eq=False)
class Track:
    """One thing over time. Owned by the engine's thread.

    quad        (4, 2) float32, frame pixels, where it is now
    seen        pts at which it was last certainly in view
    renewed     index of the frame in which a detector proposed it last
    proposals   how many times a detector has proposed it
    fusion      what has been read of it, None before the first reading
    speed       pixels a frame
    told        the answer that the latest event gave, None before the first event
    reported    whether it has been confirmed to the outside (or was known already)
    looked      frame index and quad of the latest look at it
    anchored    whether a reading (not only a proposal) fixed its place
    advice      what the latest look says would help the next, see `Reading.advice`
    line        where its number was read last, in units of its quad, see `View.line`
    hides       what pictures must not show of it, in units of its quad, see `scanapp.hiding`
    """

    id: int
    kind: str
    quad: Quad
    hint: str
    score: float
    born: float
    seen: float
    renewed: int
    proposals: int = 1
    fusion: Fusion | None = None
    answer: Answer | None = None
    told: Answer | None = None
    reported: bool = False
    looked: tuple[int, Quad] | None = None
    anchored: bool = False
    drifting: bool = False
    speed: float = 0.0
    advice: str = ""
    line: Quad | None = None
    hides: tuple[Quad, ...] = ()
    patch: Gray | None = None
    path: Path = field(default_factory=lambda: Path())

    def sighted(self, pts: float) -> None:
        """It is certainly in view."""
        self.seen = max(self.seen, pts)


class Path:
    """Where something has been: cumulative transforms by frame, for the latest `_HISTORY` frames."""

    __slots__ = ("_by_frame", "_now")

    def __init__(self) -> None:
        self._now: Transform = IDENTITY
        self._by_frame: dict[int, Transform] = {}

    def step(self, frame_index: int, transform: Transform) -> None:
        """It moved by ``transform`` (frame pixels) on the way to frame ``frame_index``."""
        if transform is not IDENTITY:
            self._now = transform @ self._now
        self._by_frame[frame_index] = self._now
        if len(self._by_frame) > _HISTORY:
            del self._by_frame[next(iter(self._by_frame))]

    def since(self, frame_index: int) -> Transform:
        """The homography from frame ``frame_index`` to now; identity when that frame is not remembered."""
        then = self._by_frame.get(frame_index)
        return IDENTITY if then is None else self._now @ np.linalg.inv(then)


class Tracker:
    """Keeps the tracks of one stream."""

    def __init__(self, lost_after: float = 1.0, forget_proposal: float = 1.0) -> None:
        self._lost_after = lost_after
        self._forget_proposal = forget_proposal
        self._ids = itertools.count(1)
        self._motion = MotionEstimator()
        self._camera = Path()
        self.tracks: dict[int, Track] = {}

    def step(self, frame: Frame, working: Collection[int] = (), *, camera: bool = False) -> Motion:
        """Carry all tracks to ``frame``; those whose pixels still look right count as seen.

        Only what has been read, or is being read (``working``: track ids), has its own points followed; mere
        proposals ride along with the camera, since detectors renew them anyway.
        camera: follow the picture also while there is no such track (a sweep of the whole frame is under way).
        """
        scale = frame.thumb_scale(THUMB)
        thumb = frame.thumb(THUMB)
        regions = {
            track.id: track.quad / np.float32(scale)
            for track in self.tracks.values()
            if track.anchored or track.id in working
        }
        motion = self._motion.step(thumb, regions, camera=camera)
        camera_path = _scaled(motion.camera, scale)
        self._camera.step(frame.index, camera_path)
        for track in self.tracks.values():
            region = motion.regions.get(track.id)
            if region is None:
                self._carry(track, frame, camera_path)
                continue
            own = _scaled(region.transform, scale)
            self._carry(track, frame, self._better(track, thumb, scale, own, camera_path))
            if region.support >= _SUPPORT and _inside(track.quad, frame):
                self._judge(track, thumb, scale, frame.pts)
        return motion

    def _better(self, track: Track, thumb: Gray, scale: float, own: Transform, camera: Transform) -> Transform:
        """The region's own motion, unless it leads to where nothing looks like it and the camera's does not."""
        if track.patch is None or own is camera or np.array_equal(own, camera):
            return own
        try:
            by_own = _likeness(track.patch, _patch(thumb, transform_quad(own, track.quad), scale))[0]
            if by_own >= _DRIFTING:
                return own
            by_camera = _likeness(track.patch, _patch(thumb, transform_quad(camera, track.quad), scale))[0]
        except GeometryError:
            return camera
        return camera if by_camera > by_own else own

    def hold(self, pts: float) -> None:
        """Nothing has changed since the last search: what it proposed is still there."""
        for track in self.tracks.values():
            if not track.anchored:
                track.sighted(pts)
                track.speed = 0.0

    def camera_motion_since(self, frame_index: int) -> Transform:
        """The homography of the whole picture from frame ``frame_index`` to now."""
        return self._camera.since(frame_index)

    def _carry(self, track: Track, frame: Frame, transform: Transform) -> None:
        if transform is IDENTITY:
            track.path.step(frame.index, IDENTITY)
            if track.anchored:
                track.speed = 0.0
            return
        try:
            moved = transform_quad(transform, track.quad)
        except GeometryError:
            return
        if track.anchored:
            track.speed = float(np.abs(moved - track.quad).max())
        track.quad = moved
        track.path.step(frame.index, transform)

    def _judge(self, track: Track, thumb: Gray, scale: float, pts: float) -> None:
        if track.patch is None:
            return
        now = _patch(thumb, track.quad, scale)
        likeness, shift = _likeness(track.patch, now)
        if _contrast(now) < _FADED * _contrast(track.patch):
            likeness = 0.0
        track.drifting = likeness < _DRIFTING
        if likeness >= _LIKENESS:
            track.sighted(pts)
        if likeness >= _DRIFTING and shift.any():
            # Flow drifts by a fraction of a pixel a frame; the patch says where the thing really is.
            right, down = (track.quad[1] - track.quad[0]) / _INNER, (track.quad[3] - track.quad[0]) / _INNER
            track.quad = as_quad(track.quad + _CORRECTION * (shift[0] * right + shift[1] * down))

    def propose(self, detections: Iterable[Detection], frame: Frame) -> None:
        """Match detections to tracks of their kind; the others become new tracks while there is room.

        A text of which only a part has been looked at (the rest was outside the picture, or not proposed) becomes
        a new track beside the one of its part.
        """
        for detection in detections:
            match = self.match(detection.kind, detection.quad)
            if match is not None and not _shows_more(match, detection.quad):
                self._renew(match, detection, frame)
            elif len(self.tracks) < _MAX_TRACKS:
                self.start(detection, frame)

    def match(self, kind: str, quad: Quad) -> Track | None:
        """The track of ``kind`` that stands where ``quad`` is."""
        best, best_overlap = None, SAME_PLACE
        for track in self.tracks.values():
            if track.kind != kind:
                continue
            overlap = iou(quad, track.quad)
            if track.anchored and max(coverage(track.quad, quad), coverage(quad, track.quad)) > 0.5:
                overlap = max(overlap, SAME_PLACE)
            if overlap >= best_overlap:
                best, best_overlap = track, overlap
        return best

    def start(self, detection: Detection, frame: Frame) -> Track:
        """A new track."""
        track = Track(
            next(self._ids),
            detection.kind,
            detection.quad,
            detection.hint,
            detection.score,
            frame.pts,
            frame.pts,
            frame.index,
        )
        track.path.step(frame.index, IDENTITY)
        self.tracks[track.id] = track
        return track

    def _renew(self, track: Track, detection: Detection, frame: Frame) -> None:
        track.proposals += 1
        track.score = max(track.score, detection.score)
        if not track.anchored:
            here, there = np.array(center(track.quad)), np.array(center(detection.quad))
            track.speed = float(np.abs(there - here).max()) / max(1, frame.index - track.renewed)
            track.renewed = frame.index
            track.hint = detection.hint
            track.sighted(frame.pts)
            track.quad = detection.quad

    def anchor(self, track: Track, quad: Quad, frame: Frame) -> None:
        """Put a track where a detection or reading saw it in ``frame``, moved on to now; remember how it looks."""
        track.patch = _patch(frame.thumb(THUMB), quad, frame.thumb_scale(THUMB))
        track.quad = transform_quad(track.path.since(frame.index), as_quad(quad))
        track.drifting = False

    def expire(self, pts: float) -> list[Track]:
        """Remove and return what has not been seen for too long."""
        gone = [track for track in self.tracks.values() if pts - track.seen > self._patience(track)]
        for track in gone:
            del self.tracks[track.id]
        return gone

    def _patience(self, track: Track) -> float:
        return self._forget_proposal if track.told is None else self._lost_after

    def remove(self, track: Track) -> None:
        """Forget a track at once."""
        self.tracks.pop(track.id, None)

    def absorb(self, winner: Track) -> None:
        """Proposals that lie under a track that has been read were parts of it."""
        for other in list(self.tracks.values()):
            if other is winner or other.fusion is not None or other.kind != winner.kind:
                continue
            if coverage(other.quad, winner.quad) > 0.5 or iou(other.quad, winner.quad) > SAME_PLACE:
                self.remove(other)


def _scaled(transform: Transform, scale: float) -> Transform:
    """A thumbnail's transform in frame pixels."""
    if transform is IDENTITY or scale == 1:
        return transform
    up, down = np.array([scale, scale, 1.0]), np.array([1 / scale, 1 / scale, 1.0])
    scaled: Transform = up[:, None] * transform * down[None, :]
    return scaled


def _shows_more(track: Track, quad: Quad) -> bool:
    """``quad`` covers a text's track, is much larger, and much of it has not been looked at."""
    if track.kind != "text" or not track.anchored:
        return False
    if area(quad) < _OUTGROWN * area(track.quad) or coverage(track.quad, quad) < _COVERED or track.looked is None:
        return False
    frame_index, looked = track.looked
    return coverage(quad, transform_quad(track.path.since(frame_index), looked)) < _COVERED


def _inside(quad: Quad, frame: Frame) -> bool:
    """More than half of it is in the picture."""
    x0, y0, x1, y1 = bounds(quad)
    width = min(x1, frame.width) - max(x0, 0.0)
    height = min(y1, frame.height) - max(y0, 0.0)
    return width > 0 and height > 0 and width * height > 0.5 * (x1 - x0) * (y1 - y0) and area(quad) > 16


def _patch(thumb: Gray, quad: Quad, scale: float) -> Gray:
    """The region with a margin, `_PATCH` pixels square; the region itself is the inner `_INNER` pixels."""
    small = np.asarray(expand(quad, _PATCH / _INNER) / np.float32(scale), dtype=np.float32)
    view, _ = rectify(thumb, small, _PATCH, _PATCH)
    return np.asarray(cv2.blur(view, (3, 3)), dtype=np.uint8)


def _contrast(patch: Gray) -> float:
    """Standard deviation of luma."""
    return float(cv2.meanStdDev(patch)[1][0, 0])


def _likeness(anchor: Gray, now: Gray) -> tuple[float, NDArray[np.float32]]:
    """Normalised cross-correlation of the anchor's middle at its best place, and that place (x, y patch pixels)."""
    slack = (_PATCH - _INNER) // 2
    middle = anchor[slack : slack + _INNER, slack : slack + _INNER]
    match = cv2.matchTemplate(now, middle, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(match)
    return float(best), np.array([x - slack, y - slack], np.float32)
