"""Timestamps that only rise, in seconds from the first frame.

Containers lie: raw streams carry no timestamps, muxers repeat or reorder them, concatenated and wrapped
transport streams start again from zero. `Timeline` repairs all that from the stream's average rate, as a pure
function of what came before, so that two readings of one file agree to the last bit.
"""

from __future__ import annotations

from fractions import Fraction

from scanapp.frame import Frame

FALLBACK_RATE = 25.0
_JUMP_BACK = 1.0
"""Seconds: a step back of more than this is a new beginning, less is a muxer's jitter."""


class Timeline:
    """Turns container timestamps into rising seconds.

    A missing timestamp counts as one frame after the one before. One that does not rise is moved to just after
    it (a tenth of a frame, so that good timestamps behind it stay as they are). One that leaps back by more than a
    second starts a new stretch, one frame after the last.
    """

    def __init__(self, rate: float | None = None) -> None:
        """``rate`` in frames a second; implausible or unknown rates fall back to 25."""
        plausible = rate is not None and 0.05 <= rate <= 1000
        self.step = 1.0 / (rate if plausible and rate is not None else FALLBACK_RATE)
        self._last: float | None = None
        self._offset: float | None = None

    def restart(self) -> None:
        """What follows counts from its own first timestamp, one frame after the last (a loop, a reconnect)."""
        self._offset = None

    def seconds(self, pts: int | None, time_base: Fraction | None) -> float:
        """The time of the next frame; ``pts`` in units of ``time_base``."""
        if pts is None or time_base is None or not time_base:
            return self._advance(self._next())
        stamp = pts * time_base.numerator / time_base.denominator
        return self.at(stamp)

    def at(self, stamp: float) -> float:
        """The time of the next frame, from a timestamp in seconds on the stream's own scale."""
        if self._offset is None:
            self._offset = self._next() - stamp
        when = round(stamp + self._offset, 9)
        if self._last is not None and when <= self._last:
            if self._last - when > _JUMP_BACK:
                when = self._next()
                self._offset = when - stamp
            else:
                when = self._last + self.step / 10
        return self._advance(when)

    def _next(self) -> float:
        return 0.0 if self._last is None else self._last + self.step

    def _advance(self, when: float) -> float:
        self._last = round(when, 9)  # 0.12, not 0.12000000000000001
        return self._last


def restamped(frame: Frame, index: int, pts: float) -> Frame:
    """``frame`` at another place in a stream; pixels are shared."""
    return Frame(frame.gray, lambda: frame.bgr, index=index, pts=pts)
