"""The card as a flat sheet: a small landscape picture for the layout network, and coordinates for all the rest.

A *sheet* lies as the layout network wants it, 288 × 184. The *upright* sheet is the same turned so that the card's
number reads from left to right: 288 × 184, or 184 × 288 for a vertical card. Its units are those pixels, about
0.3 mm each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scanapp.detectors.card_pose import is_portrait
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, Transform, as_quad
from scanapp.recognizers.cards.warp import between, cut, rectangle

WIDTH, HEIGHT = 288, 184
PX_PER_MM = WIDTH / 85.6


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One rectified card.

    quad     (4, 2) float32, frame pixels: the sheet's corners in the frame, clockwise from the sheet's top left
    picture  (184, 288) uint8 luma
    claimed  quarter turns clockwise that make it upright, by the order of the quad it came from
    """

    frame: Frame
    quad: Quad
    picture: Gray
    claimed: int

    def upright(self, turn: int) -> Upright:
        """The sheet's coordinates after ``turn`` quarter turns clockwise."""
        return _upright(self.frame, as_quad(np.roll(self.quad, turn, axis=0)), stands=turn % 2 == 1)


@dataclass(frozen=True, slots=True, eq=False)
class Upright:
    """Where the upright sheet lies in the frame.

    quad      (4, 2) float32, frame pixels, clockwise from the top left of the upright card
    size      width and height of the upright sheet, its own pixels
    to_frame  from the upright sheet to the frame
    """

    frame: Frame
    quad: Quad
    size: tuple[int, int]
    to_frame: Transform


def upright_of(frame: Frame, quad: Quad) -> Upright:
    """The upright sheet of a card in ``quad``, clockwise from the top left of the upright card for certain."""
    return _upright(frame, quad, stands=is_portrait(quad, frame.width, frame.height))


def _upright(frame: Frame, quad: Quad, *, stands: bool) -> Upright:
    size = (HEIGHT, WIDTH) if stands else (WIDTH, HEIGHT)
    return Upright(frame, quad, size, between(rectangle(*size), quad))


def sheet_of(frame: Frame, quad: Quad) -> Sheet:
    """The card in ``quad`` (clockwise from the top left of the upright card, as far as its finder knows)."""
    portrait = is_portrait(quad, frame.width, frame.height)
    lying = as_quad(np.roll(quad, 1, axis=0)) if portrait else quad
    picture = cut(frame, between(rectangle(WIDTH, HEIGHT), lying), WIDTH, HEIGHT)
    return Sheet(frame, lying, picture, claimed=3 if portrait else 0)
