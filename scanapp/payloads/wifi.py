"""``WIFI:T:WPA;S:name;P:secret;H:true;;``: the syntax of ZXing's "Barcode Contents" and WPA3 specification 7."""

from __future__ import annotations

import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import semicolon_fields

_SECURITY = {"": "none", "NOPASS": "none", "NONE": "none", "OPEN": "none"}


def parse_wifi(item: PayloadInput) -> Payload | None:
    """ssid, security ("WPA", "WEP", "none", …), password, hidden; ``ssid_hex`` when the name was written in hex."""
    if item.text[:5].upper() != "WIFI:":
        return None
    values: dict[str, str] = {}
    quoted: dict[str, bool] = {}
    for key, value, was_quoted in semicolon_fields(item.text[5:], "a WIFI code"):
        values.setdefault(key, value)
        quoted.setdefault(key, was_quoted)
    if not values.get("S"):
        raise PayloadError("a WIFI code without the network's name (S:)")
    kind = values.get("T", "").strip().upper()
    hidden = values.get("H", "").strip().lower() in ("true", "1", "yes")
    ssid_hex = "" if quoted["S"] else values["S"]
    decoded = _hex_text(ssid_hex)
    return compact(
        {
            "type": "wifi",
            "ssid": decoded or values["S"],
            "ssid_hex": ssid_hex if decoded else "",
            "security": "unknown" if not kind and values.get("P") else _SECURITY.get(kind, kind),
            "password": values.get("P", ""),
            "hidden": hidden,
            "eap_method": values.get("E", ""),
            "identity": values.get("I", ""),
            "anonymous_identity": values.get("A", ""),
            "phase2_method": values.get("PH2", ""),
            "transition_disable": values.get("R", ""),
            "public_key": values.get("K", ""),
        }
    )


def _hex_text(value: str) -> str:
    """The name behind an unquoted hex SSID, "" when the digits are more likely the name itself."""
    if len(value) < 4 or len(value) % 2 or not re.fullmatch(r"[0-9A-Fa-f]+", value):
        return ""
    try:
        name = bytes.fromhex(value).decode("utf-8")
    except ValueError:
        return ""
    return name if name.isprintable() else ""
