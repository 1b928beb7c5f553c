"""NTT docomo's bookmark, ``MEBKM:TITLE:name;URL:http\\://example.com;;``: a link with a title."""

from __future__ import annotations

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import semicolon_fields
from scanapp.payloads.url import parse_url


def parse_bookmark(item: PayloadInput) -> Payload | None:
    """The fields of a link, and ``title``."""
    if item.text[:6].upper() != "MEBKM:":
        return None
    values = {key: value.strip() for key, value, _ in reversed(semicolon_fields(item.text[6:], "a bookmark"))}
    link = parse_url(PayloadInput(values.get("URL", "")))
    if link is None:
        raise PayloadError("a bookmark without a link (URL:)")
    return link | compact({"title": values.get("TITLE", "")})
