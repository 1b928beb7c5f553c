"""`CardPose`: where a card lies in a picture, and what its quad says of its shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Quad

LONG_MM, SHORT_MM = 85.6, 53.98
"""Sides of an ID-1 card (ISO/IEC 7810)."""


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
    return float(side_ratios(quad[None].astype(np.float64), width, height)[0])


def side_ratios(quads: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """`side_ratio` of each of ``quads`` (n, 4, 2)."""
    middle = np.array([width, height]) / 2
    flat = (quads - middle) / max(width, height)
    rays = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=2)
    # corners in space are depth times ray, and those of a rectangle obey p0 + p2 = p1 + p3
    sides = np.stack([rays[:, 1], -rays[:, 2], rays[:, 3]], axis=2)
    degenerate = np.abs(np.linalg.det(sides)) < 1e-9
    sides[degenerate] = np.eye(3)
    depths = np.linalg.solve(sides, rays[:, 0, :, None])[..., 0]
    along = np.linalg.norm(depths[:, :1] * rays[:, 1] - rays[:, 0], axis=1)
    down = np.linalg.norm(depths[:, 2:] * rays[:, 3] - rays[:, 0], axis=1)
    ratios = np.maximum(along, 1e-9) / np.maximum(down, 1e-9)
    return np.where(degenerate, 1.0, ratios)


def is_portrait(quad: Quad, width: float, height: float) -> bool:
    """Whether corner 0 to corner 1 is the card's short side, in a picture of ``width`` × ``height`` pixels."""
    return side_ratio(quad, width, height) < 1.0
