"""One still picture: climb the whole ladder, stop when the answer is certain, believe only what agrees."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scanapp.frame import Frame
from scanapp.recognizers.codes.agreement import ACCEPT, CERTAIN, Ballot
from scanapp.recognizers.codes.ladder import LADDER, MAX_REGIONS, Look
from scanapp.recognizers.codes.patch import Patch
from scanapp.results import Reading, View, whole_view

if TYPE_CHECKING:
    from scanapp.recognizers.code import CodeRecognizer

PLAIN = 2
"""The rungs below this one are always spent."""
CHECKING = frozenset({"bars", "sharp_bars"})
"""Rungs that also look again at what is accepted without being certain: a weak read may be refuted there."""
ON_BARS = CHECKING | {"templates"}
"""Rungs that look at runs of bars: something may be read already, and other bars be left."""
LEFT_OVER = 2
"""So many more runs of bars are worth the dear rungs once something is read."""


def read_still(view: View | Frame, recognizer: CodeRecognizer) -> list[Reading]:
    """All codes of one picture (or of a view of it), each accepted by agreement, in order of their finding.

    Confidence is the weight of the votes, at most 1; strength is 1: what is returned may be reported.
    """
    if isinstance(view, Frame):
        view = whole_view(view)
    gray, to_frame = view.crop()
    ballot = Ballot()
    look = Look(Patch(gray, to_frame), recognizer.zxing_formats)
    for index, rung in enumerate(LADDER[: len(recognizer.efforts)]):
        name = rung.effort.name
        if index >= PLAIN and name not in ON_BARS and ballot.accepted():
            continue
        enough = CERTAIN if name in CHECKING else ACCEPT
        look.explained = partial(ballot.explains, weight=enough)
        look.max_regions = LEFT_OVER if name != "bars" and ballot.accepted() else MAX_REGIONS
        for symbol in rung.read(look):
            if recognizer.wants(symbol):
                ballot.add(symbol, rescued=rung.rescue)
    return [
        recognizer.reading(candidate.symbol, strength=1.0, confidence=min(1.0, candidate.weight))
        for candidate in ballot.accepted()
    ]
