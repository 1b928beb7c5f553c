"""Words that stay long enough to be read, however fast the engine changes its mind."""

from __future__ import annotations

from dataclasses import replace

from scanapp.snapshot import TrackState

STAYS_S = 0.9
"""Shortest time that one advice is shown: a person needs about that to read and follow it."""
LINGERS_S = 0.4
"""How long an advice outlives its reason: looks come a few times a second, and not each repeats it."""


class SteadyAdvice:
    """Advice for one person: at most one a `STAYS_S`."""

    def __init__(self) -> None:
        self._shown: tuple[int, str] = (0, "")
        self._since = 0.0
        self._last = 0.0

    def of(self, track: TrackState, pts: float) -> TrackState:
        """The track with the advice to show now."""
        wanted = (track.id, track.advice)
        if pts < self._last or track.id != self._shown[0] or track.status == "confirmed":
            self._show(wanted, pts)
        if wanted == self._shown:
            self._last = pts
        elif not self._shown[1] or (pts - self._since >= STAYS_S and self._over(track, pts)):
            self._show(wanted, pts)
        return track if track.advice == self._shown[1] else replace(track, advice=self._shown[1])

    def _over(self, track: TrackState, pts: float) -> bool:
        return bool(track.advice) or pts - self._last >= LINGERS_S

    def _show(self, advice: tuple[int, str], pts: float) -> None:
        if advice != self._shown:
            self._shown, self._since = advice, pts
        self._last = pts
