"""What a bank card's number and dates mean: network, lengths, country, check digit, expiry; a prior for readers.

Which bank issued a card is in no open, kept table: issuers buy and lend ranges, and the registry (ISO/IEC 7812-2)
is not public. So there is an issuer's country where a network is issued in one country only, and no issuer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import luhn as stdnum_luhn

from scanapp.payloads.base import is_digits
from scanapp.payloads.card_networks import MAJOR, networks_by_prefix, networks_of
from scanapp.payloads.card_number import CardNumber

LUHN_FAILS, UNKNOWN_IIN, LENGTH_UNFIT = -4.6, -4.6, -6.0
UNUSUAL_LENGTH, MINOR_NETWORK = -2.3, -1.0
"""Natural logs of about one in a hundred (a specimen; an issuer that the table lacks), one in 400 (a length that
the network does not issue), one in ten (one that it issues rarely) and one in three (a network of one region)."""

_EXPIRY = re.compile(r"(\d{1,2})\s*[/.\-\u2010-\u2015]\s*(\d{2}|20\d{2})|(\d{2})(\d{2}|20\d{2})", re.ASCII)
_PAST_YEARS, _FUTURE_YEARS = 10, 20


@dataclass(frozen=True, slots=True)
class BankCard:
    """What a card number says.

    network         the likeliest network's name, "" when unknown or when no network has this length
    networks        all networks that fit, the likeliest first (ranges overlap, cards are co-branded)
    issuer_country  ISO 3166-1 alpha-2, None unless the network is issued in one country only
    issuer          the bank: always None, see the module's text
    lengths         how many digits the number could have, by its first digits; () for an unknown issuer
    """

    number: CardNumber
    network: str
    networks: tuple[str, ...]
    issuer_country: str | None
    lengths: tuple[int, ...]
    luhn_ok: bool
    issuer: str | None = None


def describe(pan: CardNumber | str) -> BankCard:
    """The meaning of a number. Raises PayloadError, without the input, when it is none."""
    number = pan if isinstance(pan, CardNumber) else CardNumber(pan)
    digits = number.reveal()
    fitting = networks_of(digits)
    lengths = {length for network in networks_by_prefix(digits) for length in network.lengths}
    return BankCard(
        number,
        fitting[0].name if fitting else "",
        tuple(network.name for network in fitting),
        (fitting[0].country or None) if fitting else None,
        tuple(sorted(lengths)),
        number.luhn_ok,
    )


def log_prior(digits: str, *, luhn: bool = True) -> float:
    """How plausible bare digits are as a card's number before looking at the picture: a natural log, at most 0.

    luhn  count a wrong check digit against it (one random error in ten passes; specimens fail)

    Not normalised: 0 is the usual number of a major network. `LUHN_FAILS`, `UNKNOWN_IIN` and `LENGTH_UNFIT` add up;
    `UNUSUAL_LENGTH` and `MINOR_NETWORK` are what the most lenient network that fits takes off. Without a known
    issuer any length from 12 to 19 fits. ``-inf`` for what is not digits.
    """
    if not is_digits(digits):
        return float("-inf")
    failed = LUHN_FAILS if luhn and not stdnum_luhn.is_valid(digits) else 0.0
    known = networks_by_prefix(digits)
    if not known:
        return failed + UNKNOWN_IIN + (0.0 if 12 <= len(digits) <= 19 else LENGTH_UNFIT)
    fits = [
        (0.0 if len(digits) in network.usual else UNUSUAL_LENGTH)
        + (0.0 if network.name in MAJOR else MINOR_NETWORK)
        for network in known
        if len(digits) in network.lengths
    ]
    return failed + (max(fits) if fits else LENGTH_UNFIT)


def parse_expiry(text: str, *, today: tuple[int, int] | None = None) -> str | None:
    """``"2029-08"`` for "08/29", "8/2029", "08-29" or "0829"; None when it is no month and year, or makes no sense.

    today  year and month to judge by: more than 10 years back or 20 ahead makes no sense. None: any month passes

    A year of two digits is the one nearest to ``today``'s year, from 49 before to 50 after it; without ``today`` it
    is in 2000…2099: there are no cards from before in use. There is no clock in here, so that a replay gives the
    same answer in any year.
    """
    found = _EXPIRY.fullmatch(text.strip())
    if found is None:
        return None
    month, year = (int(part) for part in found.groups() if part)
    if not 1 <= month <= 12:
        return None
    if year < 100:
        year += 2000
        if today is not None:
            year += 100 * round((today[0] - year) / 100 + 1e-9)
    if today is not None:
        ahead = (year - today[0]) * 12 + month - today[1]
        if not -12 * _PAST_YEARS <= ahead <= 12 * _FUTURE_YEARS:
            return None
    return f"{year:04d}-{month:02d}"
