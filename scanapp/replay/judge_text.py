"""Lines of text against the truth, white space and compatibility forms aside.

A scene holds text that an engine may see a piece of (a word at the frame's edge): a piece of a listed line is no
error. A line that is almost a listed one is a bad reading of it, reported as inexact; any other is an invention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanapp.replay.appearances import appearances
from scanapp.replay.distance import character_error_rate, plain
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth, TruthObject
from scanapp.replay.verdicts import FOUND, INEXACT, MISSED, UNSEEN, Finding, Judgement, Verdict

INEXACT_CER = 0.34


@dataclass(frozen=True, slots=True)
class _Seen:
    """A confirmed line, with the moment of its first confirmation."""

    text: str
    plain: str
    pts: float
    frame: int


@dataclass(frozen=True, slots=True)
class _Listed:
    text: str
    plain: str
    thing: TruthObject


def judge_text(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are the confirmed text events, in order of the log."""
    seen = _last_word(rows)
    listed = [
        _Listed(line, plain(line), thing)
        for thing in truth.objects
        if thing.kind == "text"
        for line in thing.lines
        if plain(line)
    ]
    verdicts = tuple(_verdict(line, seen, forget_s, truth.fps) for line in listed)
    wrong, inexact = [], []
    for line in seen:
        if _is_listed(line, listed):
            continue
        if near := _nearest(line, listed):
            inexact.append(_finding(line, f"almost {near.text!r}"))
        else:
            wrong.append(_finding(line, "not in the scene"))
    return Judgement(verdicts, tuple(wrong), inexact=tuple(inexact))


def _last_word(rows: Sequence[Row]) -> list[_Seen]:
    """The lines that stand at the end: a later event of the same track replaces what the earlier ones said."""
    tracks = {row["track"]: row for row in rows}
    last = [_seen(text, row) for row in tracks.values() for text in _texts(row) if plain(text)]
    first: dict[str, _Seen] = {}
    for line in (_seen(text, row) for row in rows for text in _texts(row)):
        first.setdefault(line.plain, line)
    kept = {line.plain: replace(first[line.plain], text=line.text) for line in last}
    return list(kept.values())


def _texts(row: Row) -> list[str]:
    return [line["text"] for line in row["value"]["lines"]]


def _seen(text: str, row: Row) -> _Seen:
    return _Seen(text, plain(text), row["pts"], row["frame"])


def _verdict(line: _Listed, seen: Sequence[_Seen], forget_s: float, fps: float | None) -> Verdict:
    thing = line.thing
    match = _best(line, seen, thing.max_cer)
    near = None if match else _best(line, seen, INEXACT_CER)
    stay = appearances([thing], forget_s, fps)[0]
    return Verdict(
        object_id=thing.id,
        kind="text",
        value=line.text,
        required=thing.required,
        status=FOUND if match else INEXACT if near else MISSED if thing.required else UNSEEN,
        nearest=near.text if near else "",
        visible=stay.first(thing.visible or ()),
        readable=stay.first(thing.readable or ()),
        confirmed=match.pts if match else None,
        frame=match.frame if match else None,
        fps=fps,
    )


def _best(line: _Listed, seen: Sequence[_Seen], limit: float) -> _Seen | None:
    rates = [(character_error_rate(line.plain, other.plain, limit), number) for number, other in enumerate(seen)]
    rate, number = min(rates, default=(1.0, 0))
    return seen[number] if rates and rate <= limit else None


def _is_listed(line: _Seen, listed: Sequence[_Listed]) -> bool:
    return any(line.plain in other.plain for other in listed) or any(
        character_error_rate(other.plain, line.plain, other.thing.max_cer) <= other.thing.max_cer
        for other in listed
    )


def _nearest(line: _Seen, listed: Sequence[_Listed]) -> _Listed | None:
    rates = [(character_error_rate(other.plain, line.plain, INEXACT_CER), n) for n, other in enumerate(listed)]
    rate, number = min(rates, default=(1.0, 0))
    return listed[number] if rates and rate <= INEXACT_CER else None


def _finding(line: _Seen, why: str) -> Finding:
    return Finding("text", line.text, line.pts, line.frame, why)
