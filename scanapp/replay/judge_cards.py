"""Cards against the truth: every digit of the number must be equal, and nothing may be read where no number is.

The judge sees whole numbers, in memory alone; what it says of them is masked. Expiry and holder need not be found,
but what is given as certain must be what is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from scanapp.events import CONFIRMED, LOST
from scanapp.payloads.card_number import mask_digits
from scanapp.replay.judge_values import Manner, judge_values
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Finding, Judgement

_FIELDS = ("expiry", "holder")


def judge_cards(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are all card events with their numbers unmasked, in order of the log.

    Wrong are: a confirmed number that no card of the scene has, any number at all in a scene without cards, a
    number that changes after it was confirmed, an expiry or holder that is confirmed and not what the card says.
    """
    told = [row for row in rows if row["type"] != LOST and row["value"].get("pan")]
    cards = {thing.value["pan"]: thing.value for thing in truth.objects if thing.kind == "card"}
    judged = judge_values([row for row in told if row["type"] == CONFIRMED], truth, forget_s, _CARDS)
    wrong = [*judged.wrong, *_changed(told), *_wrong_fields(told, cards)]
    if not cards:
        wrong += [
            _CARDS.finding(row, "there is no card's number in the scene")
            for row in told
            if row["type"] != CONFIRMED
        ]
    return replace(judged, wrong=tuple(sorted(wrong, key=lambda finding: finding.frame)))


def _changed(told: Sequence[Row]) -> Iterator[Finding]:
    confirmed: dict[int, str] = {}
    for row in told:
        pan = row["value"]["pan"]
        before = confirmed.get(row["track"])
        if row["type"] == CONFIRMED:
            confirmed[row["track"]] = pan
        elif before is not None and before != pan:
            yield _CARDS.finding(row, f"was confirmed as {mask_digits(before)}")


def _wrong_fields(told: Sequence[Row], cards: Mapping[str, Row]) -> Iterator[Finding]:
    """Each field's wrong value once a track."""
    seen: set[tuple[int, str, str]] = set()
    for row in told:
        card = cards.get(row["value"]["pan"])
        for name in _FIELDS if card is not None else ():
            said = _certain(row["value"], name)
            mark = (row["track"], name, said)
            if said and card is not None and _plain(said) != _plain(card.get(name, "")) and mark not in seen:
                seen.add(mark)
                yield replace(_CARDS.finding(row, f"the card's {name} is '{card.get(name, '')}'"), value=said)


def _certain(value: Row, name: str) -> str:
    """The field's value, empty where it is missing or still in doubt."""
    progress = value.get("fields", {}).get(name, {})
    return str(value.get(name) or "") if progress.get("confirmed", True) else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _key(value: Row) -> str:
    return str(value.get("pan", ""))


def _shown(value: Row) -> str:
    return mask_digits(_key(value))


_CARDS = Manner("card", _key, _shown)
