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
    points = np.array([_centroid(total, row, column) for row, column in places], np.float64)
    chosen = _convex(points, _fours(len(places)))
    if not len(chosen):
        return None
    mass = np.stack([cv2.blur(layer, (3, 3), borderType=cv2.BORDER_CONSTANT) * 9 for layer in maps])
    mass = mass[:, places[:, 0], places[:, 1]].T
    fit = _proportions(points[chosen], total.shape, stretch)
    if mask is not None:
        fit = fit + MASK_WEIGHT * _covered(points[chosen], mask)
    value = np.log(np.minimum(mass.sum(axis=1), 1.0) + _FLOOR)[chosen].sum(axis=1) + fit
    best = int(value.argmax())
    index = chosen[best]
    turns = np.log(mass + _FLOOR)[index[_TURNS], np.arange(4)].sum(axis=1)
    turn = int(turns.argmax())
    quad = ((points[index[_TURNS[turn]]] + 0.5) * STRIDE).astype(np.float32)
    certainty = min(1.0, float(mass[index].sum(axis=1).min()))
    return Corners(quad, certainty, float(1 / np.exp(turns - turns.max()).sum()), float(np.exp(fit[best] / 4)))


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


def _centroid(total: Float32, row: int, column: int) -> tuple[float, float]:
    """(x, y) in cells: the middle of the mass around a cell, taken twice so that the window sits on it."""
    height, width = total.shape
    x, y = float(column), float(row)
    for _ in range(2):
        i, j = min(max(round(y), 0), height - 1), min(max(round(x), 0), width - 1)
        y0, x0 = max(0, i - 2), max(0, j - 2)
        window = total[y0 : i + 3, x0 : j + 3]
        mass = float(window.sum()) + 1e-12
        x = x0 + float(window.sum(axis=0) @ np.arange(window.shape[1], dtype=np.float32)) / mass
        y = y0 + float(window.sum(axis=1) @ np.arange(window.shape[0], dtype=np.float32)) / mass
    return x, y


@lru_cache(maxsize=PEAKS)
def _fours(count: int) -> NDArray[np.intp]:
    return np.array(list(combinations(range(count), 4)), np.intp)


def _convex(points: Float64, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Those of the choices (m, 4) that are corners of a convex quad, each put in clockwise order (y down)."""
    corners = points[chosen]
    away = corners - corners.mean(axis=1, keepdims=True)
    order = np.argsort(np.arctan2(away[..., 1], away[..., 0]), axis=1, kind="stable")
    ring = np.take_along_axis(corners, order[..., None], axis=1)
    ahead = np.roll(ring, -1, axis=1) - ring
    after = np.roll(ahead, -1, axis=1)
    cross = ahead[..., 0] * after[..., 1] - ahead[..., 1] * after[..., 0]
    return np.take_along_axis(chosen, order, axis=1)[(cross > 0.1 * _SMALLEST).all(axis=1)]


def _proportions(quads: Float64, shape: tuple[int, ...], stretch: float) -> Float64:
    """(m,) log-likelihood of the sides' ratios, 0 for an ID-1 card lying or standing."""
    scale = np.array([1.0, stretch])
    ratios = side_ratios((quads + 0.5) * scale, shape[1], shape[0] * stretch)
    off = (np.abs(np.log(ratios)) - np.log(LONG_MM / SHORT_MM)) / RATIO_SPREAD
    return np.asarray(-np.minimum(0.5 * off**2, _WORST_RATIO), np.float64)


def _covered(quads: Float64, mask: NDArray[np.float32]) -> Float64:
    """(m,) mean log-likelihood of the mask on points inside and just outside of the quads, 0 at best."""
    inside, outside = _probes()
    sure = np.clip(mask, -4, 4)
    losses = []
    for weights, sign in ((inside, 1.0), (outside, -1.0)):
        at = np.einsum("pk,mkc->mpc", weights, quads)
        x = np.round(at[..., 0]).astype(np.intp)
        y = np.round(at[..., 1]).astype(np.intp)
        within = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
        seen = sure[np.clip(y, 0, mask.shape[0] - 1), np.clip(x, 0, mask.shape[1] - 1)]
        loss = np.logaddexp(0, -sign * np.where(within, seen, -4.0))
        losses.append(loss.mean(axis=1))
    return np.asarray(-(losses[0] + losses[1]), np.float64)


@lru_cache(maxsize=1)
def _probes() -> tuple[Float64, Float64]:
    """Bilinear weights (p, 4) of the corners: for points inside a quad, for some a little outside of its sides."""
    inner = np.linspace(0.08, 0.92, 6)
    inside = [(u, v) for u in inner for v in inner]
    along = np.linspace(0.15, 0.85, 5)
    outside = [(u, v) for u in along for v in (-0.16, 1.16)] + [(u, v) for v in along for u in (-0.11, 1.11)]

    def weights(at: list[tuple[float, float]]) -> Float64:
        u, v = np.array(at).T
        return np.column_stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])

    return weights(inside), weights(outside)
