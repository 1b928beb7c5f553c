"""Snapshots for the tests of the views."""

import numpy as np

from scanapp.events import CONFIRMED, Event
from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.snapshot import Snapshot, StageTime, TrackState

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x00\x9b31m\u202egnp\r\n[red]x[/red]" + "A" * 4096


def track(number, status, text=None, *, kind="code", box=(100, 100, 220, 220), confidence=0.9, **value):
    if text is not None:
        value = {"format": "QRCode", "text": text} | value
    return TrackState(number, kind, box_quad(*box), status, value or None, confidence)


def confirmed(text, pts=0.0, number=1, **value):
    value = {"format": "QRCode", "text": text} | value
    return Event(CONFIRMED, pts, 0, number, "code", box_quad(0, 0, 9, 9), 0.99, 2, value)


def snapshot(*tracks, pts=0.0, size=(640, 360), image=None, events=(), **counts):
    if image is None:
        image = np.full((size[1], size[0], 3), (90, 120, 150), np.uint8)
    return Snapshot(Frame.from_image(image, pts=pts), tracks, tuple(events), **counts)


STAGES = {"decode": StageTime(90, 300.0, 3.1, 4.2, 9.0), "recognize": StageTime(4, 80.0, 18.5, 27.0, 30.0)}
