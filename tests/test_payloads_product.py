"""Products: GTIN, ISBN, ISSN, GS1 element strings and Digital Link."""

from __future__ import annotations

from typing import Any

import pytest

from scanapp.payloads import describe, parse_payload

SHORT_GS1 = "0109506000134352" + "10AB12\x1d" + "17271231"


@pytest.mark.parametrize(
    ("text", "symbology", "expected"),
    [
        ("5901234123457", "EAN13", {"kind": "GTIN-13", "prefix_owner": "GS1 Poland", "country": "Poland"}),
        ("4006381333931", "EAN-13", {"kind": "GTIN-13", "country": "Germany", "company_prefix": "4006381"}),
        ("5901234123457", "", {"kind": "GTIN-13", "gtin14": "05901234123457"}),
        ("96385074", "EAN8", {"kind": "GTIN-8", "prefix": "963"}),
        ("036000291452", "UPCA", {"kind": "GTIN-12", "country": "US"}),
        ("0036000291452", "EAN13", {"kind": "GTIN-12", "gtin14": "00036000291452"}),
        ("04252614", "UPC-E", {"kind": "GTIN-12", "gtin": "042100005264", "upc_e": "04252614"}),
        ("0042100005264", "UPCE", {"kind": "GTIN-12", "gtin14": "00042100005264"}),
        ("10012345678902", "ITF14", {"kind": "GTIN-14", "packaging_level": 1}),
        ("10012345678902", "ITF", {"kind": "GTIN-14", "packaging_level": 1}),
        ("2112345678900", "EAN13", {"kind": "GTIN-13", "restricted": True}),
        ("5901234123457 12345", "EAN13", {"gtin": "5901234123457", "add_on": "12345"}),
    ],
)
def test_gtin(text: str, symbology: str, expected: dict[str, Any]) -> None:
    payload = parse_payload(text, format=symbology)
    assert payload["type"] == "gtin"
    assert {key: payload.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "symbology", "kind"),
    [
        ("5901234123458", "EAN13", "text"),  # wrong check digit in a symbol that must have a right one
        ("5901234123458", "", "number"),
        ("10012345678903", "ITF", "number"),
        ("12345678", "ITF", "number"),
        ("5901234123457", "QRCode", "number"),  # digits in a QR code may be anything
        ("٥٩٠١٢٣٤١٢٣٤٥٧", "EAN13", "text"),
    ],
)
def test_not_a_gtin(text: str, symbology: str, kind: str) -> None:
    assert parse_payload(text, format=symbology)["type"] == kind


def test_isbn() -> None:
    payload = parse_payload("9781861972712", format="EAN13")
    assert payload == {
        "type": "isbn",
        "isbn": "9781861972712",
        "isbn10": "1861972717",
        "hyphenated": "978-1-86197-271-2",
        "gtin": "9781861972712",
    }
    assert describe(payload) == "Book 978-1-86197-271-2"
    assert parse_payload("9791090636071", format="EAN13")["hyphenated"] == "979-10-90636-07-1"


def test_printed_music_is_not_a_book() -> None:
    assert parse_payload("9790260000438", format="EAN13")["type"] == "gtin"


def test_issn() -> None:
    payload = parse_payload("9770317847001 05", format="EAN13")
    assert payload == {
        "type": "issn",
        "issn": "0317-8471",
        "variant": "00",
        "gtin": "9770317847001",
        "add_on": "05",
    }
    assert describe(payload) == "Periodical ISSN 0317-8471"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("(01)09506000134352(10)AB12(17)271231", {"format": "Code128", "symbology_identifier": "]C1"}),
        ("(01)09506000134352(10)AB12(17)271231", {"format": "QRCode"}),
        ("\x1d" + SHORT_GS1, {"format": "DataMatrix"}),
        ("]d2" + SHORT_GS1, {}),
        (SHORT_GS1, {"format": "DataMatrix"}),
        (SHORT_GS1.replace("\x1d", "<GS>"), {"symbology_identifier": "]d2"}),
        ("ignored", {"symbology_identifier": "]Q3", "data": SHORT_GS1.encode()}),
    ],
)
def test_gs1_in_all_its_clothes(text: str, options: dict[str, Any]) -> None:
    payload = parse_payload(text, **options)
    assert payload == {
        "type": "gs1",
        "gtin": "09506000134352",
        "batch": "AB12",
        "expiry": "2027-12-31",
        "elements": [
            {"ai": "01", "title": "GTIN", "value": "09506000134352", "valid": True},
            {"ai": "10", "title": "BATCH/LOT", "value": "AB12"},
            {"ai": "17", "title": "USE BY or EXPIRY", "value": "271231", "date": "2027-12-31"},
        ],
    }
    assert describe(payload) == "GS1 GTIN 09506000134352, batch AB12, expires 2027-12-31"


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("(3103)001750", {"decimal": "1.750"}),
        ("(3932)97812345", {"decimal": "123.45", "currency": "978"}),
        ("(17)270200", {"date": "2027-02-28"}),  # day 00 is the month's last
        ("(11)991231", {"date": "1999-12-31"}),
        ("(17)270230", {"value": "270230", "date": None}),
        ("(00)106141411234567897", {"valid": True}),
        ("(00)106141411234567890", {"valid": False}),
        ("(01)09506000134353", {"valid": False}),
    ],
)
def test_gs1_element(element: str, expected: dict[str, Any]) -> None:
    found = parse_payload(element, symbology_identifier="]C1")["elements"][0]
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    "text", ["(91)9876543210", "(020) 7946 0958", "(01)", "(9999)1", "\x1d", "[)>\x1e06\x1dP1\x1e\x04"]
)
def test_not_gs1(text: str) -> None:
    assert parse_payload(text, format="QRCode") == {"type": "text"}


def test_databar_is_gs1_by_its_symbology() -> None:
    payload = parse_payload("(01)09506000134352", format="DataBarOmni", data=b"0109506000134352")
    assert payload["gtin"] == "09506000134352"


def test_digital_link() -> None:
    payload = parse_payload("https://id.gs1.org/01/09506000134352/10/ABC?17=271231")
    assert payload["type"] == "gs1"
    assert payload["host"] == "id.gs1.org"
    assert (payload["gtin"], payload["batch"], payload["expiry"]) == ("09506000134352", "ABC", "2027-12-31")


def test_digital_link_keeps_the_link_s_warnings() -> None:
    payload = parse_payload("https://id.gs1.org@evil.example/01/09506000134352")
    assert payload["type"] == "gs1"
    assert payload["host"] == "evil.example"
    assert payload["warnings"] == ["userinfo"]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/01/2024",
        "https://example.com/01/09506000134353",  # wrong check digit
        "https://example.com/401/abc",
        "https://id.gs1.org/about",
    ],
)
def test_paths_with_numbers_stay_links(text: str) -> None:
    assert parse_payload(text)["type"] == "url"
