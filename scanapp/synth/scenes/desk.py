"""A desk with things on it, and nothing to read."""

from __future__ import annotations

from scanapp.synth.art import Wood
from scanapp.synth.scene import CameraPath, Key, Light, Optics, Scene, Shade, Surface, Tremor
from scanapp.synth.scenes import props


def idle_desk() -> Scene:
    """A cluttered desk at 1080p: stripes, ticks, squares and keys, but no code and no text."""
    things = (
        Surface(Wood(1300, 900, (168, 124, 82)), gloss=0.05, polish=15),
        props.squared_paper((-40, 70, -0.5), 9),
        props.napkin((150, 90, -0.5), -14),
        props.keyboard((20, -105, -6), -3),
        props.notebook((-185, 40, -5), -12),
        props.ruler((-10, 150, -1), 4),
        props.cable((120, -20, -1), 12),
        props.coin((62, 44, -1)),
        props.coin((88, 62, -1), 9.5, (176, 178, 180)),
        props.pen((-52, 60, -3), -32),
        props.pen((-180, 66, -7), 64, (150, 40, 44)),
        props.mug((206, -70, -30)),
        props.leaves((-262, -132, -60)),
    )
    keys = (
        Key(0.0, (-30, 110, -430), (-20, 12, 0), 1),
        Key(2.4, (15, 100, -420), (12, 6, 0), -1),
        Key(5.0, (30, 120, -440), (18, 16, 0), 0),
    )
    return Scene(
        "idle_desk",
        things,
        CameraPath(keys, Tremor(1.0, 0.16)),
        seconds=5.0,
        pipeline="everything",
        size=(1920, 1080),
        seed=21,
        optics=Optics(shutter=1 / 100),
        light=Light(at=(-350, -450, -600), level=0.5, shades=(Shade((140, 190, 0), 210, 0.4),)),
        max_bytes=1_500_000,
    )
