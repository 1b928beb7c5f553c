"""Shelves, cartons and cans, with the codes that shops and warehouses print on them."""

from __future__ import annotations

from scanapp.synth.art import Canvas, Cardboard, Code, Drawing, Laminate, Paper, Plain, Text, Wood
from scanapp.synth.art.canvas import Rgb
from scanapp.synth.scene import (
    CameraPath,
    Focus,
    Hunt,
    Key,
    Label,
    Light,
    Optics,
    Scene,
    Surface,
    Tremor,
    Vec3,
)
from scanapp.synth.scenes import props


def carton(foot: Vec3, size: Vec3, color: Rgb, labels: tuple[Label, ...] = (), gloss: float = 0.0) -> list[Surface]:
    """A box: ``foot`` is the middle of its front's lower edge, ``size`` is (width, height, depth)."""
    x, y, z = foot
    width, height, depth = size
    middle, back = y - height / 2, z + depth / 2
    return [
        Surface(Paper(width, depth, color), at=(x, y - height, back), turn=(0, -90, 0)),
        Surface(Paper(depth, height, color), at=(x - width / 2, middle, back), turn=(90, 0, 0)),
        Surface(Paper(depth, height, color), at=(x + width / 2, middle, back), turn=(-90, 0, 0)),
        Surface(Paper(width + 0.8, height + 0.8, color), labels, at=(x, middle, z), gloss=gloss, polish=30),
    ]


def shelf_codes() -> Scene:
    """Five codes of five kinds on cartons and on the rail of a shelf, at 1080p: a slow walk along it."""
    tea = (
        Label(Drawing(110, 40, lambda c: c.blend(0, 0, 110, 40, (196, 84, 54), (150, 52, 40))), at=(0, -52)),
        Label(
            Text(("Morning Kite",), em=11, ink=(252, 246, 230), bold=0.02, required=False), (0, -52), id="tea_brand"
        ),
        Label(Code("EAN13", "4006040197386", 0.42, bars=22, quiet=9), at=(16, 42), id="tea"),
    )
    oats = (
        Label(Drawing(90, 90, _sun), at=(0, -36)),
        Label(Text(("Field Song",), em=11, ink=(70, 50, 20), bold=0.02, required=False), (0, 12), id="oats_brand"),
        Label(Code("QRCode", "https://fieldsong.example/oats?lot=7F21", 1.0), at=(0, 56), id="oats"),
    )
    parts = (
        Label(Plain(96, 62, (247, 246, 243)), at=(0, 6)),
        Label(Code("Code128", "BIN-0427-A", 0.45, bars=20, quiet=8), at=(0, -6), id="bin"),
        Label(Code("DataMatrix", "P/N 88-1204;S/N 000731", 0.85, quiet=2), at=(-30, 24), id="part"),
    )
    rail = (
        Label(Plain(58, 30, (250, 248, 240)), at=(-140, 0)),
        Label(Code("EAN8", "96385074", 0.42, bars=15, quiet=7), at=(-146, 0), id="rail"),
        Label(Plain(58, 30, (250, 248, 240)), at=(150, 0)),
    )
    surfaces = [
        Surface(Laminate(1800, 500, (150, 146, 138)), at=(0, -40, 260)),
        Surface(Wood(1800, 320, (178, 142, 100)), at=(0, 90, 100), turn=(0, -90, 0)),
        *carton((-330, 90, 60), (120, 190, 90), (96, 120, 96)),
        *carton((310, 90, 70), (130, 160, 90), (190, 170, 120)),
        *carton((-190, 90, 0), (110, 170, 80), (232, 214, 184), tea, 0.1),
        *carton((-38, 90, 30), (120, 190, 80), (236, 200, 108), oats, 0.06),
        Surface(Cardboard(160, 140), parts, at=(140, 20, 0), turn=(-8, 0, 0), shadow=4),
        Surface(Plain(1800, 38, (216, 220, 224)), rail, at=(0, 110, -58), gloss=0.15, polish=40),
    ]
    keys = (
        Key(0.0, (-230, -10, -400), (-200, 10, 0), 1),
        Key(1.6, (-150, 0, -365), (-140, 22, 0), -1),
        Key(4.4, (80, 0, -365), (70, 22, 0), 1),
        Key(6.0, (130, -10, -390), (110, 15, 0), 0),
    )
    return Scene(
        "shelf_codes",
        tuple(surfaces),
        CameraPath(keys, Tremor(1.2, 0.16)),
        seconds=6.0,
        pipeline="codes",
        size=(1920, 1080),
        seed=11,
        optics=Optics(shutter=1 / 160),
        light=Light(at=(-100, -700, -600), level=0.6),
        max_bytes=1_600_000,
    )


