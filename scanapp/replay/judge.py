"""The judge: an event log against the truth of the scene. Each kind has its own rules, in its own module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scanapp.events import CONFIRMED
from scanapp.replay.judge_basket import judge_basket
from scanapp.replay.judge_cards import judge_cards
from scanapp.replay.judge_codes import judge_codes
from scanapp.replay.judge_products import judge_products
from scanapp.replay.judge_text import judge_text
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Judgement, join

_JUDGES: Mapping[str, Callable[[Sequence[Row], Truth, float], Judgement]] = {
    "code": judge_codes,
    "text": judge_text,
    "product": judge_products,
}


FORGET_S = 3.0
"""The forget time of a pipeline that does not say."""


def judge(
    rows: Sequence[Row], truth: Truth, forget_s: float = FORGET_S, *, revealed: Sequence[Row] | None = None
) -> Judgement:
    """What ``truth`` says about an event log; ``rows`` are events in their JSON form, in order.

    ``forget_s`` is the pipeline's: seconds out of view after which a thing that comes back is reported once more.
    ``revealed`` are the same events with card numbers unmasked, where ``rows`` have them masked.
    """
    confirmed = [row for row in rows if row["type"] == CONFIRMED]
    parts = [
        _JUDGES[kind]([row for row in confirmed if row["kind"] == kind], truth, forget_s)
        for kind in _JUDGES
        if kind in truth.kinds
    ]
    if "card" in truth.kinds:
        cards = [row for row in (rows if revealed is None else revealed) if row.get("kind") == "card"]
        parts.append(judge_cards(cards, truth, forget_s))
    if "basket" in truth.kinds:
        counted = [row for row in rows if row.get("kind") == "basket"]
        parts.append(judge_basket(counted, truth, forget_s))
    unjudged = sum(row["kind"] not in truth.kinds for row in confirmed)
    return join([*parts, Judgement(unjudged=unjudged)])
