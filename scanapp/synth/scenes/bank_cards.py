"""Bank cards in a hand's reach: embossed and printed, upright and upside down, in glare and in the dark.

All numbers are test numbers that networks and payment services publish for developers; banks and names are
invented.
"""

from __future__ import annotations

from dataclasses import replace

from scanapp.synth.art import BankCard, CardLine, Fabric, Laminate, Plain
from scanapp.synth.art.bank_card import CORNER, LONG, SHORT, embossed
from scanapp.synth.scene import (
    CameraPath,
    Hunt,
    Key,
    Label,
    Light,
    Move,
    Optics,
    Scene,
    Shade,
    Surface,
    Tremor,
)
from scanapp.synth.scenes import props
from scanapp.synth.scenes.card_props import lying, table, thumb

PIPELINE = "card_binding"


def card_embossed() -> Scene:
    """An embossed card with silver tips on a table; the phone comes near and swings a little."""
    card = embossed(
        "5200 8282 8282 8210",
        "09/31",
        "ADA SPECIMEN",
        "HERON BANK",
        art="guilloche",
        seed=5,
        tone=((30, 52, 96), 0.6),
    )
    keys = (
        Key(0.0, (90, 130, -330), (60, 30, 0), 6),
        Key(1.0, (30, 60, -190), (6, 6, 0), 2),
        Key(2.2, (-16, 30, -152), (0, 2, 0), -2),
        Key(4.0, (14, 24, -148), (1, 2, 0), 1),
    )
    return Scene(
        "card_embossed",
        (
            table((140, 100, 66)),
            props.coin((78, 48, -1)),
            lying(card, -3),
        ),
        CameraPath(keys, Tremor(1.1, 0.22)),
        seconds=4.0,
        pipeline=PIPELINE,
        seed=101,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-260, -320, -420), level=0.55),
    )


def card_flat() -> Scene:
    """A card with small printed digits on a busy picture; the autofocus loses itself once."""
    lines = (
        CardLine("other", "plover direct", (6.0, 10.5), 4.0),
        CardLine("pan", "4000 0566 5566 5556", (6.5, 38.5), 3.1, "sans"),
        CardLine("other", "valid thru", (6.5, 44.6), 1.3),
        CardLine("expiry", "11/30", (16.0, 44.8), 2.3),
        CardLine("holder", "GRACE SPECIMEN", (6.5, 49.6), 2.3),
    )
    card = BankCard(lines, art="mountains", seed=8, tone=((24, 34, 52), 0.45))
    keys = (
        Key(0.0, (-70, -60, -300), (-40, -20, 0), -7),
        Key(0.9, (-20, 10, -180), (0, 0, 0), -3),
        Key(2.4, (10, 22, -146), (0, 2, 0), 3),
        Key(4.2, (-6, 26, -150), (0, 1, 0), 1),
    )
    return Scene(
        "card_flat",
        (
            Surface(Fabric(900, 700, (150, 138, 120), 1.3)),
            props.pen((82, 20, -3), 70),
            lying(card, 4, gloss=0.2),
        ),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=4.2,
        pipeline=PIPELINE,
        seed=102,
        optics=Optics(shutter=1 / 110, hunts=(Hunt(0.8, 0.7, 1.4),)),
        light=Light(at=(240, -360, -460), level=0.55),
    )


