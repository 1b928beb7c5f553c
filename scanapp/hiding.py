"""What a picture that is shown or stored must not show: where a card's number stands, in each frame.

A card that has not been read hides as a whole. Once its number has been found, the places where views found it are
hidden, all of them: a view that took another line for the number does not uncover the real one.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scanapp.errors import GeometryError
from scanapp.geometry import Quad, Transform, area, as_quad, expand, iou, transform_quad
from scanapp.results import Reading

WHOLE: Quad = as_quad([[0, 0], [1, 0], [1, 1], [0, 1]])
"""All of a thing, in units of its quad."""
_MARGIN = 1.35
_SAME = 0.7
_MOST = 8


def number_places(reading: Reading, known: Sequence[Quad]) -> tuple[Quad, ...]:
    """Places of the number in units of the card's quad ((4, 2) float32), those of earlier readings included."""
    places = list(known)
    for line in reading.lines:
        if line.name != "pan":
            continue
        try:
            place = transform_quad(_between(reading.quad, WHOLE), expand(line.quad, _MARGIN))
        except GeometryError:
            place = WHOLE
        if not any(iou(place, other) > _SAME for other in places):
            places.append(place)
    return tuple(places[-_MOST:])


def number_line(reading: Reading) -> Quad | None:
    """Where the number was read, (4, 2) float32 in units of the thing's quad; None where it was not."""
    for line in reading.lines:
        if line.name == "pan":
            try:
                return transform_quad(_between(reading.quad, WHOLE), line.quad)
            except GeometryError:
                return None
    return None


def in_frame(places: Sequence[Quad], quad: Quad) -> tuple[Quad, ...]:
    """``places`` where a thing that stands at ``quad`` (frame pixels) has them; all of it when that is nowhere."""
    try:
        to_frame = _between(WHOLE, quad)
        return tuple(transform_quad(to_frame, place) for place in places)
    except GeometryError:
        return (quad,)


def _between(source: Quad, target: Quad) -> Transform:
    if area(source) < 1e-6 or area(target) < 1e-6:
        raise GeometryError("no homography to or from a quad without an area")
    corners = np.array(source, np.float32), np.array(target, np.float32)
    return np.asarray(cv2.getPerspectiveTransform(*corners), np.float64)
