"""To dial or to write to: tel: (RFC 3966), sms: (RFC 5724) and SMSTO:, mailto: (RFC 6068), MATMSG:, SMTP:."""

from __future__ import annotations

import re
from urllib.parse import unquote

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import query_values, semicolon_fields

_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}")
_NUMBER = re.compile(r"[0-9A-Za-z+*#().\-\s/,]{1,64}")


def parse_phone(item: PayloadInput) -> Payload | None:
    """number, extension; warns of service codes ("*#21#"), which act as soon as they are dialled."""
    if item.text[:4].lower() != "tel:":
        return None
    number, *params = unquote(item.text[4:].removeprefix("//")).split(";")
    number = _number(number)
    extension = next((param[4:] for param in params if param[:4].lower() == "ext="), "")
    warnings = ["dial_code"] if any(sign in number for sign in "*#") else []
    return compact({"type": "phone", "number": number, "extension": extension, "warnings": warnings})


def parse_sms(item: PayloadInput) -> Payload | None:
    """number (or several in ``numbers``) and body, from ``sms:n?body=t``, ``SMSTO:n:t`` and their MMS kin."""
    match = re.match(r"(sms|smsto|mms|mmsto):", item.text, re.IGNORECASE)
    if match is None:
        return None
    rest = item.text[match.end() :].removeprefix("//")
    numbers, question, query = rest.partition("?")
    if question and ":" not in numbers:
        numbers, body = unquote(numbers), query_values(query, plus_is_space=False).get("body", "")
    else:
        numbers, _, body = rest.partition(":")
    listed = [_number(part.split(";")[0]) for part in numbers.split(",") if part.strip()]
    if not listed and not body:
        raise PayloadError("an SMS code with neither number nor text")
    several = listed if len(listed) > 1 else []
    return compact({"type": "sms", "number": listed[0] if listed else "", "numbers": several, "body": body})


def parse_mail(item: PayloadInput) -> Payload | None:
    """to, cc, bcc (lists), subject, body."""
    text = item.text
    if text[:7].lower() == "mailto:":
        return _mailto(text[7:])
    if text[:7].upper() == "MATMSG:":
        fields = [(key, value) for key, value, _ in semicolon_fields(text[7:], "a MATMSG code")]
        values = dict(reversed(fields))
        return _mail([value for key, value in fields if key == "TO"], values.get("SUB", ""), values.get("BODY", ""))
    if text[:5].upper() == "SMTP:":
        to, subject, body = ([*text[5:].split(":", 2), "", ""])[:3]
        return _mail([to], subject, body)
    if len(text) <= 254 and _ADDRESS.fullmatch(text):
        return _mail([text], "", "")
    return None


def _mailto(rest: str) -> Payload:
    to, _, query = rest.partition("?")  # "+" stays a plus, as RFC 6068 has it
    values = query_values(query, plus_is_space=False)
    recipients = [unquote(part) for part in to.split(",")] + values.get("to", "").split(",")
    payload = _mail(recipients, values.get("subject", ""), values.get("body", ""), ok_without_to=bool(values))
    extra = {key: _listed(values.get(key, "").split(",")) for key in ("cc", "bcc")}
    return payload | compact(extra)


def _mail(to: list[str], subject: str, body: str, ok_without_to: bool = False) -> Payload:
    recipients = _listed(to)
    if not all("@" in recipient for recipient in recipients) or not (recipients or ok_without_to):
        raise PayloadError("a mail code without a mail address")
    return compact({"type": "mail", "to": recipients, "subject": subject, "body": body})


def _listed(addresses: list[str]) -> list[str]:
    return [address.strip() for address in addresses if address.strip()]


def _number(text: str) -> str:
    number = text.strip()
    if not _NUMBER.fullmatch(number) or not any(char.isdigit() for char in number):
        raise PayloadError("a phone number of digits and separators was expected")
    return number
