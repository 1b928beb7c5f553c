"""The doubles in scanapp.testing do what they promise."""

import numpy as np
import pytest

from scanapp.geometry import box_quad
from scanapp.results import Detection, Detector, Recognizer, whole_view
from scanapp.sources.base import Notice
from scanapp.testing import (
    HandClock,
    HandWait,
    ScriptedDetector,
    ScriptedRecognizer,
    ScriptedSource,
    blank_frames,
    reading,
)


def test_blank_frames():
    frames = blank_frames(3, fps=10, size=(8, 4), start=5, gray=7)
    assert [(f.index, f.pts, f.width, f.height) for f in frames] == [(5, 0.5, 8, 4), (6, 0.6, 8, 4), (7, 0.7, 8, 4)]
    assert np.all(frames[0].gray == 7)


def test_source():
    notice = Notice("skipped", "x")
    frames = blank_frames(2)
    source = ScriptedSource([*frames, notice, ValueError("boom")])
    items = iter(source)
    assert [next(items) for _ in range(3)] == [*frames, notice]
    with pytest.raises(ValueError, match="boom"):
        next(items)
    source.close()
    assert source.closed == 1
    assert list(source) == []


def test_detector():
    found = Detection("code", box_quad(0, 0, 5, 5), 0.9)
    detector = ScriptedDetector({1: [found], 2: RuntimeError("boom")})
    assert isinstance(detector, Detector)
    frames = blank_frames(3)
    assert list(detector.detect(frames[0])) == []
    assert list(detector.detect(frames[1])) == [found]
    with pytest.raises(RuntimeError, match="boom"):
        detector.detect(frames[2])
    assert detector.frames == [0, 1, 2]
    assert list(ScriptedDetector(lambda _frame: [found]).detect(frames[0])) == [found]


def test_recognizer():
    answer = reading("hello")
    assert (answer.key, answer.value["hex"]) == ("QRCode:hello", "68656c6c6f")
    recognizer = ScriptedRecognizer({0: [answer], 1: RuntimeError("boom")})
    assert isinstance(recognizer, Recognizer)
    first, second, third = map(whole_view, blank_frames(3))
    assert list(recognizer.recognize(first)) == [answer]
    assert list(recognizer.recognize(third)) == []
    with pytest.raises(RuntimeError, match="boom"):
        recognizer.recognize(second)
    assert recognizer.views == [first, third, second]
    by_function = ScriptedRecognizer(lambda view: [reading(f"effort {view.effort}")])
    assert [answer.value["text"] for answer in by_function.recognize(first)] == ["effort 0"]


def test_clock_and_wait():
    clock = HandClock()
    wait = HandWait(clock, interrupt_at=2.0)
    assert [wait(1.0), wait(0.5), wait(4.0)] == [False, False, True]
    assert clock.now() == 2.0
    assert wait.seconds == [1.0, 0.5, 4.0]
