"""Fusion: what do all looks at one track say together? One instance a track."""

from __future__ import annotations

from scanapp import Answer, Reading

ENOUGH = 3


class InARow:
    """Confirms a value that three looks in a row agree on: under a flickering lamp colours come and go."""

    def __init__(self) -> None:
        self._latest: Reading | None = None
        self._count = 0

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """One more look."""
        del pts, sharpness  # the scheduler leaves time between looks, and blur does not change a colour
        same = self._latest is not None and self._latest.key == reading.key
        self._count = self._count + 1 if same else 1
        self._latest = reading

    def answer(self) -> Answer | None:
        """``settled`` ends the work on this track: another look would not change the answer."""
        latest = self._latest
        if latest is None:
            return None
        done = self._count >= ENOUGH
        confidence = latest.confidence * min(1.0, self._count / ENOUGH)
        return Answer(latest.value, confidence, self._count, done, done, latest.quad, latest.key)