def card_vertical() -> Scene:
    """A card that stands on its short side, its number in one printed line, held before a wall."""
    lines = (
        CardLine("other", "dunlin", (5.5, 10.0), 4.2),
        CardLine("pan", "2223 0031 2200 3222", (4.6, 60.5), 2.55, "sans"),
        CardLine("other", "VALID THRU", (5.0, 67.6), 1.2),
        CardLine("expiry", "04/32", (15.6, 67.8), 2.2),
        CardLine("holder", "IDA SPECIMEN", (5.0, 74.0), 2.2),
    )
    card = BankCard(lines, art="shapes", seed=13, tone=((120, 34, 60), 0.55), upright=True)
    keys = (
        Key(0.0, (40, -120, -370), (20, -60, -30), -6),
        Key(1.1, (20, 0, -225), (4, 2, -30), -3),
        Key(2.1, (-12, 16, -172), (0, 4, -30), 2),
        Key(3.2, (8, 14, -176), (0, 4, -30), 0),
    )
    held = Surface(
        Plain(SHORT, LONG, alpha=0), (Label(card, id="card"),), at=(0, 0, -30), gloss=0.2, polish=90, corner=CORNER
    )
    return Scene(
        "card_vertical",
        (
            props.wall(420, (168, 178, 186)),
            replace(held, turn=(6.0, -4.0, 2.0)),
            thumb((8, 41.5, -31), 8),
        ),
        CameraPath(keys, Tremor(1.4, 0.28), hfov=38.0),
        size=(720, 1280),
        seconds=3.2,
        pipeline=PIPELINE,
        seed=103,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-280, -300, -460), level=0.55),
    )


def card_stacked() -> Scene:
    """A printed number in four rows of four, lying askew."""
    rows = ("6011", "0009", "9013", "9424")
    lines = (
        CardLine("other", "sandpiper", (52.0, 11.0), 3.6),
        *(CardLine("pan", row, (42.0, 22.0 + 6.2 * k), 3.7, "ocrb") for k, row in enumerate(rows)),
        CardLine("other", "GOOD THRU", (64.0, 35.4), 1.2),
        CardLine("expiry", "01/33", (64.0, 40.6), 2.5, "ocrb"),
        CardLine("holder", "NOOR SPECIMEN", (8.0, 47.6), 2.3),
    )
    card = BankCard(lines, art="low_poly", seed=4, tone=((18, 96, 88), 0.6), mark=False)
    keys = (
        Key(0.0, (120, 20, -310), (70, 0, 0), 14),
        Key(1.0, (30, 30, -190), (6, 4, 0), 12),
        Key(2.4, (-10, 26, -150), (0, 2, 0), 9),
        Key(4.0, (12, 18, -146), (2, 0, 0), 12),
    )
    return Scene(
        "card_stacked",
        (
            Surface(Laminate(900, 700, (202, 198, 190))),
            props.cable((-70, -64, -1), 30),
            lying(card, -9, gloss=0.25),
        ),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=4.0,
        pipeline=PIPELINE,
        seed=104,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-200, -420, -440), level=0.6),
    )


def card_upside_down() -> Scene:
    """An embossed card with golden tips, shown upside down."""
    card = embossed(
        "4012 8888 8888 1881",
        "06/29",
        "OTTO SPECIMEN",
        "AVOCET UNION",
        art="carbon",
        seed=21,
        tone=((26, 26, 30), 0.55),
        foil=((222, 180, 92), 0.8),
        wear=0.5,
    )
    keys = (
        Key(0.0, (-110, 40, -320), (-60, 10, 0), -4),
        Key(1.0, (-24, 40, -190), (-2, 4, 0), 0),
        Key(2.0, (14, 24, -150), (0, 0, 0), 4),
        Key(3.2, (-8, 28, -148), (0, 1, 0), 1),
    )
    return Scene(
        "card_upside_down",
        (
            Surface(Fabric(900, 700, (176, 166, 150), 1.2)),
            props.coin((-70, 50, -1), 9.5),
            lying(card, 177),
        ),
        CameraPath(keys, Tremor(1.1, 0.22)),
        seconds=3.2,
        pipeline=PIPELINE,
        seed=105,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-240, -340, -430), level=0.6),
    )


