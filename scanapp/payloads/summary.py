"""One short line about a payload, fit for a table, an overlay or a log. Says what it is, never a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scanapp.payloads.iso_codes import country_name
from scanapp.sanitize import printable

_LIMIT = 120
_NETWORKS = {
    "alipay": "Alipay",
    "bitcoin": "Bitcoin",
    "bitcoincash": "Bitcoin Cash",
    "cash_app": "Cash App",
    "dogecoin": "Dogecoin",
    "ethereum": "Ethereum",
    "lightning": "Lightning",
    "litecoin": "Litecoin",
    "monero": "Monero",
    "paypal": "PayPal",
    "qq_wallet": "QQ Wallet",
    "stripe": "Stripe",
    "unionpay": "UnionPay",
    "upi": "UPI",
    "venmo": "Venmo",
    "wechat_pay": "WeChat Pay",
}
_WARNINGS = {
    "backslash": "backslash in the address",
    "bad_host": "impossible host name",
    "bad_port": "impossible port",
    "dial_code": "phone service code",
    "ip_address": "bare IP address",
    "look_alike": "look-alike letters",
    "nonstandard_port": "unusual port",
    "userinfo": "name before the real host",
}


def describe(payload: Mapping[str, Any], text: str = "") -> str:
    """One line of at most 120 printable characters: "Wi-Fi network Café (WPA)".

    ``text`` is the code's text as it may be shown; plain text and numbers are described by it.
    """
    kind = str(payload.get("type", "text"))
    line = _DESCRIBERS.get(kind, _plain)(payload) or text or kind.replace("_", " ")
    warnings = payload.get("warnings") or []
    if warnings:
        noted = ", ".join(_WARNINGS.get(warning, str(warning).replace("_", " ")) for warning in warnings)
        room = max(40, _LIMIT - len(noted) - 4)
        line = f"{printable(line, room)} ⚠ {noted}"
    return printable(line, _LIMIT)


def _get(payload: Mapping[str, Any], *keys: str) -> str:
    """The first of these fields that is there, as text."""
    return next((str(payload[key]) for key in keys if payload.get(key) not in (None, "")), "")


def _joined(*parts: str, by: str = ", ") -> str:
    return by.join(part for part in parts if part)


def _money(payload: Mapping[str, Any]) -> str:
    amount = _get(payload, "amount")
    return _joined(_get(payload, "currency", "currency_code"), amount, by=" ") if amount else ""


def _plain(payload: Mapping[str, Any]) -> str:  # noqa: ARG001 - one signature for all
    return ""


def _url(payload: Mapping[str, Any]) -> str:
    host = _get(payload, "host_unicode", "host")
    disguise = f" (looks like {payload['looks_like']})" if payload.get("looks_like") else ""
    return f"Link to {host}{disguise}" if host else f"Link {_get(payload, 'url')}"


def _wifi(payload: Mapping[str, Any]) -> str:
    security = _get(payload, "security")
    return f"Wi-Fi network {_get(payload, 'ssid')} ({'open' if security == 'none' else security})"


def _contact(payload: Mapping[str, Any]) -> str:
    phones, emails = payload.get("phones") or [], payload.get("emails") or []
    reach = _get(phones[0], "number") if phones else _get(emails[0], "email") if emails else ""
    organization = _get(payload, "organization")
    name = _get(payload, "name")
    return f"Contact {_joined(name, organization if organization != name else '', reach)}"


def _geo(payload: Mapping[str, Any]) -> str:
    point = f"{payload.get('latitude')}, {payload.get('longitude')}"
    return f"Place {_joined(_get(payload, 'query'), point, by=' at ')}"


def _sms(payload: Mapping[str, Any]) -> str:
    return _joined(f"Text message to {_get(payload, 'number') or 'anyone'}", _get(payload, "body"), by=": ")


def _mail(payload: Mapping[str, Any]) -> str:
    to = ", ".join(str(address) for address in payload.get("to") or [])
    return _joined(f"Mail to {to or 'anyone'}", _get(payload, "subject"), by=": ")


def _calendar(payload: Mapping[str, Any]) -> str:
    return f"Event {_joined(_get(payload, 'summary'), _get(payload, 'start'), _get(payload, 'location'))}"


def _gtin(payload: Mapping[str, Any]) -> str:
    owner = _get(payload, "prefix_owner")
    return f"{_get(payload, 'kind')} {_get(payload, 'gtin')}" + (f" ({owner})" if owner else "")


def _gs1(payload: Mapping[str, Any]) -> str:
    named = (("GTIN", "gtin"), ("SSCC", "sscc"), ("batch", "batch"), ("serial", "serial"), ("expires", "expiry"))
    known = [f"{label} {payload[key]}" for label, key in named if payload.get(key)]
    elements = [f"({e.get('ai', '')}) {e.get('value', '')}" for e in payload.get("elements") or []]
    return f"GS1 {_joined(*(known or elements))}"


def _merchant(payload: Mapping[str, Any]) -> str:
    country = country_name(_get(payload, "country"))
    line = f"Pay {_joined(_get(payload, 'merchant_name') or 'merchant', _money(payload), country)}"
    return line if payload.get("crc_valid") else f"{line} ⚠ checksum wrong"


def _customer(payload: Mapping[str, Any]) -> str:
    first = (payload.get("applications") or [{}])[0]
    return f"Payment code of a customer ({_get(first, 'label', 'scheme', 'aid') or 'unknown card'})"


def _pay_link(payload: Mapping[str, Any]) -> str:
    network = _get(payload, "network")
    payee = _get(payload, "payee_name", "label", "payee")
    details = _joined(f"to {payee}" if payee else "", _money(payload))
    return f"{_NETWORKS.get(network, network)} payment {details}".strip()


def _barcode(payload: Mapping[str, Any]) -> str:
    network = _get(payload, "network")
    return f"{_NETWORKS.get(network, network)} payment code of a customer"


def _transfer(payload: Mapping[str, Any]) -> str:
    wrong = " ⚠ IBAN wrong" if payload.get("iban_valid") is False else ""
    return f"Transfer to {_joined(_get(payload, 'name'), _money(payload))}{wrong}"


def _boarding(payload: Mapping[str, Any]) -> str:
    legs = payload.get("legs") or [{}]
    route = "–".join([_get(legs[0], "from"), *(_get(leg, "to") for leg in legs)])
    flight = _joined(_get(legs[0], "carrier"), _get(legs[0], "flight"), by=" ")
    seat = _get(legs[0], "seat")
    return f"Boarding pass {_joined(_get(payload, 'passenger'), flight, route, f'seat {seat}' if seat else '')}"


def _licence(payload: Mapping[str, Any]) -> str:
    given = _joined(_get(payload, "given_name"), _get(payload, "family_name"), by=" ")
    what = "Identity card" if payload.get("kind") == "identity_card" else "Driving licence"
    return f"{what} {_joined(given or _get(payload, 'full_name'), _get(payload, 'state'))}".strip()


def _otp(payload: Mapping[str, Any]) -> str:
    whose = _joined(_get(payload, "issuer"), _get(payload, "account"))
    return f"One-time-password set-up {f'for {whose} ' if whose else ''}(secret hidden)"


_DESCRIBERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "bank_card": lambda payload: f"Bank card {_get(payload, 'pan')}",  # what the engine's masking makes of a number
    "boarding_pass": _boarding,
    "calendar": _calendar,
    "driving_licence": _licence,
    "emv_customer": _customer,
    "emv_merchant": _merchant,
    "geo": _geo,
    "gs1": _gs1,
    "gtin": _gtin,
    "isbn": lambda payload: f"Book {_get(payload, 'hyphenated', 'isbn')}",
    "issn": lambda payload: f"Periodical ISSN {_get(payload, 'issn')}",
    "mail": _mail,
    "mecard": _contact,
    "otp": _otp,
    "payment_barcode": _barcode,
    "payment_link": _pay_link,
    "phone": lambda payload: f"Phone {_get(payload, 'number')}",
    "sepa": _transfer,
    "sms": _sms,
    "swiss_qr_bill": _transfer,
    "url": _url,
    "vcard": _contact,
    "wifi": _wifi,
}

DESCRIBED_TYPES = frozenset(_DESCRIBERS)
"""Types with a wording of their own; any other is described by its text."""
