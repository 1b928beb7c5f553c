"""What every payload parser gets and gives back.

A parser is a plain function ``(PayloadInput) -> dict | None``: a JSON-ready dict with a ``"type"`` key when the
text is of its family, None when it is not, and `PayloadError` when the text claims the family and breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Payload = dict[str, Any]
"""JSON-ready; ``"type"`` names the family, the other keys are in docs/payloads.md. Unknown fields are left out."""

SENSITIVE_KEYS = (
    "address",
    "birth_date",
    "document_number",
    "frequent_flyer_number",
    "iban",
    "licence_number",
    "password",
    "pnr",
    "secret",
)
"""Keys, at any depth, whose values a log or a screenshot should not keep. They are there because whoever scans
wants them (a Wi-Fi password is the point of a Wi-Fi code); redact them where others can look."""

SENSITIVE_TYPES = ("driving_licence", "emv_customer", "otp", "payment_barcode")
"""Types whose scanned *text* is itself a secret or personal document: the payload leaves the critical part out, but
the text next to it does not."""

# Symbologies in which shops and pay apps print what a customer presents (normalised as in `PayloadInput.format`).
PRESENTED_FORMATS = frozenset({"code128", "qrcode", "qrcodemodel1", "qrcodemodel2"})
RETAIL_FORMATS = frozenset({"ean8", "ean13", "eanupc", "upca", "upce", "isbn", "itf14", "itf"})

_GS1_IDENTIFIERS = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})
_CONTROL_NAMES = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI"),
    *("DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US"),
)
_CONTROL = {name: chr(code) for code, name in enumerate(_CONTROL_NAMES)} | {"DEL": "\x7f"}
_ESCAPED = re.compile(r"<([A-Z][A-Z0-9]{1,2})>")


@dataclass(frozen=True, slots=True)
class PayloadInput:
    """One scanned text with what is known of its symbol.

    text                  what to interpret, surrounding white space removed
    format                symbology as lower-case letters and digits: "qrcode", "ean13"; "" when unknown
    data                  the symbol's bytes, b"" when unknown
    symbology_identifier  ISO/IEC 15424, e.g. "]C1"; "" when unknown
    """

    text: str
    format: str = ""
    data: bytes = b""
    symbology_identifier: str = ""

    @classmethod
    def of(cls, text: str, format: str = "", data: bytes = b"", symbology_identifier: str = "") -> PayloadInput:
        """Normalise what a decoder reports ("QR Code", "<GS>" for a control character that ``data`` confirms)."""
        kind = re.sub(r"[^a-z0-9]", "", format[:40].lower())
        plain = unescape(text)
        if plain == text or plain.encode("utf-8", "surrogatepass") != data:
            plain = text
        return cls(plain.strip("\ufeff \t\r\n"), kind, data, symbology_identifier)

    @property
    def is_gs1(self) -> bool:
        """The symbol itself says that it holds GS1 element strings (FNC1 in first position, DataBar)."""
        return self.symbology_identifier in _GS1_IDENTIFIERS or self.format.startswith("databar")


Parser = Callable[[PayloadInput], Payload | None]
"""One family of payloads; see the module's text for what it returns and raises."""


def unescape(text: str) -> str:
    """Control characters for the names that decoders print in their stead: ``<GS>`` becomes ``\\x1d``."""
    if "<" not in text:
        return text
    return _ESCAPED.sub(lambda match: _CONTROL.get(match[1], match[0]), text)


def compact(payload: Payload) -> Payload:
    """The payload without fields that are None, "", [] or {} (False and 0 say something and stay)."""
    return {key: value for key, value in payload.items() if value is not None and value not in ("", [], {})}


def is_digits(text: str) -> bool:
    """Only ASCII digits, at least one (``str.isdigit`` also takes "٣" and "²")."""
    return text.isascii() and text.isdigit()