def ean_refocus() -> Scene:
    """A product code, so near that the lens must first find it: blurred for a second, overshoots, settles."""
    front = (
        Label(Drawing(150, 60, lambda c: c.blend(0, 0, 150, 60, (52, 118, 92), (34, 84, 66))), at=(0, -52)),
        Label(
            Text(("Kestrel Crackers",), em=10, ink=(240, 240, 226), bold=0.02, required=False), (0, -47), id="brand"
        ),
        Label(Code("EAN13", "4012345678901", 0.38, bars=23, quiet=10, hri=True), at=(6, 14), id="product"),
    )
    keys = (
        Key(0.0, (20, 30, -205), (8, 4, 0), 8),
        Key(1.8, (6, 22, -165), (6, 8, 0), 4),
        Key(4.0, (2, 18, -172), (4, 8, 0), 5),
    )
    return Scene(
        "ean_refocus",
        (
            Surface(Laminate(900, 700, (128, 126, 122))),
            props.cloth((-120, 120, -1), 12, 180, 160, (150, 90, 70)),
            Surface(Paper(150, 120, (240, 234, 220)), front, at=(0, 8, -8), turn=(0, 0, -3), shadow=4, gloss=0.12),
        ),
        CameraPath(keys, Tremor(0.8, 0.2)),
        seconds=4.0,
        pipeline="codes",
        seed=3,
        optics=Optics(
            focus=(Focus(0.0, 1500), Focus(1.0, 700), Focus(1.5, 130), Focus(1.9, 172), Focus(4.0, 165)),
            shutter=1 / 100,
        ),
        light=Light(at=(-250, -420, -500), level=0.45),
        max_bytes=800_000,
    )


def linear_45() -> Scene:
    """A parcel label whose bars stand at 45° in the picture."""
    label = Surface(
        Paper(110, 80, (246, 246, 244)),
        (
            Label(Text(("NORTHWIND PARCEL",), em=6.2, bold=0.03, required=False), (-12, -30), id="carrier"),
            Label(Plain(104, 0.7, (30, 30, 30)), at=(0, -23)),
            Label(Text(("To: Mill Lane 14", "Lower Fenwick"), em=5.4, required=False), (-24, -12), id="address"),
            Label(Code("Code128", "NW7700418823XK", 0.46, bars=22, quiet=8), at=(0, 18), id="parcel"),
        ),
        at=(0, 0, -1),
        turn=(0, 0, 3),
        shadow=0.6,
        gloss=0.05,
    )
    keys = (
        Key(0.0, (50, 60, -330), (20, 10, 0), 30),
        Key(1.4, (5, 25, -235), (2, 10, 0), 41),
        Key(2.8, (-12, 20, -220), (0, 14, 0), 44),
        Key(4.0, (0, 30, -230), (0, 12, 0), 47),
    )
    return Scene(
        "linear_45",
        (
            Surface(Cardboard(700, 600)),
            Surface(Plain(700, 48, (196, 170, 120)), at=(0, -86, -0.5), gloss=0.25),
            label,
        ),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=4.0,
        pipeline="codes",
        seed=45,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-300, -300, -500), level=0.5),
    )


def curved_label() -> Scene:
    """A can: its code bends round it and turns into view as the hand moves."""
    radius, height = 34.0, 110.0
    body = Surface(
        Drawing(2 * 3.1416 * radius, height, _can),
        (
            Label(
                Text(("Otter Lake",), em=11, ink=(250, 246, 236), bold=0.03, required=False), (-30, -24), id="brand"
            ),
            Label(Text(("sparkling",), em=7, ink=(216, 234, 240), required=False), (-30, -10), id="sort"),
            Label(Code("EAN13", "5901234123457", 0.33, bars=24, quiet=9), at=(22, 22), id="can"),
        ),
        at=(0, 0, 0),
        bend=radius,
        gloss=0.12,
        polish=25,
    )
    lid = Surface(Drawing(68, 68, _lid), at=(0, -height / 2 + 1, radius), turn=(0, -90, 0), gloss=0.2)
    keys = (
        Key(0.0, (-120, -40, -190), (-4, 0, 20), -3),
        Key(1.6, (10, -30, -190), (4, 6, 10), 2),
        Key(3.2, (78, -18, -155), (8, 12, 10), 0),
        Key(5.0, (112, -26, -165), (8, 10, 14), -2),
    )
    return Scene(
        "curved_label",
        (
            props.wall(480, (120, 132, 140)),
            Surface(Wood(1500, 800, (166, 128, 88)), at=(0, 55, 100), turn=(0, -90, 0)),
            *carton((190, 55, 140), (110, 120, 60), (176, 96, 72)),
            Surface(Plain(74, 74, (60, 46, 34), 0), at=(4, 54, radius), turn=(0, -90, 0)),
            lid,
            body,
        ),
        CameraPath(keys, Tremor(1.0, 0.2)),
        seconds=5.0,
        pipeline="codes",
        seed=19,
        optics=Optics(shutter=1 / 110),
        light=Light(at=(-420, -480, -420), level=0.5),
    )


