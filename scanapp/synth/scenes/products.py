"""Packages in the hand, on a shelf and on a tray: what a catalogue must know, tell apart, and leave alone."""

from __future__ import annotations

from scanapp.synth.art import Canvas, Drawing, Laminate, Plain, Wood
from scanapp.synth.packages.assortment import (
    COFFEE,
    COLA,
    COUSCOUS,
    CRACKERS,
    EARL_GREY,
    ENGLISH,
    FLOUR,
    LEMON,
    OATS,
    STRANGERS,
)
from scanapp.synth.packages.body import body, footprint
from scanapp.synth.packages.design import Design
from scanapp.synth.scene import CameraPath, Key, Light, Move, Optics, Scene, Surface, Tremor, Turn, Vec3
from scanapp.synth.scenes import props
from scanapp.synth.scenes.hand import holding

_FPS = 12
"""Of a plain till camera."""
_Held = tuple[Design, Vec3, tuple[Turn, ...], tuple[Move, ...]]
"""A design, where its middle is, how it turns and moves."""
_DOWN: Vec3 = (0, 420, 0)
"""Out of the picture, below."""


def product_in_hand() -> Scene:
    """A box of oats, held up to the camera and turned: to both sides, up, down and a little round."""
    moves = (Move(0.1, _DOWN), Move(0.8, (0, 0, 0)))
    turns = (
        Turn(0.0, (20, 0, 12)),
        Turn(1.2, (4, 0, 2)),
        Turn(2.2, (42, -8, -6)),
        Turn(3.4, (-40, 6, 8)),
        Turn(4.3, (-8, 26, -10)),
        Turn(5.2, (6, -12, 3)),
    )
    return _hand_scene("product_in_hand", [(OATS, (0, 0, 0), turns, moves)], 5.2, 31)


def product_variants() -> Scene:
    """Two boxes of tea, one after the other, that differ in two words on a strip."""
    first = (Move(0.1, _DOWN), Move(0.7, (0, 0, 0)), Move(2.8, (0, 0, 0)), Move(3.4, _DOWN))
    second = (Move(3.6, _DOWN), Move(4.2, (0, 0, 0)))
    turn_first = (Turn(0.5, (12, 6, -4)), Turn(1.8, (-4, 0, 3)), Turn(3.2, (14, -4, 6)))
    turn_second = (Turn(3.8, (-12, 4, 5)), Turn(5.0, (6, 0, -3)), Turn(6.6, (-12, -4, 2)))
    held: list[_Held] = [(ENGLISH, (0, 0, 0), turn_first, first), (EARL_GREY, (0, 0, 0), turn_second, second)]
    return _hand_scene("product_variants", held, 6.6, 32, near=270)


def product_unknown() -> Scene:
    """A carton of juice that no catalogue has, turned in the hand: nothing may be confirmed."""
    moves = (Move(0.1, _DOWN), Move(0.8, (0, 0, 0)))
    turns = (Turn(0.0, (-16, 0, -8)), Turn(1.4, (-4, 0, 2)), Turn(2.9, (32, 8, -5)), Turn(4.5, (-26, -8, 4)))
    return _hand_scene("product_unknown", [(STRANGERS[0], (0, 0, 0), turns, moves)], 4.8, 33)


def _hand_scene(name: str, held: list[_Held], seconds: float, seed: int, near: float = 300) -> Scene:
    surfaces = [
        props.wall(520, (196, 190, 178)),
        Surface(Plain(1100, 260, (150, 122, 96)), at=(-60, 150, 515)),
        Surface(Drawing(220, 300, _picture), at=(-330, -190, 512), shadow=6),
        Surface(Drawing(300, 200, _window), at=(360, -150, 512)),
    ]
    for number, (design, at, turns, moves) in enumerate(held):
        package = body(design, at, turns, moves, id=f"item{number + 1}")
        surfaces += holding(design, at, package, turns, moves)
    keys = (
        Key(0.0, (10, -6, -near - 20), (0, 4, 0), -1),
        Key(seconds / 2, (-8, 4, -near), (0, 2, 0), 1),
        Key(seconds, (6, -4, -near - 10), (0, 4, 0), 0),
    )
    return Scene(
        name,
        tuple(surfaces),
        CameraPath(keys, Tremor(1.2, 0.18)),
        seconds=seconds,
        pipeline="product.toml",
        kinds=("product",),
        size=(960, 540),
        fps=_FPS,
        seed=seed,
        optics=Optics(shutter=1 / 120),
        light=Light(at=(-300, -420, -500), level=0.5),
        max_bytes=700_000,
    )


