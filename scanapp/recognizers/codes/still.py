"""One still picture: climb the whole ladder, stop when the answer is certain, believe only what agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanapp.frame import Frame
from scanapp.recognizers.codes.agreement import Ballot
from scanapp.recognizers.codes.ladder import LADDER, Look
from scanapp.recognizers.codes.patch import Patch
from scanapp.results import Reading, View, whole_view

if TYPE_CHECKING:
    from scanapp.recognizers.code import CodeRecognizer

PLAIN = 2
"""The rungs below this one are always spent."""
FOR_BARS = frozenset({"bars", "sharp_bars", "templates"})
"""Rungs that look at runs of bars only: spent as long as some bars are not explained."""


def read_still(view: View | Frame, recognizer: CodeRecognizer) -> list[Reading]:
    """All codes of one picture (or of a view of it), each accepted by agreement, in order of their finding.

    Confidence is the weight of the votes, at most 1; strength is 1: what is returned may be reported.
    """
    if isinstance(view, Frame):
        view = whole_view(view)
    gray, to_frame = view.crop()
    ballot = Ballot()
    look = Look(Patch(gray, to_frame), recognizer.zxing_formats, explained=ballot.explains)
    for index, rung in enumerate(LADDER[: len(recognizer.efforts)]):
        if index >= PLAIN and rung.effort.name not in FOR_BARS and ballot.certain():
            continue
        for symbol in rung.read(look):
            if recognizer.wants(symbol):
                ballot.add(symbol, rescued=rung.rescue)
    return [
        recognizer.reading(candidate.symbol, strength=1.0, confidence=min(1.0, candidate.weight))
        for candidate in ballot.accepted()
    ]
