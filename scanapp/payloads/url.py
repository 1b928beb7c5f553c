"""Links, taken apart far enough to say whether the host is what it seems.

Split by hand after the WHATWG URL standard, as browsers do it, because that is what the link will meet:
``urllib.parse`` raises on what browsers open and reads "http://good.example\\@evil.example" differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanapp.errors import PayloadError
from scanapp.payloads import hosts
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.lookalikes import ascii_skeleton, host_warnings

# Schemes that run code or open local files, never offered as a link; with a body so that "Data: 5 kg" stays a note.
_DANGEROUS = re.compile(
    r"(?is)(javascript|vbscript|livescript):|(data):[^,]{0,500},|(file|blob|filesystem|jar):[^\s]"
)

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22, "ssh": 22}
_OPAQUE_SCHEMES = frozenset(
    {"magnet", "market", "facetime", "facetime-audio", "skype", "spotify", "whatsapp", "urn"}
)
_MAX_HOST = 1000  # written: percent-encoding makes it longer than the 253 characters that DNS allows
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,39}):")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Removed before looking for a dangerous scheme: "java\tscript:" still runs in a browser.
_IGNORED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]")
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f-\x9f/\\?#@:<>\[\]^|%]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link's parts. ``host`` as written, without port; ``scheme`` in lower case; ``tail`` from the path on."""

    scheme: str
    userinfo: str
    host: str
    port: str
    tail: str
    backslash: bool

    @property
    def ascii_host(self) -> str:
        """Host in lower case and ASCII, for comparing; "" when it has none."""
        return hosts.to_ascii(hosts.normalise(self.host))

    @property
    def is_plain(self) -> bool:
        """Nothing that could hide where it leads: no user part, port, backslash or non-ASCII before the path."""
        return not (self.userinfo or self.port or self.backslash) and self.host.isascii() and "%" not in self.host

    @property
    def path(self) -> str:
        """From the first slash up to query or fragment."""
        return re.split(r"[?#]", self.tail, maxsplit=1)[0]

    @property
    def query(self) -> str:
        """Between "?" and "#", without either."""
        return self.tail.partition("#")[0].partition("?")[2]


def split_link(text: str) -> Link | None:
    """The parts of ``scheme://host…``, None when ``text`` has not that shape."""
    match = _SCHEME.match(text)
    if match is None:
        return None
    scheme, rest = match[1].lower(), text[match.end() :]
    web = scheme in _DEFAULT_PORTS
    slashes = re.match(r"[/\\]{2}" if web else r"//", rest)
    if slashes is None:
        return None
    end = re.search(r"[/\\?#]" if web else r"[/?#]", rest[slashes.end() :])
    authority = rest[slashes.end() :][: end.start()] if end else rest[slashes.end() :]
    tail = rest[slashes.end() + len(authority) :]
    userinfo, _, place = authority.rpartition("@")
    host, port = _split_port(place)
    # Browsers read "\" in front of the path as "/": what looks like a user part may be a path, and the other way.
    backslash = web and ("\\" in slashes[0] or tail.startswith("\\"))
    return Link(scheme, userinfo, host, port, tail, backslash)


def _split_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, bracket, port = place.partition("]")
        return host + bracket, port.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port


def parse_url(item: PayloadInput) -> Payload | None:
    """url, scheme, host (ASCII), host_unicode when it differs, port, ip, looks_like, warnings.

    A dangerous scheme gives ``{"type": "text", "scheme": …, "warnings": ["dangerous_scheme"]}`` instead.
    """
    text = re.sub(r"(?i)^(?:URL|URLTO):(?=[a-z])", "", item.text)
    danger = _DANGEROUS.match(_IGNORED.sub("", text[:1000]).lstrip())
    if danger:
        return {"type": "text", "scheme": danger[danger.lastindex or 1].lower(), "warnings": ["dangerous_scheme"]}
    if "\n" in text or "\r" in text:
        return None  # a note that begins with a link is a note
    if re.match(r"(?i)www\.[^\s./]", text):
        text = "http://" + text
    if re.match(r"(?i)otpauth", text):
        return None  # whatever shape it has, its secret must not be repeated
    link = split_link(text)
    if link is not None and not re.search(r"\s", link.userinfo + link.host + link.port):
        return url_payload(text, link)
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in _OPAQUE_SCHEMES and not re.search(r"\s", text):
        return compact({"type": "url", "url": text, "scheme": scheme[1].lower(), "warnings": _text_warnings(text)})
    return None


def url_payload(text: str, link: Link) -> Payload:
    """The payload of a link that `split_link` took apart; PayloadError without a host, or with an endless one."""
    if len(link.host) > _MAX_HOST:
        raise PayloadError(f"a host name has at most 253 characters, this has {len(link.host)}")
    host = hosts.normalise(link.host)
    if link.scheme in _DEFAULT_PORTS and not host.strip("."):
        raise PayloadError(f"{link.scheme}: link without a host")
    readable = hosts.to_unicode(host)
    wire = hosts.to_ascii(host) or link.host
    address = hosts.ip_address(host) if link.scheme in _DEFAULT_PORTS else ""
    warnings = [*_text_warnings(text), *_link_warnings(link), *host_warnings(readable)]
    if address:
        warnings.append("ip_address")
    elif _FORBIDDEN_IN_HOST.search(host):
        warnings.append("bad_host")
    disguised = {"look_alike", "mixed_scripts"} & set(warnings)
    skeleton = ascii_skeleton(readable)
    return compact(
        {
            "type": "url",
            "url": text,
            "scheme": link.scheme,
            "host": wire,
            "host_unicode": readable if readable != wire else "",
            "port": int(link.port) if _is_port(link.port) else None,
            "ip": address,
            "looks_like": skeleton if disguised and skeleton != readable else "",
            "warnings": warnings,
        }
    )


def _text_warnings(text: str) -> list[str]:
    found = {"control_characters": _CONTROL.search(text), "invisible_characters": _INVISIBLE.search(text)}
    return [name for name, hit in found.items() if hit]


def _link_warnings(link: Link) -> list[str]:
    found = []
    if link.userinfo:
        found.append("userinfo")
    if link.backslash:
        found.append("backslash")
    if link.port:
        if not _is_port(link.port):
            found.append("bad_port")
        elif _DEFAULT_PORTS.get(link.scheme) != int(link.port):
            found.append("nonstandard_port")
    return found


def _is_port(port: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", port) is not None and int(port) < 65536
