"""Driving licences and identity cards of North America: AAMVA DL/ID Card Design Standard, PDF417 (annex D)."""

from __future__ import annotations

import datetime as dt
import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact, unescape

_HEADER = re.compile(
    r"@[\r\n\x1c-\x1e]{1,4}(?:ANSI |AAMVA)([0-9]{6})([0-9]{2})([0-9]{2})?([0-9]{2})(?=DL|ID|EN|Z[A-Z])"
)
_ENTRY = re.compile(r"(DL|ID|EN|Z[A-Z])([0-9 ]{4})([0-9 ]{4})")
_ELEMENT = re.compile(r"(D[A-Z]{2})([^\n\r\x1e]{0,200})")
_MAX_LENGTH = 4000

# Element to key. Several elements may give one key: the newer standard's comes first.
_KEYS = {
    "DAQ": "licence_number",
    "DCS": "family_name",
    "DAB": "family_name",
    "DAC": "given_name",
    "DCT": "given_name",
    "DAD": "middle_name",
    "DCU": "name_suffix",
    "DAA": "full_name",
    "DCA": "vehicle_class",
    "DCB": "restrictions",
    "DCD": "endorsements",
    "DBB": "birth_date",
    "DBD": "issue_date",
    "DBA": "expiry_date",
    "DBC": "sex",
    "DAY": "eye_colour",
    "DAZ": "hair_colour",
    "DAU": "height",
    "DAG": "street",
    "DAI": "city",
    "DAJ": "state",
    "DAK": "postal_code",
    "DCG": "country",
    "DCF": "document_number",
    "DDA": "compliance",
    "DDK": "organ_donor",
    "DDL": "veteran",
}
_SEX = {"1": "male", "2": "female", "9": "unspecified", "M": "male", "F": "female", "X": "unspecified"}


def parse_licence(item: PayloadInput) -> Payload | None:
    """kind, issuer_id, version, licence_number, names, dates (ISO 8601), address, sex, height, …

    Elements of the state's own subfiles (ZV and so on) are left out.
    """
    text = unescape(item.text)
    match = _HEADER.match(text)
    if match is None:
        return None
    if len(text) > _MAX_LENGTH:
        raise PayloadError(f"a licence has at most {_MAX_LENGTH} characters")
    kind, body = _subfile(text, match.end())
    elements = _elements(body)
    values: Payload = {}
    for code, key in _KEYS.items():
        value = elements.get(code, "")
        if value and value.upper() not in ("NONE", "UNAVL", "UNAV"):
            values.setdefault(key, value)
    if not values.get("licence_number"):
        raise PayloadError("a licence without its number (DAQ)")
    canadian = values.get("country", "").upper() == "CAN"
    for key in ("birth_date", "issue_date", "expiry_date"):
        values[key] = _date(values.get(key, ""), year_first=canadian or int(match[2]) <= 1)
    values["sex"] = _SEX.get(str(values.get("sex", "")).upper(), "")
    values["postal_code"] = re.sub(r"(?<=[0-9]{5})0000$", "", values.get("postal_code", ""))
    values["address"] = _address(values)
    head = {
        "type": "driving_licence",
        "kind": {"DL": "licence", "ID": "identity_card", "EN": "enhanced_licence"}[kind],
        "issuer_id": match[1],
        "version": int(match[2]),
    }
    return compact(head | values)


def _subfile(text: str, entries: int) -> tuple[str, str]:
    """Kind and content of the first DL, ID or EN subfile.

    Written offsets are often wrong by a few bytes: they are believed only where the subfile's type stands there;
    otherwise it is looked for behind the directory.
    """
    found: list[tuple[str, int, int]] = []
    position = entries
    while entry := _ENTRY.match(text, position):
        if entry[1] in ("DL", "ID", "EN"):
            found.append((entry[1], _number(entry[2]), _number(entry[3])))
        position = entry.end()
    for kind, offset, length in found:
        if offset >= position and text[offset : offset + 2] == kind:
            return kind, text[offset + 2 : offset + max(length, 2)]
    for kind in ("DL", "ID", "EN"):
        start = re.compile(kind + r"(?=D[A-Z]{2})").search(text, max(position - 10, entries))
        if start:
            return kind, text[start.end() :].split("\r", 1)[0]
    raise PayloadError("a licence without a DL, ID or EN subfile")


def _elements(body: str) -> dict[str, str]:
    elements: dict[str, str] = {}
    for row in re.split(r"[\n\r\x1e]", body):
        match = _ELEMENT.match(row)
        if match:
            elements.setdefault(match[1], match[2].strip())
    return elements


def _date(text: str, *, year_first: bool) -> str:
    """MMDDCCYY (United States) or CCYYMMDD (Canada, version 01) as ISO; what fits only one is read as that one."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return ""
    american = (int(text[4:]), int(text[:2]), int(text[2:4]))
    other = (int(text[:4]), int(text[4:6]), int(text[6:]))
    for year, month, day in (other, american) if year_first else (american, other):
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if 1850 <= year <= 2150:
            return date.isoformat()
    return ""


def _address(values: Payload) -> str:
    town = " ".join(filter(None, (values.get("state"), values.get("postal_code"))))
    return ", ".join(filter(None, (values.get("street"), values.get("city"), town)))


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{4}", text) else 0
