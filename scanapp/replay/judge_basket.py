"""A basket's counts against the truth: what the products in view add up to, moment by moment.

The truth lists each product with the times at which it is wholly in view; a product that is covered for less than
the forget time has not left. From that follows what lies in the basket. The engine may be late (an item must be
recognised, and must have been gone for a while): each count of the truth that stands for longer than `LATE_S` must
be what was told last when it ends, and no event may name a number that was not right at any moment of the last
`LATE_S`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from scanapp.replay.appearances import appearances
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import FOUND, MISSED, Finding, Judgement, Verdict

LATE_S = 2.0
"""Seconds that a count may be behind."""
_EARLY_S = 0.5
"""Seconds that it may be ahead: an item is known before it is wholly in view."""

Counts = Mapping[str, int]
Stretch = tuple[float, float, Counts]
"""From when to when the basket holds how many of what."""


def judge_basket(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are the basket events, in order of the log."""
    stretches = list(_stretches(truth, forget_s))
    verdicts = tuple(
        _verdict(number, stretch, rows, truth.fps)
        for number, stretch in enumerate(stretches)
        if stretch[1] - stretch[0] > LATE_S
    )
    return Judgement(verdicts, tuple(finding for row in rows for finding in _wrong(row, stretches)))


def _stretches(truth: Truth, forget_s: float) -> list[Stretch]:
    """The whole recording, cut where the truth's counts change."""
    stays: list[tuple[float, float, str]] = []
    for thing in truth.objects:
        if thing.kind == "product" and thing.value["sku"] and thing.visible != ():
            for stay in appearances([thing], forget_s, truth.fps):
                begins = stay.opens if stay.visible is None else stay.visible
                stays.append((begins, stay.ends, str(thing.value["sku"])))
    finite = [moment for first, last, _ in stays for moment in (first, last) if abs(moment) < float("inf")]
    cuts = sorted({0.0, *finite, max(finite, default=0.0) + LATE_S})
    found: list[Stretch] = []
    for first, last in pairwise(cuts):
        middle = (first + last) / 2
        counts = dict(sorted(Counter(sku for begins, ends, sku in stays if begins <= middle <= ends).items()))
        if found and found[-1][2] == counts:
            found[-1] = (found[-1][0], last, counts)
        else:
            found.append((first, last, counts))
    return found[:-1] if found and not found[-1][2] else found


def _verdict(number: int, stretch: Stretch, rows: Sequence[Row], fps: float | None) -> Verdict:
    first, last, counts = stretch
    told = [row for row in rows if row["pts"] <= last]
    right = (told[-1]["value"]["counts"] if told else {}) == counts
    row = next((row for row in told if row["pts"] >= first - _EARLY_S and row["value"]["counts"] == counts), None)
    return Verdict(
        object_id=f"basket {number + 1}",
        kind="basket",
        value=_shown(counts),
        required=True,
        status=FOUND if right else MISSED,
        visible=first,
        confirmed=row["pts"] if right and row else None,
        frame=row["frame"] if right and row else None,
        fps=fps,
    )


def _wrong(row: Row, stretches: Sequence[Stretch]) -> list[Finding]:
    """Counts that were not right at any moment near the event's."""
    near = [
        counts
        for first, last, counts in stretches
        if first <= row["pts"] + _EARLY_S and last >= row["pts"] - LATE_S
    ]
    if row["pts"] < LATE_S:
        near.append({})  # before the recording
    told: Counts = row["value"]["counts"]
    findings = []
    for sku in sorted({*told, *(sku for counts in near for sku in counts)}):
        real = [counts.get(sku, 0) for counts in near] or [0]
        if not min(real) <= told.get(sku, 0) <= max(real):
            why = f"{told.get(sku, 0)} of {sku}, there {'is' if max(real) == 1 else 'are'} {max(real)}"
            findings.append(Finding("basket", _shown(told), row["pts"], row["frame"], why))
    return findings


def _shown(counts: Counts) -> str:
    return ", ".join(f"{number} × {sku}" for sku, number in counts.items()) or "nothing"
