"""What the stages hand to each other: `Detection`, `View`, `Reading`, `Answer`. All frozen, arrays read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Bgr, Frame
from scanapp.geometry import (
    Gray,
    Quad,
    Transform,
    area,
    as_quad,
    bounds,
    clip_box,
    expand,
    rectify,
    sides,
    transform_quad,
)

Value = Mapping[str, Any]
"""A JSON-ready value as it stands in an event, e.g. ``{"format": "QRCode", "text": "…", "hex": "…"}``."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A region that looks worth reading.

    quad   (4, 2) float32, frame pixels, clockwise from the top left of the upright object where known
    score  0 to 1: how sure the detector is
    hint   what the detector knows beyond the kind ("linear", "matrix", "line", …); recognizers may use it
    """

    kind: str
    quad: Quad
    score: float
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One look at one track: what a recognizer gets. Pixels are cut out on the worker's thread, when asked for.

    quad     (4, 2) float32, frame pixels of ``frame``
    effort   which rung of the recognizer's ladder to spend: 0 is the cheapest (see `Recognizer.efforts`)
    hint     the detector's hint
    whole    the view is the whole frame (a still picture, or a sweep), not a region that a detector proposed
    sharpness  relative focus of the region, 0 to 1 (1 when unknown)
    line     (4, 2) float32 in units of the quad, clockwise from where reading begins: where an earlier look at the
             track read its number; None: not known
    """

    frame: Frame
    quad: Quad
    effort: int = 0
    hint: str = ""
    whole: bool = False
    sharpness: float = 1.0
    line: Quad | None = None

    def crop(self, grow: float = 1.0) -> tuple[Gray, Transform]:
        """The axis-aligned box around the quad grown by ``grow``, without a copy, and its transform to the frame.

        A quad outside the frame gives a 1×1 view.
        """
        x0, y0, x1, y1 = self._box(grow)
        to_frame = np.array([[1.0, 0, x0], [0, 1.0, y0], [0, 0, 1.0]])
        return self.frame.gray[y0:y1, x0:x1], to_frame

    def crop_bgr(self, grow: float = 1.0) -> tuple[Bgr, Transform]:
        """Like `crop`, in colour."""
        x0, y0, x1, y1 = self._box(grow)
        to_frame = np.array([[1.0, 0, x0], [0, 1.0, y0], [0, 0, 1.0]])
        return self.frame.bgr[y0:y1, x0:x1], to_frame

    def rectified(self, grow: float = 1.0, scale: float = 1.0, max_side: int = 2000) -> tuple[Gray, Transform]:
        """The quad grown by ``grow``, upright at ``scale`` × its size, and its transform to the frame."""
        quad = expand(self.quad, grow)
        width, height = (max(8.0, side * scale) for side in sides(quad))
        shrink = min(1.0, max_side / max(width, height))
        return rectify(self.frame.gray, quad, max(8, round(width * shrink)), max(8, round(height * shrink)))

    def _box(self, grow: float) -> tuple[int, int, int, int]:
        x0, y0, x1, y1 = clip_box(bounds(expand(self.quad, grow)), self.frame.width, self.frame.height)
        if x0 == x1 or y0 == y1:
            x0, y0 = min(x0, self.frame.width - 1), min(y0, self.frame.height - 1)
            return x0, y0, x0 + 1, y0 + 1
        return x0, y0, x1, y1


def whole_view(frame: Frame, effort: int = 0) -> View:
    """The view of a whole frame."""
    corners = [[0, 0], [frame.width, 0], [frame.width, frame.height], [0, frame.height]]
    return View(frame, as_quad(corners), effort=effort, whole=True)


