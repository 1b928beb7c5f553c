"""Untrusted text made fit for a terminal, an overlay or a log line.

Payloads come from strangers. Control characters (C0, DEL, C1), bidirectional overrides, zero-width characters
and lone surrogates can move a cursor, forge a line or hide what is really there: they are shown as visible
escapes instead.
"""

from __future__ import annotations

import json
import re
from typing import Any, Protocol, runtime_checkable

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def printable(text: str, limit: int | None = None) -> str:
    """``text`` on one line without anything that a terminal would act on; cut to ``limit`` characters with an …."""
    shown = _UNSAFE.sub(_visible, text if limit is None else text[: limit + 1])
    return shown if limit is None or len(shown) <= limit else shown[: max(0, limit - 1)] + "…"


def to_json(value: Any) -> str:
    """Compact JSON on one line, readable (no ASCII escapes) except for unsafe characters, which are \\u-escaped.

    Secrets such as card numbers are written as they show themselves: masked.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_shown)
    return _UNSAFE.sub(_json_escape, text)


@runtime_checkable
class Secret(Protocol):
    """A value whose ``str`` is fit to be shown, and which gives the rest only to those who ask."""

    def reveal(self) -> str:
        """All of it."""


def _shown(value: Any) -> str:
    if isinstance(value, Secret):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    short = {0x0A: "⏎", 0x0D: "␍", 0x09: "⇥", 0x1B: "␛", 0x1D: "␝", 0x00: "␀"}.get(code)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))
