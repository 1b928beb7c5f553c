"""Where in a frame a card may lie: what the locator says of a closer look, and what to try when it says nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from scanapp.detectors.card_refine import refine
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, area, as_quad, bounds, box_quad, clip_box, expand, is_convex, sides
from scanapp.results import View

GROW = 1.35
"""The locator looks this much wider than the region it is to refine."""
LOOK = 640
"""The locator gets pictures whose long side is about this, or up to twice: enough to place edges exactly."""
EDGED, REACH = 320, 0.04
"""Pixels along the card where its edges are sought, and how far from the track's sides, in shares of its length."""
CLEAR = 2.0
"""How clear all four edges must be, see `scanapp.detectors.card_refine.refine`."""
LEAST_SCORE = 0.2
"""Below it the locator's card is none."""
CARD_SHAPES = (1.25, 2.0)
"""Width over height of pictures that may be a card cut out to its edges."""
PADDING = 0.3
"""Share of a picture's long side put around it, so that a card that fills it has corners to find."""
FOLLOWED, UNKNOWN = 0.7, 0.25
"""`Place.order` of a tracker's quad, and of a guess."""
TILE, SHIFTS = 0.62, (0.0, 0.5, 1.0)


class Pose(Protocol):
    """What of the locator's answer is needed; see `scanapp.detectors.card_pose.CardPose`."""

    @property
    def quad(self) -> Quad: ...

    @property
    def score(self) -> float: ...

    @property
    def orientation(self) -> float: ...


Locate = Callable[[Gray], Pose | None]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a card may lie.

    quad   (4, 2) float32, frame pixels
    order  how sure it is that the first corner is the upright card's top left, 0.25 to 1
    seen   the locator saw a card here, as opposed to a guess
    searched  worth a search for lines that the layout network does not show
    """

    quad: Quad
    order: float
    seen: bool
    searched: bool = False


def refined(view: View, locate: Locate) -> Place | None:
    """The card of a view, of a track's at least where the track is.

    A track lies nearly right: clear edges beside its sides settle it, at a third of the locator's cost. Where they
    are not clear the locator looks around.
    """
    if view.whole:
        return located(view.frame, locate)
    place = edged(view.frame, view.quad) or located(view.frame, locate, bounds(expand(view.quad, GROW)))
    return place if place is not None else Place(view.quad, FOLLOWED, seen=False)


def edged(frame: Frame, quad: Quad) -> Place | None:
    """``quad`` moved onto the edges near its sides; None where one of them is not clear."""
    long = max(sides(quad))
    scale = 1
    while long >= 2 * EDGED * scale:
        scale *= 2
    reach = REACH * long / scale
    if reach < 1:
        return None
    moved, clearness = refine(_reduced(frame, scale), as_quad(quad / scale), reach)
    if clearness < CLEAR:
        return None
    exact = as_quad(moved * np.float32(scale))
    return Place(exact, FOLLOWED, seen=True) if plausible(exact) else None


def located(
    frame: Frame, locate: Locate, box: tuple[float, float, float, float] | None = None, *, padding: float = 0.0
) -> Place | None:
    """What the locator sees in ``box`` of the frame (None: all), with a margin of ``padding`` × its long side."""
    x0, y0, x1, y1 = clip_box(box or (0, 0, frame.width, frame.height), frame.width, frame.height)
    if min(x1 - x0, y1 - y0) < 24:
        return None
    scale = 1
    while max(x1 - x0, y1 - y0) >= 2 * LOOK * scale:
        scale *= 2
    small = _reduced(frame, scale)
    part = small[y0 // scale : -(-y1 // scale), x0 // scale : -(-x1 // scale)]
    margin = round(padding * max(part.shape))
    if margin:
        part = _framed(part, margin)
    pose = locate(part)
    if pose is None or pose.score < LEAST_SCORE:
        return None
    offset = np.array([x0 // scale - margin, y0 // scale - margin], dtype=np.float32)
    quad = as_quad((np.asarray(pose.quad, dtype=np.float32) + offset) * np.float32(scale))
    return Place(quad, pose.orientation, seen=True, searched=box is None) if plausible(quad) else None


def _reduced(frame: Frame, times: int) -> Gray:
    """The frame's luma reduced by ``times``, a power of two."""
    return frame.gray if times == 1 else frame.thumb(math.ceil(max(frame.width, frame.height) / (1.5 * times)))


def plausible(quad: Quad) -> bool:
    """Whether a quad encloses enough to be rectified."""
    return is_convex(quad) and area(quad) > 400.0


def picture_itself(frame: Frame, grow: float = 1.0) -> Place:
    """The whole picture as the card."""
    quad = expand(box_quad(0, 0, frame.width, frame.height), grow)
    return Place(quad, UNKNOWN, seen=False, searched=grow == 1.0)


def card_shaped(frame: Frame) -> bool:
    """Whether the picture has about a card's shape."""
    shape = max(frame.width, frame.height) / min(frame.width, frame.height)
    return CARD_SHAPES[0] <= shape <= CARD_SHAPES[1]


def tiles(frame: Frame) -> Iterator[tuple[float, float, float, float]]:
    """Overlapping parts of the frame, the middle one first: a small card is larger in one of them."""
    width, height = TILE * frame.width, TILE * frame.height
    spots = sorted(
        ((x, y) for x in SHIFTS for y in SHIFTS), key=lambda spot: abs(spot[0] - 0.5) + abs(spot[1] - 0.5)
    )
    for x, y in spots:
        left, top = x * (frame.width - width), y * (frame.height - height)
        yield left, top, left + width, top + height


def _framed(part: Gray, margin: int) -> Gray:
    """``part`` on a plain ground that differs from its rim."""
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    ground = 40 if float(rim.mean()) > 127 else 215
    framed = cv2.copyMakeBorder(part, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(float(ground),))
    return np.asarray(framed, dtype=np.uint8)
