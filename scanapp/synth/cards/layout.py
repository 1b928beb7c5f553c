"""Where the lines of a card stand: a plan in card mm, drawn at random around the habits of real issuers.

Embossed numbers follow ISO/IEC 7811-1 loosely (pitch 3.63 mm, about 4 mm tall, line centre 21.4 mm above the
lower edge); printed numbers stand anywhere and in any size from 2.2 to 4.5 mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scanapp.synth.cards.glyphs import Font, FontSet
from scanapp.synth.cards.lines import LinePlan, clear, fitted, labels, plain_text, small_print, tidied
from scanapp.synth.cards.numbers import CardText, card_text

__all__ = ["LinePlan", "Plan", "plan_card"]

Rng = np.random.Generator
LONG, SHORT = 85.6, 53.98


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All lines of a card, upright, in drawing order."""

    size_mm: tuple[float, float]
    layout: str
    style: str
    card: CardText
    lines: tuple[LinePlan, ...]


_KINDS = ("embossed", "flat", "stacked", "vertical", "back")


def plan_card(rng: Rng, fonts: FontSet, kind: str | None = None) -> Plan:
    """A random plan. ``kind``: embossed, flat, stacked, vertical, back, or None for a mixture; ValueError
    otherwise."""
    if kind is None:
        kind = str(rng.choice(_KINDS, p=(0.4, 0.3, 0.08, 0.1, 0.12)))
    if kind not in _KINDS:
        raise ValueError(f"card kind {kind!r} is none of {', '.join(_KINDS)}")
    card = card_text(rng)
    if kind == "embossed":
        return _embossed(rng, fonts, card)
    if kind == "flat" or len(card.pan) not in (16, 12):
        turned = kind == "vertical" and len(card.pan) <= 16
        return _flat(rng, fonts, card, (SHORT, LONG) if turned else (LONG, SHORT), kind == "back")
    if kind == "stacked":
        size = (SHORT, LONG) if rng.random() < 0.4 else (LONG, SHORT)
        return _stacked(rng, fonts, card, size, back=rng.random() < 0.4)
    if kind == "vertical":
        size = (SHORT, LONG)
        return (
            _stacked(rng, fonts, card, size, back=False)
            if rng.random() < 0.4
            else _flat(rng, fonts, card, size, False)
        )
    return _flat(rng, fonts, card, (LONG, SHORT), True)


def _groups(rng: Rng, card: CardText) -> tuple[int, ...]:
    if len(card.pan) == 19 and rng.random() < 0.6:
        return (6, 13)
    return card.groups


def _grouped(pan: str, groups: tuple[int, ...]) -> str:
    ends = np.cumsum(groups).tolist()
    return " ".join(pan[end - size : end] for end, size in zip(ends, groups, strict=True))


def _name(groups: tuple[int, ...]) -> str:
    return "-".join(str(size) for size in groups)


def _embossed(rng: Rng, fonts: FontSet, card: CardText) -> Plan:
    size = (LONG, SHORT)
    font = fonts.embossed(rng)
    groups = _groups(rng, card)
    text = _grouped(card.pan, groups)
    cap = float(np.clip(rng.normal(4.0, 0.3), 3.2, 4.9))
    pitch = float(np.clip(rng.normal(3.63, 0.12), 3.3, 4.0)) / cap
    gap = pitch if rng.random() < 0.75 else pitch * rng.uniform(0.6, 1.5)
    base = float(np.clip(rng.normal(34.0, 1.8), 27, 41))
    pan = LinePlan("pan", text, font, 0, base, cap, pitch, gap, True)
    pan = fitted(replace(pan, x=(LONG - pan.width) / 2 + float(rng.normal(0, 2.0))), size)
    lines = [pan]
    small = float(rng.uniform(2.4, 3.0)) if rng.random() < 0.85 else cap * 0.9
    small_pitch = float(rng.uniform(2.45, 2.7)) / small if small < 3.1 else pitch
    label = fonts.text(rng)
    date_base = min(base + float(rng.uniform(5.0, 8.5)), 46.0)
    date_x = float(rng.uniform(18, 62))
    repeat = rng.random() < 0.3 and base < 38
    if repeat:
        lines.append(
            plain_text(
                "other",
                card.pan[:4],
                fonts.flat(rng),
                pan.x + rng.uniform(0, 1.5),
                base + 3.4,
                rng.uniform(1.5, 2.1),
            )
        )
    if rng.random() < 0.9:
        if rng.random() < 0.25:
            valid = LinePlan("other", card.valid_from, font, 0, date_base, small, small_pitch, small_pitch, True)
            valid = fitted(replace(valid, x=max(12.0, date_x - valid.width - float(rng.uniform(6, 11)))), size)
            lines.append(valid)
            lines += labels(rng, label, valid, ("VALID FROM", "MEMBER SINCE", "FROM"))
            date_x = max(date_x, valid.x + valid.width + 6)
        date = LinePlan("expiry", card.expiry, font, date_x, date_base, small, small_pitch, small_pitch, True)
        date = fitted(date, size)
        lines += [
            date,
            *labels(
                rng, label, date, ("VALID THRU", "GOOD THRU", "EXPIRES END", "VALID UNTIL", "GÜLTIG BIS", "EXP")
            ),
        ]
    if rng.random() < 0.88:
        holder = LinePlan(
            "holder", card.holder, font, pan.x + float(rng.normal(0, 1)), 0, small, small_pitch, small_pitch, True
        )
        lines.append(
            fitted(replace(holder, baseline=min(51.5, date_base + float(rng.uniform(4.0, 6.0)))), (64.0, SHORT))
        )
    lines += small_print(rng, fonts, size, lines, int(rng.integers(0, 4)))
    return Plan(size, _name(groups), "embossed", card, tidied(lines))


