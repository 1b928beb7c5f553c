"""What the judge says: `Verdict`, `Finding` and the `Judgement` of a whole recording."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

FOUND, MISSED, INEXACT, UNSEEN = "found", "missed", "inexact", "unseen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One value that the truth lists, in one appearance.

    status      "found"; "missed": required and not confirmed; "inexact": a text line that was confirmed almost
                right, which counts as missed; "unseen": neither confirmed nor required
    appearance  0 for the first time that the thing is in view, 1 when it came back after the forget time, …
    nearest     the line that was confirmed instead, for "inexact"
    visible     pts of the first moment at which it is whole in view, None where the truth does not say
    readable    pts of the first moment at which a good reader could read it, None where the truth does not say
    confirmed   pts of the confirmation, and ``frame`` its frame, None when there was none
    fps         frames a second, to turn moments of the truth into frames
    """

    object_id: str
    kind: str
    value: str
    required: bool
    status: str
    appearance: int = 0
    nearest: str = ""
    visible: float | None = None
    readable: float | None = None
    confirmed: float | None = None
    frame: int | None = None
    fps: float | None = None

    @property
    def latency(self) -> float | None:
        """Seconds from first visible to confirmed; negative when it was read before it was whole in view."""
        return _difference(self.confirmed, self.visible)

    @property
    def latency_readable(self) -> float | None:
        """Seconds from first readable to confirmed; negative when the engine reads better than expected."""
        return _difference(self.confirmed, self.readable)

    @property
    def latency_frames(self) -> int | None:
        """Frames from first visible to confirmed."""
        return self._frames_since(self.visible)

    @property
    def latency_readable_frames(self) -> int | None:
        """Frames from first readable to confirmed."""
        return self._frames_since(self.readable)

    def _frames_since(self, moment: float | None) -> int | None:
        if self.frame is None or moment is None or self.fps is None:
            return None
        return self.frame - round(moment * self.fps)


@dataclass(frozen=True, slots=True)
class Finding:
    """A confirmation that should not be there: ``why`` in a few words, ``value`` as it was confirmed."""

    kind: str
    value: str
    pts: float
    frame: int
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that the truth says about one replay.

    wrong       values confirmed that are not there (or not yet)
    duplicates  values confirmed again though they had never left
    inexact     lines confirmed that are almost a listed line
    unjudged    confirmations of kinds that the truth does not speak of
    """

    verdicts: tuple[Verdict, ...] = ()
    wrong: tuple[Finding, ...] = ()
    duplicates: tuple[Finding, ...] = ()
    inexact: tuple[Finding, ...] = ()
    unjudged: int = 0

    @property
    def required(self) -> int:
        """How many values had to be confirmed."""
        return sum(verdict.required for verdict in self.verdicts)

    @property
    def found(self) -> int:
        """How many of them were."""
        return sum(verdict.required and verdict.status == FOUND for verdict in self.verdicts)

    @property
    def missed(self) -> tuple[Verdict, ...]:
        """Required values that were not confirmed, or not exactly."""
        return tuple(verdict for verdict in self.verdicts if verdict.required and verdict.status != FOUND)

    @property
    def ok(self) -> bool:
        """Every required value confirmed once, nothing wrong."""
        return not (self.missed or self.wrong or self.duplicates)

    @property
    def median_latency(self) -> float | None:
        """Median seconds from first visible to confirmed over the required values that were found."""
        return _median(verdict.latency for verdict in self.verdicts if verdict.required)

    @property
    def median_latency_frames(self) -> float | None:
        """The same in frames."""
        return _median(verdict.latency_frames for verdict in self.verdicts if verdict.required)

    @property
    def median_latency_readable(self) -> float | None:
        """Median seconds from first readable to confirmed over the required values that were found."""
        return _median(verdict.latency_readable for verdict in self.verdicts if verdict.required)


def join(parts: Iterable[Judgement]) -> Judgement:
    """The judgements of several kinds as one."""
    parts = list(parts)
    return Judgement(
        verdicts=tuple(verdict for part in parts for verdict in part.verdicts),
        wrong=_by_time(finding for part in parts for finding in part.wrong),
        duplicates=_by_time(finding for part in parts for finding in part.duplicates),
        inexact=_by_time(finding for part in parts for finding in part.inexact),
        unjudged=sum(part.unjudged for part in parts),
    )


def _by_time(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.frame, finding.pts)))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _difference(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else round(later - earlier, 3)
