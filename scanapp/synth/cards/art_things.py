"""Things near a till that are no cards: phones, receipts, notebooks, books, envelopes, banknotes, keypads."""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.synth.cards.art_colour import colour
from scanapp.synth.cards.art_sheet import Sheet, digits
from scanapp.synth.cards.artwork import artwork
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.numbers import holder_name

Rng = np.random.Generator
_WORDS = [
    "total",
    "market",
    "paper",
    "invoice",
    "street",
    "apples",
    "account",
    "letter",
    "order",
    "green",
    "monday",
    "items",
]


def _phrase(rng: Rng, count: int) -> str:
    return " ".join(str(word) for word in rng.choice(_WORDS, count))


def phone(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A telephone that shows a picture, messages, or a dial with a number."""
    wide = rng.uniform(64, 78)
    tall = wide * rng.uniform(1.9, 2.2)
    sheet = Sheet.new(rng, fonts, ppmm, (wide, tall), (18, 18, 18))
    rim = rng.uniform(1.5, 4)
    a, b, c, d = sheet.px(rim, rim * 2, wide - rim, tall - rim * 2)
    shown = (
        artwork(rng, c - a, d - b)
        if rng.random() < 0.5
        else np.full((d - b, c - a, 3), colour(rng, None, 0.1), np.uint8)
    )
    sheet.albedo[b:d, a:c] = shown
    sheet.text(f"{int(rng.integers(24)):02d}:{int(rng.integers(60)):02d}", rim + 3, rim * 2 + 5, rng.uniform(2, 3))
    mode = rng.random()
    if mode < 0.4:
        y = tall * 0.12
        while y < tall * 0.85:
            x, high = rim + rng.choice([3.0, 18.0]), rng.uniform(8, 20)
            bubble = colour(rng, None, 0.3 * rng.random())
            sheet.box(x, y, x + wide * 0.6, y + high, bubble)
            sheet.text(
                _phrase(rng, 4), x + 2, y + 5, 2.0, ink=(20, 20, 20) if sum(bubble) > 380 else (240, 240, 240)
            )
            y += high + 4
    elif mode < 0.7:
        sheet.text("+" + digits(rng, 2, 3, 3, 4), rim + 8, tall * 0.3, 4.0)
        for n in range(12):
            x, y = wide * (0.25 + 0.25 * (n % 3)), tall * (0.45 + 0.11 * (n // 3))
            sheet.text("123456789*0#"[n], x - 1.5, y, 4.5)
    return sheet


def receipt(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A till's slip: items with prices, a masked card number, terminal and trace numbers, a bar code."""
    wide, tall = rng.uniform(55, 82), rng.uniform(75, 150)
    tint = int(rng.uniform(220, 252))
    sheet = Sheet.new(rng, fonts, ppmm, (wide, tall), (tint - 6, tint - 2, tint))
    font = fonts.flat(rng)
    ink = colour(rng, 0.66, 0.4, rng.uniform(0.05, 0.4))
    cap = rng.uniform(1.5, 2.1)
    y = 7.0
    sheet.text(_phrase(rng, 2).upper(), wide * 0.25, y, cap * 1.5, ink=ink, font=font)
    rows: list[str] = [f"{_phrase(rng, 2)}  {rng.uniform(0.5, 60):.2f}" for _ in range(int(rng.integers(3, 11)))]
    rows += [
        "-" * 24,
        f"TOTAL EUR {rng.uniform(5, 300):.2f}",
        "CARD ****" + digits(rng, 4),
        "Terminal " + digits(rng, 8),
    ]
    rows += ["Trace-No. " + digits(rng, 6), "AID: A" + digits(rng, 13), digits(rng, 13), "Thank you!"]
    for text in rows:
        y += cap * 1.9
        if y < tall - 14:
            sheet.text(text, 4, y, cap, ink=ink, font=font)
    if rng.random() < 0.6:
        sheet.bars(8, tall - 12, wide - 8, tall - 3)
    return sheet


def notebook(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """Ruled, squared or plain paper, with a hand's scribbles or printed paragraphs on it."""
    wide = rng.uniform(70, 130)
    sheet = Sheet.new(rng, fonts, ppmm, (wide, wide * rng.uniform(0.6, 1.5)), (246, 248, 248))
    tall = sheet.size_mm[1]
    line = colour(rng, 0.6, 0.3, 0.85)
    step = rng.choice([5.0, 7.0, 9.0])
    mode = rng.random()
    if mode < 0.75:
        for y in np.arange(step, tall, step):
            sheet.rule(0, y, wide, y, line, 0.15)
    if mode < 0.35:
        for x in np.arange(step, wide, step):
            sheet.rule(x, 0, x, tall, line, 0.15)
    if rng.random() < 0.4:
        for y in np.arange(8, tall - 3, 4.5):
            sheet.text(_phrase(rng, int(wide / 14)), 6, y, 1.9, ink=(30, 30, 30))
        return sheet
    pen = colour(rng, 0.63, rng.uniform(0.2, 0.9), rng.uniform(0.1, 0.6))
    for y in np.arange(step * 2, tall * rng.uniform(0.3, 1), step):
        count = int(rng.integers(30, 90))
        path = np.stack(
            [np.linspace(6, wide * rng.uniform(0.4, 0.95), count), y - step * 0.45 * rng.random(count)], axis=1
        )
        cv2.polylines(
            sheet.albedo,
            [(path * ppmm * 8).astype(np.int32)],
            False,
            pen,
            max(1, round(0.35 * ppmm)),
            cv2.LINE_AA,
            3,
        )
    return sheet


def book(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A cover: artwork, a title, an author."""
    wide = rng.uniform(90, 130)
    sheet = Sheet.new(rng, fonts, ppmm, (wide, wide * rng.uniform(1.3, 1.6)))
    tall = sheet.size_mm[1]
    for row in range(int(rng.integers(1, 4))):
        sheet.text(_phrase(rng, 1).upper(), wide * 0.12, tall * (0.18 + 0.1 * row), rng.uniform(5, 10))
    sheet.text(holder_name(rng), wide * 0.12, tall * 0.9, rng.uniform(3, 5))
    sheet.box(0, 0, 3, tall, (0, 0, 0), 0.4)
    return sheet


def envelope(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """White or brown paper with an address, a stamp, a window, the flap's edges."""
    tone = colour(rng, 0.09, rng.choice([0.02, 0.1, 0.45]), rng.uniform(0.65, 0.98))
    sheet = Sheet.new(rng, fonts, ppmm, (160.0, rng.uniform(95, 115)), tone)
    wide, tall = sheet.size_mm
    ink = (40, 40, 40)
    x, y = (12.0, 55.0) if rng.random() < 0.5 else (80.0, 55.0)
    if rng.random() < 0.4:
        sheet.box(x - 4, y - 8, x + 70, y + 28, (240, 240, 240))
    for row, text in enumerate(
        [
            holder_name(rng),
            _phrase(rng, 1).title() + " " + digits(rng, 3),
            digits(rng, 5) + " " + _phrase(rng, 1).upper(),
        ]
    ):
        sheet.text(text, x, y + 6 * row, 2.8, ink=ink)
    if rng.random() < 0.7:
        a, b, c, d = sheet.px(wide - 32, 6, wide - 8, 34)
        sheet.albedo[b:d, a:c] = artwork(rng, c - a, d - b)
    if rng.random() < 0.4:
        shadow = tuple(int(v * 0.85) for v in tone)
        for end in (0.0, wide):
            sheet.rule(end, 0, wide / 2, tall * 0.6, shadow, 0.5)  # type: ignore[arg-type]
    return sheet


def banknote(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """Guilloche, a big figure, a portrait, a serial number."""
    wide = rng.uniform(120, 156)
    sheet = Sheet.new(rng, fonts, ppmm, (wide, wide * rng.uniform(0.42, 0.53)), "guilloche")
    tall = sheet.size_mm[1]
    sheet.box(0, 0, wide, tall, colour(rng, None, 0.2, 0.95), rng.uniform(0.2, 0.6))
    value = str(rng.choice([5, 10, 20, 50, 100, 200]))
    for x, y, cap in ((5, 16, 10), (wide - 28, tall - 5, 10), (wide - 16, 8, 5)):
        sheet.text(value, x, y, cap)
    sheet.portrait(wide * rng.uniform(0.3, 0.6), tall * 0.1, tall * 0.6)
    serial = "".join(rng.choice(list("ABDEFGHNPSUXZ"), 2)) + digits(rng, 10)
    sheet.text(serial, 8, tall - 6, 2.8, ink=(30, 30, 30), font=fonts.flat(rng))
    return sheet


def keypad(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A remote control or a calculator: rows of keys, most with a figure, a display at times."""
    wide = rng.uniform(45, 80)
    body = colour(rng, None, 0.15 * rng.random(), rng.choice([0.1, 0.25, 0.8]))
    sheet = Sheet.new(rng, fonts, ppmm, (wide, wide * rng.uniform(1.4, 3.2)), body)
    tall = sheet.size_mm[1]
    across = int(rng.integers(3, 6))
    top = rng.uniform(0.08, 0.3) * tall
    if rng.random() < 0.5:
        sheet.box(5, 5, wide - 5, top - 2, (150, 170, 160))
        sheet.text(digits(rng, 8), wide * 0.3, top - 4, min(6.0, max(1.0, top - 12)), ink=(20, 25, 20))
    cell = (wide - 8) / across
    key = colour(rng, None, 0.3 * rng.random())
    for n in range(across * max(1, int((tall - top - 5) / cell))):
        x, y = 4 + cell * (n % across), top + cell * (n // across)
        sheet.box(x + 0.12 * cell, y + 0.15 * cell, x + 0.88 * cell, y + 0.85 * cell, key)
        if rng.random() < 0.8:
            sheet.text("7894561230+-x=CM%"[n % 17], x + 0.32 * cell, y + 0.7 * cell, cell * 0.38)
    return sheet
