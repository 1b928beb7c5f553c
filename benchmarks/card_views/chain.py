"""The chain as the engine runs it over one picture: detector, recognizer, what went wrong."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from card_views.scene import Made
from scanapp.detectors.card import CardDetector
from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, iou
from scanapp.observe import sharpness
from scanapp.recognizers.card import AGAIN, LOOK, CardRecognizer
from scanapp.recognizers.cards.ctc import CHARSET
from scanapp.results import Line, Reading, View

FOUND_IOU = 0.5
"""Overlap of the proposed and the true quad below which a card was not located."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the chain made of one view.

    cause   "" when the number was read as it stands, else "not located", "no number line" or "wrong digits"
    corner  mean distance of the detected corners from the true ones over the card's diagonal, None if not located;
    refined the same after the recognizer has looked for the edges, None without a reading
    lines   (name, quad, posteriors, packed frames) of the reading, advice and focus as fusion gets them
    """

    card: int
    view: int
    truth: str = field(repr=False)
    expiry: str
    holder: str
    style: str
    layout: str
    cause: str
    corner: float | None
    refined: float | None
    advice: str
    focus: float
    quad: list[list[float]]
    lines: list[Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Seen:
        """The inverse of `to_dict`."""
        return cls(**row)

    @property
    def text(self) -> str:
        """The number as this view alone reads it, "" without one."""
        return next((line.text for line in self.reading().lines if line.name == "pan"), "")

    def reading(self) -> Reading:
        """The view as fusion gets it."""
        lines = tuple(
            Line(
                as_quad(quad),
                tuple(tuple((c, p) for c, p in position) for position in chars),
                name,
                unpacked(frames),
            )
            for name, quad, chars, frames in self.lines
        )
        return Reading("card", "", {}, as_quad(self.quad), lines=lines, advice=self.advice)


def packed(frames: NDArray[np.float32] | None) -> str:
    """A line's frames as text, in half precision; "" for none."""
    return "" if frames is None else base64.b64encode(frames.astype("<f2").tobytes()).decode("ascii")


def unpacked(text: str) -> NDArray[np.float32] | None:
    """The inverse of `packed`, for the reader's twelve classes."""
    if not text:
        return None
    return np.frombuffer(base64.b64decode(text), "<f2").reshape(-1, len(CHARSET)).astype(np.float32)


class Chain:
    """Detector and recognizer with their networks open, as the pipeline ``card_binding`` has them."""

    def __init__(self, *, again: bool = True) -> None:
        self._detector = CardDetector(method="network", closer=True)
        self._recognizer = CardRecognizer(holder=False)
        self._recognizer.warm_up()
        self._efforts = (LOOK, AGAIN) if again else (LOOK,)

    def look(self, made: Made) -> tuple[Quad | None, Reading | None, float]:
        """The detector's best quad, the reading of that view, and its focus."""
        frame = Frame.from_image(made.image)
        found = [detection for detection in self._detector.detect(frame) if detection.kind == "card"]
        if not found:
            return None, None, 0.0
        quad = max(found, key=lambda detection: detection.score).quad
        focus = sharpness(frame, quad)
        reading = None
        for effort in self._efforts:
            reading = next(iter(self._recognizer.recognize(View(frame, quad, effort, sharpness=focus))), reading)
            if reading is not None and reading.key:
                break
        return quad, reading, focus


def judged(made: Made, quad: Quad | None, reading: Reading | None, truth: str) -> str:
    """Why a view was not read right, "" when it was."""
    places = [place for place in (quad, reading.quad if reading is not None else None) if place is not None]
    if max((iou(place, made.quad) for place in places), default=0.0) < FOUND_IOU:
        return "not located"
    read = next((line.text for line in reading.lines if line.name == "pan"), "") if reading is not None else ""
    return "" if read == truth else "wrong digits" if read else "no number line"


def corner_error(quad: Quad | None, truth: Quad) -> float | None:
    """Mean corner distance over the true diagonal, None for no quad or another place; any corner may come first."""
    if quad is None or iou(quad, truth) < FOUND_IOU:
        return None
    diagonal = float(np.linalg.norm(truth[2] - truth[0]) + np.linalg.norm(truth[3] - truth[1])) / 2
    turned = (np.roll(quad, turn, axis=0) for turn in range(4))
    return min(float(np.linalg.norm(one - truth, axis=1).mean()) for one in turned) / diagonal
