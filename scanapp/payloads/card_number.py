"""Bank-card numbers: a type that keeps its digits to itself, and how to tell one in a text.

PCI DSS 4.0 (3.4.1) lets at most the issuer's first digits and the last four be shown to whom it does not
concern. `CardNumber` shows the first six and the last four wherever it is printed, formatted or logged; only
`CardNumber.reveal` gives the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, NoReturn, final

from stdnum import luhn

from scanapp.errors import PayloadError
from scanapp.payloads.base import is_digits
from scanapp.payloads.card_networks import networks_of

DOT = "•"
SHORTEST, LONGEST = 13, 19
"""Digits of a number that is told from other digits in a text."""
_HOLDS = 32
_KEY = secrets.token_bytes(16)


@final
class CardNumber:
    """A card number that masks itself: ``str``, ``repr``, ``format``, JSON and logs show ``411111••••••1111``.

    digits  the number; spaces and hyphens are taken out. Any number of digits up to 32, so that what a camera read
            wrongly is masked too

    Immutable; copies are the object itself, and what is pickled is the masked text, since pickles are files.
    Equality takes the same time wherever two numbers differ; the hash is keyed for this process and says nothing of
    the digits. There is no order, no iteration, no indexing. Raises PayloadError, without the input, for anything
    that is no number.
    """

    __slots__ = ("_digits",)
    _digits: str

    def __init__(self, digits: str) -> None:
        bare = digits.replace(" ", "").replace("-", "")
        if not is_digits(bare) or len(bare) > _HOLDS:
            raise PayloadError(f"card number: expected 1 to {_HOLDS} digits, spaces and hyphens")
        object.__setattr__(self, "_digits", bare)

    def reveal(self) -> str:
        """All digits, for those who asked for them on purpose."""
        return self._digits

    @property
    def digits_shown(self) -> tuple[int, int]:
        """How many digits stay visible at the front and at the end: 6 and 4, fewer for short numbers."""
        return _shown(len(self._digits))

    @property
    def last4(self) -> str:
        """The last four digits, as printed on receipts; "" for a number too short to show them."""
        return self._digits[-4:] if self.digits_shown[1] else ""

    @property
    def luhn_ok(self) -> bool:
        """Whether the check digit fits (ISO/IEC 7812-1, annex B). Specimens often fail."""
        return bool(luhn.is_valid(self._digits))

    def __len__(self) -> int:
        return len(self._digits)

    def __str__(self) -> str:
        return mask_digits(self._digits)

    def __repr__(self) -> str:
        return f"CardNumber({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CardNumber):
            return NotImplemented
        return hmac.compare_digest(self._digits.encode(), other._digits.encode())

    def __hash__(self) -> int:
        return hash(fingerprint(self._digits))

    def __copy__(self) -> CardNumber:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CardNumber:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a card number cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a card number cannot be changed")


def mask_digits(digits: str) -> str:
    """``411111••••••1111``: bare digits with all but `CardNumber.digits_shown` hidden."""
    front, end = _shown(len(digits))
    return digits[:front] + DOT * (len(digits) - front - end) + digits[len(digits) - end :]


def fingerprint(digits: str) -> str:
    """A name for a number that is the same within this process, another in the next, and tells nothing of it."""
    return hashlib.blake2b(digits.encode(), digest_size=16, key=_KEY).hexdigest()


def looks_like_card(text: str) -> bool:
    """13 to 19 digits (single spaces or hyphens between them allowed), Luhn-valid, in a known issuer range."""
    if len(text) > 40:
        return False
    digits = text.replace(" ", "").replace("-", "")
    if not is_digits(digits) or not SHORTEST <= len(digits) <= LONGEST or not networks_of(digits):
        return False
    return bool(luhn.is_valid(digits))


def masked(text: str) -> str:
    """First six and last four digits of what looks like a card number, anything else as it is."""
    return mask_digits(text.replace(" ", "").replace("-", "")) if looks_like_card(text) else text


def _shown(length: int) -> tuple[int, int]:
    if length >= SHORTEST:
        return 6, 4
    return (0, 4) if length >= 10 else (0, 0)
