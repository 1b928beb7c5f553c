"""What is known of card numbers before any is read: check digit, issuer, length.

The check digit is a prior, not a proof: one random error in ten passes Luhn, and specimens, with which people try a
scanner, fail it. So it weighs in the beam, and a number that fails it can still win, with more evidence.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, get_args

from scanapp.errors import UsageError
from scanapp.payloads.bank_card import describe, log_prior

LuhnMode = Literal["prior", "require", "ignore"]
IMPOSSIBLE = float("-inf")
SHORTEST, LONGEST = 12, 19


class LogPrior(Protocol):
    """Natural log of how plausible bare digits are as a card's number, with or without the check digit."""

    def __call__(self, digits: str, *, luhn: bool) -> float: ...


class NumberPrior:
    """The log-prior of complete numbers under one way to take the check digit.

    luhn  "prior": it weighs; "require": numbers that fail it do not exist; "ignore": as if there were none
    """

    def __init__(self, luhn: str = "prior", prior: LogPrior = log_prior) -> None:
        if luhn not in get_args(LuhnMode):
            raise UsageError(f"card fusion: luhn is one of {', '.join(get_args(LuhnMode))}, got '{luhn}'")
        self._luhn = luhn
        self._prior = prior

    def __call__(self, digits: str) -> float:
        """Natural log, not normalised; ``-inf`` for what cannot be a card's number."""
        if not SHORTEST <= len(digits) <= LONGEST:
            return IMPOSSIBLE
        if self._luhn == "require" and not describe(digits).luhn_ok:
            return IMPOSSIBLE
        return self._prior(digits, luhn=self._luhn != "ignore")

    def passed(self, digits: str) -> int:
        """How many of two checks the number passes: its check digit, and a network that issues it at this length.

        One that is ignored counts as passed; what cannot be a number passes none.
        """
        if not SHORTEST <= len(digits) <= LONGEST:
            return 0
        card = describe(digits)
        return (card.luhn_ok or self._luhn == "ignore") + bool(card.network)

    def issued(self, digits: str) -> bool:
        """Whether a known network issues numbers that begin so, of this length."""
        return SHORTEST <= len(digits) <= LONGEST and bool(describe(digits).network)


def meaning(digits: str) -> dict[str, Any]:
    """ "pan", and what is known of "network", "issuer" and "issuer_country"."""
    card = describe(digits)
    known = {"network": card.network, "issuer": card.issuer, "issuer_country": card.issuer_country}
    return {"pan": card.number} | {name: value for name, value in known.items() if value}
