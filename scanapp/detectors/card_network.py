"""`CardNetwork`: the locator's network on one luma picture."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.card_decode import Corners, decode
from scanapp.detectors.card_pose import CardPose, is_portrait
from scanapp.geometry import Gray, as_quad
from scanapp.inference import Session, open_model

SHAPES = ((224, 128), (128, 224), (224, 160), (160, 224), (192, 192))
"""(width, height) of the inputs that the network was trained on."""
Shapes = tuple[tuple[int, int], ...]
MARGIN = 8
"""Network pixels of plain grey around the picture: a card that fills it has edges, corners just outside a place."""
GREY = 128
LONG_SIDE = 224
STRIDE = 32
SURENESS = (0.148, 0.678, 1.455, 2.681)
"""Logistic regression, on held-out scenes of the training's kind, of "the corners are right" on the network's score
(logit), the logarithms of the corners' certainty and agreement, and one."""


class CardNetwork:
    """Finds the most card-like thing in a picture.

    session  the ``card_locator`` model; None opens it from the store (ModelError when it is not there)
    """

    def __init__(self, session: Session | None = None) -> None:
        self._session = session or open_model("card_locator")
        self._shapes = shapes_of(max(getattr(self._session, "sizes", {}).values(), default=LONG_SIDE))

    def find(self, picture: Gray) -> CardPose | None:
        """The card in ``picture`` (height, width) luma, pixels of ``picture``; None when no four corners show.

        Costs the same for any size of picture, but for its reduction: hand over a thumbnail or a crop.
        """
        height, width = picture.shape
        image, scale = squeezed(picture, self._shapes)
        answer = self._session.run({"image": image})
        found = decode(answer["corners"][0], answer["mask"][0, 0], stretch=scale[1] / scale[0])
        if found is None:
            return None
        quad = as_quad((found.quad - MARGIN) * np.array(scale))
        score = _sureness(float(answer["score"][0, 0]), found)
        return CardPose(quad, score, found.orientation, is_portrait(quad, width, height))


def _sureness(logit: float, found: Corners) -> float:
    """Probability that a card is there and its corners are within 5 % of its diagonal."""
    judged, certainty, agreement, bias = SURENESS
    evidence = (
        bias
        + judged * logit
        + certainty * math.log(found.certainty + 1e-3)
        + agreement * math.log(found.agreement + 1e-3)
    )
    return 1 / (1 + math.exp(-min(max(evidence, -30.0), 30.0)))


def squeezed(picture: Gray, shapes: Shapes) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """The network's input (1, 1, h, w), and picture pixels a network pixel across and down, from `MARGIN` on."""
    height, width = picture.shape
    shape = _shape(width, height, shapes)
    inner = (shape[0] - 2 * MARGIN, shape[1] - 2 * MARGIN)
    reduces = inner[0] < width and inner[1] < height
    small = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if reduces else cv2.INTER_LINEAR)
    image = np.full((1, 1, shape[1], shape[0]), GREY / 255, np.float32)
    np.multiply(small, np.float32(1 / 255), out=image[0, 0, MARGIN:-MARGIN, MARGIN:-MARGIN])
    return image, (width / inner[0], height / inner[1])


def shapes_of(long_side: int) -> Shapes:
    """`SHAPES`, smaller or larger: the variant's input size. The network wants multiples of its stride."""
    if long_side == LONG_SIDE:
        return SHAPES
    scale = long_side / LONG_SIDE / STRIDE
    return tuple((max(1, round(w * scale)) * STRIDE, max(1, round(h * scale)) * STRIDE) for w, h in SHAPES)


@lru_cache(maxsize=16)
def _shape(width: int, height: int, shapes: Shapes) -> tuple[int, int]:
    """The input that squeezes a picture least."""

    def squeeze(shape: tuple[int, int]) -> float:
        return abs(math.log(width * (shape[1] - 2 * MARGIN) / (height * (shape[0] - 2 * MARGIN))))

    return min(shapes, key=squeeze)
