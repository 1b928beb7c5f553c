"""What lies behind a card's number: procedural artwork of some thirty kinds, blended and toned at random.

`artwork` draws a kind, paints it at half size where the kind bears that (print is softer than our pixels, and the
card's number does not care), and then may quieten it, blend a second kind over it, or darken it towards an edge.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from scanapp.synth.cards import art_graphic as graphic
from scanapp.synth.cards import art_scenic as scenic
from scanapp.synth.cards.art_colour import Picture, Rng, distance, shaded, slope

Painter = Callable[[Rng, int, int], Picture]

PAINTERS: dict[str, Painter] = {
    painter.__name__: painter
    for painter in (
        graphic.plain,
        graphic.gradient,
        graphic.carbon,
        graphic.brushed,
        graphic.guilloche,
        graphic.stripes,
        graphic.low_poly,
        graphic.shapes,
        graphic.halftone,
        graphic.letters,
        graphic.chart,
        scenic.grass,
        scenic.foliage,
        scenic.wheat,
        scenic.pebbles,
        scenic.bokeh,
        scenic.clouds,
        scenic.water,
        scenic.marble,
        scenic.impasto,
        scenic.skyline,
        scenic.mountains,
        scenic.fur,
        scenic.cloth,
        scenic.sunburst,
    )
}

_OFTEN = {"plain": 4.0, "gradient": 4.0, "shapes": 2.0, "stripes": 1.5}
_WEIGHT = np.array([_OFTEN.get(name, 1.0) for name in PAINTERS])


def artwork(rng: np.random.Generator, width_px: int, height_px: int, kind: str | None = None) -> Picture:
    """(height_px, width_px, 3) uint8 BGR artwork; ``kind`` names one of `PAINTERS`, random by default."""
    sheet = _painted(rng, width_px, height_px, kind)
    if kind is None and rng.random() < 0.2:
        sheet = _blended(rng, sheet, _painted(rng, width_px, height_px, None))
    return _toned(rng, sheet)


def _painted(rng: Rng, width: int, height: int, kind: str | None) -> Picture:
    name = kind or str(rng.choice(list(PAINTERS), p=_WEIGHT / _WEIGHT.sum()))
    scale = 1.0 if rng.random() < 0.1 else rng.uniform(0.4, 0.7)
    small = PAINTERS[name](rng, max(16, round(width * scale)), max(16, round(height * scale)))
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _blended(rng: Rng, below: Picture, above: Picture) -> Picture:
    """Either a see-through layer, or two parts of the card with a straight or curved border between them."""
    height, width = below.shape[:2]
    if rng.random() < 0.4:
        share = rng.uniform(0.2, 0.6)
        return np.asarray(cv2.addWeighted(below, 1 - share, above, share, 0), np.uint8)
    if rng.random() < 0.5:
        field = slope(rng, width, height)
    else:
        field = distance(width, height, (width * rng.uniform(-0.5, 1.5), height * rng.uniform(-0.5, 1.5)))
    cut = np.quantile(field[::8, ::8], rng.uniform(0.2, 0.8))
    mask = (field > cut).astype(np.uint8)
    return np.asarray(cv2.copyTo(above, mask, below.copy()), np.uint8)


def _toned(rng: Rng, sheet: Picture) -> Picture:
    """Quietened towards one tone, brightened or darkened, and shaded to an edge, each at times."""
    if rng.random() < 0.35:
        keep, tone = rng.uniform(0.15, 0.8), rng.uniform(0, 255)
        sheet = np.asarray(cv2.convertScaleAbs(sheet, alpha=keep, beta=(1 - keep) * tone), np.uint8)
    if rng.random() < 0.2:
        height, width = sheet.shape[:2]
        sheet = shaded(sheet, rng.uniform(-0.8, 0.5) * slope(rng, width, height))
    return sheet