CharPosterior = tuple[tuple[str, float], ...]
"""The likeliest characters at one position with their probabilities, best first; ``""`` means "none here"."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of text with what each character could also have been.

    quad   (4, 2) float32, frame pixels, clockwise from where reading begins
    chars  one `CharPosterior` a character
    name   which field of its thing the line is ("pan", "expiry", "holder"); empty for plain text
    frames  (steps, 1 + n) float32 log-probabilities as a CTC reader gave them, a blank first, then the n characters
            of its alphabet: what fusion needs to ask how likely any other string would have been; None: not kept
    """

    quad: Quad
    chars: tuple[CharPosterior, ...] = field(repr=False)
    name: str = ""
    frames: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The likeliest character at each position."""
        return "".join(posterior[0][0] for posterior in self.chars)

    @property
    def confidence(self) -> float:
        """Geometric mean of the best characters' probabilities (0 for an empty line)."""
        if not self.chars:
            return 0.0
        return float(np.exp(np.mean(np.log([max(p[0][1], 1e-6) for p in self.chars]))))


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One recognizer's answer about one thing in one view, with its alternatives.

    key         identity of the answer for votes, e.g. "QRCode:https://…"; equal keys mean equal values
    value       JSON-ready, as in the event
    quad        (4, 2) float32, pixels of the view's frame
    confidence  0 to 1
    strength    how much one such reading proves, 0 to 1: 1 is enough alone (QR: error correction), 0.5 needs a
                second agreeing view, 0.34 a third
    method      how it was read, e.g. "zxing" or "unsharp+zxing"
    lines       text and cards: the lines with per-character posteriors, in reading order
    advice      what would make the next view better: "hold" (blurred), "closer", "glare", "dark", "whole" (cut off
                by the picture's edge), "turn" (seen too flat, or the number is on the other side); empty: nothing

    What was read stays out of the repr: it may be a card number, and reprs end up in logs.
    """

    kind: str
    key: str = field(repr=False)
    value: Value = field(repr=False)
    quad: Quad
    confidence: float = 1.0
    strength: float = 1.0
    method: str = ""
    lines: tuple[Line, ...] = field(default=(), repr=False)
    advice: str = ""

    def moved(self, transform: Transform) -> Reading:
        """The same reading where a homography takes it; GeometryError when that is nowhere."""
        lines = tuple(replace(line, quad=transform_quad(transform, line.quad)) for line in self.lines)
        return replace(self, quad=transform_quad(transform, self.quad), lines=lines)


@dataclass(frozen=True, slots=True)
class Effort:
    """One rung of a recognizer's ladder.

    cost_ms     expected CPU milliseconds for a small view on the reference machine (the cost table scales it)
    gain        chance that this rung reads what the rungs before it did not, 0 to 1
    per_mpx_ms  what each megapixel of the view adds
    hints       the detectors' hints that this rung is for; empty: any. Views without a hint suit every rung
    asked       only where fusion asks for it by name (`Answer.wants`); a look that failed does not lead to it
    """

    name: str
    cost_ms: float
    gain: float
    per_mpx_ms: float = 0.0
    hints: frozenset[str] = frozenset()
    asked: bool = False

    def suits(self, hint: str) -> bool:
        """Whether a view with this hint is worth this rung, though nobody has asked for it."""
        return not self.asked and (not self.hints or not hint or hint in self.hints)

    def cost_of(self, view: View) -> float:
        """Expected CPU milliseconds for ``view`` on the reference machine."""
        return self.cost_ms + self.per_mpx_ms * area(view.quad) / 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What fusion makes of all readings of one track so far.

    confidence   0 to 1
    frames_used  how many different views stand behind it
    confirmed    good enough to be reported
    settled      another look would not change it: work on this track can stop
    quad         (4, 2) float32 of the newest reading that supports it, pixels of that reading's frame
    wants        name of the effort that would help most now; empty: whatever the recognizer's ladder says
    pause_s      0: something is known of it. More: nothing is, and another look within so many seconds would say
                 the same; such looks are guesses, and paid for as guesses
    """

    value: Value = field(repr=False)
    confidence: float
    frames_used: int
    confirmed: bool
    settled: bool
    quad: Quad
    key: str = field(default="", repr=False)
    lines: tuple[Line, ...] = field(default=(), repr=False)
    wants: str = ""
    pause_s: float = 0.0


@runtime_checkable
class Detector(Protocol):
    """Level 1: cheap, on thumbnails. ``detect`` may run on every frame; it must not keep the frame."""

    name: str
    kinds: frozenset[str]
    cost_ms: float
    """Expected CPU milliseconds a frame on the reference machine."""

    def detect(self, frame: Frame) -> Sequence[Detection]:
        """Regions worth reading, best first; empty means "looked, and nothing is there"."""


@runtime_checkable
class Recognizer(Protocol):
    """Level 2: heavy, on one view. Called on worker threads, never twice at once for one instance.

    It must be a function of the view alone (same view, same readings): replay depends on it.
    """

    name: str
    kinds: frozenset[str]
    efforts: tuple[Effort, ...]

    def recognize(self, view: View) -> Sequence[Reading]:
        """All readings in the view at ``view.effort``; empty when nothing can be read at this effort."""


@runtime_checkable
class Fusion(Protocol):
    """Fuses the readings of one track. One instance a track."""

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """Take one more reading; ``pts`` in seconds and ``sharpness`` 0 to 1 describe its view."""

    def answer(self) -> Answer | None:
        """The best answer so far, None before the first reading."""


@runtime_checkable
class Discerning(Protocol):
    """A fusion that takes all readings of its track, and knows when the thing has been exchanged."""

    def contradicts(self, reading: Reading) -> bool:
        """Whether ``reading`` is certain to be of another thing: its track ends, and a new one begins with it."""
