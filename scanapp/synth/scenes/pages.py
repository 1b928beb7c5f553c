"""Printed pages."""

from __future__ import annotations

from scanapp.synth.art import Paper, Text, Wood
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
