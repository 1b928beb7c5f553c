"""Payments: EMV codes of merchants and customers, app links, transfers, presented digits, bank-card numbers."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from scanapp.errors import PayloadError
from scanapp.payloads import describe, parse_payload
from scanapp.payloads.card_number import looks_like_card, masked
from scanapp.payloads.iso_codes import country_name, currency_of_number
from scanapp.payloads.schemes import network_of_id, scheme_of_guid
from scanapp.payloads.tlv import build_merchant_code, build_tlv, crc16, parse_tlv

Fields = dict[str, str | dict[str, str]]

CAFE: Fields = {
    "00": "01",
    "01": "12",
    "26": {"00": "SG.PAYNOW", "01": "2", "02": "201403121W", "03": "1", "04": "20271231"},
    "51": {"00": "SG.SGQR", "01": "2011231DF67F"},
    "52": "5812",
    "53": "702",
    "54": "4.50",
    "55": "03",
    "57": "10.0",
    "58": "SG",
    "59": "Café Luna",
    "60": "Singapore",
    "61": "048616",
    "62": {"01": "INV 42", "05": "***", "07": "T1"},
    "64": {"00": "ZH", "01": "月亮咖啡", "02": "新加坡"},
    "80": {"00": "com.example.loyalty", "01": "77"},
}

# Example of the Brazilian central bank's PIX manual: published with its checksum.
PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)


def test_crc_of_the_standard_s_check_string() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_emv_merchant() -> None:
    payload = parse_payload(build_merchant_code(CAFE), format="QRCode")
    assert payload == {
        "type": "emv_merchant",
        "scheme": "PayNow",
        "initiation": "dynamic",
        "merchant_name": "Café Luna",
        "merchant_city": "Singapore",
        "postal_code": "048616",
        "country": "SG",
        "category_code": "5812",
        "currency": "SGD",
        "currency_code": "702",
        "amount": "4.50",
        "tip": {"kind": "percentage", "percent": "10.0"},
        "accounts": [
            {
                "id": "26",
                "scheme": "PayNow",
                "guid": "SG.PAYNOW",
                "fields": {"01": "2", "02": "201403121W", "03": "1", "04": "20271231"},
            },
            {"id": "51", "scheme": "SGQR", "guid": "SG.SGQR", "fields": {"01": "2011231DF67F"}},
        ],
        "additional": {"bill_number": "INV 42", "reference_label": "***", "terminal_label": "T1"},
        "local": {"language": "ZH", "merchant_name": "月亮咖啡", "merchant_city": "新加坡"},
        "unreserved": [{"id": "80", "guid": "com.example.loyalty", "fields": {"01": "77"}}],
        "crc_valid": True,
    }
    assert describe(payload) == "Pay Café Luna, SGD 4.50, Singapore"


def test_pix_example() -> None:
    payload = parse_payload(PIX, format="QRCode")
    assert payload["scheme"] == "PIX"
    assert payload["crc_valid"] is True
    assert payload["merchant_name"] == "Fulano de Tal"
    assert payload["accounts"][0]["fields"] == {"01": "123e4567-e12b-12d1-a456-426655440000"}
    assert describe(payload) == "Pay Fulano de Tal, Brazil"


@pytest.mark.parametrize(
    ("changes", "tip"),
    [
        ({"55": "01"}, {"kind": "prompt"}),
        ({"55": "02", "56": "1.25"}, {"kind": "fixed", "amount": "1.25"}),
        ({"55": "03", "57": "12.5"}, {"kind": "percentage", "percent": "12.5"}),
    ],
)
def test_tip(changes: Fields, tip: dict[str, str]) -> None:
    plain = {key: value for key, value in CAFE.items() if key not in ("55", "57")}
    assert parse_payload(build_merchant_code(plain | changes))["tip"] == tip


def test_an_altered_payment_code_is_reported_with_a_wrong_checksum() -> None:
    altered = build_merchant_code(CAFE).replace("Café Luna", "Café Lona")
    payload = parse_payload(altered)
    assert payload["merchant_name"] == "Café Lona"
    assert payload["crc_valid"] is False
    assert describe(payload).endswith("⚠ checksum wrong")


def test_a_payment_code_without_checksum_is_not_valid() -> None:
    assert parse_payload(build_tlv(CAFE))["crc_valid"] is False


def test_the_checksum_may_be_over_bytes_in_a_national_encoding() -> None:
    fields: Fields = {**CAFE, "59": "月亮咖啡"}
    body = build_tlv(fields) + "6304"
    data = body.encode("gbk") + f"{crc16(body.encode('gbk')):04X}".encode()
    assert parse_payload(data.decode("gbk"), data=data)["crc_valid"] is True
    assert parse_payload(data.decode("gbk"))["crc_valid"] is False


def test_card_networks_keep_their_merchant_numbers_masked() -> None:
    payload = parse_payload(build_merchant_code({**CAFE, "02": "4111111111111111", "15": "3123456789"}))
    assert {"id": "02", "scheme": "Visa", "value": "411111••••••1111"} in payload["accounts"]
    assert {"id": "15", "scheme": "UnionPay", "value": "3123456789"} in payload["accounts"]


@pytest.mark.parametrize("cut", [25, 60, 100])
def test_a_cut_payment_code_is_text(cut: int) -> None:
    code = build_merchant_code(CAFE)[:cut]
    assert parse_payload(code)["type"] == "text"


@pytest.mark.parametrize("text", ["0099AB", "00A1x", "0001", "00021", "000101000101"])
def test_broken_tlv(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_tlv(text)


def test_tlv_that_cannot_be_written() -> None:
    with pytest.raises(PayloadError, match="at most 99"):
        build_tlv({"59": "x" * 100})


@pytest.mark.parametrize(
    ("guid", "scheme"),
    [
        ("sg.paynow", "PayNow"),
        ("A000000677010111", "PromptPay"),
        ("A000000677010112", "PromptPay bill payment"),
        ("A0000003330101", "UnionPay"),
        ("ID.CO.QRIS.WWW", "QRIS"),
        ("com.example", ""),
    ],
)
def test_scheme_names(guid: str, scheme: str) -> None:
    assert scheme_of_guid(guid) == scheme


def test_code_tables() -> None:
    assert (currency_of_number("978"), currency_of_number("000")) == ("EUR", "")
    assert (country_name("sg"), country_name("??")) == ("Singapore", "??")
    assert (network_of_id(4), network_of_id(20)) == ("Mastercard", "")


def ber(tag: str, value: bytes) -> bytes:
    return bytes.fromhex(tag) + bytes([len(value)]) + value


def customer_code(*objects: bytes) -> str:
    return base64.b64encode(ber("85", b"CPV01") + ber("61", b"".join(objects))).decode()


def test_emv_customer_keeps_card_data_out() -> None:
    code = customer_code(
        ber("4F", bytes.fromhex("A0000000031010")),
        ber("50", b"VISA"),
        ber("57", bytes.fromhex("4111111111111111D271220100000000")),
        ber("5A", bytes.fromhex("4111111111111111")),
        ber("5F20", b"LUNA/ANA"),
        ber("9F25", bytes.fromhex("1111")),
    )
    payload = parse_payload(code, format="QRCode")
    assert payload == {
        "type": "emv_customer",
        "version": "CPV01",
        "applications": [
            {
                "aid": "A0000000031010",
                "scheme": "Visa",
                "label": "VISA",
                "pan": "411111••••••1111",
                "last_digits": "1111",
                "track2": "hidden",
            }
        ],
    }
    assert "411111111111" not in str(payload)
    assert describe(payload) == "Payment code of a customer (VISA)"


@pytest.mark.parametrize("text", ["hQVDUFYwMQ==", "hQVDUFYwM", "hQVDUFYwMWE", "hQVDUFYwMWGC", "hQVDUFYwMWF/TwM!"])
def test_broken_customer_codes_are_text(text: str) -> None:
    assert parse_payload(text) == {"type": "text"}


LINKS: list[tuple[str, dict[str, Any], str]] = [
    ("https://qr.alipay.com/fkx12345abc", {"network": "alipay", "merchant_code": "fkx12345abc"}, "Alipay payment"),
    ("HTTPS://QR.ALIPAY.COM/FKX12345ABC", {"network": "alipay"}, "Alipay payment"),
    ("alipays://platformapi/startapp?x=1", {"network": "alipay"}, "Alipay payment"),
    ("wxp://f2f0abcdefghijklmn", {"network": "wechat_pay"}, "WeChat Pay payment"),
    ("weixin://wxpay/bizpayurl?pr=abc", {"network": "wechat_pay"}, "WeChat Pay payment"),
    ("https://qr.95516.com/00010000/6212", {"network": "unionpay"}, "UnionPay payment"),
    (
        "https://paypal.me/analuna/4.50EUR",
        {"network": "paypal", "payee": "analuna", "amount": "4.50", "currency": "EUR"},
        "PayPal payment to analuna, EUR 4.50",
    ),
    (
        "https://www.paypal.com/paypalme/analuna",
        {"network": "paypal", "payee": "analuna"},
        "PayPal payment to analuna",
    ),
    (
        "upi://pay?pa=ana@bank&pn=Ana%20Luna&am=10.50&cu=INR&tn=tea",
        {"network": "upi", "payee": "ana@bank", "payee_name": "Ana Luna", "amount": "10.50", "note": "tea"},
        "UPI payment to Ana Luna, INR 10.50",
    ),
    (
        "bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2?amount=0.01&label=Luna",
        {"network": "bitcoin", "address_valid": True, "amount": "0.01"},
        "Bitcoin payment to Luna, 0.01",
    ),
    (
        "bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        {"address_valid": False},
        "Bitcoin payment to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
    ),
    (
        "ethereum:0x89205A3A3b2A69De6Dbf7f01ED13B2108B2c43e7@1?value=2.014e18",
        {"network": "ethereum", "value": "2.014e18"},
        "Ethereum payment to 0x89205A3A3b2A69De6Dbf7f01ED13B2108B2c43e7@1",
    ),
    (
        "lightning:LNBC20M1PVJLUEZ",
        {"network": "lightning", "payee": "LNBC20M1PVJLUEZ"},
        "Lightning payment to LNBC20M1PVJLUEZ",
    ),
]


@pytest.mark.parametrize(("text", "expected", "line"), LINKS, ids=[row[0][:30] for row in LINKS])
def test_payment_links(text: str, expected: dict[str, Any], line: str) -> None:
    payload = parse_payload(text, format="QRCode")
    assert payload["type"] == "payment_link"
    assert payload["url"] == text
    assert {key: payload.get(key) for key in expected} == expected
    assert describe(payload) == line


@pytest.mark.parametrize(
    "text",
    [
        "https://qr.alipay.com@evil.example/fkx",
        "https://qr.alipay.com.evil.example/fkx",
        "https://qr.аlipay.com/fkx",
        "https://qr.alipay.com:8443/fkx",
        "https://qr.alipay.com\\@evil.example/fkx",
        "https://qr.alipay.com/",
        "https://u.wechat.com/friend",
    ],
)
def test_what_only_looks_like_a_payment_link_stays_a_link(text: str) -> None:
    assert parse_payload(text)["type"] == "url"


def test_sepa() -> None:
    text = "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1\nCHAR\n\nUrgency fund\nSample"
    payload = parse_payload(text, format="QRCode")
    assert payload == {
        "type": "sepa",
        "name": "Red Cross of Belgium",
        "iban": "BE72000000001616",
        "iban_valid": True,
        "bic": "BPOTBEB1",
        "currency": "EUR",
        "amount": "1",
        "purpose": "CHAR",
        "message": "Urgency fund",
        "hint": "Sample",
    }
    assert describe(payload) == "Transfer to Red Cross of Belgium, EUR 1"
    wrong = parse_payload(text.replace("1616", "1617").replace("\n", "\r\n"))
    assert wrong["iban_valid"] is False
    assert describe(wrong).endswith("⚠ IBAN wrong")


@pytest.mark.parametrize(
    "text", ["BCD", "BCD\n002\n1\nXXX\n\nA\nBE72000000001616", "BCD\n002\n1\nSCT\n\nA\nB\nUSD1"]
)
def test_broken_sepa(text: str) -> None:
    assert parse_payload(text) == {"type": "text"}


def swiss_bill(amount: str = "1949.75", reference: str = "210000000003139471430009017") -> str:
    creditor = ["S", "Robert Schneider AG", "Rue du Lac", "1268", "2501", "Biel", "CH"]
    debtor = ["S", "Pia Rutschmann", "Marktgasse", "28", "9400", "Rorschach", "CH"]
    lines = ["SPC", "0200", "1", "CH4431999123000889012", *creditor, *[""] * 7, amount, "CHF", *debtor]
    return "\n".join([*lines, "QRR", reference, "Invoice 42", "EPD", "//S1/10/42"])


def test_swiss_qr_bill() -> None:
    payload = parse_payload(swiss_bill(), format="QRCode")
    assert payload == {
        "type": "swiss_qr_bill",
        "name": "Robert Schneider AG",
        "address": "Rue du Lac 1268, 2501 Biel, CH",
        "iban": "CH4431999123000889012",
        "iban_valid": True,
        "currency": "CHF",
        "amount": "1949.75",
        "debtor": "Pia Rutschmann",
        "debtor_address": "Marktgasse 28, 9400 Rorschach, CH",
        "reference_kind": "QRR",
        "reference": "210000000003139471430009017",
        "reference_valid": True,
        "message": "Invoice 42",
        "bill_information": "//S1/10/42",
    }
    assert describe(payload) == "Transfer to Robert Schneider AG, CHF 1949.75"


def test_swiss_qr_bill_checks() -> None:
    assert parse_payload(swiss_bill(reference="210000000003139471430009018"))["reference_valid"] is False
    assert parse_payload(swiss_bill(amount="much")) == {"type": "text"}
    assert parse_payload("SPC\n0200\n1") == {"type": "text"}


@pytest.mark.parametrize(
    ("text", "symbology", "network"),
    [
        ("281234567890123456", "Code128", "alipay"),
        ("2512345678901234", "QRCode", "alipay"),
        ("301234567890123456789012", "QR Code", "alipay"),
        ("134512345678901234", "QRCode", "wechat_pay"),
        ("6212345678901234567", "Code128", "unionpay"),
    ],
)
def test_payment_barcodes_name_the_network_and_nothing_else(text: str, symbology: str, network: str) -> None:
    payload = parse_payload(text, format=symbology)
    assert payload == {"type": "payment_barcode", "network": network, "digits": len(text)}
    assert text not in describe(payload)


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("281234567890123456", "DataMatrix"),
        ("281234567890123456", ""),
        ("13451234567890123", "QRCode"),
        ("311234567890123456", "QRCode"),
        ("62123456789012345", "Code128"),
        ("2812345678901234567890123", "Code128"),
    ],
)
def test_other_digits_are_a_number(text: str, symbology: str) -> None:
    assert parse_payload(text, format=symbology) == {"type": "number", "digits": len(text)}


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4222222222222",
        "5555555555554444",
        "2223003122003222",
        "2720990000000007",
        "378282246310005",
        "6011111111111117",
        "3530111333300000",
        "30569309025904",
        "6200000000000000000",
        "6759649826438453",
    ],
)
@pytest.mark.parametrize("symbology", ["QRCode", "Code128", "DataMatrix", ""])
def test_a_bank_card_number_is_nothing_but_text(number: str, symbology: str) -> None:
    assert looks_like_card(number)
    assert parse_payload(number, format=symbology) == {"type": "text"}
    assert masked(number) == number[:6] + "•" * (len(number) - 10) + number[-4:]


@pytest.mark.parametrize(
    "text", ["4111111111111112", "411111111111", "9999999999999995", "٤١١١١١١١١١١١١١١١", "abc"]
)
def test_not_a_bank_card_number(text: str) -> None:
    assert not looks_like_card(text)
    assert masked(text) == text


def test_a_product_in_a_retail_symbol_is_never_taken_for_a_card() -> None:
    assert looks_like_card("4006381330060")
    assert parse_payload("4006381330060", format="EAN13")["type"] == "gtin"
