"""Things that lie about: nothing on them can be read. Sizes in millimetres."""

from __future__ import annotations

import numpy as np

from scanapp.synth.art import Canvas, Drawing, Fabric, Plain
from scanapp.synth.art.canvas import Rgb
from scanapp.synth.scene import Surface, Vec3


def _shaded(color: Rgb, factor: float) -> Rgb:
    red, green, blue = (min(255, int(value * factor)) for value in color)
    return red, green, blue


def _flat(art: Drawing, at: Vec3, turn: float, shadow: float, gloss: float = 0.0) -> Surface:
    """A cut-out that lies on a surface: only what is drawn is there."""
    return Surface(art, at=at, turn=(0.0, 0.0, turn), shadow=shadow, gloss=gloss)


def pen(at: Vec3, turn: float, color: Rgb = (28, 52, 112)) -> Surface:
    """A ballpoint pen."""

    def draw(c: Canvas) -> None:
        for offset, factor in ((0.0, 0.6), (0.9, 0.85), (2.0, 1.35), (3.4, 1.0), (5.2, 0.7)):
            c.box(12, 2 + offset, 128, 9, _shaded(color, factor), 2.0)
        c.polygon([(12, 2.6), (1, 5.3), (1, 5.9), (12, 8.6)], (178, 180, 184))
        c.box(128, 3, 138, 8, (150, 152, 156), 1.5)
        c.box(92, 0.8, 132, 2.6, (196, 198, 202), 0.8)

    return _flat(Drawing(140, 11, draw), at, turn, 2.5, 0.1)


def coin(at: Vec3, radius: float = 11.5, color: Rgb = (186, 150, 86)) -> Surface:
    """A worn coin: rim, and a relief too worn to show anything."""

    def draw(c: Canvas) -> None:
        middle = radius + 0.5
        c.disc(middle, middle, radius, _shaded(color, 0.7))
        c.disc(middle - 0.2, middle - 0.2, radius - 0.5, _shaded(color, 1.15))
        c.disc(middle, middle, radius - 1.6, color)
        c.disc(middle + 1.0, middle + 0.6, radius * 0.45, _shaded(color, 0.93))

    side = 2 * radius + 1
    return _flat(Drawing(side, side, draw), at, 0.0, 1.2, 0.15)


def mug(at: Vec3, color: Rgb = (196, 88, 66)) -> Surface:
    """A mug of coffee from above."""

    def draw(c: Canvas) -> None:
        c.line([(78, 45), (98, 45)], 12, _shaded(color, 0.9))
        c.line([(78, 45), (96, 45)], 5, _shaded(color, 0.6))
        c.disc(45, 45, 42, _shaded(color, 0.75))
        c.disc(44.5, 44.5, 41, _shaded(color, 1.1))
        c.disc(45, 45, 37, _shaded(color, 0.55))
        c.disc(46, 46.5, 35, (64, 40, 26))
        c.disc(47, 48, 31, (78, 50, 32))
        c.disc(37, 36, 4, (120, 88, 62))

    return _flat(Drawing(108, 90, draw), at, 20.0, 7.0, 0.15)


def cable(at: Vec3, turn: float = 0.0, color: Rgb = (232, 232, 230)) -> Surface:
    """A charging cable in a loose bow."""

    def draw(c: Canvas) -> None:
        s = np.linspace(0, 1, 120)
        x = 12 + 200 * s + 18 * np.sin(s * 9)
        y = 60 + 42 * np.sin(s * 7.5) * (1 - 0.4 * s)
        points = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        c.line(points, 3.6, _shaded(color, 0.75))
        c.line([(a - 0.3, b - 0.4) for a, b in points], 2.4, color)
        c.box(points[0][0] - 10, points[0][1] - 4, points[0][0] + 6, points[0][1] + 4, _shaded(color, 0.95), 1.5)

    return _flat(Drawing(235, 120, draw), at, turn, 1.8)


