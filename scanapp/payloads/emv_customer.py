"""Payment codes that a customer presents: base64 of BER-TLV that begins with "CPV01".

EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, version 1.1. The code is worth money while
it is fresh: card numbers are masked and track data stays out.
"""

from __future__ import annotations

import base64
import binascii

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.schemes import scheme_of_guid

_START = "hQVDUFYwM"  # base64 of 85 05 "CPV0", then the version
_MAX_LENGTH = 2000


def parse_emv_customer(item: PayloadInput) -> Payload | None:
    """version and applications: aid, scheme, label, masked pan, last_digits, language."""
    if not item.text.startswith(_START):
        return None
    if len(item.text) > _MAX_LENGTH:
        raise PayloadError("a consumer-presented code has at most 512 bytes")
    try:
        raw = base64.b64decode(item.text + "=" * (-len(item.text) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise PayloadError("a consumer-presented code must be base64") from exc
    objects = _ber(raw)
    applications = [_application(value) for tag, value in objects if tag == "61"]
    if not applications:
        raise PayloadError("a consumer-presented code without an application template (61)")
    version = objects[0][1].decode("ascii", "replace")
    return {"type": "emv_customer", "version": version, "applications": applications}


def _application(template: bytes) -> Payload:
    values = dict(reversed(_ber(template)))
    aid = values.get("4F", b"").hex().upper()
    return compact(
        {
            "aid": aid,
            "scheme": scheme_of_guid(aid),
            "label": _text(values.get("50", b"")),
            "pan": _masked_pan(values.get("5A", b"")),
            "last_digits": values.get("9F25", b"").hex(),
            "language": _text(values.get("5F2D", b"")),
            "track2": "hidden" if "57" in values else "",
        }
    )


def _masked_pan(value: bytes) -> str:
    digits = value.hex().upper().rstrip("F")
    if len(digits) < 12 or not digits.isdigit():
        return ""
    return f"{digits[:6]}{'•' * (len(digits) - 10)}{digits[-4:]}"


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")


def _ber(data: bytes) -> list[tuple[str, bytes]]:
    """Tags in upper-case hex with their values, one level (EMV book 3, annex B); PayloadError when cut short."""
    objects: list[tuple[str, bytes]] = []
    position = 0
    while position < len(data):
        start = position
        position += 1
        if data[start] & 0x1F == 0x1F:  # further tag bytes follow while their top bit is set
            while position < len(data) and data[position] & 0x80:
                position += 1
            position += 1
        tag = data[start:position].hex().upper()
        length, position = _length(data, position)
        if position + length > len(data):
            raise PayloadError(f"BER object {tag} is cut short")
        objects.append((tag, data[position : position + length]))
        position += length
    return objects


def _length(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        raise PayloadError("BER data end before a length")
    first = data[position]
    if first < 0x80:
        return first, position + 1
    count = first & 0x7F
    if not 1 <= count <= 2 or position + 1 + count > len(data):
        raise PayloadError("BER length of one to three bytes expected")
    return int.from_bytes(data[position + 1 : position + 1 + count], "big"), position + 1 + count
