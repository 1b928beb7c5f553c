"""The views of one printed line that fusion keeps, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanapp.fusion.card_evidence import Look, Trust, independent
from scanapp.fusion.card_slots import Slots, added_up, agreeing
from scanapp.results import Line

DUPLICATE = 0.25
"""What a view that hardly differs from an earlier one counts: noise is new in it, blur, glare and pose are not."""
LEAST_WEIGHT = 0.3
"""The least weight of a view, beside the best one of the card: its posteriors know of the blur already."""
MOST = 16
"""Views kept; the poorest make way."""


class Looks:
    """Views of one line, in a given alphabet."""

    def __init__(self, alphabet: str, trust: Trust) -> None:
        self._alphabet = alphabet
        self._trust = trust
        self._kept: list[Look] = []
        self._distances: dict[tuple[int, int], int] = {}
        self._count = 0
        self.slots: Slots | None = None
        """All agreeing views added up; None before the first."""
        self.same: list[Look] = []
        """The views that `slots` are of."""

    def look(self, line: Line, pts: float, quality: float) -> Look:
        """One view of the line, not kept yet."""
        logs, read = self._trust.logs(line.chars, self._alphabet)
        made = Look(self._count, line.chars, logs, read, pts, quality, line.quad, frames=line.frames)
        whole = [look for look in self._kept if look.share == 1]
        new = all(independent(made, look) for look in whole)
        return made if new else replace(made, share=DUPLICATE)

    def alone(self, trust: Trust) -> Slots:
        """What the weightiest view says by itself, trusted in another way than where several add up."""
        first = self.same[0]
        logs, read = trust.logs(first.chars, self._alphabet)
        return added_up([replace(first, logs=logs, read=read)], self._alphabet, trust, [1.0])

    def keep(self, look: Look) -> None:
        """Take a view in and add all up again, so that the views' order does not matter."""
        self._count += 1
        self._kept.append(look)
        if len(self._kept) > MOST:
            poorest = min(self._kept[:-1], key=lambda look: (look.share * look.quality * look.confidence, look.pts))
            self._kept.remove(poorest)
            self._distances = {pair: d for pair, d in self._distances.items() if poorest.number not in pair}
        self.same = agreeing(self._kept, self._distances)
        self.slots = added_up(self.same, self._alphabet, self._trust, _weights(self.same))

    @property
    def newest(self) -> Look | None:
        """The view kept last."""
        return self._kept[-1] if self._kept else None


def _weights(looks: Sequence[Look]) -> list[float]:
    """Focus is relative: a soft lens makes no view worthless, a blurred view counts less beside a sharp one."""
    best = max(look.quality for look in looks)
    return [look.share * max(LEAST_WEIGHT, look.quality / best) for look in looks]
