"""Bank-card numbers and one-time-password secrets are masked before anything leaves the engine (see --reveal).

First six and last four digits stay (PCI DSS 3.4.1). In text, any run of 13 to 19 digits, grouped or spread over
lines, that is Luhn-valid and in a known issuer range counts as a card number; in a code, only a code that holds
nothing else does, since payment and product codes are full of long digit strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanapp.payloads.card_number import looks_like_card, masked
from scanapp.results import Answer, Value

DOT = "•"
_RUN = re.compile(r"(?<!\d)\d(?:[ \n-]{0,2}\d){12,}(?!\d)")
_OTP = re.compile(r"(?i)\b(secret|data)=[^&#]*")
_LONGEST, _SHORTEST = 19, 13


def mask_answer(answer: Answer, kind: str) -> Answer:
    """``answer`` with card numbers masked in its value."""
    value = mask_value(answer.value, kind)
    return answer if value is answer.value else replace(answer, value=value)


def mask_value(value: Value, kind: str) -> Value:
    """``value`` itself when it holds no card number."""
    text = value.get("text")
    if not isinstance(text, str):
        return value
    return _mask_code(value, text) if kind == "code" else _mask_text(value, text)


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
    shown = "".join(DOT if i in hidden else c for i, c in enumerate(text))
    out: dict[str, Any] = dict(value) | {"text": shown}
    lines = value.get("lines")
    if isinstance(lines, list):
        out["lines"] = [dict(line) | {"text": part} for line, part in zip(lines, shown.split("\n"), strict=False)]
    return out


def hidden_positions(text: str) -> set[int]:
    """Indices of the digits of card numbers in ``text`` that must not be shown."""
    hidden: set[int] = set()
    for run in _RUN.finditer(text):
        places = [i for i in range(run.start(), run.end()) if text[i].isdigit()]
        hidden |= _hidden_in_run(text, places)
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
