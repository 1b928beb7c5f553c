"""One still picture: climb the whole ladder, stop when the answer is certain, believe only what agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanapp.frame import Frame
from scanapp.recognizers.codes.agreement import Ballot
from scanapp.recognizers.codes.ladder import LADDER
from scanapp.recognizers.codes.patch import Patch
from scanapp.results import Reading, View, whole_view

if TYPE_CHECKING:
    from scanapp.recognizers.code import CodeRecognizer

DEAR = 4
"""Rungs from here on run only while nothing at all was accepted."""


def read_still(view: View | Frame, recognizer: CodeRecognizer) -> list[Reading]:
    """All codes of one picture (or of a view of it), each accepted by agreement, in order of their finding.

    Confidence is the weight of the votes, at most 1; strength is 1: what is returned may be reported.
    """
    if isinstance(view, Frame):
        view = whole_view(view)
    gray, to_frame = view.crop()
    patch = Patch(gray, to_frame)
    ballot = Ballot()
    for index, rung in enumerate(LADDER[: len(recognizer.efforts)]):
        if index >= DEAR and ballot.accepted():
            break
        for symbol in rung.read(patch, recognizer.zxing_formats):
            if recognizer.wants(symbol):
                ballot.add(symbol, rescued=rung.rescue)
        if index >= 1 and ballot.certain():
            break
    return [
        recognizer.reading(candidate.symbol, strength=1.0, confidence=min(1.0, candidate.weight))
        for candidate in ballot.accepted()
    ]
