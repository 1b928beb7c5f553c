"""Bank-card numbers and one-time-password secrets are masked before anything leaves the engine (see --reveal).

First six and last four digits stay (PCI DSS 3.4.1). In text, any run of 13 to 19 digits, grouped or spread over
lines, that is Luhn-valid and in a known issuer range counts as a card number, and so does one grouped as on a card
whose check digit fails: a reader that is not made for cards may have got one digit wrong, and the others are right.
In a code, only a code that holds nothing else counts, since payment and product codes are full of long digit
strings. A card's number is always masked, whatever its digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanapp.events import Event
from scanapp.payloads.card_networks import networks_of
from scanapp.payloads.card_number import DOT, CardNumber, fingerprint, looks_like_card, mask_digits, masked
from scanapp.results import Answer, Value

PAN = "pan"
"""The name of a card's number, as a field of its value and as a line."""
_RUN = re.compile(r"(?<!\d)\d(?:[ \n-]{0,2}\d){12,}(?!\d)")
_GROUPED = re.compile(
    r"(?<![\d-])(?<!\d{4} )(?<![A-Z]{2}\d\d )"
    r"(?:\d{4}([ \n-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})"
    r"(?!\d)(?![ -]\d{4})",
    re.ASCII,
)
"""4-4-4-4, 4-4-4-4-3, 4-6-4 and 4-6-5, but not in the midst of more groups or of an IBAN."""
_OTP = re.compile(r"(?i)\b(secret|data)=[^&#]*")
_LONGEST, _SHORTEST = 19, 13


def mask_answer(answer: Answer, kind: str, *, reveal: bool = False) -> Answer:
    """``answer`` with card numbers masked in its value; a card's also in its key and lines.

    reveal  leave them readable: a `CardNumber` becomes plain digits, so that the value is JSON-ready

    A masked card's key is `key_of` its digits: equal for equal numbers, within this process.
    """
    value = mask_value(answer.value, kind, reveal=reveal)
    if kind == "card" and not reveal:
        lines = tuple(line for line in answer.lines if line.name != PAN)
        return replace(answer, value=value, key=key_of(kind, answer.key), lines=lines)
    return answer if value is answer.value else replace(answer, value=value)


def mask_value(value: Value, kind: str, *, reveal: bool = False) -> Value:
    """``value`` itself when it holds no card number."""
    if kind == "card":
        return _mask_card(value, reveal)
    text = value.get("text")
    if reveal or not isinstance(text, str):
        return value
    return _mask_code(value, text) if kind == "code" else _mask_text(value, text)


def mask_event(event: Event) -> Event:
    """``event`` with card numbers masked in its value and in what a notice says."""
    value = None if event.value is None else mask_value(event.value, event.kind)
    return replace(event, value=value, data=_scrubbed(event.data, reveal=False))


def key_of(kind: str, key: str) -> str:
    """The key under which a masked answer of this kind is known: a card's tells nothing of its digits."""
    return fingerprint(key) if kind == "card" and key else key


def _mask_card(value: Value, reveal: bool) -> Value:
    return {name: _shown(item, reveal) if name == PAN else _scrubbed(item, reveal) for name, item in value.items()}


def _shown(pan: Any, reveal: bool) -> str:
    """A card's number as text: masked whatever it is, or all of it."""
    if isinstance(pan, CardNumber):
        return pan.reveal() if reveal else str(pan)
    text = str(pan)
    if reveal:
        return text
    digits = "".join(c for c in text if c.isdecimal() or c == DOT)
    return mask_digits(digits)


def _scrubbed(item: Any, reveal: bool) -> Any:
    """A card's other fields: a number that has got in there is masked as well."""
    if isinstance(item, CardNumber):
        return _shown(item, reveal)
    if isinstance(item, Mapping):
        return {name: _scrubbed(part, reveal) for name, part in item.items()}
    if isinstance(item, list | tuple):
        return [_scrubbed(part, reveal) for part in item]
    return mask_text(item) if isinstance(item, str) and not reveal else item


def _mask_code(value: Value, text: str) -> Value:
    payload = value.get("payload")
    known = payload.get("type") if isinstance(payload, Mapping) else None
    if known == "otp":  # the text holds the secret of a second factor; the payload already hides it
        return {key: item for key, item in value.items() if key != "hex"} | {"text": _OTP.sub(r"\1=•••", text)}
    if known not in (None, "text", "number", "bank_card") or not looks_like_card(text.strip()):
        return value
    shown = masked(text.strip())
    rest = {key: item for key, item in value.items() if key not in ("hex", "payload")}
    return rest | {"text": shown, "payload": {"type": "bank_card", "pan": shown}}


def _mask_text(value: Value, text: str) -> Value:
    hidden = hidden_positions(text)
    if not hidden:
        return value
    shown = _dotted(text, hidden)
    out: dict[str, Any] = dict(value) | {"text": shown}
    lines = value.get("lines")
    if isinstance(lines, list):
        out["lines"] = [dict(line) | {"text": part} for line, part in zip(lines, shown.split("\n"), strict=False)]
    return out


def _dotted(text: str, hidden: set[int]) -> str:
    return "".join(DOT if i in hidden else c for i, c in enumerate(text))


def mask_text(text: str) -> str:
    """``text`` with the digits of card numbers in it hidden: for messages that may repeat what was read."""
    return _dotted(text, hidden_positions(text))


def hidden_positions(text: str) -> set[int]:
    """Indices of the digits of card numbers in ``text`` that must not be shown."""
    hidden: set[int] = set()
    for run in _RUN.finditer(text):
        places = [i for i in range(run.start(), run.end()) if text[i].isdigit()]
        hidden |= _hidden_in_run(text, places)
    for run in _GROUPED.finditer(text):
        places = [i for i in range(run.start(), run.end()) if text[i].isdigit()]
        if networks_of("".join(text[i] for i in places)):
            hidden |= set(places[6:-4])
    return hidden


def _hidden_in_run(text: str, places: list[int]) -> set[int]:
    """The longest card number at each start (a run may hold a date or another number beside it)."""
    hidden: set[int] = set()
    start = 0
    while start + _SHORTEST <= len(places):
        for length in range(min(_LONGEST, len(places) - start), _SHORTEST - 1, -1):
            part = places[start : start + length]
            if looks_like_card("".join(text[i] for i in part)):
                hidden |= set(part[6:-4])
                start += length - 1
                break
        start += 1
    return hidden
