"""Lines of a card and their neighbours: labels, small print, and keeping them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scanapp.synth.cards.glyphs import Font, FontSet
from scanapp.synth.cards.typeset import line_width

__all__ = ["LinePlan", "clear", "fitted", "labels", "plain_text", "small_print", "tidied"]

Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class LinePlan:
    """One line. ``x``, ``baseline``, ``cap`` in card mm; ``pitch``, ``gap``, ``tracking`` in cap heights."""

    field: str
    text: str
    font: Font
    x: float
    baseline: float
    cap: float
    pitch: float | None
    gap: float
    raised: bool
    tracking: float = 0.0

    @property
    def width(self) -> float:
        """Length in card mm."""
        return self.cap * line_width(self.text, self.font, pitch=self.pitch, gap=self.gap, tracking=self.tracking)


def fitted(line: LinePlan, size: tuple[float, float], margin: float = 2.5) -> LinePlan:
    """The line, shrunk and moved so that it lies on the card."""
    room = size[0] - 2 * margin
    if line.width > room:
        line = replace(line, cap=line.cap * room / line.width)
    x = float(np.clip(line.x, margin, max(margin, size[0] - margin - line.width)))
    return replace(line, x=x, baseline=float(np.clip(line.baseline, line.cap + 1.5, size[1] - 1.6)))


def plain_text(field: str, text: str, font: Font, x: float, baseline: float, cap: float) -> LinePlan:
    """A printed line in the font's own spacing."""
    return LinePlan(field, text, font, float(x), float(baseline), float(cap), None, 0.4, False)


def labels(rng: Rng, font: Font, date: LinePlan, words: tuple[str, ...]) -> list[LinePlan]:
    """The little words beside or above a date."""
    mode = rng.random()
    if mode < 0.1:
        return []
    word, cap = str(rng.choice(words)), float(rng.uniform(0.85, 1.35))
    out = []
    date_like = "CVV" not in words
    if mode < 0.6 and " " in word:
        first, second = word.split(" ", 1)
        line = plain_text("other", first, font, 0, date.baseline - date.cap * 0.55, cap)
        wide = max(line.width, replace(line, text=second).width)
        if date.x - wide - 1.2 > 1:
            out = [
                replace(line, x=date.x - wide - 1),
                plain_text("other", second, font, date.x - wide - 1, date.baseline, cap),
            ]
    if not out or rng.random() < 0.5:
        above = date.baseline - date.cap - float(rng.uniform(0.5, 1.0))
        out.append(
            plain_text(
                "other",
                str(rng.choice(("MONTH/YEAR", "MM/YY", word))) if date_like else word,
                font,
                date.x,
                above,
                min(cap, 1.1),
            )
        )
    return out


_PHRASES = (
    "debit", "credit", "DEBIT", "business", "PLATINUM", "World", "Electronic use only", "AUTHORIZED SIGNATURE",
    "NOT VALID UNLESS SIGNED", "Member since", "prepaid", "This card is issued by the bank under licence.",
    "If found, please return to any branch.", "Customer service", "www.example.com", "GOLD", "Signature", "CLASSIC",
    "International", "Use of this card is subject to the agreement.", "24h", "Infinite", "BANK", "Northwind Bank",
)  # fmt: skip


def small_print(
    rng: Rng, fonts: FontSet, size: tuple[float, float], taken: list[LinePlan], count: int
) -> list[LinePlan]:
    """Phone numbers, account numbers, phrases: on free places."""
    out: list[LinePlan] = []
    for _ in range(count):
        mode = rng.random()
        if mode < 0.25:
            first, second, third = (int(rng.integers(10**n, 10 ** (n + 1))) for n in (2, 2, 3))
            text = f"{rng.choice(('+1 ', '00', '+44 ', 'Tel. ', ''))}{first} {second} {third}"
        elif mode < 0.35:
            text = f"{rng.choice(('IBAN XX', 'No. ', 'ID ', 'BLZ '))}{int(rng.integers(10**6, 10**9))}"
        else:
            text = str(rng.choice(_PHRASES))
        cap = float(rng.uniform(0.9, 1.6)) if rng.random() < 0.75 else float(rng.uniform(1.8, 3.2))
        line = plain_text(
            "other", text, fonts.text(rng), rng.uniform(3, max(4, size[0] - 30)), rng.uniform(4, size[1] - 2), cap
        )
        out += clear([*taken, *out], [fitted(line, size)])
    return out


def clear(taken: list[LinePlan], lines: list[LinePlan]) -> list[LinePlan]:
    """Those of ``lines`` that touch none of ``taken``."""
    return [line for line in lines if not any(_touch(line, other) for other in taken)]


def tidied(lines: list[LinePlan]) -> tuple[LinePlan, ...]:
    """The lines without those that would run into the number, the date, the name or an earlier line."""
    order = {"pan": 0, "expiry": 1, "holder": 2, "other": 3}
    kept: list[LinePlan] = []
    for line in sorted(lines, key=lambda line: order[line.field]):
        if line.field == "pan" or not any(_touch(line, other, tight=True) for other in kept):
            kept.append(line)
    return tuple(kept)


def _touch(a: LinePlan, b: LinePlan, *, tight: bool = False) -> bool:
    below, above, side = (0.12, 1.1, 0.4) if tight else (0.4, 1.2, 1.0)
    apart = (
        a.baseline + below * a.cap < b.baseline - above * b.cap
        or b.baseline + below * b.cap < a.baseline - above * a.cap
    )
    return not apart and a.x < b.x + b.width + side and b.x < a.x + a.width + side
