"""`ProductDetector`: things that may be goods, in the hand, on a table, on a shelf.

Three cues, none of which knows what a product is: a figure that stands out from the ground (`figure.py`), something
that came into view on its own and now rests (`moving.py`), and, where neither says anything about the middle of the
picture, that middle itself, if there is something in it: people hold up what they want to have named.
"""

from __future__ import annotations

from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.figure import LONG_SIDE, Figure, figure_mask, figures, outline, taken_apart
from scanapp.detectors.moving import Box, Moving
from scanapp.detectors.regions import rise, without_overlaps
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, area, bounds, box_quad, center, coverage, sides
from scanapp.results import Detection

LEAST, MOST = 0.006, 0.7
"""Shares of the picture that a figure may take up."""
ROW = 1.7
"""Times its height that a row of things is long, at least."""
MIDDLE = (0.22, 0.1, 0.78, 0.9)
"""The middle of the picture, as shares of its sides: where a thing is held."""
NARROW = 0.62
"""Rows and columns filled less than this share of the fullest ones may be an arm that reaches into the picture."""
KEPT = 0.45
"""Share of a figure that must be left after its arm is cut off."""
CLEAR, LARGE = 0.5, 0.12
"""Score, and share of the middle, of a figure that makes the bare middle needless."""
SLENDER = (0.08, 0.2)
"""Width over length up to which a thing is a cable or an edge, and from which it is surely none."""
BARE = 0.3
"""Score of the bare middle."""
PLAIN = 9.0
"""Standard deviation of luma below which the middle is empty."""


class ProductDetector:
    """Proposes what stands out, rests after moving, or fills the middle.

    min_score    0 to 1: raising it drops small, ragged and off-centre things, and the bare middle (0.3)
    max_regions  most things a frame
    middle       whether the middle is proposed where nothing else is; false: only what stands out or moved
    """

    name = "product"
    kinds = frozenset({"product"})
    cost_ms = 0.9

    def __init__(self, *, min_score: float = 0.3, max_regions: int = 8, middle: bool = True) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.middle = middle
        self._moving = Moving()

    def detect(self, frame: Frame) -> list[Detection]:
        """Things, best first."""
        thumb, scale = frame.thumb(LONG_SIDE), frame.thumb_scale(LONG_SIDE)
        moved = self._moving.look(frame)
        found = [_judged(figure, thumb.shape, scale, moved) for figure in _things(thumb)]
        found = [detection for detection in found if detection.score >= min(BARE, self.min_score)]
        held = box_quad(
            *(share * side for share, side in zip(MIDDLE, (frame.width, frame.height) * 2, strict=True))
        )
        if self.middle and not _takes_up(found, held):
            found += _middle(thumb, scale, held, found, moved)
        return without_overlaps([d for d in found if d.score >= self.min_score], most=self.max_regions)


def _things(thumb: Gray) -> list[Figure]:
    """Figures without arms; rows of things that touch are taken apart."""
    wholes = [_main_part(figure, thumb.shape) for figure in figures(figure_mask(thumb), LEAST)]
    parts = [part for whole in wholes for part in (taken_apart(whole) if _is_row(whole) else [whole])]
    return [part for part in parts if LEAST < part.size < MOST]


def _is_row(figure: Figure) -> bool:
    """Whether it is so long that it may be several things; what a hand holds must not be torn to pieces."""
    return max(figure.box[2:]) > ROW * min(figure.box[2:])


def _judged(figure: Figure, shape: tuple[int, ...], scale: int, moved: Box | None) -> Detection:
    """The figure as a detection, scored by shape, size and place."""
    quad, fill = outline(figure)
    frame_quad = quad * np.float32(scale)
    frame_quad.setflags(write=False)
    height, width = shape
    short, long = sorted(sides(quad))
    x, y = center(quad)
    away = hypot(2 * x / width - 1, 2 * y / height - 1)
    stout = rise(short / long, *SLENDER)
    score = (
        rise(fill, 0.35, 0.8)
        * stout
        * (0.55 + 0.45 * rise(figure.size, LEAST, 0.05))
        * (1.0 - 0.35 * rise(away, 0.3, 1.2))
        * (1.0, 0.9, 0.6, 0.3, 0.2)[figure.borders(shape)]
    )
    if moved is not None and coverage(frame_quad, box_quad(*moved)) > 0.5:
        # the edge of a table moves with the camera, too, and is still no product
        score += 0.5 * (1 - score) * stout
    return Detection("product", frame_quad, min(1.0, score), "figure")


def _main_part(figure: Figure, shape: tuple[int, ...]) -> Figure:
    """The figure without an arm: what is narrow, from a side of the picture that it reaches to where it is wide."""
    if not figure.borders(shape):
        return figure
    x, y, wide, high = figure.box
    rows, columns = np.count_nonzero(figure.mask, axis=1), np.count_nonzero(figure.mask, axis=0)
    top, bottom = _trimmed(rows, y <= 1, y + high >= shape[0] - 1)
    left, right = _trimmed(columns, x <= 1, x + wide >= shape[1] - 1)
    part = np.ascontiguousarray(figure.mask[top:bottom, left:right])
    if cv2.countNonZero(part) < KEPT * cv2.countNonZero(figure.mask):
        return figure
    return Figure(part, (x + left, y + top, right - left, bottom - top), figure.size)


def _trimmed(profile: NDArray[np.int_], at_start: bool, at_end: bool) -> tuple[int, int]:
    """From where to where to keep a profile that is cut at an end only where it reaches the picture's border."""
    wide = np.flatnonzero(profile >= NARROW * np.sort(profile)[int(0.85 * (len(profile) - 1))])
    return int(wide[0]) if at_start else 0, int(wide[-1]) + 1 if at_end else len(profile)


def _takes_up(found: list[Detection], held: Quad) -> bool:
    """Whether clear figures stand in the middle already: a large one, or several."""
    clear = [d.quad for d in found if d.score >= CLEAR and coverage(d.quad, held) > 0.4]
    return len(clear) > 1 or any(area(quad) > LARGE * area(held) for quad in clear)


def _middle(thumb: Gray, scale: int, held: Quad, found: list[Detection], moved: Box | None) -> list[Detection]:
    """The middle of the picture, if there is anything in it beside what has been found."""
    rest = np.ones(thumb.shape, np.uint8)
    for detection in found:
        cv2.fillConvexPoly(rest, np.round(detection.quad / scale).astype(np.int32), (0,))
    x0, y0, x1, y1 = (round(side / scale) for side in bounds(held))
    _, deviation = cv2.meanStdDev(thumb[y0:y1, x0:x1], mask=rest[y0:y1, x0:x1])
    if float(deviation[0, 0]) < PLAIN:
        return []
    if moved is not None and coverage(held, box_quad(*moved)) > 0.4:
        return [Detection("product", held, 0.6, "moved")]
    return [Detection("product", held, BARE, "middle")]
