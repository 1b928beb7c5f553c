"""Small printed things on a table: cards, passes, signs for guests, parts."""

from __future__ import annotations

from scanapp.synth.art import Canvas, Code, Drawing, Fabric, Laminate, Paper, Plain, Text, Wood
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

BOARDING = "M1HERON/ADA           EXK9QZ2 ABCXYZXH 0417 331Y014C0042 100"
"""One leg, laid out as IATA resolution 792 prescribes; nobody flies with it."""


def tiny_datamatrix() -> Scene:
    """A four-millimetre DataMatrix on a circuit board: little depth of field, every tremor counts."""
    code = Code("DataMatrix", "SN4471-0093", 0.27, quiet=2, ink=(20, 30, 24), paper=(226, 230, 224))
    board = Surface(
        Drawing(150, 100, _board), (Label(code, at=(4, 3), turn=7, id="part"),), at=(0, 0, -2), shadow=2
    )
    keys = (
        Key(0.0, (26, 30, -190), (10, 6, 0), 6),
        Key(1.5, (8, 14, -118), (5, 4, 0), 2),
        Key(3.2, (0, 10, -104), (4, 3, 0), -4),
        Key(5.0, (8, 12, -108), (4, 3, 0), -2),
    )
    return Scene(
        "tiny_datamatrix",
        (Surface(Laminate(600, 500, (98, 112, 132))), board),
        CameraPath(keys, Tremor(0.45, 0.14)),
        seconds=5.0,
        pipeline="codes",
        seed=31,
        optics=Optics(shutter=1 / 120, hunts=(Hunt(1.7, 0.7, 1.2),)),
        light=Light(at=(-160, -220, -300), level=0.6),
    )


def hide_and_show() -> Scene:
    """A code, shown for two seconds, under a notebook for four, and shown again: two confirmations are right."""
    ticket = Surface(
        Paper(92, 92, (244, 240, 228)),
        (Label(Code("QRCode", "TICKET-58213-ROW-C", 2.0), id="ticket"),),
        at=(0, 0, -1),
        turn=(0, 0, 4),
        shadow=1.5,
    )
    away, over = (330.0, 40.0, 0.0), (8.0, 0.0, 0.0)
    slide = (Move(1.9, away), Move(2.35, over), Move(6.3, over), Move(6.8, away))
    book = props.notebook((0, 0, -14), 86)
    cover = Surface(book.ground, at=book.at, turn=book.turn, shadow=book.shadow, gloss=book.gloss, moves=slide)
    keys = (
        Key(0.0, (16, 60, -300), (4, 4, 0), 2),
        Key(4.0, (-10, 50, -270), (0, 0, 0), -2),
        Key(8.6, (12, 58, -285), (2, 2, 0), 1),
    )
    return Scene(
        "hide_and_show",
        (
            Surface(Laminate(1200, 900, (186, 178, 166))),
            props.pen((-110, 50, -3), 70, (40, 90, 60)),
            props.coin((88, -66, -1)),
            ticket,
            cover,
        ),
        CameraPath(keys, Tremor(1.0, 0.18)),
        seconds=8.6,
        pipeline="everything",
        seed=8,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-300, -400, -600), level=0.5),
    )


def wifi_inverse() -> Scene:
    """Light modules on a dark board: the Wi-Fi of a guest house."""
    code = Code(
        "QRCode",
        "WIFI:T:WPA;S:Marsh House Guests;P:reed-warbler-42;;",
        1.8,
        ink=(236, 232, 220),
        paper=(38, 42, 44),
    )
    sign = Surface(
        Paper(130, 150, (38, 42, 44)),
        (
            Label(Text(("Guest Wi-Fi",), em=14, ink=(236, 232, 220), required=False), (0, -54), id="title"),
            Label(code, at=(0, 15), id="wifi"),
        ),
        at=(0, -4, 0),
        turn=(10, -6, 0),
        shadow=4,
        gloss=0.10,
        polish=25,
        corner=5,
    )
    keys = (
        Key(0.0, (-150, -50, -440), (-60, -20, 0), -5),
        Key(1.3, (-60, -24, -330), (-4, 0, 0), 2),
        Key(3.0, (10, -16, -265), (0, 2, 0), -2),
        Key(4.0, (30, -22, -275), (0, 0, 0), 1),
    )
    return Scene(
        "wifi_inverse",
        (
            props.wall(380, (196, 188, 172)),
            Surface(Wood(1500, 700, (184, 150, 110)), at=(0, 71, 120), turn=(0, -90, 0)),
            Surface(Drawing(80, 120, _vase), at=(150, 18, 110), shadow=3),
            sign,
        ),
        CameraPath(keys, Tremor(1.3, 0.24)),
        seconds=4.0,
        pipeline="everything",
        seed=42,
        optics=Optics(shutter=1 / 100),
        light=Light(at=(300, -500, -450), level=0.45),
        exposure=0.7,
    )


