"""What lies in a basket: the confirmed things in view, counted, and told when the count has changed for good.

A thing that is being laid down is found, lost and found again, and one that is covered for a moment is still there:
so a new count must stand for a while (``settle_s``) before it is told. What leaves the view leaves the count when
its track is lost. Two tracks of one value at one place are one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanapp.geometry import Quad, coverage
from scanapp.pipeline import Counting
from scanapp.results import Value
from scanapp.tracking import Track

KIND = "basket"
SAME = 0.5
"""Share of one that lies in the other from which two equal things are one."""


class Basket:
    """Counts the things of one stream."""

    def __init__(self, rule: Counting) -> None:
        self._rule = rule
        self._told: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._since = 0.0
        self._names: dict[str, str] = {}

    def look(self, tracks: Iterable[Track], pts: float) -> Value | None:
        """What the basket holds at ``pts``, if that is news; None while it holds what was told last."""
        seen = self._count(tracks)
        if seen != self._seen:
            self._seen, self._since = seen, pts
        if seen == self._told or pts - self._since < self._rule.settle_s:
            return None
        change = {key: seen.get(key, 0) - self._told.get(key, 0) for key in sorted(seen.keys() | self._told.keys())}
        self._told = seen
        return {
            "counts": seen,
            "total": sum(seen.values()),
            "change": {key: number for key, number in change.items() if number},
            "text": self._words(seen),
        }

    def _count(self, tracks: Iterable[Track]) -> dict[str, int]:
        """Value → how many things have it, by value."""
        places: dict[str, list[Quad]] = {}
        for track in tracks:
            if track.kind != self._rule.kind or track.answer is None or not track.answer.confirmed:
                continue
            key = str(track.answer.value.get(self._rule.by) or "")
            others = places.setdefault(key, [])
            if key and not any(_same_place(track.quad, other) for other in others):
                others.append(track.quad)
                self._names[key] = _name(track.answer.value, key)
        return {key: len(places[key]) for key in sorted(places) if places[key]}

    def _words(self, counts: Mapping[str, int]) -> str:
        return ", ".join(f"{number} × {self._names[key]}" for key, number in counts.items())


def _name(value: Mapping[str, Any], key: str) -> str:
    return str(value.get("name") or value.get("text") or key)


def _same_place(a: Quad, b: Quad) -> bool:
    return max(coverage(a, b), coverage(b, a)) > SAME
