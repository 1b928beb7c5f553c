"""Bank-card numbers that turn up inside codes: recognised so that nothing is derived from them."""

from __future__ import annotations

from stdnum import luhn

from scanapp.payloads.base import is_digits

# (first prefix, last prefix, allowed lengths): ISO/IEC 7812 ranges as the networks publish them.
_RANGES: tuple[tuple[str, str, range | tuple[int, ...]], ...] = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),  # Mastercard
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("300", "305", range(14, 20)),  # Diners Club
    ("3095", "3095", range(14, 20)),
    ("36", "36", range(14, 20)),
    ("38", "39", range(14, 20)),
    ("3528", "3589", range(16, 20)),  # JCB
    ("6011", "6011", range(16, 20)),  # Discover
    ("644", "659", range(16, 20)),
    ("62", "62", range(16, 20)),  # UnionPay
    ("81", "81", range(16, 20)),
    ("50", "50", range(13, 20)),  # Maestro and domestic schemes
    ("56", "58", range(13, 20)),
    ("60", "60", (16,)),  # RuPay
    ("6304", "6304", range(13, 20)),
    ("67", "67", range(13, 20)),
    ("2200", "2204", range(16, 20)),  # Mir
    ("9792", "9792", (16,)),  # Troy
)


def looks_like_card(text: str) -> bool:
    """13 to 19 digits (single spaces or hyphens between them allowed), Luhn-valid, in a known issuer range."""
    if len(text) > 40:
        return False
    digits = text.replace(" ", "").replace("-", "")
    if not is_digits(digits) or not 13 <= len(digits) <= 19 or not _known_issuer(digits):
        return False
    return bool(luhn.is_valid(digits))


def masked(text: str) -> str:
    """First six and last four digits of what looks like a card number, anything else as it is."""
    if not looks_like_card(text):
        return text
    digits = text.replace(" ", "").replace("-", "")
    return f"{digits[:6]}{'•' * (len(digits) - 10)}{digits[-4:]}"


def _known_issuer(digits: str) -> bool:
    return any(first <= digits[: len(first)] <= last and len(digits) in lengths for first, last, lengths in _RANGES)
