"""From the locator's maps to four corners in upright order.

Each of the four maps is a distribution over positions: where the top left corner of the upright card is, and so on.
A card that could as well lie upside down has two peaks in each map, all of them at true corners. So the corners are
the four strongest places of the *sum* of the maps that make a convex quad, and the orientation is the cyclic
assignment of those places to the maps with the largest product of probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

STRIDE = 4
"""Network pixels a map cell."""

PEAKS = 7
MASK = 12.0
"""Weight of the mask's agreement with a quad against the log-probability of its four corners."""
_FLOOR = 2e-3
_ROUND = np.array([[(k + turn) % 4 for k in range(4)] for turn in range(4)])

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """quad  (4, 2) float32, network pixels, upright order
    certainty    0 to 1: how much of the maps' mass lies at these four places
    orientation  0 to 1: probability of this of the four cyclic assignments
    """

    quad: Float32
    certainty: float
    orientation: float


def decode(logits: NDArray[np.float32], mask: NDArray[np.float32] | None = None) -> Corners | None:
    """The best four corners of ``logits`` (4, h, w); None when no four places make a convex quad.

    mask  (h, w) logits of where the card is: of the quads that the maps leave possible, the one that covers it wins
    """
    maps = _distributions(logits)
    total: Float32 = maps.sum(axis=0) * np.float32(0.25)
    places = _peaks(total)
    if len(places) < 4:
        return None
    mass = np.stack([cv2.blur(layer, (3, 3), borderType=cv2.BORDER_CONSTANT) * 9 for layer in maps])
    logs = np.log(mass[:, places[:, 0], places[:, 1]].T + _FLOOR)
    points = np.array([_centroid(total, row, column) for row, column in places], np.float32)
    inside = None if mask is None else np.asarray(1 / (1 + np.exp(-mask)), np.float32)
    best: tuple[float, NDArray[np.intp], NDArray[np.float64]] | None = None
    for chosen in combinations(range(len(places)), 4):
        order = _clockwise(points[list(chosen)])
        if order is None:
            continue
        index = np.array(chosen)[order]
        # how well each of the four turns explains the maps
        turns = logs[index[_ROUND], np.arange(4)].sum(axis=1).astype(np.float64)
        top = float(turns.max())
        value = top + float(np.log(np.exp(turns - top).sum()))
        if inside is not None:
            value += MASK * float(np.log(_agreement(inside, points[index]) + 0.05))
        if best is None or value > best[0]:
            best = (value, index, turns)
    if best is None:
        return None
    _, index, turns = best
    turn = int(turns.argmax())
    quad = (points[index[_ROUND[turn]]] + np.float32(0.5)) * STRIDE
    share = np.exp(turns - turns.max())
    found = mass[:, places[index, 0], places[index, 1]].sum(axis=0)
    return Corners(quad, float(min(1.0, found.min())), float(1 / share.sum()))


def _agreement(inside: Float32, quad: Float32) -> float:
    """Soft intersection over union of a mask (h, w), 0 to 1, and a quad (4, 2), cells."""
    filled = np.zeros(inside.shape, np.uint8)
    cv2.fillConvexPoly(filled, np.round(quad * 16).astype(np.int32), 1, shift=4)
    common = float(cv2.sumElems(cv2.bitwise_and(inside, inside, mask=filled))[0])
    return common / max(float(inside.sum()) + float(np.count_nonzero(filled)) - common, 1e-6)


def _distributions(logits: NDArray[np.float32]) -> Float32:
    maps = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
    maps /= maps.sum(axis=(1, 2), keepdims=True)
    return np.asarray(maps, np.float32)


def _peaks(total: Float32) -> NDArray[np.intp]:
    """(n, 2) row and column of the strongest local maxima, strongest first."""
    near = cv2.blur(total, (3, 3), borderType=cv2.BORDER_CONSTANT)
    top = near >= cv2.dilate(near, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(top & (near > 2e-3 / 9))
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


def _clockwise(points: Float32) -> NDArray[np.intp] | None:
    """The order that goes round four points clockwise (y down); None when they make no convex quad."""
    middle = points.mean(axis=0)
    order = np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]), kind="stable")
    ring = points[order]
    ahead = np.roll(ring, -1, axis=0) - ring
    after = np.roll(ahead, -1, axis=0)
    cross = ahead[:, 0] * after[:, 1] - ahead[:, 1] * after[:, 0]
    return order if bool((cross > 1.0).all()) else None
