"""From the locator's maps to four corners in upright order.

Each of the four maps is a distribution over positions: where the top left corner of the upright card is, and so on.
Which way is up is often anybody's guess on a thumbnail, so the corners are looked for in the *sum* of the maps: of
its strongest places, those four that are likeliest together. Likely means: much of the maps' mass, inside of them
what the mask calls card and outside what it does not, and sides in an ID-1 card's proportions. The orientation is
then the cyclic assignment of the four places to the four maps with the largest product of probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.card_pose import LONG_MM, SHORT_MM, side_ratios

STRIDE = 4
"""Network pixels a map cell."""

PEAKS = 8
MASK_WEIGHT = 8.0
"""How much a decided mask counts beside one corner's probability."""
RATIO_SPREAD = 0.16
"""Of the logarithm of the sides' ratio, for cameras whose focal length is not known."""
_WORST_RATIO = 8.0
_FLOOR = 2e-3
_TURNS = np.array([[(k + turn) % 4 for k in range(4)] for turn in range(4)])
_SMALLEST = 12.0
"""Cells: a card that covers less is too small to read."""
_NEXT = np.array([1, 2, 3, 0])
_AROUND = np.array([(x, y) for y in range(-2, 3) for x in range(-2, 3)], np.float64)
"""Steps from a cell to those around it, row by row."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """quad  (4, 2) float32, network pixels, upright order
    certainty    0 to 1: how much of the maps' mass lies at the weakest of these four places, 1 for all it could be
    orientation  0 to 1: probability of this of the four cyclic assignments
    agreement    0 to 1: how well mask and proportions fit the quad
    """

    quad: Float32
    certainty: float
    orientation: float
    agreement: float


def decode(
    logits: NDArray[np.float32], mask: NDArray[np.float32] | None = None, *, stretch: float = 1.0
) -> Corners | None:
    """The best four corners of ``logits`` (4, h, w); None when no four places make a convex quad.

    mask     (h, w) logits of the card's surface, where there are any
    stretch  the picture's pixels are this much taller than wide when seen on the network's grid
    """
    maps = _distributions(logits)
    total = np.asarray(maps.sum(axis=0), np.float32)
    places = _peaks(total)
    if len(places) < 4:
        return None
    points = _centroids(total, places)
    chosen = _convex(points, _fours(len(places)))
    if not len(chosen):
        return None
    mass = np.stack([cv2.blur(layer, (3, 3), borderType=cv2.BORDER_CONSTANT) * 9 for layer in maps])
    mass = mass[:, places[:, 0], places[:, 1]].T
    likely = np.log(np.minimum(mass.sum(axis=1), 1.0) + _FLOOR)[chosen].sum(axis=1)
    fit = _proportions(points[chosen], total.shape, stretch)
    best = int((likely + fit).argmax())
    if mask is not None:
        best, fit = _best_covered(points[chosen], likely, fit, _Mask(mask))
    index = chosen[best]
    turns = np.log(mass + _FLOOR)[index[_TURNS], np.arange(4)].sum(axis=1)
    turn = int(turns.argmax())
    quad = ((points[index[_TURNS[turn]]] + 0.5) * STRIDE).astype(np.float32)
    certainty = min(1.0, float(mass[index].sum(axis=1).min()))
    return Corners(quad, certainty, float(1 / np.exp(turns - turns.max()).sum()), float(np.exp(fit[best] / 4)))


def _best_covered(quads: Float64, likely: Float64, fit: Float64, mask: _Mask) -> tuple[int, Float64]:
    """The best of the quads (m, 4, 2) when the mask counts, too, and how well proportions and mask fit each.

    The mask only takes away, so quads that are worse without its word than the best so far with it are not asked.
    """
    first = int((likely + fit).argmax())
    least = likely[first] + fit[first] + MASK_WEIGHT * mask.covered(quads[first : first + 1])[0]
    hopeful = np.flatnonzero(likely + fit >= least)
    fit = fit.copy()
    fit[hopeful] += MASK_WEIGHT * mask.covered(quads[hopeful])
    return int(hopeful[(likely + fit)[hopeful].argmax()]), fit


def _distributions(logits: NDArray[np.float32]) -> Float32:
    maps = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
    maps /= maps.sum(axis=(1, 2), keepdims=True)
    return np.asarray(maps, np.float32)


def _peaks(total: Float32) -> NDArray[np.intp]:
    """(n, 2) row and column of the strongest local maxima, strongest first."""
    near = cv2.blur(total, (3, 3), borderType=cv2.BORDER_CONSTANT)
    top = near >= cv2.dilate(near, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(top & (near > 4e-3 / 9))
    order = np.argsort(-near[rows, columns], kind="stable")[:PEAKS]
    return np.column_stack([rows[order], columns[order]])


def _centroids(total: Float32, places: NDArray[np.intp]) -> Float64:
    """(n, 2) x and y in cells: the middle of the mass around each place, taken twice: the window must sit on it."""
    rim = np.zeros((total.shape[0] + 4, total.shape[1] + 4), np.float64)
    rim[2:-2, 2:-2] = total
    flat, wide = rim.ravel(), rim.shape[1]
    row, column = places.T
    for _ in range(2):
        window = flat[(row * wide + column)[:, None] + _window(wide)]
        x, y = (column, row) + (window @ _AROUND).T / (window.sum(axis=1) + 1e-12)
        column = np.minimum(np.maximum(np.rint(x), 0), total.shape[1] - 1).astype(np.intp)
        row = np.minimum(np.maximum(np.rint(y), 0), total.shape[0] - 1).astype(np.intp)
    return np.column_stack([x, y])


@lru_cache(maxsize=16)
def _window(wide: int) -> NDArray[np.intp]:
    """(25,) offsets of the cells around one, in a flat map with that many columns and a rim of two cells."""
    return np.add.outer(np.arange(5) * wide, np.arange(5)).ravel()


@lru_cache(maxsize=PEAKS)
def _fours(count: int) -> NDArray[np.intp]:
    return np.array(list(combinations(range(count), 4)), np.intp)


def _convex(points: Float64, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Those of the choices (m, 4) that are corners of a convex quad, each put in clockwise order (y down)."""
    x, y = points.T
    away = np.arctan2(y[chosen] - _middles(y, chosen), x[chosen] - _middles(x, chosen))
    ring = chosen[np.arange(len(chosen))[:, None], np.argsort(away, axis=1, kind="stable")]
    across, down = x[ring[:, _NEXT]] - x[ring], y[ring[:, _NEXT]] - y[ring]
    cross = across * down[:, _NEXT] - down * across[:, _NEXT]
    return np.asarray(ring[cross.min(axis=1) > 0.1 * _SMALLEST], np.intp)


