"""A hand that holds a package: fingers round its edges, an arm from below. A drawing, not an anatomy."""

from __future__ import annotations

from dataclasses import replace

from scanapp.synth.art import Canvas, Drawing
from scanapp.synth.art.canvas import Rgb
from scanapp.synth.packages.design import Design
from scanapp.synth.packages.motifs import shaded
from scanapp.synth.scene import Move, Surface, Turn, Vec3

_SKIN: Rgb = (214, 164, 132)
_SLEEVE: Rgb = (70, 84, 110)


def holding(
    design: Design, at: Vec3, package: list[Surface], turns: tuple[Turn, ...] = (), moves: tuple[Move, ...] = ()
) -> list[Surface]:
    """``package`` (whose middle is at ``at``) in a hand that turns and moves with it."""
    width, height, depth = design.size
    reach = width / 2
    palm = Surface(Drawing(190, 330, _palm), at=(at[0] + 4, at[1] + 0.5 * height + 74, at[2] + depth / 2 + 4))
    thumb = Surface(Drawing(40, 66, _thumb), at=(at[0] - reach - 6, at[1] + 0.26 * height, at[2] - depth / 2 - 2))
    tips = Surface(Drawing(34, 88, _tips), at=(at[0] + reach + 7, at[1] + 0.2 * height, at[2] - depth / 2 - 2))
    hand = [replace(part, pivot=at, turns=turns, moves=moves, gloss=0.04) for part in (palm, thumb, tips)]
    return [hand[0], *package, *hand[1:]]


def _palm(c: Canvas) -> None:
    dark = shaded(_SKIN, 0.8)
    c.polygon([(52, 0), (140, 0), (152, 70), (134, 150), (62, 150), (38, 70)], dark)
    c.polygon([(136, 4), (166, 8), (168, 84), (140, 132)], dark)
    for x, y in ((52, 20), (74, 12), (98, 10), (122, 14), (142, 30)):
        c.disc(x, y, 12, dark)
    c.polygon([(62, 130), (134, 130), (140, 330), (54, 330)], dark)
    c.polygon([(48, 190), (148, 190), (158, 330), (36, 330)], _SLEEVE)
    c.box(44, 186, 152, 202, shaded(_SLEEVE, 0.8), 5)


def _thumb(c: Canvas) -> None:
    for width, tone in ((17.0, 0.82), (14.5, 1.0), (7.0, 1.12)):
        c.line([(9, 56), (15, 32), (26, 11)], width, shaded(_SKIN, tone))
    c.disc(27, 9, 4.2, shaded(_SKIN, 1.3))


def _tips(c: Canvas) -> None:
    for number, y in enumerate((12, 33, 54, 74)):
        inner = 10 if number in (1, 2) else 13
        for width, tone in ((17.0, 0.8), (14.5, 1.0), (6.0, 1.1)):
            c.line([(30, y + 3), (inner, y)], width, shaded(_SKIN, tone))
