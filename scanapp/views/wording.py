"""What a view says about a value: one safe line for a person.

Whatever leaves this file is fit for a terminal or a picture: sanitized, on one line, and without secrets. Values
that the engine has masked stay masked; a Wi-Fi password is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanapp.events import NOTICE, SUMMARY, Event
from scanapp.results import Value
from scanapp.sanitize import printable

LIMIT = 160
"""Characters of a value that are ever looked at: longer ones would not fit on any screen."""

_SECRETS = {"WIFI": "Wi-Fi network (details hidden)", "OTPAUTH": "One-time-password set-up (details hidden)"}


def heading(kind: str, value: Value | None) -> str:
    """What sort of thing it is: a code's symbology, a card's network, else the kind."""
    name = (value or {}).get({"code": "format", "card": "network"}.get(kind, ""))
    return printable(str(name or kind), 24)


def caption(kind: str, value: Value | None, limit: int = LIMIT) -> str:
    """What it says, on one line of at most ``limit`` characters; empty when nothing has been read."""
    return printable(_plain(kind, value), limit) if value else ""


def event_line(event: Event) -> str:
    """One line about an event for a log or a plain terminal."""
    start = f"{event.pts:8.3f}s {printable(event.type, 12):9s}"
    if event.type == NOTICE:
        return f"{start} {printable(str(event.data.get('message', '')), LIMIT)}".rstrip()
    what = f"{heading(event.kind, event.value):10s} {caption(event.kind, event.value)}"
    return f"{start} {what}".rstrip()


def summary_line(summary: Event) -> str:
    """The end of a stream in one line: frames, seconds, drops."""
    data = summary.data
    parts = [f"{data.get('frames', 0)} frames"]
    if "duration_s" in data:
        parts.append(f"{float(data['duration_s']):.1f} s")
    parts.append(f"{drop_count(data.get('dropped', 0))} dropped")
    return f"{SUMMARY}: {', '.join(parts)}"


def drop_count(dropped: int | Mapping[str, int]) -> int:
    """All drops, whether counted together or by reason."""
    return sum(dropped.values()) if isinstance(dropped, Mapping) else int(dropped)


def _plain(kind: str, value: Value) -> str:
    payload = value.get("payload")
    if isinstance(payload, Mapping):
        return _described(payload, _without_secret(str(value.get("text", ""))))
    if kind == "card":
        return _joined(value, ("pan", "expiry", "holder"))
    if kind == "product":
        return _joined(value, ("name", "sku"))
    if "text" in value:
        return _without_secret(str(value["text"]))
    return _joined(value, tuple(value))


def _described(payload: Mapping[str, Any], text: str) -> str:
    from scanapp.payloads.summary import describe  # payload libraries load only where there is one to describe

    return describe(payload, text)


def _joined(value: Value, keys: tuple[str, ...]) -> str:
    return " · ".join(
        str(value[key]) for key in keys if value.get(key) and not isinstance(value[key], (dict, list))
    )


def _without_secret(text: str) -> str:
    """The start of ``text``, unless it is made to carry a secret: codes that no parser took may still hold one."""
    scheme = text[:10].lstrip().partition(":")[0].upper()
    return _SECRETS.get(scheme, text[: LIMIT + 1])
