"""Faces without a bank card's number: what a card reader meets all day and must stay silent about.

Numbers on them are other than a card's: member numbers of 6–13 digits, dates of birth, document numbers, serials,
telephone numbers, masked numbers on receipts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from scanapp.synth.cards import art_things as things
from scanapp.synth.cards.art_colour import colour
from scanapp.synth.cards.art_sheet import Sheet, digits
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.maps import Face
from scanapp.synth.cards.numbers import holder_name

Rng = np.random.Generator
CARD = (85.6, 53.98)
_SHOPS = (
    "Happy Points|BONUS CLUB|REWARDS|Fresh Market|book corner|STAR PLUS|"
    "Family Card|PETS & CO|City Library|GYM 24|Coffee+"
)


def other_face(rng: Rng, *, ppmm: float = 8.0, kind: str | None = None, fonts: FontSet) -> Face:
    """A random thing of a ``kind`` in `KINDS` (any by default) with ``pan == ""``; ValueError for another.

    Card-like kinds have a card's size, half of the loyalty and gift cards upright; others have their own shape.
    """
    if kind is None:
        weights = np.array([weight for _, weight in KINDS.values()])
        kind = str(rng.choice(list(KINDS), p=weights / weights.sum()))
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}")
    return KINDS[kind][0](rng, fonts, ppmm).face(kind)


def _card(rng: Rng, fonts: FontSet, ppmm: float, upright: float = 0.0) -> Sheet:
    size = (CARD[1], CARD[0]) if rng.random() < upright else CARD
    return Sheet.new(rng, fonts, ppmm, size)


def _member_number(rng: Rng) -> str:
    forms: tuple[tuple[int, ...], ...] = (
        (8,),
        (9,),
        (10,),
        (13,),
        (3, 3, 3),
        (2, 3, 3),
        (4, 4),
        (5, 5),
        (6, 3),
        (3, 4, 4),
        (4, 4, 2),
    )
    number = digits(rng, *forms[int(rng.integers(len(forms)))])
    return str(rng.choice(["", "", "No. ", "ID ", "Member ", "# "])) + number


def loyalty(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A shop's or library's card: a name, a bar code or matrix code, a member number flat or embossed."""
    sheet = _card(rng, fonts, ppmm, 0.25)
    wide, tall = sheet.size_mm
    cap = rng.uniform(4, 8)
    sheet.text(str(rng.choice(_SHOPS.split("|"))), rng.uniform(4, 12), rng.uniform(cap + 3, 20), cap)
    mode = rng.random()
    y = rng.uniform(0.55, 0.75) * tall
    if mode < 0.5:
        sheet.bars(x := rng.uniform(4, wide * 0.25), y, rng.uniform(0.75, 0.95) * wide, y + rng.uniform(6, 11))
        sheet.text(_member_number(rng), x + 3, min(y + 13.5, tall - 2), rng.uniform(1.6, 2.6), font=fonts.flat(rng))
    elif mode < 0.65:
        sheet.matrix(rng.uniform(5, wide - 24), y - 8, rng.uniform(12, 18))
        sheet.text(
            _member_number(rng),
            rng.uniform(4, 14),
            tall - rng.uniform(3, 7),
            rng.uniform(1.8, 3.5),
            font=fonts.flat(rng),
        )
    else:
        raised = rng.random() < 0.5
        font = fonts.embossed(rng) if raised else fonts.flat(rng)
        sheet.text(
            _member_number(rng), rng.uniform(4, 18), y, rng.uniform(2.5, 4.4), font=font, raised=raised, pitch=None
        )
        if rng.random() < 0.7:
            sheet.text(
                holder_name(rng),
                rng.uniform(4, 14),
                y + rng.uniform(5, 9),
                rng.uniform(2, 3),
                font=font,
                raised=raised,
            )
    if rng.random() < 0.3:
        sheet.text(
            str(rng.choice(["valid until ", "exp. ", "since "])) + _date(rng), 5, y - 6, rng.uniform(1.5, 2.6)
        )
    return sheet


def _date(rng: Rng) -> str:
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1940, 2040))
    return str(
        rng.choice(
            [f"{day:02d}.{month:02d}.{year}", f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}"]
        )
    )


