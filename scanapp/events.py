"""`Event`: what leaves the engine, and its JSON form (schema 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scanapp.geometry import Quad
from scanapp.results import Value
from scanapp.sanitize import printable, to_json

SCHEMA = 1

FOUND, UPDATED, CONFIRMED, LOST = "found", "updated", "confirmed", "lost"
NOTICE, SUMMARY = "notice", "summary"


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something happened.

    found      a thing was read for the first time, not yet to be trusted
    updated    what is believed of it changed, before or after confirmation
    confirmed  the answer is trusted; once a thing, until it has been gone for the forget time
    lost       it left the view
    notice     the source or a stage has something to say (reconnected, frame size changed, stage restarted)
    summary    the last event: frames, drops, stages

    pts in seconds of media time; quad (4, 2) float32 in frame pixels, or None; value JSON-ready.
    """

    type: str
    pts: float
    frame: int
    track: int | None = None
    kind: str = ""
    quad: Quad | None = None
    confidence: float = 0.0
    frames_used: int = 0
    value: Value | None = field(default=None, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, keys in the schema's order, numbers rounded (pts 1 ms, pixels 0.1, confidence 0.001)."""
        row: dict[str, Any] = {"schema": SCHEMA, "type": self.type}
        if self.type == SUMMARY:
            return row | dict(self.data)
        row |= {"pts": round(self.pts, 3), "frame": self.frame}
        if self.type == NOTICE:
            return row | dict(self.data)
        row |= {"track": self.track, "kind": self.kind}
        if self.quad is not None:
            row["quad"] = rounded_quad(self.quad)
        row |= {"confidence": round(self.confidence, 3), "frames_used": self.frames_used}
        if self.value is not None:
            row["value"] = dict(self.value)
        return row

    def to_json(self) -> str:
        """One line of JSON; control characters are escaped."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        what = printable(str(self.value.get("text", dict(self.value))), 120) if self.value else ""
        detail = what or printable(str(self.data.get("message", "")), 120)
        return f"{self.pts:8.3f}s {self.type:9s} {self.kind:8s} {detail}".rstrip()


def rounded_quad(quad: Quad) -> list[list[float]]:
    """Nested lists, rounded to a tenth of a pixel, without negative zeros."""
    corners = np.round(np.asarray(quad, dtype=np.float64), 1) + 0.0
    return [[float(x), float(y)] for x, y in corners]