def keyboard(at: Vec3, turn: float = 0.0) -> Surface:
    """A blank keyboard: rows of unmarked keys."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, 285, 112, (58, 60, 64), 6)
        c.box(1, 0.6, 284, 110, (72, 74, 78), 6)
        for row in range(5):
            x = 6.0
            for column in range(14):
                wide = 17.0 if (row * 5 + column * 3) % 13 else 24.0
                if row == 4 and column == 4:
                    wide = 100.0
                if x + wide > 280:
                    break
                c.box(x, 7 + row * 20.4, x + wide, 24.4 + row * 20.4, (32, 33, 36), 2)
                c.box(x + 1.2, 7.6 + row * 20.4, x + wide - 1.2, 22.2 + row * 20.4, (44, 46, 50), 2)
                x += wide + 3

    return _flat(Drawing(286, 113, draw), at, turn, 4.0, 0.05)


def ruler(at: Vec3, turn: float) -> Surface:
    """A wooden ruler with ticks and no numbers."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, 205, 28, (206, 172, 118), 1)
        c.box(0, 24, 205, 28, (190, 154, 102), 1)
        for tick in range(201):
            length = 7.0 if tick % 10 == 0 else (5.0 if tick % 5 == 0 else 3.0)
            c.line([(2.5 + tick, 0.4), (2.5 + tick, length)], 0.22, (58, 44, 30), round_ends=False)

    return _flat(Drawing(205, 28, draw), at, turn, 1.2, 0.05)


def napkin(at: Vec3, turn: float) -> Surface:
    """A striped napkin: bars of many widths that are no code."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, 130, 130, (238, 234, 226), 1)
        x = 4.0
        for width in (6, 2, 2, 4, 9, 3, 1.5, 5, 2.5, 7, 2, 4, 1.5, 8, 3, 5):
            c.box(x, 0, x + width / 2, 130, (64, 96, 132))
            x += width + 2.5
        c.box(0, 64, 130, 65, (214, 210, 202))

    return _flat(Drawing(130, 130, draw), at, turn, 1.5)


def notebook(at: Vec3, turn: float, cover: Rgb = (40, 74, 72)) -> Surface:
    """A closed notebook with an elastic band."""

    def draw(c: Canvas) -> None:
        c.box(1.5, 1.5, 130, 190, (226, 222, 210), 4)
        c.box(0, 0, 128.5, 188, _shaded(cover, 0.8), 4)
        c.blend(4, 1, 127.5, 187, _shaded(cover, 1.12), _shaded(cover, 0.95))
        c.box(112, 0, 115.5, 188, _shaded(cover, 0.5))

    return _flat(Drawing(131, 191, draw), at, turn, 4.0, 0.06)


def squared_paper(at: Vec3, turn: float) -> Surface:
    """An empty sheet of squared paper."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, 148, 148, (244, 243, 238))
        for k in range(1, 30):
            c.line([(k * 5.0, 0), (k * 5.0, 148)], 0.18, (168, 190, 212), round_ends=False)
            c.line([(0, k * 5.0), (148, k * 5.0)], 0.18, (168, 190, 212), round_ends=False)

    return _flat(Drawing(148, 148, draw), at, turn, 1.5)


def leaves(at: Vec3, turn: float = 0.0) -> Surface:
    """A pot plant that reaches into the picture."""

    def draw(c: Canvas) -> None:
        for k in range(13):
            angle = k * 2.399
            long = 58 + 30 * ((k * 7) % 5) / 4
            tip = (100 + long * np.cos(angle), 100 + long * np.sin(angle))
            side = np.array([-np.sin(angle), np.cos(angle)]) * 13
            middle = (100 + 0.55 * long * np.cos(angle), 100 + 0.55 * long * np.sin(angle))
            green = _shaded((62, 112, 58), 0.7 + 0.05 * (k % 9))
            c.polygon(
                [
                    (100, 100),
                    (middle[0] + side[0], middle[1] + side[1]),
                    tip,
                    (middle[0] - side[0], middle[1] - side[1]),
                ],
                green,
            )
            c.line([(100, 100), tip], 0.9, _shaded(green, 1.3))

    return _flat(Drawing(200, 200, draw), at, turn, 8.0, 0.1)


def blank_card(at: Vec3, turn: float, color: Rgb = (226, 210, 170)) -> Surface:
    """An unprinted card."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, 105, 74, _shaded(color, 0.92), 2)
        c.box(0.5, 0.4, 104.3, 73.2, color, 2)

    return _flat(Drawing(105, 74, draw), at, turn, 1.8)


def cloth(at: Vec3, turn: float, width: float, height: float, color: Rgb = (84, 98, 120)) -> Surface:
    """A woven cloth."""
    return Surface(Fabric(width, height, color), at=at, turn=(0.0, 0.0, turn), shadow=2.0)


def wall(z: float, color: Rgb, width: float = 2400.0, height: float = 1600.0) -> Surface:
    """A painted wall."""
    return Surface(Plain(width, height, color), at=(0.0, 0.0, z))
