"""Still pictures: the same recognizers and retries as in a stream, with one view only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from scanapp.events import rounded_quad
from scanapp.frame import Frame
from scanapp.geometry import Quad, center, coverage
from scanapp.kinds import rules
from scanapp.pipeline import Pipeline
from scanapp.privacy import mask_value
from scanapp.results import Reading, Recognizer, Value, whole_view


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One thing read in a picture. quad: (4, 2) float32, picture pixels; confidence 0 to 1."""

    kind: str
    quad: Quad
    confidence: float
    value: Value = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, rounded."""
        return {
            "kind": self.kind,
            "quad": rounded_quad(self.quad),
            "confidence": round(self.confidence, 3),
            "value": dict(self.value),
        }


@runtime_checkable
class StillReader(Protocol):
    """A recognizer with a way of its own to spend its ladder on one picture."""

    def read_still(self, frame: Frame) -> Sequence[Reading]:
        """All that can be trusted in the picture."""


def read_still(
    frame: Frame, pipeline: Pipeline, recognizers: Sequence[Recognizer], *, reveal: bool = False
) -> list[Result]:
    """All things in one picture, each once, in reading order of their kinds."""
    results: list[Result] = []
    for recognizer in recognizers:
        for reading in _readings(frame, recognizer):
            if _in_region(reading, frame, pipeline) and not _belongs_to_another(reading, results):
                value = mask_value(reading.value, reading.kind, reveal=reveal)
                results.append(Result(reading.kind, reading.quad, reading.confidence, value))
    return results


def _readings(frame: Frame, recognizer: Recognizer) -> Sequence[Reading]:
    if isinstance(recognizer, StillReader):
        return recognizer.read_still(frame)
    for effort in range(len(recognizer.efforts)):
        readings = recognizer.recognize(whole_view(frame, effort))
        if readings:
            return readings
    return ()


def _belongs_to_another(reading: Reading, results: Sequence[Result]) -> bool:
    """Text on a thing that has been read and owns it: a pattern taken for characters, or read already."""
    return reading.kind == "text" and any(
        rules(result.kind).owns != "never" and coverage(reading.quad, result.quad) > 0.6 for result in results
    )


def _in_region(reading: Reading, frame: Frame, pipeline: Pipeline) -> bool:
    x0, y0, x1, y1 = pipeline.policy.region
    x, y = center(reading.quad)
    return x0 * frame.width <= x <= x1 * frame.width and y0 * frame.height <= y <= y1 * frame.height
