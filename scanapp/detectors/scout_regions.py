"""From the scout's maps to regions: the connected cells of each kind, with the smallest rectangle around them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad, as_quad

KINDS = ("code_1d", "code_2d", "card", "text", "product", "face")
"""The network's maps, in this order."""
STRIDE = 4
"""Network pixels a map cell."""
LEAST = 3
"""Cells: less is noise."""
MOST = 8
"""Regions of a kind: the largest ones."""

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """kind   one of `KINDS`
    quad   (4, 2) float32, network pixels, clockwise: a linear code's first side is the longer one, which mostly
           runs across the bars; that of all others is the upper one
    score  0 to 1: mean probability of its cells
    """

    kind: str
    quad: Quad
    score: float


def regions(logits: Float32, threshold: float = 0.0) -> list[Region]:
    """What stands out of ``logits`` (6, h, w) above ``threshold``, kind by kind."""
    shown = logits > threshold
    found: list[Region] = []
    for row in np.flatnonzero(shown.any((1, 2))).tolist():
        found += _of_kind(KINDS[row], logits[row], shown[row])
    return found


def _of_kind(kind: str, logits: Float32, shown: NDArray[np.bool_]) -> list[Region]:
    mask = np.ascontiguousarray(shown).view(np.uint8)
    _, found, boxes, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    labels, stats = np.asarray(found, np.int32), np.asarray(boxes, np.int32)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    largest = np.argsort(-sizes, kind="stable")[:MOST]
    return [_region(kind, logits, labels, stats, int(row) + 1) for row in largest if sizes[row] >= LEAST]


def _region(kind: str, logits: Float32, labels: NDArray[np.int32], stats: NDArray[np.int32], label: int) -> Region:
    x, y, wide, tall = stats[label, :4].tolist()
    part = slice(y, y + tall), slice(x, x + wide)
    rows, columns = np.nonzero(labels[part] == label)
    cells = np.column_stack([columns + x, rows + y]).astype(np.float32)
    middle, (width, height), degrees = cv2.minAreaRect(cells)
    around = cv2.boxPoints((middle, (width + 1, height + 1), degrees))
    values = logits[part][rows, columns]
    quad = ordered((around + np.float32(0.5)) * STRIDE, along=kind == "code_1d")
    return Region(kind, quad, float((1 / (1 + np.exp(-values))).mean()))


def ordered(corners: Float32, *, along: bool) -> Quad:
    """Clockwise (y down); the first side runs to the right: a longer one (``along``), or the nearest to level."""
    edges = np.roll(corners, -1, axis=0) - corners
    if edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0] < 0:
        corners = corners[::-1]
        edges = np.roll(corners, -1, axis=0) - corners
    worth = (
        np.hypot(edges[:, 0], edges[:, 1]) if along else np.abs(edges[:, 0]) / np.hypot(edges[:, 0], edges[:, 1])
    )
    first = 0 if worth[0] >= worth[1] else 1
    if edges[first, 0] < 0 or (edges[first, 0] == 0 and edges[first, 1] < 0):
        first += 2
    return as_quad(np.roll(corners, -first, axis=0))
