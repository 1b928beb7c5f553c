"""What card scenes share: a card on the table, the table, a thumb."""

from __future__ import annotations

from scanapp.synth.art import BankCard, Canvas, Drawing, Plain, Wood
from scanapp.synth.art.bank_card import CORNER
from scanapp.synth.art.canvas import Rgb
from scanapp.synth.scene import (
    Label,
    Surface,
    Vec3,
)


def lying(card: BankCard, turn: float, *, gloss: float = 0.28, polish: float = 110.0, id: str = "card") -> Surface:
    """The card, flat on what lies at depth 0."""
    return Surface(
        Plain(*card.size, alpha=0),
        (Label(card, id=id),),
        at=(0, 0, -0.8),
        turn=(0, 0, turn),
        gloss=gloss,
        polish=polish,
        shadow=0.9,
        corner=CORNER,
    )


def table(color: Rgb) -> Surface:
    """A wooden table's top, larger than any view."""
    return Surface(Wood(1000, 800, color), gloss=0.04, polish=15)


def thumb(at: Vec3, turn: float) -> Surface:
    """The end of a thumb that holds something from below."""

    def draw(c: Canvas) -> None:
        skin, shade, nail = (214, 164, 138), (182, 128, 104), (230, 190, 172)
        c.disc(13, 13, 11.5, shade)
        c.box(1.5, 13, 24.5, 59, shade, 3)
        c.disc(12.6, 12.6, 10.6, skin)
        c.box(2.4, 12.6, 22.6, 59, skin, 3)
        c.box(6.0, 3.6, 19.4, 17.5, nail, 5)

    return Surface(Drawing(26, 60, draw), at=(at[0], at[1] + 24, at[2]), turn=(0, 0, turn), shadow=1.5, gloss=0.08)
