"""A virtual handheld camera over scenes of printed things, which knows the truth of every frame.

    from scanapp.synth import render, scenes

    render(scenes.get("payment_qr"), "payment_qr.mp4")     # and payment_qr.truth.json beside it

docs/synth.md shows how to script a scene of one's own.
"""

from scanapp.synth import scenes
from scanapp.synth.render import render
from scanapp.synth.scene import (
    CameraPath,
    Focus,
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
    Truth,
    Turn,
)

__all__ = [
    "CameraPath",
    "Focus",
    "Hunt",
    "Key",
    "Label",
    "Light",
    "Move",
    "Optics",
    "Scene",
    "Shade",
    "Surface",
    "Tremor",
    "Truth",
    "Turn",
    "render",
    "scenes",
]
