"""An `Outcome` in lines for a person: what differs, and what else should be known."""

from __future__ import annotations

from collections.abc import Iterator

from scanapp.replay.outcome import Golden, Outcome
from scanapp.replay.verdicts import INEXACT, Finding, Judgement, Verdict
from scanapp.sanitize import printable

LONGEST = 80


def explain(outcome: Outcome) -> list[str]:
    """Lines without control characters; empty when there is nothing to say."""
    return [printable(line) for line in _lines(outcome)]


def _lines(outcome: Outcome) -> Iterator[str]:
    if outcome.error:
        yield outcome.error
        yield from outcome.details
    if outcome.judgement:
        yield from _judgement_lines(outcome.judgement)
    if outcome.golden.state is Golden.DIFFERS:
        yield "differs from its golden:"
        yield from (f"  {line}" for line in outcome.golden.lines)
    else:
        yield from outcome.golden.lines
    yield from outcome.notes


def _judgement_lines(judgement: Judgement) -> Iterator[str]:
    for verdict in judgement.missed:
        yield _missed(verdict)
    for sort, findings in (("wrong", judgement.wrong), ("duplicate", judgement.duplicates)):
        for finding in findings:
            yield _finding(sort, finding)


def _missed(verdict: Verdict) -> str:
    again = f", coming back the {_nth(verdict.appearance)} time" if verdict.appearance else ""
    named = f"{verdict.status} {verdict.kind} {_short(verdict.value)} ({verdict.object_id}{again})"
    if verdict.status == INEXACT:
        return f"{named}: confirmed as {_short(verdict.nearest)}"
    return f"{named}: {_when(verdict)}"


def _when(verdict: Verdict) -> str:
    if verdict.visible is None:
        return "never confirmed"
    readable = "" if verdict.readable is None else f", readable from {verdict.readable:.3f} s"
    return f"never confirmed; visible from {verdict.visible:.3f} s{readable}"


def _finding(sort: str, finding: Finding) -> str:
    where = f"at {finding.pts:.3f} s, frame {finding.frame}"
    return f"{sort} {finding.kind} {_short(finding.value)} {where}: {finding.why}"


def _short(text: str) -> str:
    return f"'{printable(text, LONGEST)}'"


def _nth(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")
