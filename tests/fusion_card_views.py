"""Made views of card numbers: posteriors as a reader gives them, right, wrong and in between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scanapp.geometry import Quad, as_quad
from scanapp.results import CharPosterior, Line, Reading

VISA = "4539148803436467"
SPECIMEN = "4000123456789011"
Chars = tuple[CharPosterior, ...]


def completed(digits: str) -> str:
    """``digits`` and the check digit that fits."""
    total = 0
    for i, char in enumerate(reversed(digits)):
        value = int(char) * (1 if i % 2 else 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def chars_of(text: str, probability: float = 0.97, doubts: Mapping[int, str] | None = None) -> Chars:
    """Each character with ``probability``; where in doubt, nearly the same for the other character."""
    doubts = doubts or {}
    return tuple(
        ((char, 0.51), (doubts[i], 0.48)) if i in doubts else ((char, probability),) for i, char in enumerate(text)
    )


def line_quad(shift: float = 0.0) -> Quad:
    """A number line 300 × 20 px."""
    return as_quad(np.array([[100, 100], [400, 100], [400, 120], [100, 120]], np.float32) + np.float32(shift))


def view(
    pan: Chars | str = (),
    *,
    shift: float = 0.0,
    expiry: Chars | str = (),
    holder: str = "",
    advice: str = "",
    probability: float = 0.97,
) -> Reading:
    """One view; ``shift`` moves the card, pixels."""
    quad = line_quad(shift)
    named = {"pan": _chars(pan, probability), "expiry": _chars(expiry, probability), "holder": _chars(holder, 0.97)}
    lines = tuple(Line(quad, chars, name) for name, chars in named.items() if chars)
    key = "".join(posterior[0][0] for posterior in named["pan"])
    return Reading("card", key, {}, quad, lines=lines, advice=advice)


def _chars(what: Chars | str, probability: float) -> Chars:
    return chars_of(what, probability) if isinstance(what, str) else what
