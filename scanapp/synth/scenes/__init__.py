"""Scenes by name. A scene is a function without arguments that returns a `Scene`; one file a family."""

from __future__ import annotations

from collections.abc import Callable

from scanapp.errors import UsageError, did_you_mean
from scanapp.sanitize import printable
from scanapp.synth.scene import Scene
from scanapp.synth.scenes.desk import idle_desk
from scanapp.synth.scenes.pages import text_page
from scanapp.synth.scenes.payment import payment_qr

_SCENES: dict[str, Callable[[], Scene]] = {
    scene.__name__: scene
    for scene in (
        payment_qr,
        text_page,
        idle_desk,
    )
}


def names() -> tuple[str, ...]:
    """All shipped scenes."""
    return tuple(_SCENES)


def get(name: str) -> Scene:
    """The scene of this name; UsageError with the nearest valid name otherwise."""
    if name not in _SCENES:
        raise UsageError(f"unknown scene '{printable(name, 60)}'{did_you_mean(name, _SCENES)}")
    return _SCENES[name]()


def about(name: str) -> str:
    """One line on what a scene shows."""
    get(name)
    return (_SCENES[name].__doc__ or "").strip().splitlines()[0]