def _number_font(rng: Rng, fonts: FontSet) -> tuple[Font, float | None, float]:
    """A font for printed numbers, its pitch (None: its own) and tracking in cap heights."""
    font = fonts.flat(rng)
    widest = max(font.glyph(c).mask.shape[1] for c in "0123456789") / 96
    if rng.random() < 0.6:
        return font, widest + float(rng.uniform(0.12, 0.42)), 0.0
    return font, None, float(rng.uniform(-0.01, 0.18))


def _flat(rng: Rng, fonts: FontSet, card: CardText, size: tuple[float, float], back: bool) -> Plan:
    groups = _groups(rng, card)
    wide, tall = size
    font, pitch, tracking = _number_font(rng, fonts)
    cap = float(rng.uniform(2.2, 4.5)) if wide > tall else float(rng.uniform(2.4, 3.6))
    gap = float(rng.uniform(0.45, 1.1)) if rng.random() < 0.93 else 0.12
    low, high = (24.0, 45.0) if back else (tall * 0.3, tall - 8)
    if back and rng.random() < 0.2:
        low, high = 30.0, 48.0
    pan = LinePlan(
        "pan", _grouped(card.pan, groups), font, 0, float(rng.uniform(low, high)), cap, pitch, gap, False, tracking
    )
    margin = float(rng.uniform(4, 9))
    free = max(0.0, wide - 2 * margin - pan.width)
    side = float(rng.choice((0.0, 0.0, 0.5, 1.0, rng.random())))
    pan = fitted(replace(pan, x=margin + free * side), size)
    lines = [pan]
    small = float(np.clip(pan.cap * rng.uniform(0.55, 1.0), 1.8, 3.4))
    label = fonts.text(rng)
    other = font if rng.random() < 0.7 else fonts.flat(rng)
    below = pan.baseline + small + float(rng.uniform(2.2, 6.0))
    fits = below < tall - 2.5
    date_base = below if fits else pan.baseline - pan.cap - float(rng.uniform(3.0, 6.0))
    last = date_base
    if rng.random() < 0.88:
        date = LinePlan(
            "expiry",
            card.expiry,
            other,
            0,
            date_base,
            small,
            pitch if other is font else None,
            0.3,
            False,
            tracking,
        )
        date = fitted(replace(date, x=pan.x + float(rng.uniform(0, max(1.0, wide - pan.x - date.width - 6)))), size)
        lines += [
            date,
            *labels(
                rng, label, date, ("VALID THRU", "GOOD THRU", "EXP. DATE", "VALID UNTIL", "EXPIRES", "VALID THRU")
            ),
        ]
        if back or rng.random() < 0.2:
            code = plain_text(
                "other",
                f"{int(rng.integers(0, 1000)):03d}",
                other,
                date.x + date.width + float(rng.uniform(8, 14)),
                date_base,
                small,
            )
            if code.x + code.width < wide - 2:
                lines += [code, *labels(rng, label, code, ("CVV", "CVC2", "SECURITY CODE"))]
    if rng.random() < 0.8:
        base = last + (1 if fits else -1) * float(rng.uniform(4.2, 7.0))
        name = card.holder if rng.random() < 0.6 else card.holder.title()
        holder = plain_text(
            "holder",
            name,
            other if rng.random() < 0.5 else fonts.text(rng),
            pan.x,
            base,
            small * rng.uniform(0.7, 1.05),
        )
        if holder.cap + 2 < base < tall - 1.8:
            lines.append(fitted(holder, size))
    lines += small_print(rng, fonts, size, lines, int(rng.integers(2, 9)) if back else int(rng.integers(0, 5)))
    layout = "back" if back else "vertical" if tall > wide else _name(groups)
    return Plan(size, layout, "flat", card, tidied(lines))


def _stacked(rng: Rng, fonts: FontSet, card: CardText, size: tuple[float, float], *, back: bool) -> Plan:
    font, pitch, tracking = _number_font(rng, fonts)
    cap = float(rng.uniform(2.8, 5.0))
    leading = cap * float(rng.uniform(1.35, 1.8))
    count = len(card.pan) // 4
    top = (
        float(rng.uniform(0.2 * size[1], size[1] - leading * (count - 1) - 5))
        if size[1] > size[0]
        else float(rng.uniform(14, 22))
    )
    x = float(rng.uniform(4, size[0] - 24 if size[0] < 60 else size[0] - 30))
    lines = []
    for row in range(count):
        text = card.pan[4 * row : 4 * row + 4]
        lines.append(
            fitted(LinePlan("pan", text, font, x, top + row * leading, cap, pitch, 0.5, False, tracking), size)
        )
    small = cap * float(rng.uniform(0.55, 0.9))
    below = lines[-1].baseline + small + float(rng.uniform(2.0, 4.0))
    beside = x + lines[0].width + float(rng.uniform(5, 10))
    place = (x, below) if below < size[1] - 2.5 else (beside, lines[int(rng.integers(count))].baseline)
    date = LinePlan("expiry", card.expiry, font, *place, small, pitch, 0.3, False, tracking)
    if place[0] + date.width < size[0] - 2:
        lines += [date, *labels(rng, fonts.text(rng), date, ("VALID THRU", "EXP", "EXPIRES"))]
    if rng.random() < 0.7:
        holder = plain_text("holder", card.holder, fonts.text(rng), x, float(rng.uniform(6, size[1] - 3)), small)
        lines += clear(lines, [fitted(holder, size)])
    lines += small_print(rng, fonts, size, lines, int(rng.integers(0, 6)))
    return Plan(size, "back" if back else "stacked", "flat", card, tidied(lines))
