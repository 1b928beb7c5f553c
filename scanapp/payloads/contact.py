"""Visiting cards: vCard 2.1, 3.0 (RFC 2426), 4.0 (RFC 6350), and NTT docomo's MECARD."""

from __future__ import annotations

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import ContentLine, content_lines, semicolon_fields

_NAME_PARTS = ("family", "given", "additional", "prefix", "suffix")


def parse_vcard(item: PayloadInput) -> Payload | None:
    """name, its parts, organization, title, phones, emails, addresses, urls, birth_date, note."""
    if item.text[:11].upper() != "BEGIN:VCARD":
        return None
    lines = content_lines(item.text)
    parts = dict(zip(_NAME_PARTS, next((line.parts() for line in lines if line.name == "N"), []), strict=False))
    organization = next((", ".join(filter(None, line.parts())) for line in lines if line.name == "ORG"), "")
    spoken = " ".join(filter(None, (parts.get(k) for k in ("prefix", "given", "additional", "family", "suffix"))))
    payload = compact(
        {
            "type": "vcard",
            "version": _first(lines, "VERSION"),
            "name": _first(lines, "FN") or spoken or organization,
            **parts,
            "nickname": _first(lines, "NICKNAME"),
            "organization": organization,
            "title": _first(lines, "TITLE"),
            "phones": _typed(lines, "TEL", "number"),
            "emails": _typed(lines, "EMAIL", "email"),
            "addresses": _addresses(lines),
            "urls": [line.text() for line in lines if line.name == "URL" and line.value],
            "birth_date": _first(lines, "BDAY"),
            "note": _first(lines, "NOTE"),
        }
    )
    if len(payload) <= 2:
        raise PayloadError("a vCard without any field that a contact needs")
    return payload


def _first(lines: list[ContentLine], name: str) -> str:
    return next((line.text().strip() for line in lines if line.name == name), "")


def _typed(lines: list[ContentLine], name: str, key: str) -> list[Payload]:
    found = []
    for line in lines:
        value = line.text().strip()
        if line.name == name and value:
            value = value[4:] if value[:4].lower() == "tel:" else value
            found.append(compact({key: value, "kinds": line.types}))
    return found


def _addresses(lines: list[ContentLine]) -> list[Payload]:
    found = []
    for line in lines:
        if line.name == "ADR" and line.value.strip(" ;"):
            written = ", ".join(filter(None, line.parts()))
            found.append(compact({"address": written.replace("\n", ", "), "kinds": line.types}))
    return found


def parse_mecard(item: PayloadInput) -> Payload | None:
    """The same fields as a vCard's, as far as MECARD has them."""
    if item.text[:7].upper() != "MECARD:":
        return None
    fields = [(key, value.strip()) for key, value, _ in semicolon_fields(item.text[7:], "a MECARD")]

    def every(*keys: str) -> list[str]:
        return [value for key, value in fields if key in keys and value]

    def first(key: str) -> str:
        return next(iter(every(key)), "")

    family, comma, given = first("N").partition(",")
    payload = compact(
        {
            "type": "mecard",
            "name": f"{given.strip()} {family.strip()}".strip() if comma else family,
            "family": family.strip() if comma else "",
            "given": given.strip(),
            "nickname": first("NICKNAME"),
            "organization": first("ORG"),
            "phones": [{"number": number} for number in every("TEL", "TEL-AV")],
            "emails": [{"email": email} for email in every("EMAIL")],
            "addresses": [{"address": address} for address in every("ADR")],
            "urls": every("URL"),
            "birth_date": first("BDAY"),
            "note": first("NOTE") or first("MEMO"),
        }
    )
    if len(payload) == 1:
        raise PayloadError("a MECARD without any field that a contact needs")
    return payload