def _middles(at: Float64, chosen: NDArray[np.intp]) -> Float64:
    return np.asarray(at[chosen].sum(axis=1, keepdims=True) / 4, np.float64)


def _proportions(quads: Float64, shape: tuple[int, ...], stretch: float) -> Float64:
    """(m,) log-likelihood of the sides' ratios, 0 for an ID-1 card lying or standing."""
    scale = np.array([1.0, stretch])
    ratios = side_ratios((quads + 0.5) * scale, shape[1], shape[0] * stretch)
    off = (np.abs(np.log(ratios)) - np.log(LONG_MM / SHORT_MM)) / RATIO_SPREAD
    return np.asarray(-np.minimum(0.5 * off**2, _WORST_RATIO), np.float64)


class _Mask:
    """The surface's map as what a point inside of a card, and one outside, loses on it."""

    def __init__(self, mask: NDArray[np.float32]) -> None:
        sure = np.full((mask.shape[0] + 2, mask.shape[1] + 2), -4.0)
        sure[1:-1, 1:-1] = np.minimum(np.maximum(mask, -4.0), 4.0)
        outside = np.log1p(np.exp(sure))
        self._height, self._width = mask.shape
        self._losses = np.stack([outside - sure, outside]).ravel()

    def covered(self, quads: Float64) -> Float64:
        """(m,) mean log-likelihood of the mask on points inside and just outside of the quads, 0 at best."""
        weights, which, share = _probes()
        x, y = np.rint(quads[..., 0] @ weights), np.rint(quads[..., 1] @ weights)
        column = np.minimum(np.maximum(x, -1), self._width).astype(np.intp) + 1
        row = np.minimum(np.maximum(y, -1), self._height).astype(np.intp) + 1
        cells = (which * (self._height + 2) + row) * (self._width + 2) + column
        return np.asarray(-(self._losses[cells] @ share), np.float64)


@lru_cache(maxsize=1)
def _probes() -> tuple[Float64, NDArray[np.intp], Float64]:
    """Points inside a quad, and some a little outside of its sides: bilinear weights (4, p) of the corners, 0 for
    inside and 1 for outside (p,), and how much each counts (p,).
    """
    inner = np.linspace(0.08, 0.92, 6)
    inside = [(u, v) for u in inner for v in inner]
    along = np.linspace(0.15, 0.85, 5)
    outside = [(u, v) for u in along for v in (-0.16, 1.16)] + [(u, v) for v in along for u in (-0.11, 1.11)]
    u, v = np.array(inside + outside).T
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
    which = np.repeat([0, 1], [len(inside), len(outside)])
    share = np.repeat([1 / len(inside), 1 / len(outside)], [len(inside), len(outside)])
    return weights, which, share
