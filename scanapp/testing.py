"""Doubles for tests of the engine and of whatever is built on it: no camera, no model, no waiting.

    source = ScriptedSource(blank_frames(3) + [Notice("truncated", "the file ends early")])
    recognizer = ScriptedRecognizer({1: [reading("hello")], 2: RuntimeError("lens cap on")})
    clock = HandClock(); clock.advance_to(1.5)

Everything a double was asked for is kept, so that a test can look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from scanapp.clock import VirtualClock
from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.results import Detection, Effort, Reading, View
from scanapp.sources.base import Notice, SourceInfo

__all__ = [
    "HandClock",
    "HandWait",
    "ScriptedDetector",
    "ScriptedRecognizer",
    "ScriptedSource",
    "blank_frames",
    "reading",
]

HandClock = VirtualClock
"""A clock that stands still until a test turns it."""

_T = TypeVar("_T")
Detections = Sequence[Detection] | Exception
Readings = Sequence[Reading] | Exception


class HandWait:
    """Stands in for ``Event.wait``: turns ``clock`` instead of waiting, and keeps what it was asked for.

    seconds       every wait so far
    interrupt_at  from this time on waits say "interrupted" (as when somebody closes the source)
    """

    def __init__(self, clock: VirtualClock, interrupt_at: float = float("inf")) -> None:
        self.seconds: list[float] = []
        self.interrupt_at = interrupt_at
        self._clock = clock

    def __call__(self, seconds: float) -> bool:
        """Turn the clock by ``seconds``, at most to ``interrupt_at``; True when interrupted."""
        self.seconds.append(seconds)
        self._clock.advance_to(min(self._clock.now() + seconds, self.interrupt_at))
        return self._clock.now() >= self.interrupt_at


class ScriptedSource:
    """A source that gives exactly these frames and notices and raises the errors among them.

    closed  how often it was closed
    """

    def __init__(self, items: Iterable[Frame | Notice | Exception], info: SourceInfo | None = None) -> None:
        self._items = items
        self.info = info or SourceInfo(name="scripted", live=False)
        self.closed = 0

    def __iter__(self) -> Iterator[Frame | Notice]:
        """The items in order, until closed; an exception among them is raised."""
        for item in self._items:
            if self.closed:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self) -> None:
        """End the iteration at its next item."""
        self.closed += 1


class ScriptedDetector:
    """A detector that finds what the script says.

    script  by frame index (nothing elsewhere), or a function of the frame; an exception is raised
    frames  the index of every frame that it was shown
    """

    def __init__(
        self,
        script: Mapping[int, Detections] | Callable[[Frame], Detections],
        *,
        name: str = "scripted",
        kinds: Iterable[str] = ("code",),
        cost_ms: float = 1.0,
    ) -> None:
        self._script = script
        self.name = name
        self.kinds = frozenset(kinds)
        self.cost_ms = cost_ms
        self.frames: list[int] = []

    def detect(self, frame: Frame) -> Sequence[Detection]:
        """As scripted."""
        self.frames.append(frame.index)
        return _played(self._script(frame) if callable(self._script) else self._script.get(frame.index, ()))


class ScriptedRecognizer:
    """A recognizer that reads what the script says.

    script  by the index of the view's frame (nothing elsewhere), or a function of the view; an exception is raised.
            Make a function depend on the view alone, or a replay will not repeat itself.
    views   every view that it was shown
    """

    def __init__(
        self,
        script: Mapping[int, Readings] | Callable[[View], Readings],
        *,
        name: str = "scripted",
        kinds: Iterable[str] = ("code",),
        efforts: Sequence[Effort] = (Effort("scripted", 1.0, 0.9),),
    ) -> None:
        self._script = script
        self.name = name
        self.kinds = frozenset(kinds)
        self.efforts = tuple(efforts)
        self.views: list[View] = []

    def recognize(self, view: View) -> Sequence[Reading]:
        """As scripted."""
        self.views.append(view)
        return _played(self._script(view) if callable(self._script) else self._script.get(view.frame.index, ()))


def blank_frames(
    count: int, *, fps: float = 25.0, size: tuple[int, int] = (64, 48), start: int = 0, gray: int = 128
) -> list[Frame]:
    """``count`` even frames of (width, height), numbered and timed from ``start``."""
    plane = np.full(size[::-1], gray, np.uint8)
    return [Frame(plane, index=number, pts=number / fps) for number in range(start, start + count)]


def reading(
    text: str,
    *,
    kind: str = "code",
    format: str = "QRCode",
    quad: ArrayLike | None = None,
    confidence: float = 1.0,
    strength: float = 1.0,
) -> Reading:
    """A reading of ``text`` as the code recognizer would give it."""
    corners = box_quad(10, 10, 30, 30) if quad is None else np.asarray(quad, np.float32)
    value = {"format": format, "text": text, "hex": text.encode().hex()}
    return Reading(kind, f"{format}:{text}", value, corners, confidence, strength, "scripted")


def _played(item: Sequence[_T] | Exception) -> Sequence[_T]:
    if isinstance(item, Exception):
        raise item
    return item
