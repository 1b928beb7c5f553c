"""Codes against the truth: format and text must be equal, each value once in each stay in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanapp.replay.appearances import Appearance, appearances
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth, TruthObject
from scanapp.replay.verdicts import FOUND, MISSED, UNSEEN, Finding, Judgement, Verdict

CodeKey = tuple[str, str]


@dataclass(slots=True)
class _Stay:
    appearance: Appearance
    confirmations: list[Row] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.confirmations) >= self.appearance.copies


def judge_codes(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are the confirmed code events, in order of the log."""
    things = [thing for thing in truth.objects if thing.kind == "code"]
    groups: dict[CodeKey, list[TruthObject]] = {}
    for thing in things:
        groups.setdefault(_key(thing.value), []).append(thing)
    verdicts: dict[str, list[Verdict]] = {}
    wrong: list[Finding] = []
    duplicates: list[Finding] = []
    for key, group in groups.items():
        stays = [_Stay(appearance) for appearance in appearances(group, forget_s, truth.fps)]
        for row in (row for row in rows if _key(row["value"]) == key):
            _assign(row, stays, wrong)
        duplicates += [
            _duplicate(row, stay) for stay in stays for row in stay.confirmations[stay.appearance.copies :]
        ]
        for thing in group:
            verdicts[thing.id] = _verdicts(thing, stays, truth.fps)
    wrong += [_finding(row, "not in the scene") for row in rows if _key(row["value"]) not in groups]
    in_order = tuple(verdict for thing in things for verdict in verdicts[thing.id])
    return Judgement(in_order, tuple(wrong), tuple(duplicates))


def _assign(row: Row, stays: list[_Stay], wrong: list[Finding]) -> None:
    """To the stay that the confirmation belongs to: the one under way, or the next when it is just coming in."""
    begun = [stay for stay in stays if _begins(stay) <= row["pts"]]
    coming = [stay for stay in stays if _begins(stay) > row["pts"] >= stay.appearance.opens]
    if coming and (not begun or begun[-1].full):
        coming[0].confirmations.append(row)
    elif begun:
        begun[-1].confirmations.append(row)
    else:
        wrong.append(_finding(row, "confirmed before it came into view"))


def _begins(stay: _Stay) -> float:
    visible = stay.appearance.visible
    return stay.appearance.opens if visible is None else visible


def _verdicts(thing: TruthObject, stays: list[_Stay], fps: float | None) -> list[Verdict]:
    mine = [stay for stay in stays if any(map(stay.appearance.holds, thing.visible or ()))]
    return [_verdict(thing, number, stay, fps) for number, stay in enumerate(mine or stays)]


def _verdict(thing: TruthObject, number: int, stay: _Stay, fps: float | None) -> Verdict:
    row = stay.confirmations[0] if stay.confirmations else None
    return Verdict(
        object_id=thing.id,
        kind="code",
        value=_shown(thing.value),
        required=thing.required,
        status=FOUND if row else MISSED if thing.required else UNSEEN,
        appearance=number,
        visible=stay.appearance.first(thing.visible or ()),
        readable=stay.appearance.first(thing.readable or ()),
        confirmed=row["pts"] if row else None,
        frame=row["frame"] if row else None,
        fps=fps,
    )


def _duplicate(row: Row, stay: _Stay) -> Finding:
    return _finding(row, f"already confirmed at {stay.confirmations[0]['pts']:.3f} s, and it had not left")


def _finding(row: Row, why: str) -> Finding:
    return Finding("code", _shown(row["value"]), row["pts"], row["frame"], why)


def _key(value: Row) -> CodeKey:
    return value["format"], value["text"]


def _shown(value: Row) -> str:
    return f"{value['format']} {value['text']}"
