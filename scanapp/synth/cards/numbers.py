"""Invented card numbers, dates and names: specimens only.

Numbers are drawn at random inside the ranges that the networks publish for their issuers (ISO/IEC 7812-1
prefixes), so a reader trained on them learns no prior beyond the first digits; about 15 % fail the Luhn check
on purpose, so that the reader cannot lean on it. No number is taken from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["CardText", "card_text", "expiry_text", "holder_name", "luhn_digit", "luhn_ok"]

Rng = np.random.Generator

# network, weight, (lowest, highest) prefixes, lengths
_NETWORKS: tuple[tuple[str, float, tuple[tuple[int, int], ...], tuple[int, ...]], ...] = (
    ("visa", 0.30, ((4, 4),), (16, 16, 16, 16, 16, 16, 16, 16, 16, 13, 19)),
    ("mastercard", 0.24, ((51, 55), (51, 55), (2221, 2720)), (16,)),
    ("amex", 0.12, ((34, 34), (37, 37)), (15,)),
    ("unionpay", 0.10, ((62, 62), (81, 81)), (16, 19)),
    ("jcb", 0.05, ((3528, 3589),), (16,)),
    ("discover", 0.06, ((6011, 6011), (644, 649), (65, 65)), (16,)),
    ("diners", 0.05, ((300, 305), (36, 36), (38, 39)), (14,)),
    ("maestro", 0.06, ((50, 50), (56, 58), (639, 639), (67, 67)), (12, 13, 16, 16, 18, 19)),
    ("debit", 0.02, ((1, 9),), (16, 16, 15, 17)),
)
_FIRST = (
    "ANNA MARIA JOHN LEE SOFIA PAUL OMAR WEI HANA IVAN LUCIA PETER "
    "AISHA NOAH EMMA LIAM OLIVIA YUKI CARLOS INGRID THOMAS JACOB CLARA VIKTOR "
    "ZOE QUENTIN FATIMA DEREK BJORN XAVIER KATE HUGO MEI RAVI SARAH DAVID LAURA ERIK"
)
_LAST = (
    "SMITH GARCIA MUELLER TANAKA KOWALSKI ROSSI NGUYEN KIM JOHNSON "
    "COHEN SILVA IVANOVA DUBOIS ANDERSSON PATEL OKAFOR WHITFIELD HOLLOWAY "
    "VANDERBERG QUIST BRIXTON ZELLER FOXWORTH JENNINGS YILMAZ CARDHOLDER SAMPLE MARLOW"
)
_FIXED = ("SPECIMEN", "CARDHOLDER NAME", "NAME SURNAME", "VALUED CUSTOMER", "YOUR NAME HERE", "J. SPECIMEN")


@dataclass(frozen=True, slots=True)
class CardText:
    """What one card says. ``groups`` joined are the number's digits."""

    network: str
    pan: str
    expiry: str
    valid_from: str
    holder: str

    @property
    def groups(self) -> tuple[int, ...]:
        """The usual grouping of a number of this length and network."""
        length = len(self.pan)
        table = {
            12: (4, 4, 4),
            13: (4, 3, 3, 3),
            14: (4, 6, 4),
            15: (4, 6, 5),
            16: (4, 4, 4, 4),
            17: (4, 4, 4, 5),
            18: (6, 12),
            19: (4, 4, 4, 4, 3),
        }
        return table[length]


def luhn_digit(body: str) -> str:
    """The check digit (ISO/IEC 7812-1 annex B) that belongs behind ``body``."""
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def luhn_ok(number: str) -> bool:
    """Whether the last digit of ``number`` is its Luhn check digit."""
    return luhn_digit(number[:-1]) == number[-1]


def card_text(rng: Rng, *, network: str | None = None) -> CardText:
    """One invented card; ``network`` picks one of visa, mastercard, amex, unionpay, jcb, discover, diners,
    maestro, debit."""
    names = [row[0] for row in _NETWORKS]
    weights = np.array([row[1] for row in _NETWORKS])
    row = _NETWORKS[names.index(network) if network else int(rng.choice(len(names), p=weights / weights.sum()))]
    low, high = row[2][int(rng.integers(len(row[2])))]
    length = int(rng.choice(row[3]))
    body = str(int(rng.integers(low, high + 1)))
    body += _digits(rng, length - 1 - len(body))
    check = luhn_digit(body)
    if rng.random() < 0.15:
        check = str((int(check) + int(rng.integers(1, 10))) % 10)
    form = int(rng.choice(4, p=(0.82, 0.08, 0.06, 0.04)))
    return CardText(row[0], body + check, expiry_text(rng, form), expiry_text(rng, form), holder_name(rng))


def _digits(rng: Rng, count: int) -> str:
    """Random digits; now and then runs of one digit, as specimens have them (1234, 0000)."""
    mode = rng.random()
    if mode < 0.06:
        start = int(rng.integers(10))
        return "".join(str((start + i) % 10) for i in range(count))
    if mode < 0.10:
        return "".join(str(d) * 4 for d in rng.integers(0, 10, 5))[:count]
    return "".join(str(d) for d in rng.integers(0, 10, count))


def expiry_text(rng: Rng, form: int = 0) -> str:
    """A month and year: 0 "08/29", 1 "08/2029", 2 "08-29", 3 "08 / 29"."""
    month, year = int(rng.integers(1, 13)), int(rng.integers(5, 40))
    tail = f"20{year:02d}" if form == 1 else f"{year:02d}"
    return f"{month:02d}{('/', '/', '-', ' / ')[form]}{tail}"


def holder_name(rng: Rng) -> str:
    """An invented name in capitals, at most 24 characters."""
    if rng.random() < 0.12:
        return str(rng.choice(_FIXED))
    first, last = str(rng.choice(_FIRST.split())), str(rng.choice(_LAST.split()))
    mode = rng.random()
    if mode < 0.2:
        first = f"{first} {chr(65 + int(rng.integers(26)))}"
    elif mode < 0.3:
        first = f"{first[0]}."
    elif mode < 0.36:
        return f"{last}/{first}"[:24]
    return f"{first} {last}"[:24]
