"""Things with an exact value against the truth: each confirmed once in each stay in view, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanapp.replay.appearances import Appearance, appearances
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth, TruthObject
from scanapp.replay.verdicts import FOUND, MISSED, UNSEEN, Finding, Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Manner:
    """How values of one kind are compared and named.

    key    of a value: equal keys are the same value
    shown  a value as reports name it
    """

    kind: str
    key: Callable[[Row], Any]
    shown: Callable[[Row], str]

    def finding(self, row: Row, why: str) -> Finding:
        """A confirmation that should not be there."""
        return Finding(self.kind, self.shown(row["value"]), row["pts"], row["frame"], why)


@dataclass(slots=True)
class _Stay:
    appearance: Appearance
    confirmations: list[Row] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.confirmations) >= self.appearance.copies

    @property
    def begins(self) -> float:
        visible = self.appearance.visible
        return self.appearance.opens if visible is None else visible


def judge_values(rows: Sequence[Row], truth: Truth, forget_s: float, manner: Manner) -> Judgement:
    """``rows`` are the confirmed events of the manner's kind, in order of the log."""
    things = [thing for thing in truth.objects if thing.kind == manner.kind]
    groups: dict[Any, list[TruthObject]] = {}
    for thing in things:
        groups.setdefault(manner.key(thing.value), []).append(thing)
    verdicts: dict[str, list[Verdict]] = {}
    wrong: list[Finding] = []
    duplicates: list[Finding] = []
    for key, group in groups.items():
        stays = [_Stay(appearance) for appearance in appearances(group, forget_s, truth.fps)]
        for row in (row for row in rows if manner.key(row["value"]) == key):
            if not _assign(row, stays):
                wrong.append(manner.finding(row, "confirmed before it came into view"))
        duplicates += [
            _duplicate(row, stay, manner) for stay in stays for row in stay.confirmations[stay.appearance.copies :]
        ]
        for thing in group:
            verdicts[thing.id] = _verdicts(thing, stays, truth.fps, manner)
    wrong += [manner.finding(row, "not in the scene") for row in rows if manner.key(row["value"]) not in groups]
    in_order = tuple(verdict for thing in things for verdict in verdicts[thing.id])
    return Judgement(in_order, tuple(wrong), tuple(duplicates))


def _assign(row: Row, stays: list[_Stay]) -> bool:
    """To the stay that the confirmation belongs to: the one under way, or the next when it is just coming in."""
    begun = [stay for stay in stays if stay.begins <= row["pts"]]
    coming = [stay for stay in stays if stay.begins > row["pts"] >= stay.appearance.opens]
    if coming and (not begun or begun[-1].full):
        coming[0].confirmations.append(row)
    elif begun:
        begun[-1].confirmations.append(row)
    else:
        return False
    return True


def _verdicts(thing: TruthObject, stays: list[_Stay], fps: float | None, manner: Manner) -> list[Verdict]:
    mine = [stay for stay in stays if any(map(stay.appearance.holds, thing.visible or ()))]
    return [_verdict(thing, number, stay, fps, manner) for number, stay in enumerate(mine or stays)]


def _verdict(thing: TruthObject, number: int, stay: _Stay, fps: float | None, manner: Manner) -> Verdict:
    row = stay.confirmations[0] if stay.confirmations else None
    return Verdict(
        object_id=thing.id,
        kind=manner.kind,
        value=manner.shown(thing.value),
        required=thing.required,
        status=FOUND if row else MISSED if thing.required else UNSEEN,
        appearance=number,
        visible=stay.appearance.first(thing.visible or ()),
        readable=stay.appearance.first(thing.readable or ()),
        confirmed=row["pts"] if row else None,
        frame=row["frame"] if row else None,
        fps=fps,
    )


def _duplicate(row: Row, stay: _Stay, manner: Manner) -> Finding:
    first = stay.confirmations[0]["pts"]
    return manner.finding(row, f"already confirmed at {first:.3f} s, and it had not left")
