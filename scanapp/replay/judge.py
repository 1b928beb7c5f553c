"""The judge: an event log against the truth of the scene. Each kind has its own rules, in its own module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scanapp.events import CONFIRMED
from scanapp.replay.judge_codes import Row, judge_codes
from scanapp.replay.judge_text import judge_text
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Judgement, join

_JUDGES: Mapping[str, Callable[[Sequence[Row], Truth], Judgement]] = {"code": judge_codes, "text": judge_text}


def judge(rows: Sequence[Row], truth: Truth) -> Judgement:
    """What ``truth`` says about an event log; ``rows`` are events in their JSON form, in order."""
    confirmed = [row for row in rows if row["type"] == CONFIRMED]
    parts = [
        _JUDGES[kind]([row for row in confirmed if row["kind"] == kind], truth)
        for kind in _JUDGES
        if kind in truth.kinds
    ]
    unjudged = sum(row["kind"] not in truth.kinds for row in confirmed)
    return join([*parts, Judgement(unjudged=unjudged)])
