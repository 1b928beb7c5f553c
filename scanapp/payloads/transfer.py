"""Credit transfers as lines of text: EPC069-12 ("BCD", "scan2pay", Girocode) and the Swiss QR-bill ("SPC").

IBANs are checked with python-stdnum.
"""

from __future__ import annotations

import re

from stdnum import iban, iso11649
from stdnum.ch import esr

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact, is_digits

_EPC_AMOUNT = re.compile(r"EUR([0-9]{1,9}(?:\.[0-9]{1,2})?)")
_SWISS_AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
_SWISS_LINES = 31


def parse_sepa(item: PayloadInput) -> Payload | None:
    """name, iban, iban_valid, bic, amount (EUR), purpose, reference or message (EPC069-12 version 3.1)."""
    lines = _lines(item.text)
    if lines[0] != "BCD":
        return None
    if len(lines) < 7 or lines[1] not in ("001", "002") or lines[3] not in ("SCT", "INST"):
        raise PayloadError("a BCD code has a version, SCT or INST, a name and an IBAN, each on its line")
    lines += [""] * (12 - len(lines))
    amount = _EPC_AMOUNT.fullmatch(lines[7])
    if lines[7] and amount is None:
        raise PayloadError("the amount must be EUR and a decimal number")
    return compact(
        {
            "type": "sepa",
            "name": lines[5],
            "iban": _spaceless(lines[6]),
            "iban_valid": _iban_valid(lines[6]),
            "bic": lines[4],
            "currency": "EUR",
            "amount": amount[1] if amount else "",
            "instant": True if lines[3] == "INST" else None,
            "purpose": lines[8],
            "reference": lines[9],
            "message": lines[10],
            "hint": lines[11],
        }
    )


def parse_swiss(item: PayloadInput) -> Payload | None:
    """iban, name, address, currency, amount, debtor, reference with its check, message (SIX, QR-bill 2.x)."""
    lines = _lines(item.text)
    if lines[0] != "SPC":
        return None
    if len(lines) < _SWISS_LINES or not re.fullmatch(r"02[0-9]{2}", lines[1]):
        raise PayloadError(f"a Swiss QR-bill has version 02xx and at least {_SWISS_LINES} lines")
    if lines[18] and not _SWISS_AMOUNT.fullmatch(lines[18]):
        raise PayloadError("the amount must be a decimal number with two places")
    kind, reference = lines[27], lines[28]
    return compact(
        {
            "type": "swiss_qr_bill",
            "name": lines[5],
            "address": _address(lines[4], lines[6:11]),
            "iban": _spaceless(lines[3]),
            "iban_valid": _iban_valid(lines[3]),
            "currency": lines[19],
            "amount": lines[18],
            "debtor": lines[21],
            "debtor_address": _address(lines[20], lines[22:27]),
            "reference_kind": kind,
            "reference": reference,
            "reference_valid": _reference_valid(kind, reference),
            "message": lines[29],
            "bill_information": lines[31] if len(lines) > 31 else "",
        }
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text[:8000].replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _spaceless(text: str) -> str:
    return text.replace(" ", "")


def _iban_valid(text: str) -> bool:
    return len(text) <= 60 and text.isascii() and bool(iban.is_valid(text))


def _address(kind: str, lines: list[str]) -> str:
    """One line from a structured (S: street, number, code, town, country) or combined (K) address."""
    street, number, code, town, country = lines
    if kind == "K":
        return ", ".join(filter(None, (street, number, country)))
    return ", ".join(filter(None, (f"{street} {number}".strip(), f"{code} {town}".strip(), country)))


def _reference_valid(kind: str, reference: str) -> bool | None:
    if kind == "QRR":
        return len(reference) == 27 and is_digits(reference) and bool(esr.is_valid(reference))
    if kind == "SCOR":
        return len(reference) <= 25 and reference.isascii() and bool(iso11649.is_valid(reference))
    return None