def identity(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """An identity card, licence or badge: a portrait, labelled fields, a document number, at times OCR lines."""
    sheet = Sheet.new(
        rng, fonts, ppmm, CARD, str(rng.choice(["guilloche", "gradient", "plain", "chart", "letters"]))
    )
    sheet.box(0, 0, *CARD, (245, 245, 245), rng.uniform(0.3, 0.85))
    ink = colour(rng, None, 0.5, rng.uniform(0, 0.3))
    sheet.text(
        str(rng.choice(["IDENTITY CARD", "DRIVING LICENCE", "STUDENT ID", "HEALTH INSURANCE", "EMPLOYEE"])),
        5,
        7.5,
        3.2,
        ink=ink,
    )
    left = rng.random() < 0.75
    sheet.portrait(4 if left else 58, 11, rng.uniform(17, 24))
    x = 33.0 if left else 5.0
    number = "".join(rng.choice(list("ABCDEFGHKLMNPRTXYZ0123456789"), int(rng.integers(7, 12))))
    values = [holder_name(rng), _date(rng), str(rng.choice(["UTOPIA", "NORTHLAND", "CITY"])), _date(rng), number]
    labels = ["1. Name", "3. Date of birth", "Nationality", "4b. Expiry", "5. No."]
    step = rng.uniform(5.5, 6.5)
    for row, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 14 + row * step
        sheet.text(label, x, y, 1.1, ink=ink)
        sheet.text(
            value, x, y + 3.0, rng.uniform(1.9, 2.4), ink=(25, 25, 25), font=fonts.flat(rng) if row == 4 else None
        )
    if rng.random() < 0.35:
        sheet.box(0, 42, *CARD, (245, 245, 245), 0.7)
        font = fonts.ocr[-1] if fonts.ocr else fonts.flat(rng)
        for row in range(2):
            text = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVXYZ0123456789<<<<"), 21)) + "<<<" + digits(rng, 6)
            sheet.text(text, 4, 46.5 + 4.5 * row, 2.4, ink=(20, 20, 20), font=font)
    return sheet


def gift(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A gift, hotel or transit card: artwork, words, an amount, no number."""
    sheet = _card(rng, fonts, ppmm, 0.4)
    wide, tall = sheet.size_mm
    cap = rng.uniform(4, 9)
    sheet.text(
        str(rng.choice(["GIFT CARD", "Thank you!", "ROOM KEY", "TRANSIT", "Happy Birthday", "DAY PASS", "SIM"])),
        5,
        rng.uniform(cap + 2, tall - 6),
        cap,
    )
    if rng.random() < 0.6:
        amount = f"{rng.choice(['$', '', 'EUR '])}{rng.choice([10, 20, 25, 50, 100])}"
        sheet.text(amount, wide * rng.uniform(0.4, 0.7), rng.uniform(12, tall - 3), rng.uniform(4, 9))
    if rng.random() < 0.3:
        ribbon = colour(rng)
        sheet.box(wide * 0.7, 0, wide * 0.77, tall, ribbon)
        sheet.box(0, tall * 0.45, wide, tall * 0.56, ribbon)
    return sheet


def back(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A bank card's back without a number: magnetic stripe, signature panel with a security code, small print."""
    sheet = Sheet.new(rng, fonts, ppmm, CARD, str(rng.choice(["plain", "gradient", "brushed", "stripes"])))
    top = rng.uniform(3, 7)
    sheet.box(0, top, CARD[0], top + rng.uniform(9, 13), colour(rng, 0.07, 0.3, rng.uniform(0.02, 0.25)))
    y = top + rng.uniform(15, 18)
    end = rng.uniform(48, 70)
    sheet.box(4, y, end, y + 8, (238, 238, 236))
    for n in range(int(rng.integers(0, 24))):
        sheet.rule(4, y + n * 0.6 % 8, end, y + n * 0.6 % 8, colour(rng, None, 0.15, 0.85), 0.1)
    turn = np.linspace(0, rng.uniform(10, 25), 30)
    for a, b in pairwise(turn):
        sheet.rule(
            8 + a * 1.4, y + 4 + 2 * np.sin(a * 1.7), 8 + b * 1.4, y + 4 + 2 * np.sin(b * 1.7), (90, 40, 20), 0.3
        )
    sheet.text(
        digits(rng, 3) if rng.random() < 0.7 else digits(rng, 4, 3),
        end + 2,
        y + 5,
        rng.uniform(2.2, 3.2),
        font=fonts.flat(rng),
    )
    small = rng.uniform(0.9, 1.5)
    for row in range(int(rng.integers(2, 6))):
        words = [
            "Customer service +1 " + digits(rng, 3, 3, 4),
            "This card is property of the bank.",
            "www.example.com",
            "NOT TRANSFERABLE",
        ]
        line = y + 12 + row * small * 2
        if line < CARD[1] - 2:
            sheet.text(words[int(rng.integers(4))], 5, line, small)
    return sheet


def business(rng: Rng, fonts: FontSet, ppmm: float) -> Sheet:
    """A visiting card: name, title, telephone numbers, address."""
    pale = colour(rng, None, 0.1 * rng.random(), rng.uniform(0.85, 1.0))
    sheet = Sheet.new(rng, fonts, ppmm, (85.0, 55.0), pale if rng.random() < 0.7 else None)
    x, y = rng.uniform(5, 35), rng.uniform(12, 24)
    ink = sheet.ink(x, y, 40, 10)
    sheet.text(holder_name(rng).title(), x, y, rng.uniform(2.5, 4), ink=ink)
    sheet.text(
        str(rng.choice(["Sales Manager", "Architect", "Dr. med.", "Engineer", "Owner"])), x, y + 4.5, 1.7, ink=ink
    )
    rows = [
        "Tel. +" + digits(rng, 2, 3, 7),
        "Mobile " + digits(rng, 4, 7),
        "name@example.com",
        digits(rng, 2) + " High Street, " + digits(rng, 5),
    ]
    small = rng.uniform(1.4, 2.1)
    for row, text in enumerate(rows):
        sheet.text(text, x, y + 12 + row * small * 1.8, small, ink=ink)
    if rng.random() < 0.6:
        sheet.box(4, 4, rng.uniform(8, 20), rng.uniform(7, 12), colour(rng))
    return sheet


Maker = Callable[[Rng, FontSet, float], Sheet]
KINDS: dict[str, tuple[Maker, float]] = {
    "loyalty": (loyalty, 3.0),
    "identity": (identity, 2.0),
    "gift": (gift, 1.5),
    "back": (back, 1.5),
    "business": (business, 1.0),
    "phone": (things.phone, 1.0),
    "receipt": (things.receipt, 1.0),
    "notebook": (things.notebook, 0.7),
    "book": (things.book, 0.7),
    "envelope": (things.envelope, 0.7),
    "banknote": (things.banknote, 0.7),
    "keypad": (things.keypad, 0.7),
}
