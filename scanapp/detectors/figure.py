"""Figure and ground: what stands out from what surrounds it, on a small luma thumbnail.

Ground is what can be reached from the picture's border without crossing an edge; the rest is figure, the plain
parts of a package included, since its outline closes them off. How strong an edge must be depends on the picture:
on a grainy table only what is much stronger than the grain counts. Thin things (the edge of a table, a cable) are
no figure. Nothing here knows what a thing is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray, Quad, as_quad, box_quad

LONG_SIDE = 240
"""Pixels of the thumbnail that figures are looked for on: a thing of 3 % of the frame's width still has 10."""
FAINT, GRAIN = 7.0, 2.6
"""Luma steps that count as an edge: at least so many, and so many times the picture's median step."""
LEAST_GROUND = 0.004
"""A part of the picture that reaches its border is ground from this share of it on."""
TRAY = 0.12
"""A plain part that is so much of the picture is a tray, or what it stands on."""
THIN = 0.02
"""Share of the long side: what is thinner is no figure."""

UPRIGHT, RECTANGLE = 0.86, 0.78
"""A figure is a turned rectangle where it fills that so much better than the upright one, and so much of it."""
LUMPY = 0.92
"""A figure that fills less of its rectangle may be several things that touch."""
PART = 0.12
"""Share of the largest part that another must have to count as a thing."""
_BITES = (0.25, 0.4, 0.55, 0.7)
"""A figure is eaten away from all sides by these shares of its greatest depth, to see what it falls into."""


Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One connected thing.

    mask  (h, w) uint8, 255 where it is, of its box alone
    box   (x, y, width, height), thumbnail pixels
    size  its area as a share of the thumbnail
    """

    mask: Mask
    box: tuple[int, int, int, int]
    size: float

    def borders(self, shape: tuple[int, ...]) -> int:
        """How many sides of a picture of (height, width, …) it reaches."""
        x, y, wide, high = self.box
        return (x <= 1) + (y <= 1) + (x + wide >= shape[1] - 1) + (y + high >= shape[0] - 1)


def figure_mask(thumb: Gray, *, tray: bool = False) -> Mask:
    """(h, w) uint8, 255 where the picture is no ground.

    tray  the ground is what is plain and large, wherever it lies: its rim may close it off from the border
    """
    smooth = cv2.blur(thumb, (3, 3))
    steps = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    median = float(np.median(steps[::2, ::2]))
    _, edges = cv2.threshold(steps, max(FAINT, GRAIN * median), 255, cv2.THRESH_BINARY)
    edges = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    ground = _ground(np.asarray(cv2.bitwise_not(edges), np.uint8), tray)
    thin = max(3, round(THIN * max(thumb.shape)) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin, thin))
    return np.asarray(cv2.morphologyEx(cv2.bitwise_not(ground), cv2.MORPH_OPEN, disc), np.uint8)


def figures(mask: Mask, least: float) -> list[Figure]:
    """The connected figures of at least ``least`` of the picture, the largest first."""
    count, labels, stats = _components(mask)
    found = []
    for number in range(1, count):
        x, y, wide, high, pixels = (int(value) for value in stats[number])
        if pixels < least * mask.size:
            continue
        part = np.asarray(labels[y : y + high, x : x + wide] == number, np.uint8) * np.uint8(255)
        found.append(Figure(part, (x, y, wide, high), pixels / mask.size))
    return sorted(found, key=lambda figure: -figure.size)


def outline(figure: Figure) -> tuple[Quad, float]:
    """The smallest rectangle around a figure, in thumbnail pixels, and the share of it that the figure fills.

    Upright, unless one that is turned is clearly smaller and fits well: a ragged figure has no direction.
    """
    contours, _ = cv2.findContours(figure.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    x, y, wide, high = figure.box
    pixels = float(cv2.countNonZero(figure.mask))
    turned = cv2.minAreaRect(np.concatenate(contours))
    filled = min(1.0, pixels / max(1.0, (turned[1][0] + 1) * (turned[1][1] + 1)))
    if pixels / (wide * high) > UPRIGHT * filled or filled < RECTANGLE:
        return box_quad(x, y, x + wide, y + high), pixels / (wide * high)
    corners = np.asarray(cv2.boxPoints(turned), np.float32)
    return as_quad(_upright(corners) + np.array([x + 0.5, y + 0.5], np.float32)), filled


def taken_apart(figure: Figure) -> list[Figure]:
    """The things that a lumpy figure consists of: the most that it falls into; itself where it does not."""
    if outline(figure)[1] >= LUMPY:
        return [figure]
    framed = cv2.copyMakeBorder(figure.mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    depth = np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)
    deepest = float(depth.max())
    falls = [(bite * deepest, *_cores(depth > bite * deepest)) for bite in _BITES]
    bitten, labels, large = max(falls, key=lambda fall: len(fall[2]))
    if len(large) < 2:
        return [figure]
    return [_grown(labels == number, bitten, figure) for number in large]


def _cores(left: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[int]]:
    """What is left of a figure, each part with its number, and the numbers of those that are no mere corners."""
    _, labels, stats = _components(np.asarray(left, np.uint8))
    sizes = stats[1:, cv2.CC_STAT_AREA]
    large = np.flatnonzero(sizes > PART * sizes.max(initial=0)) + 1
    return labels, [int(number) for number in large]


def _grown(core: NDArray[np.bool_], by: float, whole: Figure) -> Figure:
    """A part of ``whole`` from what is left of it after a bite."""
    side = 2 * round(by) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    grown = cv2.dilate(np.asarray(core, np.uint8) * np.uint8(255), disc)
    mask = np.asarray(cv2.bitwise_and(grown, whole.mask), np.uint8)
    x, y, wide, high = cv2.boundingRect(mask)
    share = cv2.countNonZero(mask) / max(1, cv2.countNonZero(whole.mask))
    part = np.ascontiguousarray(mask[y : y + high, x : x + wide])
    return Figure(part, (whole.box[0] + x, whole.box[1] + y, wide, high), whole.size * share)


def _ground(free: Mask, tray: bool) -> Mask:
    """255 where ground lies: parts of ``free``, without edges, that reach the border, or are large."""
    count, labels, stats = _components(free)
    sizes = stats[:, cv2.CC_STAT_AREA]
    ground = np.zeros(count, np.uint8)
    if tray:
        ground[sizes >= TRAY * free.size] = 255
    else:
        ground[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 255
        ground[sizes < LEAST_GROUND * free.size] = 0
    ground[0] = 0
    return np.asarray(ground[labels], np.uint8)


def _components(mask: Mask) -> tuple[int, NDArray[np.int32], NDArray[np.int32]]:
    """How many parts ``mask`` has with the rest as number 0, the part of each pixel, and their statistics."""
    # this algorithm takes a third of the default one's time
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return count, np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _upright(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clockwise from the corner from which the first side runs most nearly to the right."""
    (x0, y0), (x1, y1), (x2, y2), _ = corners.tolist()
    if (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1) < 0:
        corners = corners[::-1]
    sides = np.roll(corners, -1, axis=0) - corners
    return np.roll(corners, -int(np.argmax(sides[:, 0] / np.hypot(sides[:, 0], sides[:, 1]))), axis=0)
