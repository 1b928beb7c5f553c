"""Trade item numbers in retail symbols: GTIN with its owner's registry, ISBN and ISSN.

Check digits, UPC-E expansion and GS1 prefixes come from biip, ISBN ranges and ISSN from python-stdnum.
"""

from __future__ import annotations

import re

from stdnum import ean, isbn, issn
from stdnum.exceptions import ValidationError

from scanapp.errors import PayloadError
from scanapp.payloads.base import RETAIL_FORMATS, Payload, PayloadInput, compact, is_digits
from scanapp.payloads.card_number import looks_like_card

_ADD_ON = re.compile(r"([0-9]{8,13})[ +]([0-9]{2}|[0-9]{5})")
_LENGTHS = (8, 12, 13, 14)


def parse_isbn(item: PayloadInput) -> Payload | None:
    """isbn (13 digits), isbn10 when there is one, hyphenated, add_on (a 5-digit price or 2-digit issue)."""
    digits, add_on = _retail_number(item)
    if len(digits) != 13 or not digits.startswith(("978", "979")) or digits.startswith("9790"):
        return None  # 979-0 is printed music (ISMN)
    try:
        number = isbn.validate(digits)
        hyphenated = isbn.format(number)
    except ValidationError:
        return None  # perhaps a good GTIN in a range that has no publisher yet: `parse_gtin` will say
    short = isbn.to_isbn10(number) if number.startswith("978") else ""
    return compact(
        {
            "type": "isbn",
            "isbn": number,
            "isbn10": short,
            "hyphenated": hyphenated,
            "gtin": digits,
            "add_on": add_on,
        }
    )


def parse_issn(item: PayloadInput) -> Payload | None:
    """issn ("0317-8471"), variant (two digits, price or edition), add_on (issue)."""
    digits, add_on = _retail_number(item)
    if len(digits) != 13 or not digits.startswith("977"):
        return None
    if not ean.is_valid(digits):
        return None
    body = digits[3:10]
    number = issn.format(body + issn.calc_check_digit(body))
    return compact({"type": "issn", "issn": number, "variant": digits[10:12], "gtin": digits, "add_on": add_on})


def parse_gtin(item: PayloadInput) -> Payload | None:
    """gtin, gtin14, kind ("GTIN-13", …), prefix, prefix_owner, country, company_prefix, packaging_level.

    The prefix tells who registered the number, not where the product comes from; ``restricted`` numbers mean
    something only in one shop or country. UPC-E is expanded into ``upc_a``.
    """
    digits, add_on = _retail_number(item)
    if not digits:
        return None
    expanded = _expand_upc_e(digits) if item.format == "upce" and len(digits) in (6, 7, 8) else ""
    if item.format in ("", "itf") and not ean.is_valid(digits):
        return None  # nothing but the check digit says that it is one
    fields = gtin_fields(expanded or digits)
    return {"type": "gtin"} | fields | compact({"upc_e": digits if expanded else "", "add_on": add_on})


def gtin_fields(digits: str) -> Payload:
    """What biip knows of a GTIN of 8, 12, 13 or 14 digits; PayloadError when the check digit is wrong."""
    # biip unpacks its prefix tables on import (0.1 s): only those who scan products pay for that.
    from biip import ParseError
    from biip.gtin import Gtin
    from biip.rcn import Rcn

    try:
        gtin = Gtin.parse(digits)
    except ParseError as exc:
        raise PayloadError(str(exc)) from exc
    owner = gtin.prefix.usage if gtin.prefix else ""
    return compact(
        {
            "gtin": digits,
            "gtin14": gtin.as_gtin_14(),
            "kind": str(gtin.format),
            "prefix": gtin.prefix.value if gtin.prefix else "",
            "prefix_owner": owner,
            "country": _country(owner),
            "company_prefix": gtin.company_prefix.value if gtin.company_prefix else "",
            "packaging_level": gtin.packaging_level,
            "restricted": True if isinstance(gtin, Rcn) else None,
        }
    )


def _retail_number(item: PayloadInput) -> tuple[str, str]:
    """The number and its add-on when the symbol is a retail one, or unknown and the digits cannot be a card's."""
    if item.format not in RETAIL_FORMATS and (item.format or looks_like_card(item.text)):
        return "", ""
    match = _ADD_ON.fullmatch(item.text)
    digits, add_on = (match[1], match[2]) if match else (item.text, "")
    if not is_digits(digits) or not (len(digits) in _LENGTHS or (item.format == "upce" and len(digits) in (6, 7))):
        return "", ""
    # ITF is also used for anything else: only the 14 digits of an ITF-14 are a GTIN.
    if item.format == "itf" and len(digits) != 14:
        return "", ""
    return digits, add_on


def _expand_upc_e(digits: str) -> str:
    from biip import ParseError
    from biip.upc import Upc

    try:
        return Upc.parse(digits).as_upc_a()
    except ParseError as exc:
        raise PayloadError(str(exc)) from exc


def _country(owner: str) -> str:
    """The country in "GS1 Poland"; "" for global offices, coupons and the like."""
    name = owner.removeprefix("GS1 ").removesuffix(" - GTIN-8").removeprefix("Association ")
    if not owner.startswith("GS1 ") or name.startswith(("Global Office", "coupon")) or "reserved" in name:
        return ""
    return name
