"""What the card reader must refuse: a card without a number, a receipt with long ones."""

from __future__ import annotations

from scanapp.synth.art import BankCard, CardLine, Paper, Text
from scanapp.synth.scene import (
    CameraPath,
    Key,
    Label,
    Light,
    Optics,
    Scene,
    Surface,
    Tremor,
)
from scanapp.synth.scenes import props
from scanapp.synth.scenes.bank_cards import PIPELINE
from scanapp.synth.scenes.card_props import lying, table


def card_no_number() -> Scene:
    """A bank card's front as some banks have it, without a number: nothing may be read as one."""
    lines = (
        CardLine("other", "turnstone", (6.0, 11.5), 4.6),
        CardLine("other", "debit", (70.0, 10.5), 2.4),
        CardLine("other", "KAI SPECIMEN", (7.0, 47.5), 2.6),
        CardLine("other", "Member since 2019", (7.0, 42.0), 1.7),
        CardLine("other", "Help: 0800 555 0199", (46.0, 52.0), 1.2),
    )
    card = BankCard(lines, art="foliage", seed=61, tone=((36, 60, 48), 0.4))
    keys = (
        Key(0.0, (80, 90, -310), (40, 20, 0), 5),
        Key(1.0, (18, 36, -176), (2, 4, 0), 2),
        Key(2.0, (-10, 24, -150), (0, 0, 0), -2),
        Key(3.0, (12, 26, -146), (0, 2, 0), 1),
    )
    return Scene(
        "card_no_number",
        (table((168, 132, 92)), lying(card, -2, gloss=0.2)),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=3.0,
        pipeline=PIPELINE,
        seed=109,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-260, -320, -430), level=0.58),
    )


RECEIPT = (
    "BLUE HERON TEA",
    "Harbour Street 12",
    "",
    "2 Assam 100 g          9.80",
    "1 Strainer             4.50",
    "1 Tin, green           6.20",
    "TOTAL                 20.50",
    "",
    "CARD  ************8431",
    "VOUCHER",
    "9826 1000 4417 0034",
    "Valid thru 12/29",
    "REF 7004190226643158820",
    "Thank you!",
)
"""The voucher's number has a card's length and check digit, but no issuer of cards; the reference has 19 digits."""


def card_receipt() -> Scene:
    """A till's receipt with long numbers that are no card's."""
    slip = Surface(
        Paper(74, 112, (246, 245, 240)),
        (Label(Text(RECEIPT, em=4.1, leading=1.62, required=False), at=(0, 0), id="slip", required=False),),
        at=(0, 0, -1),
        turn=(0, 0, 3),
        shadow=1.0,
    )
    keys = (
        Key(0.0, (60, -50, -300), (20, -20, 0), 4),
        Key(1.1, (14, 20, -190), (0, 10, 0), 1),
        Key(2.1, (-8, 40, -150), (0, 18, 0), -2),
        Key(3.2, (8, 44, -152), (0, 20, 0), 1),
    )
    return Scene(
        "card_receipt",
        (table((110, 80, 58)), props.coin((60, -30, -1)), slip),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=3.2,
        pipeline=PIPELINE,
        seed=110,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-260, -320, -430), level=0.58),
    )
