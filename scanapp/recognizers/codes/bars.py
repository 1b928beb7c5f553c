"""Finds linear codes at any angle by the structure tensor: bars are where gradients agree on one direction.

zxing-cpp scans rows and columns, so a linear code at 30 to 60 degrees escapes it. Here the local structure
tensor (Bigun & Granlund 1987; for bar codes e.g. Gallo & Manduchi, PAMI 2011) is averaged over small windows;
connected windows of one strong direction become a quad whose top edge crosses the bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray, Quad, as_quad, center, coverage, iou, rectify, sides
from scanapp.recognizers.codes.patch import Patch

LEVELS = (2000, 1000, 500, 250)
WINDOW = 11
COHERENCE = 0.6
MIN_LENGTH = 28.0
QUIET = 0.12
MAX_ASPECT = 14.0
MIN_SIDE = 8
MIN_SIZE = 150
"""Pixels of a level that a region covers at least."""
LARGEST = 8
"""Regions a level and direction that are looked at one by one: bounds the cost of a page of text."""
EXAMINED = 20
STRIPS = 4
MIN_BARRED = 0.4
"""Share of a strip's variance that is left when it is averaged along the bars; text keeps less."""
MIN_CHANGES = 12
"""Changes between dark and light across a region; the shortest useful symbols have about 20, edges of things 1."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class BarRegion:
    """A run of parallel bars.

    quad   (4, 2) float32 in the patch's pixels; corner 0 to corner 1 crosses the bars
    score  summed gradient energy: larger, sharper regions first
    """

    quad: Quad
    score: float


def bar_regions(gray: Gray, limit: int = 8) -> list[BarRegion]:
    """Where linear codes may be in a (h, w) uint8 image, best first, without duplicates over the scales."""
    found: list[BarRegion] = []
    long_side = max(gray.shape)
    previous = 0.0
    for level in LEVELS:
        factor = min(1.0, level / long_side)
        if factor == previous:
            continue
        previous = factor
        found += _regions_at(gray, factor)
    found.sort(key=lambda region: -region.score)
    return [region for region in _distinct(found) if _barred(gray, region.quad)][:limit]


def upright(patch: Patch, region: BarRegion, *, scale: float = 1.0, grow: float = 1.0) -> Patch:
    """The region with its bars vertical, a quiet zone left and right, at ``scale`` × its size."""
    quad = widened(region.quad, QUIET * grow)
    width, height = sides(quad)
    shrink = min(1.0, 2400 / (width * scale))
    return patch.rectified(
        quad, max(16, round(width * scale * shrink)), max(8, round(min(height * scale * shrink, 400)))
    )


def widened(quad: Quad, part: float) -> Quad:
    """Longer by this part at both ends of its top and bottom edge."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return as_quad([quad[0] - top * part, quad[1] + top * part, quad[2] + bottom * part, quad[3] - bottom * part])


def _regions_at(gray: Gray, factor: float) -> list[BarRegion]:
    if min(gray.shape) * factor < MIN_SIDE:
        return []
    small = gray
    if factor < 1.0:
        small = np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    dx = np.asarray(cv2.Scharr(small, cv2.CV_32F, 1, 0, scale=1 / 16), np.float32)
    dy = np.asarray(cv2.Scharr(small, cv2.CV_32F, 0, 1, scale=1 / 16), np.float32)
    window = (WINDOW, WINDOW)
    xx, yy, xy = (np.asarray(cv2.boxFilter(p, -1, window), np.float32) for p in (dx * dx, dy * dy, dx * dy))
    energy, cos2, sin2 = xx + yy, xx - yy, 2 * xy
    coherence = cv2.magnitude(cos2, sin2) / (energy + 4.0)
    floor = max(12.0, 0.15 * float(np.percentile(energy, 97)))
    strong = (coherence > COHERENCE) & (energy > floor)
    double_angle = cv2.phase(cos2, sin2, angleInDegrees=True)
    regions: list[BarRegion] = []
    for start in range(0, 360, 60):
        off = np.abs(double_angle - start)
        mask = (strong & (np.minimum(off, 360 - off) < 50)).astype(np.uint8)
        regions += _components(mask, energy, cos2, sin2, factor)
    return regions


def _components(mask: Gray, energy: Floats, cos2: Floats, sin2: Floats, factor: float) -> list[BarRegion]:
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    regions = []
    sizes = stats[1:count, cv2.CC_STAT_AREA]
    largest = np.argsort(-sizes, kind="stable")[:LARGEST]
    for label in largest[sizes[largest] >= MIN_SIZE] + 1:
        x, y, w, h, _ = (int(value) for value in stats[label])
        inside = labels[y : y + h, x : x + w] == label
        part = np.s_[y : y + h, x : x + w]
        direction = np.arctan2(float(sin2[part][inside].sum()), float(cos2[part][inside].sum())) / 2
        rows, columns = np.nonzero(inside)
        quad = _box_along(np.column_stack([columns + x, rows + y]).astype(np.float64), direction)
        width, height = sides(quad)
        if width < MIN_LENGTH or height < 4 or width > MAX_ASPECT * height * 3:
            continue
        regions.append(BarRegion(as_quad((quad + 0.5) / factor), float(energy[part][inside].sum()) / factor**2))
    return regions


def _box_along(points: NDArray[np.float64], direction: float) -> Quad:
    """The box of nearly all points whose top edge runs along ``direction`` (radians), left to right."""
    if np.cos(direction) < 0:
        direction += np.pi
    along = np.array([np.cos(direction), np.sin(direction)])
    across = np.array([-along[1], along[0]])
    u0, u1 = np.percentile(points @ along, [0.5, 99.5])
    v0, v1 = np.percentile(points @ across, [2.0, 98.0])
    return as_quad([u * along + v * across for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))])


def _barred(gray: Gray, quad: Quad) -> bool:
    """Whether strips of the region stay what they are when averaged along the bars, and change often across."""
    width = int(np.clip(sides(quad)[0], 24, 256))
    flat, _ = rectify(gray, quad, width, STRIPS * 6)
    rows = flat.astype(np.float32).reshape(STRIPS, 6, width)
    means = rows.mean(axis=1)
    barred = means.var(axis=1) / (rows.var(axis=(1, 2)) + 4.0)
    level = cv2.blur(means, (max(5, width // 6) | 1, 1))
    swings = means - level
    sign = np.where(np.abs(swings) > 0.4 * swings.std(axis=1, keepdims=True), np.sign(swings), 0)
    changes = [np.count_nonzero(np.diff(row[row != 0])) for row in sign]
    return bool(np.median(barred) >= MIN_BARRED and np.median(changes) >= MIN_CHANGES)


def _distinct(regions: list[BarRegion]) -> list[BarRegion]:
    """The first `EXAMINED` regions that are not at the place of an earlier one."""
    kept: list[BarRegion] = []
    for region in regions:
        if len(kept) == EXAMINED:
            break
        if not any(_same(region.quad, other.quad) for other in kept):
            kept.append(region)
    return kept


def _same(a: Quad, b: Quad) -> bool:
    (ax, ay), (bx, by) = center(a), center(b)
    width = sides(b)[0]
    apart = float(np.hypot(ax - bx, ay - by))
    if apart > 0.5 * width:
        return False
    if iou(a, b) > 0.6:
        return True
    return apart < 0.1 * width and coverage(a, b) > 0.9 and abs(sides(a)[0] - width) < 0.15 * width
