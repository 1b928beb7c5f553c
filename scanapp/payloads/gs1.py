"""GS1 element strings, raw (FNC1 as \\x1d) or bracketed, and GS1 Digital Link URIs; parsed by biip."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact, unescape
from scanapp.payloads.url import Link, split_link, url_payload

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementString

_MAX_LENGTH = 1000
_DATES = {
    "11": "production_date",
    "12": "due_date",
    "13": "packaging_date",
    "15": "best_before",
    "16": "sell_by",
    "17": "expiry",
    "7003": "expiry",
    "7006": "first_freeze_date",
    "7007": "harvest_date",
    "8008": "production_date",
}
_NAMED = {"00": "sscc", "01": "gtin", "02": "content_gtin", "10": "batch", "21": "serial", "37": "count"}
_SYMBOLOGY_PREFIX = re.compile(r"\](?:C1|e[0-2]|d2|Q3|J1)")


def parse_gs1(item: PayloadInput) -> Payload | None:
    """elements (ai, title, value and, as they apply, date, decimal, currency, valid) and the usual ones by name."""
    raw = _raw_message(item)
    bracketed = item.text if re.match(r"\([0-9]{2,4}\)", item.text) else ""
    if not raw and not bracketed:
        return None
    if len(raw or bracketed) > _MAX_LENGTH or not (raw or bracketed).isascii():
        raise PayloadError(f"a GS1 message is ASCII and at most {_MAX_LENGTH} characters")
    fields = _fields(_elements(raw, bracketed))
    if not _marked(item) and not _proven(fields["elements"]):
        return None  # "(91)9876543210" on a poster is a phone number
    return {"type": "gs1"} | fields


def parse_digital_link(item: PayloadInput) -> Payload | None:
    """A web link whose path carries a GS1 key ("/01/09506000134352/10/ABC"): the link's fields and the elements."""
    link = split_link(item.text)
    if link is None or link.scheme not in ("http", "https") or len(item.text) > 2 * _MAX_LENGTH:
        return None
    if not _may_hold_key(link) or re.search(r"\s", item.text):
        return None
    from biip import ParseConfig, ParseError
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI

    config = ParseConfig(gs1_element_strings_verify_date=False)
    try:
        uri = GS1DigitalLinkURI.parse(item.text, config=config)
    except (ParseError, ValueError):  # also what urllib says of a bad host; then it is a link like any other
        return None
    fields = _fields(list(uri.element_strings))
    if any(element.get("valid") is False for element in fields["elements"]):
        return None
    return url_payload(item.text, link) | {"type": "gs1"} | fields


def _proven(elements: list[Payload]) -> bool:
    """Without a symbol that says GS1, two elements or one right check digit must."""
    return len(elements) > 1 or any(element.get("valid") for element in elements)


def _may_hold_key(link: Link) -> bool:
    """A key that its check digit proves (GTIN, SSCC, GLN) anywhere, the others only at GS1's own resolver."""
    if link.ascii_host == "id.gs1.org":
        return True
    return re.search(r"/(?:01/[0-9]{8,14}|00/[0-9]{18}|41[457]/[0-9]{13})(?:[/?#]|$)", link.tail) is not None


def _raw_message(item: PayloadInput) -> str:
    """The element strings with \\x1d separators, "" when only a bracketed form is at hand or it is not GS1."""
    if item.is_gs1 and item.data:
        try:
            raw = item.data.decode("ascii")
        except UnicodeDecodeError as exc:
            raise PayloadError("a GS1 symbol with bytes outside ASCII") from exc
        return "" if raw.startswith("(") else _without_marks(raw)
    text = unescape(item.text)
    if text.startswith("("):
        return ""
    # A symbol without the GS1 mark whose text is digits up to a separator was meant as GS1 all the same.
    meant = re.match(r"[0-9]{4}[^\x1d]*\x1d", text)
    return _without_marks(text) if _marked(item) or meant else ""


def _marked(item: PayloadInput) -> bool:
    """The symbol or its text says that GS1 element strings follow."""
    text = unescape(item.text)
    return item.is_gs1 or text.startswith("\x1d") or _SYMBOLOGY_PREFIX.match(text) is not None


def _without_marks(raw: str) -> str:
    return _SYMBOLOGY_PREFIX.sub("", raw, count=1).strip("\x1d")


def _elements(raw: str, bracketed: str) -> list[GS1ElementString]:
    from biip import ParseConfig, ParseError
    from biip.gs1_messages import GS1Message

    config = ParseConfig(gs1_element_strings_verify_date=False)
    try:
        message = GS1Message.parse(raw, config=config) if raw else GS1Message.parse_hri(bracketed, config=config)
    except (ParseError, ValueError) as exc:
        raise PayloadError(f"not a GS1 message: {exc}") from exc
    if not message.element_strings:
        raise PayloadError("a GS1 message without elements")
    return list(message.element_strings)


def _fields(elements: list[GS1ElementString]) -> Payload:
    fields: Payload = {}
    for element in elements:
        name = _NAMED.get(element.ai.ai) or _DATES.get(element.ai.ai)
        if name:
            fields.setdefault(name, (_date(element.value) if element.ai.ai in _DATES else "") or element.value)
    return fields | {"elements": [_element(element) for element in elements]}


def _element(element: GS1ElementString) -> Payload:
    checked = element.gtin_error or element.sscc_error or element.gln_error
    tested = element.gtin or element.sscc or element.gln
    return compact(
        {
            "ai": element.ai.ai,
            "title": element.ai.data_title,
            "value": element.value,
            "date": _date(element.value) if element.ai.ai in _DATES else "",
            "decimal": str(element.decimal) if element.decimal is not None else "",
            "currency": element.pattern_groups[0] if element.ai.ai[:3] in ("391", "393") else "",
            "valid": False if checked else (True if tested else None),
        }
    )


def _date(value: str) -> str:
    """YYMMDD as an ISO date, "" when it is none; day 00 is the month's last.

    The GS1 General Specifications (7.12) take the century nearest to today. A replay must say the same next year,
    so the pivot is fixed: 00 to 76 are 2000 to 2076, 77 to 99 are 1977 to 1999.
    """
    if not re.match(r"[0-9]{6}", value):
        return ""
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:6])
    year += 2000 if year <= 76 else 1900
    if not 1 <= month <= 12:
        return ""
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, day or last).isoformat() if day <= last else ""
