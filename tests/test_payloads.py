"""Everyday payloads: contacts, Wi-Fi, places, messages, appointments; and the dispatcher's manners."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanapp.errors import PayloadError
from scanapp.payloads import PARSERS, SENSITIVE_KEYS, SENSITIVE_TYPES, PayloadInput, describe, parse_payload
from scanapp.payloads.fields import content_lines, semicolon_fields
from scanapp.payloads.summary import DESCRIBED_TYPES

EVERYDAY: list[tuple[str, dict[str, Any], str]] = [
    (
        r"WIFI:T:WPA;S:Caf\;é;P:pa\:ss\\;H:true;;",
        {"type": "wifi", "ssid": "Caf;é", "security": "WPA", "password": "pa:ss\\", "hidden": True},
        "Wi-Fi network Caf;é (WPA)",
    ),
    (
        'WIFI:S:"CAFE";T:nopass;;',
        {"type": "wifi", "ssid": "CAFE", "security": "none", "hidden": False},
        "Wi-Fi network CAFE (open)",
    ),
    (
        "WIFI:S:436166C3A9;T:SAE;P:x;;",
        {
            "type": "wifi",
            "ssid": "Café",
            "ssid_hex": "436166C3A9",
            "security": "SAE",
            "password": "x",
            "hidden": False,
        },
        "Wi-Fi network Café (SAE)",
    ),
    (
        "wifi:s:12345678;t:wep;p:ABCDE;;",  # hex digits of control characters: the digits are the name
        {"type": "wifi", "ssid": "12345678", "security": "WEP", "password": "ABCDE", "hidden": False},
        "Wi-Fi network 12345678 (WEP)",
    ),
    (
        "WIFI:T:WPA2-EAP;S:Uni;E:PEAP;PH2:MSCHAPV2;I:ana;A:anon;P:pw;;",
        {
            "type": "wifi",
            "ssid": "Uni",
            "security": "WPA2-EAP",
            "password": "pw",
            "hidden": False,
            "eap_method": "PEAP",
            "identity": "ana",
            "anonymous_identity": "anon",
            "phase2_method": "MSCHAPV2",
        },
        "Wi-Fi network Uni (WPA2-EAP)",
    ),
    (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Luna;Ana;;Dr.;\r\nFN:Dr. Ana Luna\r\nORG:Luna\\, Sons;Kitchen\r\n"
        "TEL;TYPE=CELL,VOICE:+65 1234\r\nitem1.EMAIL:ana@example.com\r\nADR;TYPE=work:;;1 Main St;Town;;123;SG\r\n"
        "URL:https://example.com\r\nNOTE:long li\r\n ne\\nnext\r\nEND:VCARD\r\n",
        {
            "type": "vcard",
            "version": "3.0",
            "name": "Dr. Ana Luna",
            "family": "Luna",
            "given": "Ana",
            "prefix": "Dr.",
            "organization": "Luna, Sons, Kitchen",
            "phones": [{"number": "+65 1234", "kinds": ["cell", "voice"]}],
            "emails": [{"email": "ana@example.com"}],
            "addresses": [{"address": "1 Main St, Town, 123, SG", "kinds": ["work"]}],
            "urls": ["https://example.com"],
            "note": "long line\nnext",
        },
        "Contact Dr. Ana Luna, Luna, Sons, Kitchen, +65 1234",
    ),
    (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6=\nrg\n"
        "TEL;HOME:123\nEND:VCARD",
        {
            "type": "vcard",
            "version": "2.1",
            "name": "Jörg Müller",
            "family": "Müller",
            "given": "Jörg",
            "phones": [{"number": "123", "kinds": ["home"]}],
        },
        "Contact Jörg Müller, 123",
    ),
    (
        'BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nTEL;VALUE=uri;TYPE="voice,home":tel:+1-555\nBDAY:19870927\nEND:VCARD',
        {
            "type": "vcard",
            "version": "4.0",
            "name": "Ana",
            "phones": [{"number": "+1-555", "kinds": ["voice", "home"]}],
            "birth_date": "19870927",
        },
        "Contact Ana, +1-555",
    ),
    (
        r"MECARD:N:Owen,Sean;ADR:76 9th Avenue\, 4th Floor;TEL:12125551212;EMAIL:sean@example.com;;",
        {
            "type": "mecard",
            "name": "Sean Owen",
            "family": "Owen",
            "given": "Sean",
            "phones": [{"number": "12125551212"}],
            "emails": [{"email": "sean@example.com"}],
            "addresses": [{"address": "76 9th Avenue, 4th Floor"}],
        },
        "Contact Sean Owen, 12125551212",
    ),
    (
        "geo:48.2010,16.3695,183;u=40?q=Karlskirche",
        {
            "type": "geo",
            "latitude": 48.201,
            "longitude": 16.3695,
            "altitude": 183.0,
            "uncertainty": 40.0,
            "query": "Karlskirche",
        },
        "Place Karlskirche at 48.201, 16.3695",
    ),
    ("geo:-33.86,151.21", {"type": "geo", "latitude": -33.86, "longitude": 151.21}, "Place -33.86, 151.21"),
    (
        "tel:+1-201-555-0123;ext=12",
        {"type": "phone", "number": "+1-201-555-0123", "extension": "12"},
        "Phone +1-201-555-0123",
    ),
    (
        "tel:*%2306%23",
        {"type": "phone", "number": "*#06#", "warnings": ["dial_code"]},
        "Phone *#06# ⚠ phone service code",
    ),
    (
        "SMSTO:+491234:Hello: you",
        {"type": "sms", "number": "+491234", "body": "Hello: you"},
        "Text message to +491234: Hello: you",
    ),
    (
        "sms:+15105550101,+15105550102?body=hello%20there",
        {
            "type": "sms",
            "number": "+15105550101",
            "numbers": ["+15105550101", "+15105550102"],
            "body": "hello there",
        },
        "Text message to +15105550101: hello there",
    ),
    (
        "mailto:a@example.com?subject=Hi%20there&body=1+1&cc=b@example.com",
        {"type": "mail", "to": ["a@example.com"], "subject": "Hi there", "body": "1+1", "cc": ["b@example.com"]},
        "Mail to a@example.com: Hi there",
    ),
    (
        "MATMSG:TO:a@example.com;SUB:Hi;BODY:You;;",
        {"type": "mail", "to": ["a@example.com"], "subject": "Hi", "body": "You"},
        "Mail to a@example.com: Hi",
    ),
    (
        "SMTP:a@example.com:Hi:Yo: there",
        {"type": "mail", "to": ["a@example.com"], "subject": "Hi", "body": "Yo: there"},
        "Mail to a@example.com: Hi",
    ),
    ("ana.luna@example.com", {"type": "mail", "to": ["ana.luna@example.com"]}, "Mail to ana.luna@example.com"),
    (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\\, cake\nDTSTART;TZID=Asia/Singapore:20270115T090000\n"
        "DTEND:20270115T100000Z\nLOCATION:Room 1\nBEGIN:VALARM\nDESCRIPTION:wake\nEND:VALARM\n"
        "DESCRIPTION:weekly\nEND:VEVENT\nEND:VCALENDAR",
        {
            "type": "calendar",
            "summary": "Tea, cake",
            "start": "2027-01-15T09:00:00",
            "end": "2027-01-15T10:00:00Z",
            "all_day": False,
            "timezone": "Asia/Singapore",
            "location": "Room 1",
            "description": "weekly",
        },
        "Event Tea, cake, 2027-01-15T09:00:00, Room 1",
    ),
    (
        "BEGIN:VEVENT\nSUMMARY:Holiday\nDTSTART;VALUE=DATE:20270501\nEND:VEVENT",
        {"type": "calendar", "summary": "Holiday", "start": "2027-05-01", "all_day": True},
        "Event Holiday, 2027-05-01",
    ),
    ("123456", {"type": "number", "digits": 6}, "123456"),
    ("Best before: see lid", {"type": "text"}, "Best before: see lid"),
    ("", {"type": "text"}, "text"),
]


@pytest.mark.parametrize(("text", "payload", "line"), EVERYDAY, ids=[row[0][:24] for row in EVERYDAY])
def test_everyday_payload(text: str, payload: dict[str, Any], line: str) -> None:
    assert parse_payload(text, format="QRCode") == payload
    assert describe(payload, text) == line


@pytest.mark.parametrize(
    "text",
    [
        "WIFI:T:WPA;P:secret;;",
        "WIFI:",
        "MECARD:;;",
        "BEGIN:VCARD\nEND:VCARD",
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
        "BEGIN:VEVENT\nDTSTART:20271399\nEND:VEVENT",
        "geo:91,0",
        "geo:here",
        "tel:nobody",
        "sms:",
        "mailto:nobody",
        "upi://pay?pn=nobody",
    ],
)
def test_a_broken_claim_is_text(text: str) -> None:
    assert parse_payload(text) == {"type": "text"}


def test_surrounding_white_space_and_byte_order_mark_do_not_matter() -> None:
    assert parse_payload("\ufeff tel:+123 \r\n")["type"] == "phone"


def test_a_password_is_in_the_payload_but_not_in_the_description() -> None:
    payload = parse_payload("WIFI:T:WPA;S:Home;P:hunter2hunter2;;")
    assert payload["password"] == "hunter2hunter2"
    assert "password" in SENSITIVE_KEYS
    assert "hunter2" not in describe(payload)


def test_names_for_control_characters_are_undone_only_where_the_bytes_confirm_it() -> None:
    item = PayloadInput.of("A<GS>B", data=b"A\x1dB")
    assert item.text == "A\x1dB"
    assert PayloadInput.of("A<GS>B", data=b"A<GS>B").text == "A<GS>B"
    assert PayloadInput.of("A<GS>B").text == "A<GS>B"


def test_an_enormous_text_is_not_parsed() -> None:
    assert parse_payload("tel:" + "1" * 30_000) == {"type": "text"}


def test_another_parser_can_be_put_in_front() -> None:
    def coupon(item: PayloadInput) -> dict[str, Any] | None:
        return {"type": "coupon"} if item.text.startswith("COUPON") else None

    parsers = (coupon, *PARSERS)
    assert parse_payload("COUPON-1", parsers=parsers) == {"type": "coupon"}
    assert parse_payload("tel:+1", parsers=parsers)["type"] == "phone"


def test_a_parser_that_fails_gives_text() -> None:
    def broken(item: PayloadInput) -> dict[str, Any] | None:
        raise RuntimeError(item.text)

    assert parse_payload("x", parsers=(broken,)) == {"type": "text"}


def test_description_is_one_harmless_line() -> None:
    payload = parse_payload("WIFI:S:a\x1b[31m\nb\u202ec;;")
    line = describe(payload)
    assert "\x1b" not in line
    assert "\n" not in line
    assert "\u202e" not in line
    assert len(describe({"type": "text"}, "x" * 500)) == 120


def test_warnings_survive_a_long_text() -> None:
    assert describe(parse_payload("javascript:" + "x" * 500), "javascript:" + "x" * 500).endswith(
        "dangerous scheme"
    )


def test_a_masked_bank_card_is_described_as_masked() -> None:
    assert describe({"type": "bank_card", "pan": "411111••••••1111"}) == "Bank card 411111••••••1111"


def test_every_type_is_documented() -> None:
    documented = (Path(__file__).parent.parent / "docs" / "payloads.md").read_text(encoding="utf-8")
    for kind in (*DESCRIBED_TYPES, *SENSITIVE_TYPES, "number", "text"):
        assert f"| `{kind}` |" in documented
    for key in SENSITIVE_KEYS:
        assert f"`{key}`" in documented


def test_payloads_are_json() -> None:
    for text, _, _ in EVERYDAY:
        payload = parse_payload(text)
        assert json.loads(json.dumps(payload)) == payload


def test_a_codec_that_is_no_text_encoding_is_not_run() -> None:
    card = "BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=zip:A=42\nEND:VCARD"
    assert parse_payload(card)["family"] == "AB"


def test_content_lines_refuse_a_flood() -> None:
    with pytest.raises(PayloadError, match="at most 2000"):
        content_lines("A:1\n" * 2001)


def test_semicolon_fields_need_one_field() -> None:
    with pytest.raises(PayloadError, match="no KEY:value"):
        semicolon_fields(";;;", "a test")
