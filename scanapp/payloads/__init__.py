"""What the text in a code means: `parse_payload` gives a JSON-ready dict, `describe` one line for people.

One family is one file with a parser (see `base.Parser`) and one line in `dispatch.PARSERS`.
"""

from __future__ import annotations

from scanapp.payloads.base import SENSITIVE_KEYS, SENSITIVE_TYPES, Parser, Payload, PayloadInput
from scanapp.payloads.dispatch import PARSERS, parse_payload
from scanapp.payloads.summary import describe

__all__ = [
    "PARSERS",
    "SENSITIVE_KEYS",
    "SENSITIVE_TYPES",
    "Parser",
    "Payload",
    "PayloadInput",
    "describe",
    "parse_payload",
]