def boarding_pass() -> Scene:
    """A boarding pass at 1080p: PDF417 on the pass, Aztec on the stub, small print around them."""
    rows = ("HERON / ADA", "XH 417   ABC to XYZ", "Gate B7   Seat 14C")
    paper = Surface(
        Paper(190, 82, (249, 249, 250)),
        (
            Label(Drawing(190, 15, lambda c: c.blend(0, 0, 190, 15, (190, 70, 60), (160, 48, 48))), at=(0, -33.5)),
            Label(
                Text(("CROSSHILL AIR",), em=8, ink=(252, 248, 240), bold=0.02, required=False),
                (-58, -33.5),
                id="airline",
            ),
            Label(Text(rows, em=5.6, required=False), at=(-60, -7), id="rows"),
            Label(Code("PDF417", BOARDING, 0.42, quiet=3), at=(-20, 25), id="pass"),
            Label(Drawing(1, 82, _perforation), at=(52, 0)),
            Label(Code("Aztec", BOARDING, 0.95, quiet=3), at=(73, 12), id="stub"),
        ),
        at=(0, 0, -1.5),
        turn=(0, 0, -4),
        shadow=1.5,
        gloss=0.05,
    )
    keys = (
        Key(0.0, (-70, 80, -290), (-34, 14, 0), -2),
        Key(1.5, (-24, 50, -205), (-12, 8, 0), 1),
        Key(3.4, (24, 44, -200), (14, 6, 0), -2),
        Key(5.0, (32, 48, -215), (18, 6, 0), -1),
    )
    return Scene(
        "boarding_pass",
        (Surface(Fabric(900, 700, (72, 84, 104))), props.pen((-150, -60, -3), 20, (120, 40, 40)), paper),
        CameraPath(keys, Tremor(0.9, 0.16)),
        seconds=5.0,
        pipeline="codes",
        size=(1920, 1080),
        seed=17,
        optics=Optics(shutter=1 / 130),
        light=Light(at=(-250, -380, -520), level=0.55, shades=(Shade((-90, 60, 0), 150, 0.45),)),
        max_bytes=1_600_000,
    )


def membership_card() -> Scene:
    """A laminated loyalty card; the lamp's reflection wanders over it."""
    card = Surface(
        Drawing(96, 60, _card),
        (
            Label(
                Text(("Plover Books",), em=9, ink=(250, 246, 236), bold=0.02, required=False), (-14, -19), id="shop"
            ),
            Label(
                Text(("Reader's Card",), em=4.8, ink=(222, 230, 226), required=False), (-25, -8.5), id="card_name"
            ),
            Label(Plain(76, 27, (249, 249, 247)), at=(0, 12)),
            Label(Code("Code128", "PB20418837", 0.46, bars=17, quiet=8), at=(0, 12), id="member"),
        ),
        at=(0, 0, -1),
        turn=(0, 0, -6),
        shadow=1.5,
        gloss=0.55,
        polish=160,
        corner=4,
    )
    keys = (
        Key(0.0, (66, 104, -230), (6, 8, 0), 3),
        Key(1.1, (58, 92, -190), (0, 6, 0), -3),
        Key(2.5, (-30, -10, -175), (0, 2, 0), -4),
        Key(4.0, (14, 26, -165), (2, 3, 0), -2),
        Key(5.0, (18, 30, -172), (2, 3, 0), -3),
    )
    return Scene(
        "membership_card",
        (
            Surface(Fabric(800, 700, (112, 74, 70), 1.4)),
            props.blank_card((88, -52, -0.5), 22, (196, 206, 212)),
            props.coin((-84, 54, -1), 10.0, (176, 178, 180)),
            card,
        ),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=5.0,
        pipeline="membership",
        seed=23,
        optics=Optics(shutter=1 / 100),
        light=Light(at=(-190, -190, -420), level=0.45),
    )


def _board(c: Canvas) -> None:
    c.box(0, 0, 150, 100, (26, 84, 58), 3)
    for k in range(26):
        y = 6 + k * 3.5
        bend = 30 + (k * 37) % 60
        c.line([(6, y), (bend, y), (bend + 8, y + 3), (143, y + 3)], 0.35, (38, 108, 76), round_ends=False)
    for k in range(46):
        c.disc(8 + (k * 53) % 136, 8 + (k * 29) % 86, 0.9, (170, 150, 84))
        c.disc(8 + (k * 53) % 136, 8 + (k * 29) % 86, 0.4, (30, 40, 34))
    for x, y, wide, high in ((28, 22, 22, 22), (96, 18, 30, 14), (104, 62, 20, 20), (30, 66, 26, 12)):
        for pin in range(int(wide / 2) - 1):
            c.box(x + 1.5 + pin * 2, y - 1.6, x + 2.4 + pin * 2, y + high + 1.6, (186, 188, 190))
        c.box(x, y, x + wide, y + high, (34, 35, 38), 0.6)
        c.disc(x + 2.4, y + 2.4, 0.8, (60, 62, 66))
    c.box(70, 42, 89, 64, (226, 230, 224), 0.6)
    for k in range(9):
        c.box(62 + k * 4, 74, 64.4 + k * 4, 79, (150, 120, 90), 0.3)
        c.box(62 + k * 4, 74, 64.4 + k * 4, 75, (196, 198, 200))
        c.box(62 + k * 4, 78, 64.4 + k * 4, 79, (196, 198, 200))


def _vase(c: Canvas) -> None:
    c.polygon([(24, 60), (56, 60), (66, 90), (58, 119), (22, 119), (14, 90)], (92, 120, 134))
    for k in range(7):
        c.line([(40, 62), (10 + k * 10, 4 + (k * 13) % 22)], 1.1, (70, 110, 64))
        c.disc(10 + k * 10, 6 + (k * 13) % 22, 5, (212, 168 - 8 * k, 96 + 8 * k))


def _perforation(c: Canvas) -> None:
    for k in range(27):
        c.disc(0.5, 1.5 + k * 3, 0.4, (150, 150, 156))


def _card(c: Canvas) -> None:
    c.blend(0, 0, 96, 60, (28, 92, 96), (18, 60, 74))
    c.disc(84, 10, 26, (36, 112, 110))
    c.disc(90, 4, 16, (52, 134, 126))
