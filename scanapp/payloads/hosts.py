"""Host names: Punycode both ways, and the many ways of writing an IP address.

Only the letters of RFC 3492 and the dots of UTS #46 are handled, label by label: a scanner must show what a
stranger wrote even when a registry would refuse it, so nothing here rejects a name.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote

_DOTS = re.compile("[。．｡]")
_MAX_LABEL = 63
_MAX_HOST = 253


def normalise(host: str) -> str:
    """Percent-decoded, compatibility-composed, lower case, with plain dots."""
    return _DOTS.sub(".", unicodedata.normalize("NFKC", unquote(host))).lower()


def to_ascii(host: str) -> str:
    """The form that goes on the wire: "bücher.example" is "xn--bcher-kva.example"; "" when a label cannot be."""
    if len(host) > _MAX_HOST:
        return host if host.isascii() else ""
    labels = [_label_to_ascii(label) for label in host.split(".")]
    return ".".join(labels) if all(labels) or host.isascii() else ""


def to_unicode(host: str) -> str:
    """The form that people read: "xn--bcher-kva.example" is "bücher.example"; undecodable labels stay."""
    return ".".join(_label_to_unicode(label) for label in host.split("."))


def _label_to_ascii(label: str) -> str:
    if label.isascii():
        return label
    try:
        coded = "xn--" + label.encode("punycode").decode("ascii")
    except UnicodeError:  # a lone surrogate
        return ""
    return coded if len(coded) <= _MAX_LABEL else ""


def _label_to_unicode(label: str) -> str:
    if not label.startswith("xn--") or len(label) > _MAX_LABEL:
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    # A label that decodes to control characters, dots or slashes is forged: show the code.
    return decoded if decoded.isprintable() and not re.search(r"[./\\@:\s]", decoded) else label


def ip_address(host: str) -> str:
    """The address in its usual form when ``host`` is one in any form that browsers take, else "".

    Besides "[2001:db8::1]" and "192.0.2.1" these are "0xC0.0.2.1", "0300.0.513" and "3221225985".
    """
    try:
        if host.startswith("[") and host.endswith("]"):
            return str(ipaddress.IPv6Address(host[1:-1]))
        return _ipv4(host)
    except ValueError:
        return ""


def _ipv4(host: str) -> str:
    parts = host.removesuffix(".").split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0[xX][0-9a-fA-F]{0,16}|[0-9]{1,16}", part) for part in parts):
        return ""
    numbers = [_number(part) for part in parts]
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return ""
    value = numbers[-1] + sum(number << (8 * (3 - index)) for index, number in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)
