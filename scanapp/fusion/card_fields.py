"""Expiry and holder over the views of one card: fused like the number, each by its own measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scanapp.fusion.align import Consensus
from scanapp.fusion.card_beam import Candidate, candidates, margin, share, support
from scanapp.fusion.card_evidence import DATE, Trust
from scanapp.fusion.card_looks import Looks
from scanapp.payloads.bank_card import parse_expiry
from scanapp.payloads.card_networks import networks_by_prefix
from scanapp.results import CharPosterior, Line

_DATE = re.compile(r"(?=((?:0[1-9]|1[0-2])/(?:20\d\d(?!\d)|\d\d(?!\d/|\d\d/))))")
_BARE = re.compile(r"(?:0[1-9]|1[0-2])\d\d")
FIRST_YEAR, LAST_YEAR = 2005, 2060
"""Cards in old recordings, and ten years ahead of any card in use."""
NO_SLASH = -3.0
"""Log-prior of an expiry whose slash is missing: it is thin, and a group of the number looks like that, too."""
CERTAIN_LETTER = 0.95
"""Least probability of each letter of a holder over two or more agreeing views."""
SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What is believed of one field: its value, how surely (0 to 1), over how many different views."""

    text: str = field(repr=False)
    confidence: float
    views: int
    confirmed: bool
    lines: tuple[Line, ...] = field(default=(), repr=False)


def expiry_date(text: str) -> str:
    """ "2027-12" for "12/27", "12/2027" or "1227"; empty for what is no month, or out of any card's range.

    Of two dates in a line ("valid from", "valid thru") the second one counts.
    """
    dates = _DATE.findall(text) or _BARE.findall(text)[: len(text) == 4]
    found = parse_expiry(dates[-1]) if dates else None
    return found if found is not None and FIRST_YEAR <= int(found[:4]) <= LAST_YEAR else ""


class ExpiryField:
    """Fuses expiry lines position by position and takes the likeliest date that makes sense."""

    def __init__(self, trust: Trust, threshold: float) -> None:
        self._looks = Looks(DATE, trust)
        self._threshold = threshold

    def add(self, lines: Sequence[Line], pts: float, quality: float) -> None:
        """One view's expiry lines; of several ("valid from", "good thru") the latest date is the expiry."""
        read = [line for line in lines if line.chars]
        if read:
            last = max(read, key=lambda line: (expiry_date(line.text), line.confidence))
            self._looks.keep(self._looks.look(last, pts, quality))

    def answer(self) -> FieldAnswer | None:
        """None while no view shows a date that makes sense."""
        slots, newest = self._looks.slots, self._looks.newest
        if slots is None or newest is None:
            return None
        ranked = _by_date(candidates(slots, _sense))
        if not ranked:
            return None
        best = ranked[0]
        sure = margin(ranked) >= self._threshold and support(slots, best.path) >= 2
        line = Line(newest.quad, _chosen(slots.posteriors()), "expiry")
        return FieldAnswer(expiry_date(best.text), share(ranked), int(slots.looks + 1e-6), sure, (line,))


def _sense(text: str) -> float:
    if not expiry_date(text):
        return float("-inf")
    return 0.0 if "/" in text else NO_SLASH


def _by_date(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The best candidate of each date: how it is printed is no rival."""
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        best.setdefault(expiry_date(candidate.text), candidate)
    return list(best.values())


class HolderField:
    """Fuses holder lines by character (`scanapp.fusion.align.Consensus`, mean log-probabilities)."""

    def __init__(self) -> None:
        self._consensus = Consensus()
        self._views = 0
        self._line: Line | None = None

    def add(self, lines: Sequence[Line], quality: float, new_look: bool) -> None:
        """One view's holder lines, of which the longest is taken; ``new_look`` as in `Consensus.add`."""
        read = [line for line in lines if line.text.strip()]
        if not read:
            return
        self._line = max(read, key=lambda line: (len(line.text.strip()), line.confidence))
        self._views += new_look or not self._views
        self._consensus.add(self._line.chars, min(max(quality, 0.1), 1.0), new_look=new_look)

    def answer(self) -> FieldAnswer | None:
        """None before the first view that shows a name."""
        if self._line is None:
            return None
        text = " ".join(self._consensus.text.split())
        if not text:
            return None
        found = [position.support() for position in self._consensus.positions]
        least, agreed = min(p for p, _ in found), min(count for _, count in found)
        line = Line(self._line.quad, _chosen(self._consensus.posteriors()), "holder")
        sure = self._views >= 2 and least >= CERTAIN_LETTER and agreed >= 2
        return FieldAnswer(text, line.confidence, self._views, sure, (line,))


def without_logo(holder: FieldAnswer, number: str) -> FieldAnswer:
    """``holder`` less the name of the number's network at its end: its logo stands beside the name and is read with
    it. A name that is no more than that stays.
    """
    for network in networks_by_prefix(number):
        name = holder.text[: -len(network.title)].rstrip()
        if holder.text.upper().endswith(network.title.upper()) and len(name) >= SHORTEST_NAME:
            return replace(holder, text=name)
    return holder


def _chosen(chars: Sequence[CharPosterior]) -> tuple[CharPosterior, ...]:
    return tuple(posterior for posterior in chars if posterior[0][0])
