"""What must hold for any text at all: no exception, JSON, one harmless line, little time; EMV codes round-trip."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanapp.errors import PayloadError
from scanapp.payloads import PARSERS, PayloadInput, describe, parse_payload
from scanapp.payloads.tlv import build_merchant_code, build_tlv, crc16, parse_tlv
from scanapp.sanitize import printable, to_json

STARTS = (
    *(
        "",
        "http://",
        "https://xn--",
        "https://x/01/",
        "www.",
        "javascript:",
        "data:",
        "URL:",
        "wxp://",
        "intent://",
    ),
    *("WIFI:", "WIFI:S:a;", "MECARD:", "MATMSG:", "BEGIN:VCARD\n", "BEGIN:VEVENT\nDTSTART:", "BEGIN:VCALENDAR\n"),
    *("BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE:", "BEGIN:VCARD\nN;CHARSET=", "geo:", "tel:", "sms:", "SMSTO:"),
    *("mailto:", "SMTP:", "000201", "00020101021126", "hQVDUFYwMQ", "BCD\n002\n1\nSCT\n", "SPC\n0200\n1\n", "M1"),
    *(
        "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025 1",
        "@\n\x1e\rANSI 636000090001DL",
        "otpauth://totp/",
    ),
    *(
        "upi://pay?pa=a@b&",
        "bitcoin:",
        "ethereum:",
        "MEBKM:URL:",
        "https://paypal.me/",
        "(01)",
        "]C1",
        "\x1d01",
        "0101\x1d",
    ),
)
FORMATS = ("", "QRCode", "Code128", "EAN13", "UPCE", "ITF", "PDF417", "DataBarExp", "\x00?", "DataMatrix")
any_char = st.characters(categories=None)  # lone surrogates and control characters as well
pieces = st.sampled_from(
    (
        *'0123456789ABCDEFMT;:,\\"%=&?#@/.()[]<>+-_ \n\r\t',
        "\x1d",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "é",
        "٣",
        "%41",
        "\r\n ",
    )
)
hostile = st.one_of(st.text(any_char, max_size=60), st.lists(pieces, max_size=60).map("".join))


@st.composite
def scanned(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    text = draw(st.sampled_from(STARTS)) + draw(hostile)
    data = draw(st.one_of(st.just(b""), st.just(text.encode("utf-8", "surrogatepass")), st.binary(max_size=30)))
    identifier = draw(st.sampled_from(("", "]C1", "]Q1", "]d2", "]e0", "?")))
    symbology = draw(st.sampled_from(FORMATS))
    return text, {"format": symbology, "data": data, "symbology_identifier": identifier}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(scanned())
def test_any_text_gives_json_and_one_harmless_line(case: tuple[str, dict[str, Any]]) -> None:
    text, options = case
    payload = parse_payload(text, **options)
    assert isinstance(payload["type"], str)
    assert json.loads(to_json(payload).encode("utf-8")) == payload
    line = describe(payload, text)
    assert len(line) <= 120
    assert printable(line) == line


@settings(max_examples=200, deadline=None, derandomize=True)
@given(scanned())
def test_every_parser_fails_only_with_a_payload_error(case: tuple[str, dict[str, Any]]) -> None:
    text, options = case
    item = PayloadInput.of(text, **options)
    for parser in PARSERS:
        try:
            payload = parser(item)
        except PayloadError:
            continue
        assert payload is None or payload["type"]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(hostile, st.sampled_from(("otpauth://totp/a?x=1&secret=", "otpauth://hotp/a?secret=", "otpauth-migration:")))
def test_no_secret_leaks(noise: str, start: str) -> None:
    payload = parse_payload(start + "SECRETSECRET" + noise)
    assert payload["type"] == "otp"
    assert "SECRETSECRET" not in json.dumps(payload)


plain_values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, categories=("L", "N", "P")), min_size=1, max_size=20
)
values = plain_values.filter(lambda text: text == text.strip())


@st.composite
def merchant_fields(draw: st.DrawFn) -> dict[str, str | dict[str, str]]:
    account = {"00": draw(values), "01": draw(values)}
    amount = draw(st.decimals(min_value=0, max_value=999999, places=2).map(str))
    fields: dict[str, str | dict[str, str]] = {"00": "01", draw(st.sampled_from(("26", "30", "51"))): account}
    fields |= {"52": "5812", "53": "702", "54": amount, "58": "SG", "59": draw(values), "60": draw(values)}
    if draw(st.booleans()):
        fields["62"] = {"05": draw(values)}
    return fields


@settings(max_examples=80, deadline=None, derandomize=True)
@given(merchant_fields())
def test_emv_round_trip(fields: dict[str, str | dict[str, str]]) -> None:
    payload = parse_payload(build_merchant_code(fields), format="QRCode")
    assert payload["type"] == "emv_merchant"
    assert payload["crc_valid"] is True
    assert (payload["amount"], payload["merchant_name"]) == (fields["54"], fields["59"])
    account = next(value for value in fields.values() if isinstance(value, dict))
    assert payload["accounts"][0]["guid"] == account["00"]
    assert payload["accounts"][0]["fields"]["01"] == account["01"]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(merchant_fields(), st.data())
def test_one_changed_character_never_keeps_the_checksum(
    fields: dict[str, str | dict[str, str]], data: st.DataObject
) -> None:
    code = build_merchant_code(fields)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(
        st.sampled_from("0123456789ABCDEFxyz").filter(lambda char: char.upper() != code[place].upper())
    )
    payload = parse_payload(code[:place] + other + code[place + 1 :], format="QRCode")
    assert not payload.get("crc_valid", False)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_crc_sees_every_flipped_bit(message: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    flipped = bytearray(message)
    flipped[bit // 8] ^= 1 << bit % 8
    assert crc16(bytes(flipped)) != crc16(message)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.dictionaries(st.integers(0, 99).map("{:02d}".format), st.text(max_size=99), max_size=10))
def test_tlv_round_trip(fields: dict[str, str]) -> None:
    assert parse_tlv(build_tlv(dict(fields))) == fields


@pytest.mark.parametrize(
    "fill",
    ["a", "0", ";", ":", "\\", "%", "=\n", "(01)", "\x1d", "\ud800", "а", "ﷺ", "xn--.", "//", "&a=b", "<GS>"],
)
def test_four_kilobytes_take_no_time(fill: str) -> None:
    parse_payload("5901234123457", format="EAN13")  # biip's tables, once
    for start in STARTS:
        text = (start + fill * 4096)[:4096]
        began = time.process_time()
        describe(parse_payload(text, format="QRCode"), text)
        assert time.process_time() - began < 0.25, start  # measured: 0.01 s at worst
