"""`VoteFusion`: answers by agreeing views, for things that are read whole (codes).

Each reading brings a *strength*: what one view proves. A QR code, with its error correction, proves itself
(strength 1). ITF, Code 39 or MicroQR texts are invented by single-frame decoders about once in 500 frames; a second
view that agrees makes that one in hundreds of thousands, so their strength is 0.5 or less. Views closer together
than `MIN_GAP_S` count once: they are nearly the same picture, and repeat its errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanapp.results import Answer, Reading

MIN_GAP_S = 0.03
ENOUGH = 0.999
LEAD = 2.0
"""The winner needs this many times the runner-up's strength: one stray read must not block, a tie must."""


@dataclass(slots=True)
class _Tally:
    reading: Reading
    strength: float
    views: int
    last_pts: float
    doubt: float


class VoteFusion:
    """Confirms the value whose agreeing views add up to a strength of 1 and clearly lead all others."""

    def __init__(self, min_views: int = 1) -> None:
        self._min_views = min_views
        self._tallies: dict[str, _Tally] = {}

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """Count a reading; a second one of the same value within `MIN_GAP_S` seconds only renews its place."""
        del sharpness  # a code is read whole or not at all: its checksum already says how good the view was
        tally = self._tallies.get(reading.key)
        doubt = 1.0 - min(reading.confidence, 0.999)
        if tally is None:
            self._tallies[reading.key] = _Tally(reading, reading.strength, 1, pts, doubt)
            return
        if abs(pts - tally.last_pts) >= MIN_GAP_S:
            tally.strength += reading.strength
            tally.views += 1
            tally.doubt *= doubt
        tally.reading = reading
        tally.last_pts = max(tally.last_pts, pts)

    def answer(self) -> Answer | None:
        """The leading value; None before the first reading."""
        if not self._tallies:
            return None
        ranked = sorted(self._tallies.values(), key=lambda tally: -tally.strength)
        best = ranked[0]
        rival = ranked[1].strength if len(ranked) > 1 else 0.0
        confirmed = best.strength >= ENOUGH and best.views >= self._min_views and best.strength >= LEAD * rival
        share = best.strength / (best.strength + rival)
        confidence = (1.0 - best.doubt) * share * min(1.0, best.strength)
        reading = best.reading
        return Answer(
            reading.value, confidence, best.views, confirmed, confirmed, reading.quad, reading.key, reading.lines
        )
