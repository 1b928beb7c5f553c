"""Payment codes that a merchant presents: EMV QR, and the national codes built on it (PIX, SGQR, PromptPay, …).

EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1.
"""

from __future__ import annotations

import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact, is_digits
from scanapp.payloads.card_number import masked
from scanapp.payloads.iso_codes import currency_of_number
from scanapp.payloads.schemes import network_of_id, scheme_of_guid
from scanapp.payloads.tlv import crc16, parse_tlv, template

_MAX_LENGTH = 1024
_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,6})?")
_ADDITIONAL = {
    "01": "bill_number",
    "02": "mobile_number",
    "03": "store_label",
    "04": "loyalty_number",
    "05": "reference_label",
    "06": "customer_label",
    "07": "terminal_label",
    "08": "purpose",
    "09": "consumer_data_request",
    "10": "merchant_tax_id",
    "11": "merchant_channel",
}


def parse_emv_merchant(item: PayloadInput) -> Payload | None:
    """merchant_name, city, country, currency, amount, tip, accounts, additional data, and ``crc_valid``.

    A wrong checksum is reported, not hidden: somebody may have altered or damaged the code.
    """
    text = item.text
    if text[:6] != "000201" or is_digits(text):
        return None
    if len(text) > _MAX_LENGTH:
        raise PayloadError(f"a payment code has at most 512 bytes, this has {len(text)} characters")
    fields = parse_tlv(text)
    if len(fields) < 3:
        raise PayloadError("a payment code needs a merchant account and more")
    currency = currency_of_number(fields.get("53", ""))
    return compact(
        {
            "type": "emv_merchant",
            "scheme": _main_scheme(accounts := _accounts(fields)),
            "initiation": {"11": "static", "12": "dynamic"}.get(fields.get("01", ""), fields.get("01", "")),
            "merchant_name": fields.get("59", "").strip(),
            "merchant_city": fields.get("60", "").strip(),
            "postal_code": fields.get("61", "").strip(),
            "country": fields.get("58", "").strip(),
            "category_code": fields.get("52", ""),
            "currency": currency,
            "currency_code": fields.get("53", ""),
            "amount": _amount(fields.get("54", ""), "54"),
            "tip": _tip(fields),
            "accounts": accounts,
            "additional": _additional(fields.get("62", "")),
            "local": _local(template(fields.get("64", ""))),
            "unreserved": [_account(key, value) for key, value in fields.items() if 80 <= int(key) <= 99],
            "crc_valid": _crc_valid(item, fields),
        }
    )


def _crc_valid(item: PayloadInput, fields: dict[str, str]) -> bool:
    """Object 63 stands last and matches, over the symbol's own bytes or the text's."""
    if list(fields)[-1] != "63" or not re.fullmatch(r"[0-9A-Fa-f]{4}", fields["63"]):
        return False
    wanted = int(fields["63"], 16)
    # Some writers store the name in a national encoding: then only the symbol's bytes give the checksum.
    candidates = [item.text.encode("utf-8", "surrogatepass"), item.data.strip(b" \t\r\n")]
    return any(len(data) > 4 and crc16(data[:-4]) == wanted for data in candidates)


def _amount(text: str, key: str) -> str:
    if text and not _AMOUNT.fullmatch(text):
        raise PayloadError(f"data object {key} must be a decimal number")
    return text


def _tip(fields: dict[str, str]) -> Payload:
    kind = fields.get("55", "")
    if kind == "01":
        return {"kind": "prompt"}
    if kind == "02":
        return compact({"kind": "fixed", "amount": _amount(fields.get("56", ""), "56")})
    if kind == "03":
        return compact({"kind": "percentage", "percent": _amount(fields.get("57", ""), "57")})
    return {}


def _accounts(fields: dict[str, str]) -> list[Payload]:
    return [_account(key, value) for key, value in fields.items() if 2 <= int(key) <= 51]


def _account(key: str, value: str) -> Payload:
    """One merchant account: a network's own number (02 to 25) or a template with a GUID (26 to 51, 80 to 99)."""
    parts = template(value) if int(key) >= 26 else {}
    if not parts:
        return compact({"id": key, "scheme": network_of_id(int(key)), "value": masked(value)})
    guid = parts.get("00", "")
    inner = {name: masked(part) for name, part in parts.items() if name != "00"}
    return compact({"id": key, "scheme": scheme_of_guid(guid), "guid": guid, "fields": inner})


def _main_scheme(accounts: list[Payload]) -> str:
    """The scheme when all accounts that name one name the same; Singapore's SGQR only wraps others."""
    named = {account["scheme"] for account in accounts if account.get("scheme", "SGQR") != "SGQR"}
    return named.pop() if len(named) == 1 else ""


def _additional(text: str) -> Payload:
    """Object 62; "***" says that the payer is asked for the value."""
    parts = template(text)
    known = {name: parts[key] for key, name in _ADDITIONAL.items() if key in parts}
    rest = [_account("50", value) for key, value in parts.items() if 50 <= int(key) <= 99]
    return compact(known | {"templates": [{k: v for k, v in entry.items() if k != "id"} for entry in rest]})


def _local(parts: dict[str, str]) -> Payload:
    """Object 64: the merchant in its own language."""
    names = {"language": parts.get("00", ""), "merchant_name": parts.get("01", "")}
    return compact(names | {"merchant_city": parts.get("02", "")})
