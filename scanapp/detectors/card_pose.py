"""`CardPose`: where a card lies in a picture, and what its quad says of its shape."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad, as_quad

LONG_MM, SHORT_MM = 85.6, 53.98
"""Sides of an ID-1 card (ISO/IEC 7810)."""
FOCALS = (0.75, 1.5)
"""Focal lengths of phones' and webcams' cameras, in long sides of the picture."""
_DEGENERATE, _TINY = 1e-9, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CardPose:
    """A card in a picture.

    quad         (4, 2) float32, pixels of the picture, clockwise from the top left of the upright card
    score        0 to 1: how sure it is that a card of a bank card's size lies there, and just there; whether it
                 bears a number is for the layout network to tell
    orientation  0 to 1: how sure it is that corner 0 is the upright card's top left, and no other corner
    portrait     the upright card stands on its short side: corner 0 to corner 1 is 53.98 mm, not 85.6
    """

    quad: Quad
    score: float
    orientation: float
    portrait: bool


def side_ratio(quad: Quad, width: float, height: float) -> float:
    """Width over height of the flat rectangle seen as ``quad`` in a picture of ``width`` × ``height`` pixels.

    The sides' lengths in the picture do not tell it: a card tilted by 50° looks square. The corners' depths do,
    given the camera: the optical axis through the middle of the picture, the focal length its long side, which is
    within a third of the truth for phones and webcams (the idea of Zhang and He's whiteboard rectification, 2007).
    1.0 for a degenerate quad.
    """
    x, y = np.asarray(quad, np.float64).T.tolist()
    flat, along, down = _rectangle(x, y, width, height)
    return 1.0 if abs(flat) < _DEGENERATE else max(along**0.5, _TINY) / max(down**0.5, _TINY)


def side_ratios(quads: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """`side_ratio` of each of ``quads`` (n, 4, 2)."""
    x, y = quads[..., 0].T, quads[..., 1].T
    flat, along, down = _rectangle(x, y, width, height)
    ratios = np.maximum(np.sqrt(along), _TINY) / np.maximum(np.sqrt(down), _TINY)
    return np.where(np.abs(flat) < _DEGENERATE, 1.0, ratios)


def _rectangle(x: Iterable[Any], y: Iterable[Any], width: float, height: float) -> tuple[Any, Any, Any]:
    """Of the corners' rays (numbers, or arrays of them): their determinant, and the squares of the sides from
    corner 0 to corners 1 and 3, where corner 0 is one unit deep.

    Corners in space are depth times ray, and those of a rectangle obey p0 + p2 = p1 + p3: three equations for the
    other depths, solved by Cramer's rule.
    """
    size = max(width, height)
    x0, x1, x2, x3 = ((c - width / 2) / size for c in x)
    y0, y1, y2, y3 = ((c - height / 2) / size for c in y)
    flat = (x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)
    # a degenerate quad's sides are of no use, but must not divide by nothing
    whole = flat + (abs(flat) < _DEGENERATE)
    first = ((x2 - x0) * (y3 - y0) - (x3 - x0) * (y2 - y0)) / whole
    third = ((x2 - x1) * (y0 - y1) - (x0 - x1) * (y2 - y1)) / whole
    along = (first * x1 - x0) ** 2 + (first * y1 - y0) ** 2 + (first - 1) ** 2
    down = (third * x3 - x0) ** 2 + (third * y3 - y0) ** 2 + (third - 1) ** 2
    return flat, along, down


def shape_error(quad: Quad, width: float, height: float) -> float:
    """How far the rectangle seen as ``quad`` is from an ID-1 card's proportions: a logarithm of its sides' ratio.

    Depth and focal length trade off, so it counts for nothing where any of `FOCALS`, or one between, would do.
    """
    middle = np.array([width / 2, height / 2], np.float32)
    ratios = (side_ratio(as_quad((quad - middle) / focal + middle), width, height) for focal in FOCALS)
    low, high = sorted(abs(math.log(ratio)) - math.log(LONG_MM / SHORT_MM) for ratio in ratios)
    return max(low, -high, 0.0)


def is_portrait(quad: Quad, width: float, height: float) -> bool:
    """Whether corner 0 to corner 1 is the card's short side, in a picture of ``width`` × ``height`` pixels."""
    return side_ratio(quad, width, height) < 1.0
