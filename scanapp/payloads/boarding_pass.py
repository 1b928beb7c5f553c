"""IATA bar-coded boarding passes (Resolution 792, BCBP implementation guide): fixed columns, up to four legs."""

from __future__ import annotations

import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact

_START = re.compile(r"(?s)M[1-4][^\x00-\x1f]{20}[E ][A-Z0-9 ]{7}[A-Z]{6}[A-Z0-9 ]{3}[A-Z0-9 ]{5}[0-9 ]{3}")
_HEAD, _LEG = 23, 37
_MAX_LENGTH = 1000

# Columns of the conditional items: (name, width).
_UNIQUE = (
    ("passenger_description", 1),
    ("check_in_source", 1),
    ("issue_source", 1),
    ("issued", 4),
    ("document_type", 1),
    ("issuer", 3),
    ("baggage_tag_1", 13),
    ("baggage_tag_2", 13),
    ("baggage_tag_3", 13),
)
_REPEATED = (
    ("airline_number", 3),
    ("document_number", 10),
    ("selectee", 1),
    ("document_verification", 1),
    ("marketing_carrier", 3),
    ("frequent_flyer_airline", 3),
    ("frequent_flyer_number", 16),
    ("discount", 1),
    ("free_baggage", 3),
    ("fast_track", 1),
)


def parse_boarding_pass(item: PayloadInput) -> Payload | None:
    """passenger, family_name, given_name, electronic_ticket, legs, and what the conditional items add.

    A leg: pnr, from, to, carrier, flight, day_of_year, cabin, seat, sequence, status. The pass has no year, so
    none is made up: ``day_of_year`` is 1 to 366; ``issued`` gives the day and the year's last digit.
    """
    text = item.text
    if not _START.match(text):
        return None
    if len(text) > _MAX_LENGTH or not text.isascii():
        raise PayloadError(f"a boarding pass is ASCII and at most {_MAX_LENGTH} characters")
    name = text[2:22].strip()
    family, _, given = name.partition("/")
    payload: Payload = {
        "type": "boarding_pass",
        "passenger": name,
        "family_name": family.strip(),
        "given_name": given.strip(),
        "electronic_ticket": text[22] == "E",
    }
    legs: list[Payload] = []
    extra: Payload = {}
    position = _HEAD
    for index in range(int(text[1])):
        leg, shared, position = _leg(text, position, first=index == 0)
        legs.append(leg)
        extra |= shared
    return compact(payload | extra | {"legs": legs, "signed": text[position : position + 1] == "^"})


def _leg(text: str, start: int, *, first: bool) -> tuple[Payload, Payload, int]:
    """One leg, what it says of the whole pass, and where the next begins."""
    row = text[start : start + _LEG]
    if len(row) < _LEG:
        raise PayloadError(f"a leg has {_LEG} characters, {len(row)} are left")
    day = row[21:24].strip()
    if day and not (re.fullmatch(r"[0-9]{1,3}", day) and 1 <= int(day) <= 366):
        raise PayloadError("the flight's day must be 001 to 366")
    leg = {
        "pnr": row[:7].strip(),
        "from": row[7:10],
        "to": row[10:13],
        "carrier": row[13:16].strip(),
        "flight": row[16:21].strip().lstrip("0"),
        "day_of_year": int(day) if day else None,
        "cabin": row[24].strip(),
        "seat": row[25:29].strip().lstrip("0"),
        "sequence": row[29:34].strip().lstrip("0"),
        "status": row[34].strip(),
    }
    size = _hex(row[35:37])
    end = start + _LEG + size
    block = text[start + _LEG : end]
    shared: Payload = {}
    if first and block.startswith(">"):
        shared, block = _unique(block)
    if len(block) >= 2:
        leg |= _columns(block[2 : 2 + _hex(block[:2])], _REPEATED)
    return compact(leg), shared, end


def _unique(block: str) -> tuple[Payload, str]:
    """The items that the first leg holds for the whole pass, and the rest of the block."""
    version, size = block[1:2], _hex(block[2:4])
    items = _columns(block[4 : 4 + size], _UNIQUE)
    tags = [items.pop(f"baggage_tag_{index}", "") for index in (1, 2, 3)]
    issued = items.pop("issued", "")
    if re.fullmatch(r"[0-9]{4}", issued):
        items["issued"] = {"year_digit": int(issued[0]), "day_of_year": int(issued[1:])}
    kept = {key: items[key] for key in ("issued", "issuer", "document_type") if key in items}
    return compact({"version": version} | kept | {"baggage_tags": [tag for tag in tags if tag]}), block[4 + size :]


def _columns(block: str, columns: tuple[tuple[str, int], ...]) -> Payload:
    """Fixed columns as far as the block reaches: writers may stop after any item."""
    found, position = {}, 0
    for name, width in columns:
        found[name] = block[position : position + width].strip()
        position += width
    return compact(found)


def _hex(text: str) -> int:
    if not re.fullmatch(r"[0-9A-Fa-f]{2}", text):
        raise PayloadError("a field size of two hexadecimal digits was expected")
    return int(text, 16)
