"""Boarding passes, driving licences and one-time-password codes."""

from __future__ import annotations

import pytest

from scanapp.payloads import describe, parse_payload

# Examples of IATA's BCBP implementation guide.
ONE_LEG = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025 100"
TWO_LEGS = (
    "M2DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 14D>6181WW6225BAC 00141234560032A0141234567890 1"
    "AC AC 1234567890123    20KYLX58ZDEF456 FRAGVALH 3664 227C012C0002 12E2A0140987654321 1AC AC 1234567890123    "
    "2PCNWQ^164GIWVC5EH7JNT684FVNJ91W2QA4DVN5J8K4F0L0GEQ3DF5TGBN8709HKT5D3DW3GBHFCVHMY7J5T6HFR41W2QA4DVN5J8K4F0L0GE"
)

LICENCE_ELEMENTS = (
    "DAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\nDADJOHN\nDDGN\nDCUJR\nDCAD\nDCBK\nDCDPH\nDBD06062019\n"
    "DBB06071986\nDBA12102024\nDBC1\nDAU068 in\nDAYBRO\nDAG2300 WEST BROAD STREET\nDAIRICHMOND\nDAJVA\n"
    "DAK232690000  \nDCF2424244747474786102204\nDCGUSA\nDDAF\r"
)


def licence(
    elements: str = LICENCE_ELEMENTS, kind: str = "DL", version: str = "09", offset: int | None = None
) -> str:
    header = f"@\n\x1e\rANSI 636000{version}" + ("00" if version != "01" else "") + "01"
    body = kind + elements
    start = len(header) + 10 if offset is None else offset
    return f"{header}{kind}{start:04d}{len(body):04d}{body}"


def test_boarding_pass_of_one_leg() -> None:
    payload = parse_payload(ONE_LEG, format="PDF417")
    assert payload == {
        "type": "boarding_pass",
        "passenger": "DESMARAIS/LUC",
        "family_name": "DESMARAIS",
        "given_name": "LUC",
        "electronic_ticket": True,
        "legs": [
            {
                "pnr": "ABC123",
                "from": "YUL",
                "to": "FRA",
                "carrier": "AC",
                "flight": "834",
                "day_of_year": 326,
                "cabin": "J",
                "seat": "1A",
                "sequence": "25",
                "status": "1",
            }
        ],
        "signed": False,
    }
    assert describe(payload) == "Boarding pass DESMARAIS/LUC, AC 834, YUL–FRA, seat 1A"


def test_boarding_pass_of_two_legs_with_conditional_items() -> None:
    payload = parse_payload(TWO_LEGS, format="Aztec")
    assert payload["issued"] == {"year_digit": 6, "day_of_year": 225}
    assert payload["baggage_tags"] == ["0014123456003"]
    assert (payload["version"], payload["issuer"], payload["signed"]) == ("6", "AC", True)
    first, second = payload["legs"]
    assert (first["from"], first["to"], first["free_baggage"], first["fast_track"]) == ("YUL", "FRA", "20K", "Y")
    assert (second["carrier"], second["flight"], second["seat"]) == ("LH", "3664", "12C")
    assert second["frequent_flyer_number"] == "1234567890123"
    assert describe(payload) == "Boarding pass DESMARAIS/LUC, AC 834, YUL–FRA–GVA, seat 1A"


@pytest.mark.parametrize(
    "text",
    [
        ONE_LEG[:50],
        ONE_LEG.replace("326J", "367J"),
        ONE_LEG[:-2] + "ZZ",
        TWO_LEGS[:120],
        "M1 was the first motorway, and a long one it was too, from London to Leeds",
    ],
)
def test_broken_boarding_passes_are_text(text: str) -> None:
    assert parse_payload(text) == {"type": "text"}


def test_driving_licence() -> None:
    payload = parse_payload(licence(), format="PDF417")
    assert payload == {
        "type": "driving_licence",
        "kind": "licence",
        "issuer_id": "636000",
        "version": 9,
        "licence_number": "T64235789",
        "family_name": "SAMPLE",
        "given_name": "MICHAEL",
        "middle_name": "JOHN",
        "name_suffix": "JR",
        "vehicle_class": "D",
        "restrictions": "K",
        "endorsements": "PH",
        "birth_date": "1986-06-07",
        "issue_date": "2019-06-06",
        "expiry_date": "2024-12-10",
        "sex": "male",
        "eye_colour": "BRO",
        "height": "068 in",
        "street": "2300 WEST BROAD STREET",
        "city": "RICHMOND",
        "state": "VA",
        "postal_code": "23269",
        "country": "USA",
        "document_number": "2424244747474786102204",
        "compliance": "F",
        "address": "2300 WEST BROAD STREET, RICHMOND, VA 23269",
    }
    assert describe(payload) == "Driving licence MICHAEL SAMPLE, VA"


def test_wrong_offsets_and_printed_control_names_do_not_matter() -> None:
    expected = parse_payload(licence())
    assert parse_payload(licence(offset=33)) == expected
    assert parse_payload(licence(offset=9999)) == expected
    escaped = licence().replace("\n", "<LF>").replace("\x1e", "<RS>").replace("\r", "<CR>")
    assert parse_payload(escaped) == expected


def test_canadian_dates_and_identity_cards() -> None:
    elements = "DAQ123\nDCSROY\nDACZOE\nDBB19870203\nDBA20300102\nDCGCAN\nDAJON\nDAKK1A 0A1\r"
    payload = parse_payload(licence(elements, kind="ID"))
    assert (payload["birth_date"], payload["expiry_date"]) == ("1987-02-03", "2030-01-02")
    assert payload["kind"] == "identity_card"
    assert describe(payload) == "Identity card ZOE ROY, ON"


def test_version_one_has_no_jurisdiction_version_and_dates_with_the_year_first() -> None:
    payload = parse_payload(licence("DAQ9\nDAADOE,JANE\nDBB19700811\r", version="01"))
    assert (payload["version"], payload["full_name"], payload["birth_date"]) == (1, "DOE,JANE", "1970-08-11")


@pytest.mark.parametrize("elements", ["DCSNOBODY\r", "\r", "DAQ\r"])
def test_a_licence_without_number_is_text(elements: str) -> None:
    assert parse_payload(licence(elements)) == {"type": "text"}


def test_impossible_dates_are_left_out() -> None:
    assert "birth_date" not in parse_payload(licence("DAQ1\nDBB99999999\r"))


SECRET = "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"otpauth://totp/Example:alice%40example.com?secret={SECRET}&issuer=Example&digits=6&period=30",
            {"kind": "totp", "issuer": "Example", "account": "alice@example.com", "digits": 6, "period": 30},
        ),
        (f"otpauth://hotp/alice?secret={SECRET}&counter=1", {"kind": "hotp", "account": "alice"}),
        (f"OTPAUTH://TOTP/a?SECRET={SECRET}", {"kind": "totp", "account": "a"}),
        (f"otpauth-migration://offline?data={SECRET}", {"kind": "migration"}),
        (f"otpauth://totp/a&secret={SECRET}", {"kind": "totp"}),
        (f"otpauth://totp/a%26secret%3D{SECRET}", {"kind": "totp"}),
        (f"otpauth://{SECRET}/x", {}),
        (f"otpauth:{SECRET}", {}),
        (f"URL:otpauth://totp/?secret={SECRET}", {"kind": "totp"}),
    ],
)
def test_one_time_password_secrets_stay_hidden(text: str, expected: dict[str, object]) -> None:
    payload = parse_payload(text, format="QRCode")
    assert payload == {"type": "otp", **expected, "secret": "hidden"}
    assert SECRET not in describe(payload, text)
