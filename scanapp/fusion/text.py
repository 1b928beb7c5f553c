"""`TextFusion`: the lines of several views of one page, label or sign, fused character by character.

Lines are matched by place (after a similarity fit between the views, since the camera moves) and text, and each
line's posteriors are fused position by position: ROVER (Fiscus 1997) with mean log-probabilities, the Bayesian
product over positions, in place of votes; see `scanapp.fusion.align`. Views are weighted by sharpness, and readings
of one moment count as one view.

Rather absent than wrong: a line is *certain* when every position of it has probability `certain` and is what at
least two views by themselves read, or `alone` in a single view. Lines that are not certain are left out of a
confirmed answer. A line cut off by the picture's edge brings a position that nobody can be sure of (see
`scanapp.recognizers.ocr.edges`), so it stays out until another view shows its end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scanapp.errors import UsageError
from scanapp.fusion.align import Consensus
from scanapp.fusion.line_matching import STRANGE, extent, joined, motion, moved_quad, overlaps, similarity
from scanapp.geometry import Quad
from scanapp.recognizers.ocr.layout import reading_order
from scanapp.recognizers.ocr.page import hull, normalized, text_value
from scanapp.results import Answer, Line, Reading

MIN_GAP_S = 0.03
"""Views closer in time are nearly the same picture and repeat its errors."""
FREE = 0.6
"""Line heights by which one view must reach further than the other to be no evidence against the rest."""


@dataclass(slots=True, eq=False)
class _Tracked:
    """A line over the views: quad in the newest reading's pixels, `looks` different views, `last` number of one."""

    quad: Quad
    first: int
    consensus: Consensus = field(default_factory=Consensus)
    looks: int = 0
    last: int = -1

    @property
    def text(self) -> str:
        return self.consensus.text

    def line(self) -> Line:
        return Line(self.quad, tuple(p for p in self.consensus.posteriors() if p[0][0]))


