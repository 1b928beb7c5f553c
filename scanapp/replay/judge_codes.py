"""Codes against the truth: format and text must be equal, each value once in each stay in view."""

from __future__ import annotations

from collections.abc import Sequence

from scanapp.replay.judge_values import Manner, judge_values
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Judgement


def judge_codes(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are the confirmed code events, in order of the log."""
    return judge_values(rows, truth, forget_s, _CODES)


def _key(value: Row) -> tuple[str, str]:
    return value["format"], value["text"]


def _shown(value: Row) -> str:
    return f"{value['format']} {value['text']}"


_CODES = Manner("code", _key, _shown)
