"""What a card's track says, field by field, in words for a person.

Numbers come masked from the engine, and views show them as they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanapp.sanitize import printable
from scanapp.snapshot import TrackState

ADVICE: Mapping[str, str] = {
    "hold": "hold still",
    "closer": "move closer",
    "glare": "too much glare: tilt the card",
    "dark": "more light",
    "whole": "show the whole card",
    "turn": "turn the card",
}
"""What to do about each `Reading.advice`."""

NAMES: Mapping[str, str] = {"pan": "number", "expiry": "valid thru", "holder": "name"}
"""The fields in the order in which they are shown."""

PENDING = "…"
_DOT = "•"
_LIMIT = 40


@dataclass(frozen=True, slots=True)
class CardField:
    """One field as it stands: ``confidence`` 0 to 1, ``shown`` is "…" while nothing has been read."""

    name: str
    shown: str
    confidence: float
    confirmed: bool


def advice_words(track: TrackState) -> str:
    """What the person with the card should do, empty when nothing."""
    return printable(ADVICE.get(track.advice, track.advice), _LIMIT) if track.advice else ""


def card_fields(track: TrackState) -> tuple[CardField, ...]:
    """The number always, expiry and holder once there is something of them."""
    value = track.value or {}
    progress = value.get("fields")
    progress = progress if isinstance(progress, Mapping) else {}
    names = [name for name in NAMES if name == "pan" or name in progress or value.get(name)]
    return tuple(_field(name, value.get(name), progress.get(name), track) for name in names)


def _field(name: str, read: Any, progress: Any, track: TrackState) -> CardField:
    known = progress if isinstance(progress, Mapping) else {}
    fallback = track.confidence if read and name == "pan" else 0.0
    confidence = known.get("confidence", fallback)
    confirmed = known.get("confirmed", name == "pan" and track.status == "confirmed")
    return CardField(
        NAMES[name],
        _shown(name, str(read)) if read else PENDING,
        min(1.0, max(0.0, float(confidence))) if isinstance(confidence, (int, float)) else 0.0,
        bool(confirmed and read),
    )


def _shown(name: str, text: str) -> str:
    text = printable(text, _LIMIT)
    if name == "pan":
        return spaced(text)
    if name == "expiry" and len(text) == 7 and text[4] == "-":
        return f"{text[5:]}/{text[2:4]}"
    return text


def spaced(pan: str) -> str:
    """A number in groups: "411111 •••••• 1111" where it is masked, in fours where it is not."""
    if _DOT not in pan:
        return " ".join(pan[i : i + 4] for i in range(0, len(pan), 4)) if pan.isdigit() else pan
    start, end = pan.index(_DOT), pan.rindex(_DOT) + 1
    return " ".join(part for part in (pan[:start], pan[start:end], pan[end:]) if part)