def fast_pan_five() -> Scene:
    """Five codes on a wall, passed in three seconds: each is whole in the picture for less than one."""
    codes = (
        Code("QRCode", "https://pan.example/one", 1.7),
        Code("Code128", "PAN-TWO-2", 0.62, bars=42, quiet=10),
        Code("DataMatrix", "PAN-THREE", 2.8, quiet=3),
        Code("EAN13", "2000000000442", 0.8, bars=34, quiet=8),
        Code("Aztec", "PAN FIVE 5", 2.3, quiet=3),
    )
    colors: tuple[Rgb, ...] = ((214, 120, 80), (90, 140, 110), (96, 120, 170), (200, 170, 90), (150, 110, 150))
    sheets = []
    for number, (code, color) in enumerate(zip(codes, colors, strict=True)):
        turn = 90.0 if code.format == "Code128" else 0.0
        sheets.append(
            Surface(
                Paper(112, 130, color),
                (Label(Plain(100, 112, (247, 246, 243))), Label(code, turn=turn, id=f"code{number + 1}")),
                at=(number * 190.0, (-1) ** number * 9.0, -2),
                turn=(0, 0, (-1) ** number * 4.0),
                shadow=2,
            )
        )
    keys = (
        Key(0.0, (-150, 10, -285), (-120, 0, 0), 1),
        Key(0.5, (-60, 6, -280), (-40, 0, 0), 0),
        Key(3.0, (800, -4, -280), (800, 0, 0), 2),
        Key(3.5, (850, 4, -285), (850, 0, 0), 1),
    )
    return Scene(
        "fast_pan_five",
        (Surface(Cardboard(2200, 900, (196, 164, 122)), at=(380, 0, 0)), *sheets),
        CameraPath(keys, Tremor(1.5, 0.25)),
        seconds=3.5,
        pipeline="codes",
        seed=5,
        optics=Optics(shutter=1 / 400, readout=0.012),
        light=Light(at=(380, -500, -800), level=0.8, ambient=0.7),
        max_bytes=1_400_000,
    )


def low_light_shake() -> Scene:
    """A code in a dim bar with a nervous hand: long exposures, high gain, one lost focus."""
    menu = Surface(
        Paper(96, 120, (226, 214, 190)),
        (
            Label(Drawing(84, 22, lambda c: c.box(0, 0, 84, 22, (120, 44, 40), 4)), at=(0, -42)),
            Label(Code("QRCode", "https://nightjar.example/menu", 1.2), at=(0, 12), id="menu"),
        ),
        at=(0, 0, -1),
        turn=(0, 0, -5),
        shadow=2.5,
    )
    keys = (
        Key(0.0, (60, 110, -330), (20, 12, 0), -4),
        Key(2.0, (10, 70, -270), (0, 10, 0), 2),
        Key(5.0, (-20, 66, -255), (0, 8, 0), -2),
    )
    return Scene(
        "low_light_shake",
        (
            Surface(Wood(900, 700, (112, 78, 52)), gloss=0.1, polish=12),
            props.mug((120, -60, -30), (70, 74, 82)),
            menu,
        ),
        CameraPath(keys, Tremor(2.2, 1.0, high=6.0)),
        seconds=5.0,
        pipeline="everything",
        seed=13,
        optics=Optics(shutter=1 / 28, hunts=(Hunt(2.6, 0.9, 2.0),), noise=0.55, sharpen=0.2, vignette=0.4),
        light=Light(at=(-260, -300, -420), level=0.045, ambient=0.35, tint=(1.15, 1.0, 0.72)),
        exposure=0.6,
    )


def _sun(c: Canvas) -> None:
    for radius, color in ((44, (244, 214, 130)), (34, (246, 190, 80)), (22, (230, 140, 50))):
        c.disc(45, 45, radius, color)


def _can(c: Canvas) -> None:
    wide, high = c.size
    c.blend(0, 0, wide, high, (42, 122, 150), (20, 66, 104))
    for k in range(14):
        x = k * wide / 14
        c.polygon([(x, 84), (x + wide / 28, 76), (x + wide / 14, 84), (x + wide / 14, 94), (x, 94)], (64, 150, 172))
    c.box(0, 0, wide, 3, (190, 194, 198))
    c.box(0, high - 4, wide, high, (176, 180, 186))


def _lid(c: Canvas) -> None:
    c.disc(34, 34, 33.5, (150, 154, 160))
    c.disc(34, 34, 30.5, (196, 199, 204))
    c.disc(34, 34, 28.0, (178, 182, 188))
    c.box(28, 34, 40, 50, (206, 208, 212), 5)
