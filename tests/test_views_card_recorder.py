"""Recordings hide a card's number in the frames before it was located, too."""

import av
import cv2
import numpy as np
from views_card import card_track, placed
from views_scene import snapshot

from scanapp.geometry import rectify
from scanapp.views.recorder import Recorder
from scanapp.views.secrets import AHEAD_S

FPS = 20
SIZE = (640, 360)


def frames_of(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def contrast(picture, number):
    upright = cv2.cvtColor(rectify(picture, number, 380, 32)[0], cv2.COLOR_BGR2GRAY).astype(float)
    return float((upright - cv2.GaussianBlur(upright, (0, 0), 12)).std())


def record(path, located, lost=1 << 30, count=30, step=4.0, hide=True):
    """A card drifts through the picture; tracked from frame ``located`` up to ``lost``. The numbers' quads."""
    recorder = Recorder(path, FPS, live=False)
    numbers = []
    for index in range(count):
        picture, quad, number = placed(SIZE, 20 + step * index, 40)
        numbers.append(number)
        tracked = located <= index < lost
        secret = ((quad,) if index < located + 3 else (number,)) if hide else ()
        tracks = [card_track(quad, *secret)] if tracked else []
        recorder.show(snapshot(*tracks, image=picture, pts=5.0 + index / FPS))
    recorder.finish(None)
    assert recorder.written == count, "at the end all are written"
    return numbers


def test_the_frames_before_a_card_was_located_do_not_show_its_number(tmp_path):
    located = round(0.6 * AHEAD_S * FPS)
    numbers = record(tmp_path / "clip.mkv", located)
    shown = frames_of(tmp_path / "clip.mkv")
    bare, _, first = placed(SIZE, 20, 40)
    assert contrast(bare, first) > 40
    assert max(contrast(frame, number) for frame, number in zip(shown, numbers, strict=True)) < 8


def test_nor_do_frames_between_two_tracks(tmp_path):
    numbers = record(tmp_path / "clip.mkv", 0, lost=20, count=28)
    shown = frames_of(tmp_path / "clip.mkv")
    assert max(contrast(frame, number) for frame, number in zip(shown, numbers, strict=True)) < 8


def test_what_no_track_hides_is_recorded_as_it_is(tmp_path):
    numbers = record(tmp_path / "clip.mkv", 0, hide=False)
    shown = frames_of(tmp_path / "clip.mkv")
    assert min(contrast(frame, number) for frame, number in zip(shown, numbers, strict=True)) > 20


def test_a_stream_that_starts_anew_sends_out_what_waits(tmp_path):
    recorder = Recorder(tmp_path / "clip.mkv", FPS, live=False)
    for pts in (3.0, 3.05, 3.1, 0.0, 0.05):
        recorder.show(snapshot(image=np.full((180, 320, 3), 90, np.uint8), pts=pts))
    recorder.close()
    assert recorder.written == len(frames_of(tmp_path / "clip.mkv")) == 5
