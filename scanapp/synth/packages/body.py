"""Packages as bodies: a box of six panels or a can, at any place and turned any way.

The panels of a body are seen from outside only and do not cover each other, so that they can be drawn in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import pi

from scanapp.synth.art import Drawing, Plain
from scanapp.synth.art.canvas import Canvas, Rgb
from scanapp.synth.packages.design import Design
from scanapp.synth.packages.motifs import shaded
from scanapp.synth.packages.panels import back_labels, front_labels, side_labels, top_labels
from scanapp.synth.scene import Move, Surface, Turn, Vec3

_CARTON_GLOSS, _CAN_GLOSS = 0.08, 0.14
_TIN: Rgb = (186, 190, 194)


def body(
    design: Design, at: Vec3, turns: Sequence[Turn] | Vec3 = (), moves: tuple[Move, ...] = (), *, id: str = ""
) -> list[Surface]:
    """The surfaces of a package whose middle is at ``at``, its front towards the camera.

    turns  how it is turned about its middle over time; one (yaw, pitch, roll) for good
    id     names it in the truth; empty: scenery
    """
    spun = _turns(turns)
    panels = _can(design, id) if design.form == "can" else _box(design, id)
    x, y, z = at
    return [
        replace(
            panel,
            at=(x + panel.at[0], y + panel.at[1], z + panel.at[2]),
            pivot=at,
            turns=spun,
            moves=moves,
        )
        for panel in panels
    ]


def footprint(design: Design, at: Vec3, roll: float = 0.0, moves: tuple[Move, ...] = ()) -> Surface:
    """The shadow of a package that lies on its back at ``at``, a place on a surface that faces the camera."""
    width, height, _ = design.size
    return Surface(
        Plain(width - 4, height - 4, (40, 38, 36)), at=at, turn=(0, 0, roll), shadow=5, corner=4, moves=moves
    )


def _turns(turns: Sequence[Turn] | Vec3) -> tuple[Turn, ...]:
    if turns and not isinstance(turns[0], Turn):
        return (Turn(0.0, turns),)  # type: ignore[arg-type]
    return tuple(turns)  # type: ignore[arg-type]


def _box(design: Design, id: str) -> list[Surface]:
    width, height, depth = design.size
    ground, code = shaded(design.ground, 0.88), f"{id}_code" if id else ""
    flank, lid, face = (depth, height), (width, depth), (width, height)

    def panel(size: tuple[float, float], at: Vec3, turn: Vec3) -> Surface:
        return Surface(Plain(*size, ground), at=at, turn=turn, gloss=_CARTON_GLOSS, polish=30, one_sided=True)

    return [
        replace(panel(face, (0, 0, depth / 2), (180, 0, 0)), labels=back_labels(design, face)),
        panel(lid, (0, height / 2, 0), (0, 90, 0)),
        replace(panel(lid, (0, -height / 2, 0), (0, -90, 0)), labels=top_labels(design, lid)),
        replace(panel(flank, (-width / 2, 0, 0), (90, 0, 0)), labels=side_labels(design, flank)),
        replace(panel(flank, (width / 2, 0, 0), (-90, 0, 0)), labels=side_labels(design, flank, code=code)),
        replace(panel(face, (0, 0, -depth / 2), (0, 0, 0)), labels=front_labels(design, face, id=id)),
    ]


def _can(design: Design, id: str) -> list[Surface]:
    diameter, height, _ = design.size
    radius = diameter / 2
    around = pi * diameter
    front, seam = (0.86 * diameter, 0.92 * height), (0.36 * diameter, 0.92 * height)
    quarter, code = around / 4, f"{id}_code" if id else ""
    labels = (
        *front_labels(design, front, (around / 2 - 0.1, 0)),
        *front_labels(design, front, (-around / 2 + 0.1, 0)),
        *side_labels(design, seam, (-quarter, 0)),
        *side_labels(design, seam, (quarter, 0), code=code),
        *front_labels(design, front, id=id),
    )
    wrap = Drawing(around, height, lambda canvas: _draw_can(canvas, design))
    lid = Drawing(diameter, diameter, _draw_lid)
    return [
        Surface(lid, at=(0, height / 2, 0), turn=(0, 90, 0), gloss=0.2, one_sided=True),
        Surface(lid, at=(0, -height / 2, 0), turn=(0, -90, 0), gloss=0.2, one_sided=True),
        Surface(wrap, labels, at=(0, 0, -radius), bend=radius, gloss=_CAN_GLOSS, polish=25),
    ]


def _draw_can(c: Canvas, design: Design) -> None:
    width, height = c.size
    c.blend(0, 0, width, height, design.ground, shaded(design.ground, 0.82))
    c.box(0, 0, width, 0.025 * height, _TIN)
    c.box(0, 0.97 * height, width, height, shaded(_TIN, 0.9))


def _draw_lid(c: Canvas) -> None:
    middle = c.size[0] / 2
    for share, tone in ((0.99, 0.8), (0.9, 1.1), (0.82, 0.95)):
        c.disc(middle, middle, share * middle, shaded(_TIN, tone))
    c.box(0.82 * middle, middle, 1.18 * middle, 1.5 * middle, shaded(_TIN, 1.2), 3)
