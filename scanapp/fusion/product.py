"""`ProductFusion`: which product a track is, by the mean of what its latest views say.

Every reading shares its belief out between the nearest products and "unknown". Views of one thing in one light err
alike, so beliefs are averaged, not multiplied: ten views that are unsure in the same way stay unsure. Only the
latest views count, because a thing that is turned in the hand shows its back first and its label later. A barcode
settles it at once. What is confirmed stays confirmed until the thing is plainly another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanapp.results import Answer, Reading, Value

MIN_GAP_S = 0.05
"""Views closer than this are nearly the same picture: the later one takes the earlier one's place."""
WINDOW = 6
PATIENCE = 6
"""Views after which a thing that is likely none of the catalogue's is left alone."""
AGAINST = 2
"""Plain contradictions in a row that end a confirmed track; looks at nothing known contradict, too."""
GONE = 0.8
"""Belief in "none of the catalogue's" from which a look is at something else."""
RIVAL = 0.15
PAUSE_S = 0.15
"""Before the second look at what the first did not know; it doubles each time, up to `PATIENCE` looks. Views of the
next frames would say the same: clutter that was looked at on every frame had taken nine tenths of the looks."""
UNKNOWN = "unknown"
LABEL = "label"
"""The effort that reads the words, and the method of a view whose words were read."""


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    pts: float
    weight: float
    shares: Mapping[str, float]
    reading: Reading


class ProductFusion:
    """Confirms the product whose mean share is high enough.

    sure       mean share from which it is confirmed: higher means fewer wrong answers and more withheld ones
    min_views  different views that must stand behind it
    """

    def __init__(self, sure: float = 0.9, min_views: int = 2) -> None:
        self._sure = sure
        self._min_views = min_views
        self._views: deque[_View] = deque(maxlen=WINDOW)
        self._seen = 0
        self._confirmed: Answer | None = None
        self._against = 0
        self._doubted = False

    def add(self, reading: Reading, *, pts: float, sharpness: float) -> None:
        """Counts a view; blurred ones count less."""
        shares = _shares(reading)
        # a settled thing is looked at again without reading its words: whoever takes it for another asks for them
        known = self._confirmed.key if self._confirmed is not None else reading.key
        self._doubted = reading.method != LABEL and reading.key not in (known, UNKNOWN)
        if reading.key != UNKNOWN and all(view.reading.key == UNKNOWN for view in self._views):
            # what is held into the picture was not there before: the empty place says nothing against it
            self._views.clear()
            self._seen = 0
        if self._views and abs(pts - self._views[-1].pts) < MIN_GAP_S:
            self._views.pop()
        else:
            self._seen += 1
        self._views.append(_View(pts, 0.25 + 0.75 * sharpness, shares, reading))
        if self._confirmed is None:
            found = self._judged()
            self._confirmed = found if found.confirmed else None

    def answer(self) -> Answer | None:
        """The likeliest product or "unknown"; None before the first reading."""
        if not self._views:
            return None
        if self._confirmed is None:
            return self._judged()
        return replace(self._confirmed, wants=LABEL) if self._doubted else self._confirmed

    def contradicts(self, reading: Reading) -> bool:
        """Whether it has been exchanged or taken away: two looks in a row are sure of that, or a barcode is."""
        if self._confirmed is None or reading.key == self._confirmed.key:
            self._against = 0
            return False
        unknown = _shares(reading)[UNKNOWN]
        sure = unknown >= GONE if reading.key == UNKNOWN else reading.confidence >= self._sure
        self._against = self._against + 1 if sure else 0
        return reading.strength >= 1.0 or self._against >= AGAINST

    def _judged(self) -> Answer:
        settled = next((view for view in reversed(self._views) if view.reading.strength >= 1.0), None)
        if settled is not None:
            one = settled.reading
            return Answer(one.value, one.confidence, self._seen, True, True, one.quad, one.key)
        # a look that cannot tell variants apart says nothing against the words that can
        views = [view for view in self._views if view.reading.method == LABEL] or list(self._views)
        total = sum(view.weight for view in views)
        keys = {key for view in views for key in view.shares}
        means = {key: sum(view.weight * view.shares.get(key, 0.0) for view in views) / total for key in keys}
        ranked = sorted(means, key=lambda key: (-means[key], key))
        best = ranked[0]
        confirmed = best != UNKNOWN and means[best] >= self._sure and self._seen >= self._min_views
        rest = not confirmed and self._seen >= PATIENCE and means.get(UNKNOWN, 0.0) >= 0.5
        return Answer(
            self._value(best, means),
            0.0 if best == UNKNOWN else means[best],
            self._seen,
            confirmed,
            confirmed or rest,
            self._views[-1].reading.quad,
            best,
            wants="" if confirmed else _wants(ranked, means),
            pause_s=PAUSE_S * 2.0 ** min(self._seen, PATIENCE) / 2 if best == UNKNOWN else 0.0,
        )

    def _value(self, best: str, means: Mapping[str, float]) -> Value:
        """The value with mean scores; names come from the latest reading that has them."""
        names = {key: row for view in self._views for key, row in _rows(view.reading).items()}
        rows = [
            {**names[key], "score": round(means.get(key, 0.0), 3)}
            for key in sorted(names, key=lambda key: (-means.get(key, 0.0), key))
            if key not in (best, UNKNOWN)
        ]
        head = {"sku": "", "name": UNKNOWN} if best == UNKNOWN else names[best]
        return {**head, "score": round(means[best], 3), "alternatives": rows[:3]}


def _shares(reading: Reading) -> dict[str, float]:
    """Key → share of the belief; what the reading does not name is unknown."""
    shares = {key: float(row["score"]) for key, row in _rows(reading).items()}
    shares[UNKNOWN] = max(0.0, 1.0 - sum(share for key, share in shares.items() if key != UNKNOWN))
    return shares


def _rows(reading: Reading) -> dict[str, Mapping[str, Any]]:
    """Key → sku, name, score of the products that a reading names."""
    named = [reading.value] if reading.key != UNKNOWN else []
    rows = [*named, *reading.value.get("alternatives", ())]
    return {f"sku:{row['sku']}": {"sku": row["sku"], "name": row["name"], "score": row["score"]} for row in rows}


def _wants(ranked: list[str], means: Mapping[str, float]) -> str:
    """Two products that are both likely: the label's words may tell them apart."""
    rivals = [key for key in ranked if key != UNKNOWN and means[key] >= RIVAL]
    return LABEL if len(rivals) > 1 else ""
