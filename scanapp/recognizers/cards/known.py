"""A number whose place on the card is known from an earlier look: one line is read, and nothing searched for.

That takes half of a look's time. What is read so counts only if nobody could doubt it: every digit is sure, check
digit and issuer fit. If not, the card is looked at as if for the first time.
"""

from __future__ import annotations

import math

import numpy as np

from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, sides
from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.lines import read_lines
from scanapp.recognizers.cards.look import SURE, CardLook
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.number import LIKELY, rated
from scanapp.recognizers.cards.sheet import upright_of

LONG = 6.0
"""A line is at least so many times as long as high; rows of a stack, taken as one, are not."""


def read_known(frame: Frame, quad: Quad, line: Quad, nets: CardNets) -> CardLook | None:
    """The card in ``quad``, by the line of its number alone; None where that does not settle it.

    quad  (4, 2) float32, frame pixels, clockwise from the top left of the upright card
    line  (4, 2) float32 in units of ``quad``, clockwise from where reading begins
    """
    upright = upright_of(frame, quad)
    box = _box(as_quad(line * np.array(upright.size, np.float32)))
    if box.length < LONG * box.height:
        return None
    rows = read_lines(nets, upright, [box])
    number = rated(rows)
    if number is None or number.weakest < SURE or log_prior(number.digits) < LIKELY:
        return None
    return CardLook(upright, 1.0, number, tuple(rows), None, ())


def _box(corners: Quad) -> FieldBox:
    """The box with about these corners."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners.tolist()
    along = (x1 + x2 - x0 - x3) / 2, (y1 + y2 - y0 - y3) / 2
    length, height = (max(side, 1.0) for side in sides(corners))
    x, y = (x0 + x1 + x2 + x3) / 4, (y0 + y1 + y2 + y3) / 4
    return FieldBox("pan", x, y, length, height, math.atan2(along[1], along[0]), 1.0)
