"""A package's panels: front, side, back and top as artworks to stick on its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scanapp.synth.art import Canvas, Code, Drawing, Text
from scanapp.synth.art.canvas import Rgb, Rgba
from scanapp.synth.packages.design import Design
from scanapp.synth.packages.motifs import draw_motif, shaded
from scanapp.synth.scene import Label, Truth

Size = tuple[float, float]
Align = Literal["left", "center", "right"]

BRAND_AT, PRODUCT_AT, MOTIF_AT, STRIP_AT, AMOUNT_AT = 0.11, 0.235, 0.5, 0.79, 0.92
"""Where the middle of each part stands on a front, as shares of its height."""
_STRIP_HIGH = 0.12
_READ = (0.14, 0.04, 0.86, 0.87)
"""Part of a front that says what it is: its names, without the edges that a hand covers."""
_X_HEIGHT = 0.54


@dataclass(frozen=True, slots=True)
class Front:
    """What a replay must know a package by: its front, without ink of its own.

    detail  x-height in millimetres of the smallest name on it
    """

    design: Design
    width: float
    height: float
    detail: float

    @property
    def size(self) -> Size:
        """(width, height) in millimetres."""
        return self.width, self.height

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:  # noqa: ARG002  (the protocol has it)
        """See `Art.paint`: nothing, the panel's other labels are the print."""
        return np.zeros((1, 1, 4), np.uint8)

    def truth(self) -> tuple[Truth, ...]:
        """The item."""
        x0, y0, x1, y1 = _READ
        part = (x0 * self.width, y0 * self.height, x1 * self.width, y1 * self.height)
        value = {"sku": self.design.sku, "name": self.design.name}
        return (Truth("product", value, (0.0, 0.0, *self.size), self.detail, part=part),)


def front_labels(design: Design, size: Size, at: Size = (0.0, 0.0), *, id: str = "") -> tuple[Label, ...]:
    """The front's print on a panel of ``size`` whose middle is at ``at``; with an ``id`` also its truth."""
    width, height = size
    strip = _strip_ink(design)
    texts = (
        (fitted(design.brand, 0.84 * width, 0.115 * height, design.ink, 0.03), BRAND_AT),
        (fitted(design.product, 0.7 * width, 0.085 * height, design.ink, 0.0), PRODUCT_AT),
        (fitted(design.variant, 0.68 * width, 0.085 * height, strip, 0.03), STRIP_AT),
        (fitted(design.amount, 0.4 * width, 0.05 * height, design.ink, 0.0), AMOUNT_AT),
    )
    drawing = Drawing(width, height, lambda canvas: _draw_front(canvas, design))
    labels = [Label(drawing, at)]
    labels += [Label(text, (at[0], at[1] + (share - 0.5) * height), required=False) for text, share in texts]
    if id:
        detail = _X_HEIGHT * min(text.em for text, _ in texts[:3])
        labels.append(Label(Front(design, width, height, detail), at, id=id))
    return tuple(labels)


def fitted(line: str, width: float, em: float, ink: Rgb, bold: float, align: Align = "left") -> Text:
    """The line as large as ``width`` millimetres allow, ``em`` at most."""
    wide = Text((line,), em=1.0, bold=bold).size[0]
    return Text((line,), em=min(em, width / wide), ink=ink, bold=bold, align=align)


def side_labels(design: Design, size: Size, at: Size = (0.0, 0.0), *, code: str = "") -> tuple[Label, ...]:
    """A narrow side: the brand upright, lines too small to read, and with an id in ``code`` the barcode."""
    width, height = size
    drawing = Drawing(width, height, lambda canvas: _draw_side(canvas, design))
    brand = fitted(design.brand, 0.4 * height, 0.5 * width, design.ink, 0.02)
    labels = [Label(drawing, at), Label(brand, (at[0], at[1] - 0.26 * height), turn=-90, required=False)]
    if code:
        module = min(0.33, 0.85 * width / 113)
        bars = Code("EAN13", design.gtin, module, bars=min(18.0, 0.16 * height), quiet=9)
        labels.append(Label(bars, (at[0], at[1] + 0.36 * height), id=code, required=False))
    return tuple(labels)


def top_labels(design: Design, size: Size) -> tuple[Label, ...]:
    """The brand on the lid."""
    line = fitted(design.brand, 0.7 * size[0], 0.4 * size[1], design.ink, 0.02)
    return (Label(line, required=False),)


def back_labels(design: Design, size: Size) -> tuple[Label, ...]:
    """Brand, product and variant, and a block of print."""
    width, height = size
    drawing = Drawing(width, height, lambda canvas: _draw_side(canvas, design))
    rows = ((design.brand, -0.38, 0.07), (f"{design.product}, {design.variant}", -0.28, 0.05))
    return (
        Label(drawing),
        *(
            Label(fitted(line, 0.8 * width, em * height, design.ink, 0.0), (0, y * height), required=False)
            for line, y, em in rows
        ),
    )


def _draw_front(c: Canvas, design: Design) -> None:
    width, height = c.size
    dark = shaded(design.ground, 0.82)
    c.blend(0, 0, width, height, design.ground, dark)
    _draw_style(c, design)
    side = min(0.74 * width, 0.44 * height)
    draw_motif(design.motif, c, (width - side) / 2, MOTIF_AT * height - side / 2, side, design.accent)
    half = _STRIP_HIGH / 2
    c.box(0.1 * width, (STRIP_AT - half) * height, 0.9 * width, (STRIP_AT + half) * height, design.accent, 2.0)


def _draw_style(c: Canvas, design: Design) -> None:
    width, height = c.size
    light, dark = shaded(design.ground, 1.25), shaded(design.ground, 0.7)
    if design.style == "band":
        c.box(0, 0.3 * height, width, 0.7 * height, light)
        for y in (0.29, 0.7):
            c.box(0, y * height, width, (y + 0.01) * height, design.accent)
    elif design.style == "frame":
        edge = 0.045 * width
        c.box(edge, edge, width - edge, height - edge, design.accent, 4)
        c.box(1.35 * edge, 1.35 * edge, width - 1.35 * edge, height - 1.35 * edge, design.ground, 4)
    elif design.style == "slant":
        c.polygon([(0, 0.62 * height), (width, 0.36 * height), (width, height), (0, height)], dark)
    elif design.style == "split":
        c.box(0, 0, 0.09 * width, height, design.accent)
        c.box(0.91 * width, 0, width, height, design.accent)


def _draw_side(c: Canvas, design: Design) -> None:
    width, height = c.size
    c.blend(0, 0, width, height, shaded(design.ground, 0.95), shaded(design.ground, 0.78))
    rng = np.random.default_rng([design.seed, 5])
    for row in range(9):
        y = (0.5 + 0.024 * row) * height
        c.line([(0.12 * width, y), (float(rng.uniform(0.5, 0.88)) * width, y)], 0.006 * height, design.ink)


def _strip_ink(design: Design) -> Rgb:
    red, green, blue = design.accent
    return (28, 24, 24) if 0.3 * red + 0.59 * green + 0.11 * blue > 130 else (250, 248, 242)
