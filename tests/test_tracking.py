"""Tracks follow what they stand for, through a pan, a zoom and a blur, and know when it is gone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scenes import code, frames, ground, placed

from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, box_quad, transform_quad
from scanapp.results import Detection
from scanapp.tracking import Track, Tracker

START = as_quad([[420, 90], [536, 90], [536, 206], [420, 206]])


def scene() -> np.ndarray:
    return placed(ground(1400, 700), code("track me"), 420, 90)


def warped(matrix: np.ndarray, size: tuple[int, int] = (960, 540)) -> np.ndarray:
    return np.asarray(cv2.warpPerspective(scene(), matrix, size, borderMode=cv2.BORDER_REFLECT), dtype=np.uint8)


def tracked(stream: list[Frame]) -> tuple[Tracker, Track]:
    """A tracker with one anchored track on the first frame."""
    tracker = Tracker()
    tracker.step(stream[0])
    track = tracker.start(Detection("code", START, 1.0), stream[0])
    track.told = object()  # type: ignore[assignment]  # it has been reported
    track.anchored = True
    tracker.anchor(track, START, stream[0])
    return tracker, track


def error(quad: Quad, expected: Quad) -> float:
    return float(np.linalg.norm(quad - expected, axis=1).max())


@pytest.mark.parametrize("kind", ["pan", "zoom", "turn"])
def test_a_track_stays_on_its_code(kind: str) -> None:
    def at(i: int) -> np.ndarray:
        if kind == "pan":
            return np.array([[1, 0, -5.0 * i], [0, 1, 2.0 * i], [0, 0, 1]])
        angle, scale = (0.0, 1.012**i) if kind == "zoom" else (0.6 * i, 1.0)
        return np.vstack([cv2.getRotationMatrix2D((480, 150), angle, scale), [0, 0, 1]])

    stream = frames(warped(at(i)) for i in range(45))
    tracker, track = tracked(stream)
    worst = 0.0
    for i, frame in enumerate(stream[1:], 1):
        tracker.step(frame)
        worst = max(worst, error(track.quad, transform_quad(at(i), START)))
    assert worst < 8  # a fifteenth of the code's side
    assert track.seen == stream[-1].pts


def test_a_short_blur_does_no_harm_and_a_long_absence_loses_it() -> None:
    sharp = warped(np.eye(3))
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 9), dtype=np.uint8)
    empty = ground(960, 540, seed=9)
    stream = frames([sharp] * 5 + [blurred] * 15 + [sharp] * 5 + [empty] * 45)
    tracker, _ = tracked(stream)
    lost_at = None
    for frame in stream[1:]:
        tracker.step(frame)
        if tracker.expire(frame.pts) and lost_at is None:
            lost_at = frame.pts
    assert lost_at is not None
    assert 25 / 30 + 0.95 <= lost_at <= 25 / 30 + 1.1


def test_late_results_land_on_the_moved_track() -> None:
    def at(i: int) -> np.ndarray:
        return np.array([[1, 0, -6.0 * i], [0, 1, 0], [0, 0, 1]])

    stream = frames(warped(at(i)) for i in range(20))
    tracker, track = tracked(stream)
    for frame in stream[1:]:
        tracker.step(frame)
    seen_in_frame_8 = transform_quad(at(8), START)
    now = transform_quad(track.path.since(8), seen_in_frame_8)
    assert error(now, transform_quad(at(19), START)) < 5


def test_drift_is_corrected_by_what_the_thing_looks_like() -> None:
    stream = frames([warped(np.eye(3))] * 3 + [warped(np.array([[1, 0, 1.0], [0, 1, 0], [0, 0, 1]]))] * 10)
    tracker, track = tracked(stream)
    track.quad = as_quad(START + np.float32([9, -7]))  # off by a fifteenth of its side
    for frame in stream[1:]:
        tracker.step(frame)
        tracker._judge(track, frame.thumb(480), frame.thumb_scale(480), frame.pts)
    assert error(track.quad, START) < 9


def test_detections_match_tracks_of_their_kind_only() -> None:
    tracker = Tracker()
    frame = Frame(ground())
    tracker.propose([Detection("code", box_quad(0, 0, 100, 100), 0.5)], frame)
    tracker.propose([Detection("code", box_quad(10, 5, 105, 100), 0.6)], frame)
    tracker.propose([Detection("text", box_quad(0, 0, 100, 100), 0.5)], frame)
    assert sorted((track.kind, track.proposals) for track in tracker.tracks.values()) == [("code", 2), ("text", 1)]


def test_clutter_cannot_fill_the_memory() -> None:
    tracker = Tracker()
    frame = Frame(ground())
    boxes = [box_quad(x, y, x + 8, y + 8) for x in range(0, 600, 20) for y in range(0, 300, 20)]
    tracker.propose([Detection("code", box, 0.5) for box in boxes], frame)
    assert len(tracker.tracks) <= 32
