"""Doubles for tests of replay: an engine that says what it was told to say, and the events to tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scanapp.events import CONFIRMED, SUMMARY, UPDATED, Event
from scanapp.geometry import box_quad
from scanapp.replay.run import OnProgress


class ScriptedEngine:
    """Answers each recording, by its file name, with the events of a script, or raises the script's error.

    ``calls`` holds what was asked for: (file name, pipeline, device, workers).
    """

    def __init__(self, script: Mapping[str, Sequence[Event] | Exception], forget_s: float = 3.0) -> None:
        self.calls: list[tuple[str, str, str | None, int]] = []
        self._script = script
        self._forget_s = forget_s

    def forget_s(self, pipeline: str | Path) -> float:
        """The same for every pipeline."""
        del pipeline
        return self._forget_s

    def run(
        self, recording: Path, pipeline: str | Path, device: str | None, workers: int, on_progress: OnProgress
    ) -> Sequence[Event]:
        """What the script says; progress goes from 0 to 2 of 2 frames."""
        self.calls.append((recording.name, str(pipeline), device, workers))
        answer = self._script[recording.name]
        for done in range(3):
            on_progress(done, 2)
        if isinstance(answer, Exception):
            raise answer
        return answer


def code_event(text: str, pts: float, *, format: str = "QRCode", fps: float = 30.0, track: int = 1) -> Event:
    """A confirmed code."""
    value = {"format": format, "text": text, "hex": text.encode("utf-8", "surrogatepass").hex()}
    return _confirmed("code", value, pts, fps, track)


def text_event(lines: Iterable[str], pts: float, *, fps: float = 30.0, track: int = 1) -> Event:
    """Confirmed lines of text."""
    lines = list(lines)
    quad = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]]
    rows = [{"text": line, "quad": quad, "confidence": 0.9} for line in lines]
    return _confirmed("text", {"text": "\n".join(lines), "lines": rows}, pts, fps, track)


def card_event(
    pan: str,
    pts: float,
    *,
    type: str = CONFIRMED,
    fps: float = 30.0,
    track: int = 1,
    sure: Iterable[str] = ("pan", "expiry", "holder"),
    **fields: str,
) -> Event:
    """A card's number, unmasked as the judge gets it; ``sure`` names the fields that are given as confirmed."""
    progress = {name: {"confidence": 0.9, "views": 3, "confirmed": name in sure} for name in ("pan", *fields)}
    return replace(_confirmed("card", {"pan": pan, **fields, "fields": progress}, pts, fps, track), type=type)


def product_event(sku: str, pts: float, *, name: str = "Thing", fps: float = 30.0, track: int = 1) -> Event:
    """A confirmed product."""
    return _confirmed("product", {"sku": sku, "name": name, "score": 0.9, "alternatives": []}, pts, fps, track)


def basket_event(counts: Mapping[str, int], pts: float, *, fps: float = 30.0) -> Event:
    """What a basket holds from now on."""
    value = {"counts": dict(counts), "total": sum(counts.values()), "change": {}, "text": ""}
    return Event(UPDATED, pts, round(pts * fps), kind="basket", confidence=1.0, value=value)


def summary_event(frames: int, fps: float = 30.0) -> Event:
    """The last event of a replay."""
    data = {"frames": frames, "dropped": 0, "duration_s": round(frames / fps, 3)}
    return Event(SUMMARY, frames / fps, frames - 1, data=data)


def _confirmed(kind: str, value: Mapping[str, object], pts: float, fps: float, track: int) -> Event:
    return Event(
        type=CONFIRMED,
        pts=pts,
        frame=round(pts * fps),
        track=track,
        kind=kind,
        quad=box_quad(10, 10, 90, 90),
        confidence=0.99,
        frames_used=2,
        value=value,
    )