class TextFusion:
    """Fuses the readings of one track of kind "text".

    certain    least probability of each position over two or more agreeing views
    alone      the same in one view
    patience   views without a new certain line after which the others are given up
    max_looks  views after which nothing more is expected: the answer is settled as it stands
    """

    def __init__(
        self, *, certain: float = 0.95, alone: float = 0.99, patience: int = 3, max_looks: int = 8
    ) -> None:
        if not 0 < certain <= alone <= 1 or patience < 1 or max_looks < 1:
            raise UsageError(
                "text fusion: 0 < certain ≤ alone ≤ 1, patience ≥ 1 and max_looks ≥ 1 are needed, "
                f"got {certain}, {alone}, {patience} and {max_looks}"
            )
        self._certain = certain
        self._alone = alone
        self._patience = patience
        self._max_looks = max_looks
        self._lines: list[_Tracked] = []
        self._quad: Quad | None = None
        self._looks = 0
        self._last_pts = -math.inf
        self._new_look = True
        self._last_gain = 0
        self._most_certain = 0
        self._confirmed = False

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """Fuse one more reading; readings less than `MIN_GAP_S` apart are one view. Other kinds are ignored."""
        if not reading.lines:
            return
        self._new_look = abs(pts - self._last_pts) >= MIN_GAP_S
        if self._new_look:
            self._looks += 1
            self._last_pts = pts
        self._follow(reading)
        weight = min(max(sharpness, 0.1), 1.0) if math.isfinite(sharpness) else 0.1
        taken: list[tuple[_Tracked, Line]] = []
        for line in sorted(reading.lines, key=lambda line: -len(line.chars)):
            if line.text:
                taken.append((self._home(line, taken), line))
        for tracked, line in taken:
            self._merge(tracked, line, weight)
        self._quad = reading.quad
        certain = sum(self._is_certain(tracked) for tracked in self._kept())
        if certain > self._most_certain:
            self._most_certain, self._last_gain = certain, self._looks

    def answer(self) -> Answer | None:
        """What is believed; once confirmed, only its certain lines. None before the first reading."""
        if self._quad is None:
            return None
        kept = self._kept()
        sure = [tracked for tracked in kept if self._is_certain(tracked)]
        spent = self._looks >= self._max_looks or (bool(sure) and self._looks - self._last_gain >= self._patience)
        complete = len(sure) == len(kept)
        self._confirmed = bool(sure) and (self._confirmed or complete or spent)
        lines = _in_order([tracked.line() for tracked in (sure if self._confirmed else kept)])
        if not lines:
            return None
        sizes = [len(line.chars) for line in lines]
        value = text_value(lines)
        return Answer(
            value=value,
            confidence=float(np.average([line.confidence for line in lines], weights=sizes)),
            frames_used=self._looks,
            confirmed=self._confirmed,
            settled=spent or (self._confirmed and complete),
            quad=hull(lines),
            key=normalized(value["text"]),
            lines=tuple(lines),
        )

    def _follow(self, reading: Reading) -> None:
        """Take the known lines to where they are in this reading's frame."""
        known = [(tracked.text, tracked.quad) for tracked in self._lines]
        transform = motion(known, [(line.text, line.quad) for line in reading.lines])
        for tracked in self._lines:
            tracked.quad = moved_quad(transform, tracked.quad)

    def _home(self, line: Line, taken: Sequence[tuple[_Tracked, Line]]) -> _Tracked:
        """The known line that this one is, or is a part of; a new one when there is none."""
        text = line.text
        candidates = []
        for tracked in self._lines:
            if not overlaps(tracked.quad, line.quad):
                continue
            if any(other is tracked and overlaps(part.quad, line.quad) for other, part in taken):
                continue
            alike = similarity(*_common_part(tracked, line))
            if alike >= STRANGE or max(len(text), len(tracked.text)) <= 2:
                candidates.append((alike, tracked.looks, tracked))
        if candidates:
            return max(candidates, key=lambda c: c[:2])[2]
        self._lines.append(_Tracked(line.quad, first=self._looks))
        return self._lines[-1]

    def _merge(self, tracked: _Tracked, line: Line, weight: float) -> None:
        begins, ends, _, _ = extent(tracked.quad, line.quad)
        length = extent(tracked.quad, tracked.quad)[1]
        tracked.consensus.add(
            line.chars,
            weight,
            free_start=abs(begins) > FREE,
            free_end=abs(ends - length) > FREE,
            new_look=self._new_look,
        )
        tracked.quad = joined(tracked.quad, line.quad)
        if tracked.last != self._looks:
            tracked.looks += 1
            tracked.last = self._looks

    def _kept(self) -> list[_Tracked]:
        return [tracked for tracked in self._without_rivals() if self._persists(tracked)]

    def _without_rivals(self) -> list[_Tracked]:
        """Where lines overlap, only the one with most views and characters: cut differently, or a misreading."""
        ranked = sorted(self._lines, key=lambda t: (-t.looks * len(t.text), t.first))
        kept: list[_Tracked] = []
        for tracked in ranked:
            if tracked.text and not any(overlaps(other.quad, tracked.quad) for other in kept):
                kept.append(tracked)
        return kept

    def _persists(self, tracked: _Tracked) -> bool:
        """Whether half of the views since it was first seen show it."""
        return 2 * tracked.looks >= self._looks - tracked.first + 1

    def _is_certain(self, tracked: _Tracked) -> bool:
        support = [position.support() for position in tracked.consensus.positions]
        least, agreeing = min(p for p, _ in support), min(count for _, count in support)
        if tracked.looks < 2:
            return least >= self._alone and len(tracked.text) >= 2
        return least >= self._certain and agreeing >= 2


def _common_part(tracked: _Tracked, line: Line) -> tuple[str, str]:
    """Both texts, the longer one cut to the part that the shorter covers: a fragment is compared with its place."""
    begins, ends, _, _ = extent(tracked.quad, line.quad)
    length = extent(tracked.quad, tracked.quad)[1]
    known, text = tracked.text, line.text
    return (
        _slice(known, begins / length, ends / length),
        _slice(text, -begins / max(ends - begins, 1e-6), (length - begins) / max(ends - begins, 1e-6)),
    )


def _slice(text: str, start: float, end: float) -> str:
    """The part of ``text`` from ``start`` to ``end`` (0 to 1), a character to spare on each side."""
    if start <= 0.05 and end >= 0.95:
        return text
    count = len(text)
    return text[max(0, math.floor(start * count) - 1) : min(count, math.ceil(end * count) + 1)]


def _in_order(lines: Sequence[Line]) -> list[Line]:
    return [lines[i] for i in reading_order([line.quad for line in lines])]
