"""Pages and signs."""

from __future__ import annotations

from scanapp.synth.art import Canvas, Drawing, Laminate, Paper, Plain, Text, Wood
from scanapp.synth.scene import CameraPath, Key, Label, Light, Optics, Scene, Shade, Surface, Tremor
from scanapp.synth.scenes import props

_TITLE = ("The Lighthouse Garden",)
_BODY = (
    "Every morning the keeper walked down",
    "the narrow path to water her tomatoes.",
    "The wind had salted the leaves again,",
    "so she rinsed them one by one, slowly,",
    "and counted the ships on the horizon.",
    "Seven today, two fewer than yesterday.",
    "By noon the fog came in from the west",
    "and the great lamp began to turn.",
)


def text_page() -> Scene:
    """A page of a book, read from a desk: the camera settles over it."""
    page = Surface(
        Paper(148, 118, (246, 243, 234)),
        labels=(
            Label(Text(_TITLE, em=8.5, bold=0.02), at=(-10, -42), id="title"),
            Label(Text(_BODY, em=6.2), at=(0, 8), id="page"),
        ),
        at=(0, 0, -2),
        turn=(0, 0, 1.5),
        shadow=3,
    )
    keys = (
        Key(0.0, (60, 90, -290), (30, 20, 0), 5),
        Key(1.2, (6, 40, -205), (2, 1, 0), 1),
        Key(3.4, (-4, 34, -186), (-1, 0, 0), -1),
        Key(5.0, (2, 36, -190), (1, 1, 0), 0),
    )
    return Scene(
        "text_page",
        (
            Surface(Wood(1000, 800, (138, 98, 62))),
            props.pen((96, 10, -4), 78),
            props.mug((-118, -74, -30), (92, 116, 142)),
            page,
        ),
        CameraPath(keys, Tremor(0.9, 0.15)),
        seconds=5.0,
        pipeline="text",
        seed=5,
        optics=Optics(shutter=1 / 120),
        light=Light(at=(-300, -350, -600), level=0.55, shades=(Shade((80, 90, 0), 130, 0.35),)),
    )


def signs_zh_en() -> Scene:
    """Signs in a corridor, Chinese above English, walked past."""
    dark, white = (26, 30, 36), (250, 250, 248)
    way_out = Surface(
        Drawing(230, 100, _green),
        (
            Label(Text(("安全出口",), em=34, ink=white, bold=0.01), (0, -16), id="exit_zh"),
            Label(Text(("EMERGENCY EXIT",), em=17, ink=white), (0, 28), id="exit_en"),
        ),
        at=(-150, -20, -4),
        shadow=3,
    )
    library = Surface(
        Plain(220, 130, (244, 244, 240)),
        (
            Label(Plain(220, 10, (52, 92, 150)), at=(0, -60)),
            Label(Text(("图书馆阅览室",), em=29, ink=dark), (0, -26), id="library_zh"),
            Label(Text(("Reading Room",), em=22, ink=dark), (0, 14), id="library_en"),
            Label(Text(("请保持安静",), em=20, ink=(150, 40, 36)), (0, 46), id="quiet"),
        ),
        at=(340, 0, -4),
        shadow=3,
        gloss=0.1,
    )
    keys = (
        Key(0.0, (-250, 30, -560), (-170, -10, 0), 1),
        Key(2.0, (-140, 10, -430), (-140, -8, 0), -1),
        Key(3.0, (-110, 8, -430), (-110, -8, 0), -1),
        Key(4.4, (310, 16, -420), (330, 0, 0), 1),
        Key(6.0, (342, 10, -410), (342, 2, 0), 0),
    )
    return Scene(
        "signs_zh_en",
        (
            Surface(Laminate(2400, 1400, (206, 200, 188))),
            Surface(Plain(2400, 260, (150, 160, 156)), at=(0, 300, -1)),
            way_out,
            library,
        ),
        CameraPath(keys, Tremor(2.0, 0.16)),
        seconds=6.0,
        pipeline="text",
        seed=29,
        optics=Optics(shutter=1 / 140),
        light=Light(at=(-100, -900, -700), level=0.55),
        exposure=1.3,
    )


def _green(c: Canvas) -> None:
    c.box(0, 0, 230, 100, (236, 240, 236), 5)
    c.box(3, 3, 227, 97, (18, 116, 74), 4)