def product_shelf() -> Scene:
    """Six items of a shop side by side on a shelf: a slow step along it."""
    row = ((ENGLISH, -335), (LEMON, -208), (OATS, -72), (COLA, 64), (FLOUR, 195), (COFFEE, 332))
    surfaces = [
        Surface(Laminate(1800, 1100, (212, 208, 198)), at=(0, -60, 240)),
        Surface(Wood(1800, 300, (184, 150, 108)), at=(0, 76, 60), turn=(0, -90, 0)),
    ]
    for number, (design, x) in enumerate(row):
        width, height, depth = design.size
        floor = Plain(width, depth, (70, 56, 40), 150)
        surfaces.append(Surface(floor, at=(x, 75.5, 30), turn=(0, -90, 0), shadow=5))
        yaw = (-1) ** number * 5.0
        surfaces += body(design, (x, 76 - height / 2, 30), (yaw, 0, 0), id=f"item{number + 1}")
    surfaces.append(Surface(Plain(1800, 34, (226, 228, 230)), at=(0, 94, -92), gloss=0.1, polish=40))
    keys = (
        Key(0.0, (-150, -30, -500), (-124, 4, 0), 1),
        Key(2.0, (-110, -24, -480), (-104, 4, 0), -1),
        Key(4.4, (116, -24, -485), (108, 4, 0), 0),
    )
    return Scene(
        "product_shelf",
        tuple(surfaces),
        CameraPath(keys, Tremor(1.2, 0.12)),
        seconds=5.0,
        pipeline="product.toml",
        kinds=("product",),
        size=(960, 540),
        fps=_FPS,
        seed=34,
        optics=Optics(shutter=1 / 140),
        light=Light(at=(-150, -700, -700), level=0.6, ambient=0.65),
        max_bytes=800_000,
    )


def basket_tray() -> Scene:
    """A plain tray from above: three items, a fourth and a second can are laid down, one is taken away."""
    away: Vec3 = (0, -430, -60)
    still: tuple[tuple[Design, tuple[float, float], float, tuple[Move, ...]], ...] = (
        (COUSCOUS, (-150, -74), 6.0, ()),
        (OATS, (-146, 88), -4.0, ()),
        (CRACKERS, (118, 92), 3.0, (Move(5.0, (0, 0, 0)), Move(5.7, (430, 40, -60)))),
        (LEMON, (22, -44), 84.0, (Move(1.4, away), Move(2.1, (0, 0, 0)))),
        (LEMON, (168, -60), 92.0, (Move(3.2, away), Move(3.9, (0, 0, 0)))),
        (EARL_GREY, (-6, 96), 2.0, (Move(7.0, (0, 430, -60)), Move(7.7, (0, 0, 0)))),
    )
    surfaces = [
        Surface(Wood(1400, 1100, (120, 88, 60))),
        Surface(Drawing(560, 400, _tray), at=(0, 8, -2), shadow=6),
    ]
    for number, (design, (x, y), roll, moves) in enumerate(still):
        lying = design.size[2] / 2
        surfaces.append(footprint(design, (x, y, -3), roll, moves))
        surfaces += body(design, (x, y, -4 - lying), (0, 0, roll), moves, id=f"item{number + 1}")
    keys = (Key(0.0, (4, 30, -584), (0, 8, 0), 0), Key(9.8, (-4, 26, -580), (0, 8, 0), 0))
    return Scene(
        "basket_tray",
        tuple(surfaces),
        CameraPath(keys, Tremor(0.4, 0.04)),
        seconds=9.8,
        pipeline="basket.toml",
        kinds=("product", "basket"),
        size=(960, 540),
        fps=5,
        seed=35,
        optics=Optics(shutter=1 / 120),
        light=Light(at=(-260, -420, -800), level=0.55, ambient=0.7),
        max_bytes=800_000,
    )


def _tray(c: Canvas) -> None:
    wide, high = c.size
    c.box(0, 0, wide, high, (168, 172, 174), 22)
    c.box(7, 7, wide - 7, high - 7, (206, 209, 210), 16)
    c.box(13, 13, wide - 13, high - 13, (218, 220, 220), 12)


def _picture(c: Canvas) -> None:
    c.box(0, 0, 220, 300, (84, 70, 58), 2)
    c.box(14, 14, 206, 286, (236, 232, 222))
    c.blend(36, 40, 184, 150, (150, 184, 204), (214, 206, 186))
    c.polygon([(36, 150), (90, 96), (140, 150)], (104, 124, 116))
    c.box(36, 150, 184, 250, (122, 140, 104))


def _window(c: Canvas) -> None:
    c.box(0, 0, 300, 200, (240, 240, 236), 2)
    for x in (12, 156):
        c.blend(x, 12, x + 132, 188, (186, 206, 220), (222, 228, 226))
