"""What stands on a card beside its lines: chip, contactless waves, a bank's and a network's mark, a hologram.

All of it is invented: no mark of a real brand is drawn. Sizes and places are millimetres on the upright card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.art_chip import chip_maps
from scanapp.synth.cards.art_colour import Bgr, Picture, colour, palette
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.typeset import line_width, typeset

__all__ = ["decorate"]

Float32 = NDArray[np.float32]
Rng = np.random.Generator
Box = tuple[float, float, float, float]

_BANKS = (
    "Northwind|Bank of Meridia|ALTAIR|First Harbour|Oakline|VESTA BANK|civica|Summit Trust|Nordlys|BANCO SOLERA|"
    "Kestrel|Lumen Credit|Harbor & Vale|ORBIS|Alpenbank|Banque Clairval|mint.|TERRA|Quanta Bank|Sparbank"
)
_NETWORKS = ["NETWORK", "Interlink", "PAYNET", "Globus", "UNICARD", "axis", "CIRQ", "MONDO", "Express"]


@dataclass(slots=True, eq=False)
class _Face:
    """The maps being drawn on, and the boxes (px) that are taken."""

    rng: Rng
    albedo: Picture
    metal: Float32
    height: Float32
    ppmm: float
    taken: list[Box] = field(default_factory=list)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm."""
        return self.albedo.shape[1] / self.ppmm, self.albedo.shape[0] / self.ppmm

    def claim(self, x: float, y: float, wide: float, tall: float, gap: float = 0.4) -> tuple[slice, slice] | None:
        """The rows and columns of a place in mm if it is on the card and free; it is taken from then on."""
        k = self.ppmm
        x0, y0, x1, y1 = round(x * k), round(y * k), round((x + wide) * k), round((y + tall) * k)
        rows, columns = self.height.shape
        if min(x0, y0) < 0 or x1 > columns or y1 > rows or min(x1 - x0, y1 - y0) < 4:
            return None
        pad = gap * k
        for a, b, c, d in self.taken:
            if x0 < c + pad and a < x1 + pad and y0 < d + pad and b < y1 + pad:
                return None
        self.taken.append((x0, y0, x1, y1))
        return slice(y0, y1), slice(x0, x1)

    def paint(self, window: tuple[slice, slice], mask: Float32, ink: NDArray[np.float32] | Bgr) -> None:
        """Blends a colour or a picture into the albedo."""
        part = self.albedo[window].astype(np.float32)
        part += mask[..., None] * (np.asarray(ink, np.float32) - part)
        self.albedo[window] = part.astype(np.uint8)

    def contrast(self, window: tuple[slice, slice]) -> Bgr:
        """White or near black, whichever can be seen there."""
        dark = float(self.albedo[window].mean()) > 125
        tone = int(self.rng.uniform(5, 60) if dark else self.rng.uniform(200, 255))
        return tone, tone, tone


def decorate(
    rng: Rng,
    albedo: Picture,
    metal: Float32,
    height: Float32,
    ppmm: float,
    keep_out_boxes_px: Sequence[Sequence[float]] = (),
    *,
    fonts: FontSet | None = None,
    back: bool = False,
) -> None:
    """Draws marks in place on a face's maps, (H, W, 3) uint8 BGR and (H, W) float32 twice.

    ``keep_out_boxes_px`` are x0, y0, x1, y1 of lines that nothing may touch: what does not fit is left out. Bank
    and network names need ``fonts``. A ``back`` gets no chip. Portrait maps get the places of upright cards.
    """
    face = _Face(rng, albedo, metal, height, ppmm, [(b[0], b[1], b[2], b[3]) for b in keep_out_boxes_px])
    if not back and rng.random() < 0.8:
        _chip(face)
    if rng.random() < (0.3 if back else 0.85):
        _network(face, fonts)
    if rng.random() < (0.15 if back else 0.8):
        _bank(face, fonts)
    if rng.random() < (0.5 if back else 0.2):
        _hologram(face)
    if not back and rng.random() < 0.5:
        _waves(face)