def card_glare() -> Scene:
    """A lamp's reflection sweeps over an embossed card with fifteen digits, from end to end."""
    card = embossed(
        "3782 822463 10005",
        "12/30",
        "LEO SPECIMEN",
        "GODWIT",
        first=11.0,
        art="gradient",
        seed=31,
        tone=((52, 112, 96), 0.65),
    )
    keys = (
        Key(0.0, (50, 90, -290), (20, 20, 0), 4),
        Key(0.9, (8, 30, -175), (0, 4, 0), 1),
        Key(2.6, (-6, 24, -150), (0, 2, 0), -2),
        Key(5.0, (10, 24, -150), (0, 2, 0), 1),
    )
    lamp = (Move(0.0, (-130, 0, 0)), Move(1.2, (-100, 0, 0)), Move(4.2, (120, 20, 0)), Move(5.0, (150, 20, 0)))
    return Scene(
        "card_glare",
        (table((96, 70, 52)), lying(card, 2, gloss=0.6, polish=140)),
        CameraPath(keys, Tremor(0.9, 0.18)),
        seconds=5.0,
        pipeline=PIPELINE,
        seed=106,
        optics=Optics(shutter=1 / 120),
        light=Light(at=(0, -36, -330), level=0.5, ambient=0.62, moves=lamp),
    )


def card_dark_shake() -> Scene:
    """Low light, a long exposure and a nervous hand; it calms down for moments."""
    card = embossed(
        "5105 1051 0510 5100",
        "03/28",
        "MAX SPECIMEN",
        "KNOT & SONS",
        art="sunburst",
        seed=44,
        tone=((96, 44, 26), 0.6),
        foil=((226, 222, 210), 0.1),
        wear=0.7,
    )
    keys = (
        Key(0.0, (60, 80, -260), (24, 20, 0), 5),
        Key(0.9, (16, 40, -170), (2, 4, 0), 2),
        Key(2.4, (-12, 22, -146), (0, 2, 0), -2),
        Key(4.0, (8, 28, -150), (0, 3, 0), 2),
    )
    return Scene(
        "card_dark_shake",
        (table((120, 90, 64)), props.mug((140, -60, -40)), lying(card, -5)),
        CameraPath(keys, Tremor(1.8, 0.42, high=7.0)),
        seconds=4.0,
        pipeline=PIPELINE,
        seed=107,
        optics=Optics(shutter=1 / 45, noise=1.15),
        light=Light(
            at=(-200, -260, -380), level=0.055, tint=(1.06, 1.0, 0.9), shades=(Shade((90, 70, 0), 150, 0.4),)
        ),
        max_bytes=1_700_000,
    )


def card_two() -> Scene:
    """Two cards, one after the other in the same place: the first is drawn away, the second laid there."""
    first = BankCard(
        (
            CardLine("other", "curlew", (6.0, 11.0), 4.4),
            CardLine("pan", "3566 0020 2036 0505", (7.0, 35.5), 3.5, "ocrb"),
            CardLine("other", "VALID THRU", (7.0, 42.4), 1.3),
            CardLine("expiry", "08/32", (18.0, 42.6), 2.5, "ocrb"),
            CardLine("holder", "UNA SPECIMEN", (7.0, 48.4), 2.4),
        ),
        art="stripes",
        seed=52,
        tone=((20, 74, 120), 0.6),
    )
    second = embossed(
        "4242 4242 4242 4242",
        "02/29",
        "RAY SPECIMEN",
        "GODWIT",
        art="marble",
        seed=53,
        tone=((70, 30, 76), 0.55),
    )
    keys = (
        Key(0.0, (60, 70, -300), (20, 16, 0), 4),
        Key(0.9, (12, 34, -168), (0, 3, 0), 1),
        Key(2.6, (-8, 26, -154), (0, 2, 0), -1),
        Key(5.0, (8, 26, -156), (0, 2, 0), 1),
    )
    away, here = (-330.0, 60.0, 0.0), (0.0, 0.0, 0.0)
    leaves = (Move(2.1, here), Move(2.6, away))
    comes = (Move(2.4, (340.0, 30.0, 0.0)), Move(2.95, here))
    return Scene(
        "card_two",
        (
            Surface(Laminate(1000, 800, (150, 158, 160))),
            replace(lying(first, -4, id="first"), moves=leaves),
            replace(lying(second, 5, id="second"), moves=comes),
        ),
        CameraPath(keys, Tremor(0.9, 0.18)),
        seconds=5.0,
        pipeline=PIPELINE,
        seed=108,
        optics=Optics(shutter=1 / 120),
        light=Light(at=(-260, -320, -430), level=0.6),
    )
