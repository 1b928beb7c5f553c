"""One-time-password set-up codes: ``otpauth://totp/Issuer:account?secret=…``.

The secret never enters the payload, whatever else is wrong with the code.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import query_values

_OTP = re.compile(
    r"(?:url:)?otpauth(?:(?P<migration>-migration):|://(?P<kind>[th]otp)/(?P<label>[^?#]*)(?:\?(?P<query>[^#]*))?|:)",
    re.IGNORECASE,
)


def parse_otp(item: PayloadInput) -> Payload | None:
    """kind ("totp", "hotp" or "migration"), issuer, account, digits, period, algorithm ("Key Uri Format")."""
    match = _OTP.match(item.text)
    if match is None:
        return None
    if match["migration"]:
        return {"type": "otp", "kind": "migration", "secret": "hidden"}
    values = query_values(match["query"] or "")
    label = unquote(match["label"] or "")
    if re.search(r"[=&]|secret", label, re.IGNORECASE):
        label = ""  # a broken query, which may hold the secret
    issuer, colon, account = label.rpartition(":")
    return compact(
        {
            "type": "otp",
            "kind": (match["kind"] or "").lower(),
            "issuer": values.get("issuer", "") or issuer.strip(),
            "account": account.strip() if colon else label.strip(),
            "digits": _small(values.get("digits", "")),
            "period": _small(values.get("period", "")),
            "algorithm": values.get("algorithm", "").upper(),
            "secret": "hidden",
        }
    )


def _small(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else None
