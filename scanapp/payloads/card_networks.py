"""Which card network a number belongs to: one table of ISO/IEC 7812 issuer ranges, and nothing that is not in it.

The registry of issuer identification numbers is not public. The ranges are those of two open tables: Wikipedia's
"Payment card number" and Braintree's credit-card-type (Elo's and Hiper's lists are from there); RuPay's are NPCI's,
Meeza's and GPN's those of acquirers' integration guides. Where ranges overlap the longest prefix is the likeliest;
co-branded ranges (a Discover that UnionPay issues, a Troy on Discover's rails) come after the others.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[str, str]
"""First and last prefix, of equal length: ``("51", "55")``."""

_ANY = tuple(range(12, 20))
_LONG = tuple(range(16, 20))


@dataclass(frozen=True, slots=True)
class Network:
    """A card network.

    lengths  how many digits its numbers may have; ``usual`` those that nearly all have
    cobrand  ranges that another network issues and this one takes as well
    country  ISO 3166-1 alpha-2 of the one country whose banks issue on it, "" when there are several
    """

    name: str
    title: str
    ranges: tuple[Range, ...]
    lengths: tuple[int, ...]
    usual: tuple[int, ...]
    cobrand: tuple[Range, ...] = ()
    country: str = ""


def _ranges(text: str) -> tuple[Range, ...]:
    """``"34 37 51-55"`` as ranges."""
    pairs = (part.partition("-") for part in text.split())
    return tuple((first, last or first) for first, _, last in pairs)


def _network(
    name: str,
    title: str,
    ranges: str,
    lengths: tuple[int, ...],
    usual: tuple[int, ...] = (16,),
    *,
    cobrand: str = "",
    country: str = "",
) -> Network:
    return Network(name, title, _ranges(ranges), lengths, usual, _ranges(cobrand), country)


NETWORKS: tuple[Network, ...] = (
    _network("visa", "Visa", "4", (13, 16, 18, 19)),
    _network("mastercard", "Mastercard", "51-55 2221-2720", (16,)),
    _network("amex", "American Express", "34 37", (15,), (15,)),
    _network("unionpay", "UnionPay", "62 810-817", _LONG, (16, 19)),
    _network("jcb", "JCB", "3528-3589", _LONG),
    _network("discover", "Discover", "6011 644-649 65", _LONG, cobrand="622126-622925"),
    _network("diners", "Diners Club", "300-305 3095 36 38 39", tuple(range(14, 20)), (14, 16)),
    _network("maestro", "Maestro", "50 56-58 6304 67", _ANY, (16, 18, 19)),
    _network("mir", "Mir", "2200-2204", _LONG),
    _network(
        "rupay",
        "RuPay",
        "60 508500-508999 606985-607984 608001-608500 652150-653149 817200-819899 82",
        (16,),
        cobrand="353 356",
    ),
    _network("verve", "Verve", "506099-506198 507865-507964 650002-650027", (16, 18, 19), (16, 19)),
    _network("troy", "Troy", "9792", (16,), cobrand="65", country="TR"),
    _network(
        "elo",
        "Elo",
        "401178-401179 431274 438935 451416 457393 457631-457632 504175 506699-506778 509000-509999 627780 636297 "
        "636368 650031-650033 650035-650051 650405-650439 650485-650538 650541-650598 650700-650718 650720-650727 "
        "650901-650978 651652-651679 655000-655019 655021-655058",
        (16,),
        country="BR",
    ),
    _network("hipercard", "Hipercard", "606282", (13, 16, 19), country="BR"),
    _network("hiper", "Hiper", "637095 637568 637599 637609 637612 63737423 63743358", (16,), country="BR"),
    _network("uatp", "UATP", "1", (15,), (15,)),
    _network("dankort", "Dankort", "5019", (16,), cobrand="4571", country="DK"),
    _network("interpayment", "InterPayment", "636", _LONG),
    _network("instapayment", "InstaPayment", "637-639", (16,)),
    _network("lankapay", "LankaPay", "357111", (16,), country="LK"),
    _network("ukrcard", "UkrCard", "60400100-60420099", _LONG, country="UA"),
    _network("uzcard", "Uzcard", "8600 5614", (16,), country="UZ"),
    _network("humo", "Humo", "9860", (16,), country="UZ"),
    _network("borica", "BORICA", "2205", (16,), country="BG"),
    _network("meeza", "Meeza", "507803 507808-507810", (16,), country="EG"),
    _network("napas", "NAPAS", "9704", (16, 19), (16, 19), country="VN"),
    _network("gpn", "GPN", "1946", (16, 18, 19), country="ID"),
)
"""Those with the most cards first."""

MAJOR = frozenset({"visa", "mastercard", "amex", "unionpay", "jcb", "discover", "diners", "maestro"})
"""Networks whose cards are met all over the world."""


def networks_of(digits: str) -> tuple[Network, ...]:
    """Networks whose ranges hold the number and whose lengths it has, the likeliest first."""
    return tuple(network for network in networks_by_prefix(digits) if len(digits) in network.lengths)


def networks_by_prefix(digits: str) -> tuple[Network, ...]:
    """Networks whose ranges hold the number's first digits, whatever its length; the likeliest first."""
    hits = [
        (cobrand, -len(first), place)
        for first, last, place, cobrand in _BY_DIGIT.get(digits[:1], ())
        if first <= digits[: len(first)] <= last
    ]
    return tuple(NETWORKS[place] for place in dict.fromkeys(place for _, _, place in sorted(hits)))


def _by_digit() -> dict[str, tuple[tuple[str, str, int, bool], ...]]:
    """First digit → (first, last, place in `NETWORKS`, co-branded): numbers are looked up in inner loops."""
    rows = [
        (first, last, place, cobrand)
        for place, network in enumerate(NETWORKS)
        for cobrand, ranges in ((False, network.ranges), (True, network.cobrand))
        for first, last in ranges
    ]
    return {digit: tuple(row for row in rows if row[0][0] <= digit <= row[1][0]) for digit in "0123456789"}


_BY_DIGIT = _by_digit()
