"""`Snapshot`: the state of the engine after one frame, which is what views draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanapp.events import Event
from scanapp.frame import Frame
from scanapp.geometry import Quad
from scanapp.results import Value


@dataclass(frozen=True, slots=True, eq=False)
class TrackState:
    """One track as it stands now.

    quad      (4, 2) float32, frame pixels, where the thing is in this very frame
    status    "seen" (proposed, nothing read), "reading" (a job is under way), "found" (read, not yet trusted)
              or "confirmed"
    value     what is believed so far, None before the first reading
    attempts  how many looks have been spent on it
    advice    what the latest look says would help, see `Reading.advice`
    secrets   (4, 2) float32 quads, frame pixels: where something stands in this frame that a picture which is shown
              or stored must not show (a card's number; the whole card while its number has not been found)
    """

    id: int
    kind: str
    quad: Quad
    status: str
    value: Value | None = None
    confidence: float = 0.0
    attempts: int = 0
    advice: str = ""
    secrets: tuple[Quad, ...] = ()


@dataclass(frozen=True, slots=True)
class StageTime:
    """Time spent in one stage so far, in milliseconds of wall time; percentiles over the latest calls."""

    calls: int
    total_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A frame, the tracks in it, the events that it caused.

    age      seconds from capture to now (0 in replay)
    dropped  frames that the stream left out so far, by reason
    """

    frame: Frame
    tracks: tuple[TrackState, ...]
    events: tuple[Event, ...] = ()
    age: float = 0.0
    produced: int = 0
    delivered: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, StageTime] = field(default_factory=dict)
