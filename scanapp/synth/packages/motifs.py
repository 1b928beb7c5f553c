"""Pictures on packages: what is drawn in the middle of a front. Each fills about the square that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from scanapp.synth.art.canvas import Canvas, Point, Rgb

Draw = Callable[["Easel"], None]


@dataclass(frozen=True, slots=True)
class Easel:
    """A square of a canvas: places and sizes are shares of its side, from its top left.

    tones  accent colour, its light and its dark shade
    """

    canvas: Canvas
    x: float
    y: float
    side: float
    tones: tuple[Rgb, Rgb, Rgb]

    def disc(self, x: float, y: float, radius: float, fill: Rgb) -> None:
        """A filled circle."""
        self.canvas.disc(*self._at(x, y), radius * self.side, fill)

    def polygon(self, points: list[Point], fill: Rgb) -> None:
        """A filled polygon."""
        self.canvas.polygon([self._at(x, y) for x, y in points], fill)

    def line(self, points: list[Point], width: float, fill: Rgb) -> None:
        """A line with round ends."""
        self.canvas.line([self._at(x, y) for x, y in points], width * self.side, fill)

    def _at(self, x: float, y: float) -> Point:
        return self.x + x * self.side, self.y + y * self.side


def shaded(color: Rgb, factor: float) -> Rgb:
    """Lighter (towards white) above 1, darker below."""
    if factor > 1:
        red, green, blue = (round(255 - (255 - value) * (2 - factor)) for value in color)
    else:
        red, green, blue = (round(value * factor) for value in color)
    return red, green, blue


def _kite(e: Easel) -> None:
    plain, light, dark = e.tones
    e.polygon([(0.5, 0.02), (0.82, 0.34), (0.5, 0.72), (0.18, 0.34)], plain)
    e.polygon([(0.5, 0.02), (0.82, 0.34), (0.5, 0.34)], light)
    e.polygon([(0.5, 0.34), (0.5, 0.72), (0.18, 0.34)], dark)
    e.line([(0.5, 0.72), (0.44, 0.8), (0.55, 0.88), (0.46, 0.98)], 0.014, dark)
    for x, y in ((0.44, 0.8), (0.55, 0.88)):
        e.polygon([(x - 0.07, y - 0.03), (x + 0.07, y + 0.03), (x + 0.07, y - 0.03), (x - 0.07, y + 0.03)], light)


def _sunrise(e: Easel) -> None:
    plain, light, dark = e.tones
    e.disc(0.5, 0.5, 0.3, plain)
    e.disc(0.5, 0.5, 0.22, light)
    for k in range(9):
        angle = np.pi * (k + 0.5) / 9
        end = (0.5 - 0.47 * np.cos(angle), 0.5 - 0.47 * np.sin(angle))
        e.line([(0.5 - 0.35 * np.cos(angle), 0.5 - 0.35 * np.sin(angle)), end], 0.03, plain)
    e.polygon([(0.0, 0.62), (0.5, 0.5), (1.0, 0.62), (1.0, 0.98), (0.0, 0.98)], dark)
    for k in range(7):
        e.line([(0.5 + (k - 3) * 0.05, 0.54), (0.5 + (k - 3) * 0.2, 0.98)], 0.012, light)


def _waves(e: Easel) -> None:
    plain, light, dark = e.tones
    s = np.linspace(0, 1, 60)
    for row, tone in enumerate((dark, plain, light, plain, dark)):
        y = 0.34 + 0.12 * row + 0.04 * np.sin(s * 4 * np.pi + row * 1.3)
        e.line([(float(a), float(b)) for a, b in zip(s, y, strict=True)], 0.055, tone)
    e.disc(0.72, 0.16, 0.11, light)


def _bird(e: Easel) -> None:
    plain, light, dark = e.tones
    e.polygon([(0.1, 0.2), (0.5, 0.5), (0.42, 0.62)], dark)
    e.polygon([(0.94, 0.12), (0.56, 0.46), (0.62, 0.62)], plain)
    e.polygon([(0.36, 0.5), (0.66, 0.46), (0.74, 0.66), (0.5, 0.78), (0.34, 0.66)], plain)
    e.polygon([(0.5, 0.78), (0.34, 0.66), (0.28, 0.96), (0.44, 0.94)], dark)
    e.disc(0.7, 0.48, 0.1, light)
    e.polygon([(0.78, 0.44), (0.9, 0.5), (0.78, 0.53)], dark)
    e.disc(0.72, 0.45, 0.022, dark)


def _dunes(e: Easel) -> None:
    plain, light, dark = e.tones
    e.disc(0.24, 0.26, 0.13, light)
    e.polygon([(0.0, 0.72), (0.3, 0.44), (0.55, 0.6), (0.85, 0.38), (1.0, 0.5), (1.0, 0.98), (0.0, 0.98)], plain)
    e.polygon([(0.3, 0.44), (0.55, 0.6), (0.4, 0.7), (0.46, 0.98), (0.16, 0.98), (0.28, 0.66)], dark)
    e.polygon([(0.85, 0.38), (1.0, 0.5), (1.0, 0.98), (0.74, 0.98), (0.82, 0.64)], light)


def _compass(e: Easel) -> None:
    plain, light, dark = e.tones
    e.disc(0.5, 0.5, 0.46, dark)
    e.disc(0.5, 0.5, 0.4, light)
    for k in range(8):
        angle, long = k * np.pi / 4, 0.38 if k % 2 == 0 else 0.24
        across = np.array([-np.sin(angle), np.cos(angle)]) * 0.07
        tip = (0.5 + long * np.cos(angle), 0.5 + long * np.sin(angle))
        e.polygon([(0.5, 0.5), (0.5 + across[0], 0.5 + across[1]), tip], plain)
        e.polygon([(0.5, 0.5), (0.5 - across[0], 0.5 - across[1]), tip], dark)


def _pines(e: Easel) -> None:
    plain, light, dark = e.tones
    for x, height, tone in ((0.2, 0.7, light), (0.78, 0.62, light), (0.48, 0.94, plain)):
        for k in range(4):
            top, half = 0.98 - height * (1 - k * 0.2), height * (0.1 + 0.05 * k)
            e.polygon([(x, top), (x + half, top + 0.32 * height), (x - half, top + 0.32 * height)], tone)
            tone = shaded(tone, 0.9)
        e.line([(x, 0.92), (x, 0.98)], 0.05, dark)


def _fox(e: Easel) -> None:
    plain, light, dark = e.tones
    e.polygon([(0.12, 0.06), (0.46, 0.3), (0.18, 0.5)], dark)
    e.polygon([(0.88, 0.06), (0.54, 0.3), (0.82, 0.5)], dark)
    e.polygon([(0.14, 0.34), (0.86, 0.34), (0.94, 0.56), (0.5, 0.98), (0.06, 0.56)], plain)
    e.polygon([(0.06, 0.56), (0.36, 0.6), (0.5, 0.98)], light)
    e.polygon([(0.94, 0.56), (0.64, 0.6), (0.5, 0.98)], light)
    for x in (0.36, 0.64):
        e.disc(x, 0.5, 0.035, dark)
    e.disc(0.5, 0.92, 0.055, dark)


def _mill(e: Easel) -> None:
    plain, light, dark = e.tones
    e.polygon([(0.38, 0.44), (0.62, 0.44), (0.72, 0.98), (0.28, 0.98)], plain)
    e.polygon([(0.36, 0.44), (0.5, 0.28), (0.64, 0.44)], dark)
    e.polygon([(0.45, 0.98), (0.45, 0.82), (0.55, 0.82), (0.55, 0.98)], dark)
    for k in range(4):
        angle = np.pi / 4 + k * np.pi / 2 + 0.2
        u, v = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        corners = [(0.1 * u), (0.42 * u), (0.42 * u + 0.12 * v), (0.12 * u + 0.1 * v)]
        e.polygon([(0.5 + p[0], 0.42 + p[1]) for p in corners], light)
        e.line([(0.5, 0.42), (0.5 + 0.44 * u[0], 0.42 + 0.44 * u[1])], 0.02, dark)


def _apples(e: Easel) -> None:
    plain, light, dark = e.tones
    for x, y, radius in ((0.3, 0.62, 0.24), (0.7, 0.6, 0.26), (0.5, 0.76, 0.22)):
        e.disc(x - 0.3 * radius, y, 0.8 * radius, plain)
        e.disc(x + 0.3 * radius, y, 0.8 * radius, plain)
        e.disc(x - 0.4 * radius, y - 0.25 * radius, 0.22 * radius, light)
        e.line([(x, y - 0.7 * radius), (x + 0.15 * radius, y - 1.3 * radius)], 0.025, dark)
        e.polygon(
            [
                (x + 0.1 * radius, y - radius),
                (x + 0.8 * radius, y - 1.5 * radius),
                (x + 0.6 * radius, y - 0.9 * radius),
            ],
            dark,
        )


def _citrus(e: Easel) -> None:
    plain, light, dark = e.tones
    for x, y, radius in ((0.36, 0.42, 0.34), (0.7, 0.7, 0.26)):
        e.disc(x, y, radius, dark)
        e.disc(x, y, 0.92 * radius, light)
        for k in range(8):
            a, b = (k + 0.12) * np.pi / 4, (k + 0.88) * np.pi / 4
            e.polygon(
                [
                    (x + 0.12 * radius * np.cos((a + b) / 2), y + 0.12 * radius * np.sin((a + b) / 2)),
                    (x + 0.8 * radius * np.cos(a), y + 0.8 * radius * np.sin(a)),
                    (x + 0.84 * radius * np.cos((a + b) / 2), y + 0.84 * radius * np.sin((a + b) / 2)),
                    (x + 0.8 * radius * np.cos(b), y + 0.8 * radius * np.sin(b)),
                ],
                plain,
            )


def _beans(e: Easel) -> None:
    plain, light, dark = e.tones
    rng = np.random.default_rng(8)
    for k in range(16):
        x, y = 0.14 + 0.24 * (k % 4) + rng.uniform(-0.04, 0.04), 0.14 + 0.24 * (k // 4) + rng.uniform(-0.04, 0.04)
        angle = float(rng.uniform(0, np.pi))
        u = np.array([np.cos(angle), np.sin(angle)]) * 0.06
        tone = (plain, dark, light)[k % 3]
        e.line([(x - u[0], y - u[1]), (x + u[0], y + u[1])], 0.13, tone)
        e.line([(x - u[0], y - u[1]), (x + u[0], y + u[1])], 0.018, shaded(tone, 0.6))


def _peaks(e: Easel) -> None:
    plain, light, dark = e.tones
    for x, top, half in ((0.3, 0.3, 0.34), (0.74, 0.4, 0.28), (0.52, 0.12, 0.42)):
        e.polygon([(x, top), (x + half, 0.92), (x - half, 0.92)], dark)
        e.polygon([(x, top), (x + half, 0.92), (x + 0.1 * half, 0.92)], plain)
        snow = 0.25 * (0.92 - top)
        e.polygon(
            [(x, top), (x + 0.25 * half, top + snow), (x, top + 0.7 * snow), (x - 0.25 * half, top + snow)], light
        )


def _fish(e: Easel) -> None:
    plain, light, dark = e.tones
    for y, tone in ((0.24, plain), (0.5, light), (0.76, plain)):
        s = np.linspace(0, np.pi, 24)
        back = [(0.1 + 0.6 * t / np.pi, y - 0.11 * np.sin(t)) for t in s]
        belly = [(0.1 + 0.6 * t / np.pi, y + 0.11 * np.sin(t)) for t in s[::-1]]
        e.polygon([*back, *belly], tone)
        e.polygon([(0.66, y), (0.9, y - 0.11), (0.84, y), (0.9, y + 0.11)], dark)
        e.disc(0.22, y - 0.02, 0.02, dark)
        e.line([(0.34, y - 0.07), (0.31, y), (0.34, y + 0.07)], 0.012, dark)


MOTIFS: Mapping[str, Draw] = {
    "kite": _kite,
    "sunrise": _sunrise,
    "waves": _waves,
    "bird": _bird,
    "dunes": _dunes,
    "compass": _compass,
    "pines": _pines,
    "fox": _fox,
    "mill": _mill,
    "apples": _apples,
    "citrus": _citrus,
    "beans": _beans,
    "peaks": _peaks,
    "fish": _fish,
}


def draw_motif(name: str, canvas: Canvas, x: float, y: float, side: float, color: Rgb) -> None:
    """The motif of this name in the square of ``side`` millimetres with its top left at (x, y)."""
    tones = (color, shaded(color, 1.55), shaded(color, 0.6))
    MOTIFS[name](Easel(canvas, x, y, side, tones))
