"""EMV QR data objects: two digits of identifier, two of length, value; and the checksum at the end.

EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1, chapters 3 and 4.6.
"""

from __future__ import annotations

from scanapp.errors import PayloadError
from scanapp.payloads.base import is_digits


def parse_tlv(text: str) -> dict[str, str]:
    """Identifier to value, in order. PayloadError on a cut, a non-digit header or an identifier used twice.

    Lengths count characters, as the specification says.
    """
    fields: dict[str, str] = {}
    position = 0
    while position < len(text):
        header = text[position : position + 4]
        if len(header) < 4 or not is_digits(header):
            raise PayloadError(f"a data object's id and length were expected at character {position}")
        key, length = header[:2], int(header[2:])
        value = text[position + 4 : position + 4 + length]
        if len(value) < length:
            raise PayloadError(f"data object {key} promises {length} characters, {len(value)} are left")
        if key in fields:
            raise PayloadError(f"data object {key} appears twice")
        fields[key] = value
        position += 4 + length
    return fields


def template(text: str) -> dict[str, str]:
    """Like `parse_tlv`, but {} for a value that turns out to be no template (schemes put plain text there too)."""
    try:
        return parse_tlv(text)
    except PayloadError:
        return {}


def build_tlv(fields: dict[str, str | dict[str, str]]) -> str:
    """Data objects in the order given; a dict becomes a template. PayloadError over 99 characters a value."""
    built = []
    for key, value in fields.items():
        body = build_tlv(dict(value)) if isinstance(value, dict) else value
        if len(body) > 99 or len(key) != 2 or not is_digits(key):
            raise PayloadError(f"data object {key!r} must have a two-digit id and at most 99 characters")
        built.append(f"{key}{len(body):02d}{body}")
    return "".join(built)


def build_merchant_code(fields: dict[str, str | dict[str, str]]) -> str:
    """A complete merchant-presented code: the fields, then the checksum (object 63). For tests and scenes."""
    body = build_tlv(fields) + "6304"
    return f"{body}{crc16(body.encode('utf-8')):04X}"


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (ISO/IEC 13239 polynomial 0x1021, initial 0xFFFF, no reflection), 0 to 65535."""
    register = 0xFFFF
    for byte in data:
        register = (register << 8 & 0xFFFF) ^ _TABLE[(register >> 8) ^ byte]
    return register


def _table_entry(byte: int) -> int:
    register = byte << 8
    for _ in range(8):
        register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
    return register & 0xFFFF


_TABLE = tuple(_table_entry(byte) for byte in range(256))
