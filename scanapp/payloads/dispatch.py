"""Which parser speaks first, and `parse_payload`, which never fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanapp.errors import PayloadError
from scanapp.payloads.base import Parser, Payload, PayloadInput, is_digits
from scanapp.payloads.boarding_pass import parse_boarding_pass
from scanapp.payloads.bookmark import parse_bookmark
from scanapp.payloads.calendar import parse_calendar
from scanapp.payloads.card_number import looks_like_card
from scanapp.payloads.contact import parse_mecard, parse_vcard
from scanapp.payloads.emv_customer import parse_emv_customer
from scanapp.payloads.emv_merchant import parse_emv_merchant
from scanapp.payloads.geo import parse_geo
from scanapp.payloads.gs1 import parse_digital_link, parse_gs1
from scanapp.payloads.licence import parse_licence
from scanapp.payloads.message import parse_mail, parse_phone, parse_sms
from scanapp.payloads.otp import parse_otp
from scanapp.payloads.paycode import parse_payment_barcode
from scanapp.payloads.paylink import parse_crypto, parse_pay_link, parse_upi
from scanapp.payloads.product import parse_gtin, parse_isbn, parse_issn
from scanapp.payloads.transfer import parse_sepa, parse_swiss
from scanapp.payloads.url import parse_url
from scanapp.payloads.wifi import parse_wifi

MAX_LENGTH = 20_000
"""Characters above which nothing is parsed: the largest symbol holds 7,089 digits."""


def parse_number(item: PayloadInput) -> Payload | None:
    """Digits that no other family wants: how many there are. A possible bank-card number is not even that."""
    if not is_digits(item.text) or (looks_like_card(item.text) and not item.is_gs1):
        return None
    return {"type": "number", "digits": len(item.text)}


PARSERS: tuple[Parser, ...] = (
    parse_otp,  # first: no other parser may repeat its secret
    parse_gs1,
    parse_isbn,
    parse_issn,
    parse_gtin,
    parse_payment_barcode,
    parse_emv_merchant,
    parse_emv_customer,
    parse_sepa,
    parse_swiss,
    parse_upi,
    parse_crypto,
    parse_pay_link,
    parse_wifi,
    parse_vcard,
    parse_mecard,
    parse_calendar,
    parse_mail,
    parse_phone,
    parse_sms,
    parse_geo,
    parse_boarding_pass,
    parse_licence,
    parse_digital_link,
    parse_bookmark,
    parse_url,  # after all that know a link better
    parse_number,
)


def parse_payload(
    text: str,
    *,
    format: str = "",
    data: bytes = b"",
    symbology_identifier: str = "",
    parsers: Sequence[Parser] = PARSERS,
) -> dict[str, Any]:
    """What ``text`` means, as a JSON-ready dict with a ``"type"`` key; ``{"type": "text"}`` when it is just text.

    format                the symbology as the decoder names it ("QRCode", "EAN-13"); "" when unknown
    data                  the symbol's bytes, where the decoder gives them
    symbology_identifier  ISO/IEC 15424, e.g. "]C1"
    parsers               tried in order; the first that knows the text decides

    Never raises, whatever the text: a text that claims a family and breaks its rules is just text.
    """
    if len(text) > MAX_LENGTH:
        return {"type": "text"}
    item = PayloadInput.of(text, format, data, symbology_identifier)
    for parser in parsers:
        try:
            payload = parser(item)
        except PayloadError:
            break
        except Exception:
            # A library, or a parser from elsewhere, met what a stranger made up: that must not end a scan.
            break
        if payload is not None:
            return payload
    return {"type": "text"}