def _chip(face: _Face) -> None:
    rng, (wide, tall) = face.rng, face.size
    upright = tall > wide
    w, h = rng.uniform(10.5, 13.5), rng.uniform(9.0, 11.8)
    if upright:
        w, h = h, w
        x, y = (wide - w) / 2 + rng.choice([0.0, rng.normal(0, 8)]), rng.uniform(6, 15)
    else:
        x, y = rng.normal(9.7, 0.8), rng.normal(18.6, 1.0)
    window = None
    for lift in (0.0, 1.5, 3.0, 5.0):
        window = face.claim(x, y - lift, w, h, 0.1)
        if window is not None:
            break
    if window is None:
        return
    rows, columns = (s.stop - s.start for s in window)
    picture, mask, metal, relief = chip_maps(rng, columns, rows, upright)
    face.paint(window, mask, picture)
    face.metal[window] = np.maximum(face.metal[window] * (1 - mask), metal)
    face.height[window] += relief


def _waves(face: _Face) -> None:
    """Four arcs, beside the chip's place or in a corner."""
    rng, (wide, tall) = face.rng, face.size
    size = rng.uniform(4, 8)
    places = [
        (rng.uniform(22, 28), 20.5),
        (wide - size - 4, 4.0),
        (wide - size - 5, 20.0),
        (wide * 0.6, 5.0),
        (4.0, tall * 0.3),
    ]
    x, y = places[int(rng.integers(len(places)))]
    window = face.claim(x, y, size * 0.8, size)
    if window is None:
        return
    rows, columns = (s.stop - s.start for s in window)
    mask = np.zeros((rows, columns), np.uint8)
    for n in range(1, 5):
        radius = int(rows * (0.1 + 0.19 * n))
        centre = (int(columns * -0.05), rows // 2)
        cv2.ellipse(mask, centre, (radius, radius), 0, -38, 38, 255, max(1, rows // 14), cv2.LINE_AA)
    face.paint(window, np.asarray(mask / 255, np.float32), face.contrast(window))


def _network(face: _Face, fonts: FontSet | None) -> None:
    """In the lower right corner mostly: two discs, stripes, a boxed or a bare word, a lozenge."""
    rng, (wide, tall) = face.rng, face.size
    w = rng.uniform(11, 18)
    h = w * rng.uniform(0.5, 0.68)
    corner = rng.choice(4, p=[0.6, 0.2, 0.12, 0.08])
    x = wide - w - rng.uniform(2.5, 5) if corner in (0, 1) else rng.uniform(3, 6)
    y = tall - h - rng.uniform(2.5, 5) if corner in (0, 2) else rng.uniform(3, 5)
    window = face.claim(x, y, w, h)
    if window is None:
        return
    rows, columns = (s.stop - s.start for s in window)
    inks = palette(rng, 3)
    kind = rng.integers(5) if fonts is not None else rng.integers(3)
    shape = np.zeros((rows, columns), np.uint8)
    if kind == 0:
        for n, at in enumerate((0.33, 0.67)):
            disc = np.zeros_like(shape)
            cv2.circle(
                disc, (int(columns * at), rows // 2), int(min(rows, columns * 0.6) * 0.48), 255, -1, cv2.LINE_AA
            )
            face.paint(window, np.asarray(disc / 255 * (1.0 if n == 0 else 0.85), np.float32), inks[n])
    elif kind == 1:
        for n in range(3):
            band = np.zeros_like(shape)
            a, b = int(rows * (0.05 + 0.32 * n)), int(rows * (0.31 + 0.32 * n))
            points = np.array([(columns * 0.1, a), (columns, a), (columns * 0.9, b), (0, b)], np.int32)
            cv2.fillConvexPoly(band, points, 255, cv2.LINE_AA)
            face.paint(window, np.asarray(band / 255, np.float32), inks[n])
    elif kind == 2:
        points = np.array([(columns / 2, 0), (columns, rows / 2), (columns / 2, rows), (0, rows / 2)], np.int32)
        cv2.fillConvexPoly(shape, points, 255, cv2.LINE_AA)
        face.paint(window, np.asarray(shape / 255, np.float32), inks[0])
    else:
        ink = face.contrast(window)
        if kind == 3:
            shape[:] = 255
            face.paint(window, np.asarray(shape / 255, np.float32), colour(rng, None, 0.7, rng.uniform(0.2, 0.7)))
            ink = (250, 250, 250)
        word = str(rng.choice(_NETWORKS))
        _word(face, fonts, word, x + 0.08 * w, y + 0.66 * h, 0.84 * w, 0.45 * h, ink)


def _bank(face: _Face, fonts: FontSet | None) -> None:
    """A small figure and a name, in an upper corner mostly."""
    rng, (wide, _) = face.rng, face.size
    size = rng.uniform(4.5, 9)
    cap = rng.uniform(2.2, 5.0)
    right = rng.random() < 0.35
    x, y = (rng.uniform(wide * 0.5, wide * 0.62) if right else rng.uniform(4, 8)), rng.uniform(3.5, 7)
    if rng.random() < 0.7:
        window = face.claim(x, y, size, size)
        if window is None:
            return
        _figure(face, window)
        x += size + 1.5
    if fonts is None or rng.random() < 0.15:
        return
    length = min(wide - x - 3, rng.uniform(18, 45))
    window = face.claim(x, y + 0.5, length, cap + 1.5, 0.1)
    if window is not None:
        name = str(rng.choice(_BANKS.split("|")))
        ink = face.contrast(window) if rng.random() < 0.8 else colour(rng)
        _word(face, fonts, name, x, y + 0.8 + cap, length, cap, ink)


def _figure(face: _Face, window: tuple[slice, slice]) -> None:
    """An emblem of one to three parts: discs, rings, stars, chevrons."""
    rng = face.rng
    rows, columns = (s.stop - s.start for s in window)
    for ink in palette(rng, int(rng.integers(1, 4))):
        shape = np.zeros((rows, columns), np.uint8)
        kind, reach = rng.integers(4), rows * rng.uniform(0.2, 0.48)
        centre = (int(columns * rng.uniform(0.4, 0.6)), int(rows * rng.uniform(0.4, 0.6)))
        if kind < 2:
            stroke = -1 if kind == 0 else max(1, rows // 9)
            cv2.circle(shape, centre, int(reach), 255, stroke, cv2.LINE_AA)
        else:
            corners = int(rng.integers(3, 9)) * (2 if kind == 2 else 1)
            turn = np.arange(corners) * 2 * np.pi / corners + rng.uniform(0, 6)
            radius = (
                np.where(np.arange(corners) % 2 == 0, reach, reach * rng.uniform(0.35, 0.8)) if kind == 2 else reach
            )
            points = np.stack([centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)], axis=1)
            cv2.fillPoly(shape, [points.astype(np.int32)], 255, cv2.LINE_AA)
        face.paint(window, np.asarray(shape / 255, np.float32), ink)


def _hologram(face: _Face) -> None:
    """A patch of foil with a rainbow and a fine pattern, square or round, at the right."""
    rng, (wide, tall) = face.rng, face.size
    w, h = rng.uniform(9, 20), rng.uniform(8, 13)
    for _ in range(3):
        window = face.claim(rng.uniform(0.55 * wide, wide - w - 2), rng.uniform(0.3 * tall, tall - h - 3), w, h)
        if window is not None:
            break
    else:
        return
    rows, columns = (s.stop - s.start for s in window)
    mask = np.zeros((rows, columns), np.uint8)
    if rng.random() < 0.5:
        cv2.ellipse(
            mask, (columns // 2, rows // 2), (columns // 2 - 1, rows // 2 - 1), 0, 0, 360, 255, -1, cv2.LINE_AA
        )
    else:
        mask[1:-1, 1:-1] = 255
    x, y = np.meshgrid(np.linspace(0, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32))
    turn = rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y + rng.random()
    fine = np.sin(rng.uniform(20, 90) * np.hypot(x - rng.random(), y - rng.random()))
    hsv = np.stack([turn % 1 * 360, np.full_like(x, rng.uniform(0.1, 0.5)), 0.75 + 0.2 * fine], axis=2).astype(
        np.float32
    )
    foil = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR) * 255, np.float32)
    cover = np.asarray(mask / 255, np.float32)
    face.paint(window, cover, foil)
    face.metal[window] = np.maximum(face.metal[window], cover * np.float32(rng.uniform(0.3, 0.7)))


def _word(
    face: _Face, fonts: FontSet | None, text: str, x: float, y: float, wide: float, cap: float, ink: Bgr
) -> None:
    """A name from ``x`` on the baseline ``y``, no longer than ``wide`` and no taller than ``cap`` mm."""
    if fonts is None:
        return
    font = fonts.text(face.rng)
    cap = min(cap, wide / max(0.1, line_width(text, font, pitch=None, gap=0.4)))
    k = face.ppmm
    shape = (face.albedo.shape[0], face.albedo.shape[1])
    setting = typeset(text, font, x=x * k, baseline=y * k, cap=cap * k, gap=0.4, shape=shape)
    if setting is not None:
        face.paint(setting.window, setting.mask, ink)
