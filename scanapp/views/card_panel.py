"""The card panel: the card laid flat, and its fields as they settle."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scanapp.frame import Bgr
from scanapp.geometry import Quad, area, is_convex, rectify
from scanapp.snapshot import TrackState
from scanapp.views.card_fields import CardField, advice_words, card_fields
from scanapp.views.draw import Box, best_spot, box_around, within
from scanapp.views.labels import INK, PILL_ALPHA, WHITE, Color, Run, Stamp, pill

ASPECT = 85.6 / 53.98
"""Width to height of an ID-1 card (ISO/IEC 7810) that lies on its side."""
_SMALLEST = 24.0
_BAR: Color = (70, 66, 62)
_PENDING: Color = (60, 190, 255)
_DONE: Color = (110, 220, 80)
_DIM: Color = (190, 190, 190)
_HIDES_TOO_MUCH = 0.45


def leading_card(tracks: Sequence[TrackState]) -> TrackState | None:
    """The card that the panel and the advice are about: the most certain, then the largest."""
    cards = [track for track in tracks if track.kind == "card" and (track.status != "seen" or track.attempts)]
    order = ("seen", "reading", "found", "confirmed")
    return max(cards, key=lambda track: (order.index(track.status), area(track.quad)), default=None)


def lay_panel(
    image: Bgr,
    track: TrackState,
    quad: Quad,
    flat: Bgr | None,
    taken: Sequence[Box],
    size: int,
    side: int | None = None,
) -> tuple[Box, int]:
    """Draw the panel of ``track``, which stands at ``quad`` in ``image``; returns its box and its corner.

    ``side`` is the corner of the frame before, kept while it is as good as another. Where the panel with the
    ``flat`` card would hide too much, it goes without.
    """
    fields = card_fields(track)
    width = min(round(19 * size), image.shape[1] - size)
    obstacles = [*((box, 2.0) for box in taken), (box_around(quad), 1.0)]
    for picture in (flat, None):
        height = _height(fields, picture, size)
        spots = _corners(image, width, height, size)
        order = sorted(range(len(spots)), key=lambda corner: corner != side)
        best, cost = best_spot([spots[corner] for corner in order], obstacles)
        if cost <= _HIDES_TOO_MUCH:
            break
    box = spots[order[best]]
    _ground(image, box)
    _fill(image, box, picture, fields, size)
    return box, order[best]


def lay_advice(image: Bgr, track: TrackState, size: int) -> list[Box]:
    """What to do, large, at the top in the middle."""
    words = advice_words(track)
    if not words:
        return []
    stamp = pill((Run(words),), round(1.5 * size), image.shape[1] - size, mark=_PENDING)
    x, y = (image.shape[1] - stamp.width) // 2, 2 * size
    stamp.lay_on(image, x, y)
    return [(x, y, x + stamp.width, y + stamp.height)]


def flat_card(image: Bgr, quad: Quad, size: int) -> Bgr | None:
    """The card as if seen straight on, None where its quad is no card's. Secrets are hidden in ``image``."""
    if not is_convex(quad) or area(quad) < _SMALLEST**2:
        return None
    width = round(15 * size)
    edges = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    upright = edges[1] + edges[3] > edges[0] + edges[2]
    height = round(width / ASPECT)
    across, down = (round(height / ASPECT), height) if upright else (width, height)
    return np.asarray(rectify(image, quad, across, down)[0], np.uint8)


def _height(fields: Sequence[CardField], picture: Bgr | None, size: int) -> int:
    rows = len(fields) * round(2.3 * size)
    return rows + size + (0 if picture is None else picture.shape[0] + size // 2)


def _corners(image: Bgr, width: int, height: int, size: int) -> list[Box]:
    """Bottom right, top right, bottom left, top left; below the status bar."""
    margin = size // 2
    right, bottom = image.shape[1] - width - margin, image.shape[0] - height - margin
    top = margin + 2 * size
    starts = ((right, bottom), (right, top), (margin, bottom), (margin, top))
    return [within((x, y, x + width, y + height), image.shape[1], image.shape[0]) for x, y in starts]


def _ground(image: Bgr, box: Box) -> None:
    place = image[max(0, box[1]) : box[3], max(0, box[0]) : box[2]]
    ink = np.full_like(place, INK)
    cv2.addWeighted(ink, PILL_ALPHA, place, 1 - PILL_ALPHA, 0, place)


def _fill(image: Bgr, box: Box, picture: Bgr | None, fields: Sequence[CardField], size: int) -> None:
    pad = size // 2
    x0, y, x1 = box[0] + pad, box[1] + pad, box[2] - pad
    if picture is not None:
        left = (x0 + x1 - picture.shape[1]) // 2
        _paste(image, picture, left, y)
        y += picture.shape[0] + pad
    for field in fields:
        _row(image, field, (x0, y, x1), size)
        y += round(2.3 * size)


def _row(image: Bgr, field: CardField, place: tuple[int, int, int], size: int) -> None:
    """Name and value, and under them a bar that fills as the field settles."""
    x0, y, x1 = place
    color = _DONE if field.confirmed else _PENDING
    words = _words(field, size, x1 - x0, color)
    words.lay_on(image, x0, y)
    share = "" if field.confirmed else f"{100 * field.confidence:.0f} %"
    if share:
        stamp = pill((Run(share, _DIM),), max(9, round(0.72 * size)), x1 - x0)
        stamp.lay_on(image, x1 - stamp.width, y + words.height - stamp.height)
    bar = y + words.height + max(1, size // 8)
    thick = max(2, size // 5)
    cv2.rectangle(image, (x0, bar), (x1, bar + thick), _BAR, -1)
    full = 1.0 if field.confirmed else field.confidence
    if full > 0:
        cv2.rectangle(image, (x0, bar), (x0 + round((x1 - x0) * full), bar + thick), color, -1)


def _words(field: CardField, size: int, room: int, color: Color) -> Stamp:
    room = room if field.confirmed else room - 3 * size
    mark = color if field.confirmed else None
    runs = (Run(field.name, _DIM), Run(field.shown, WHITE))
    return pill(runs, max(9, round(0.86 * size)), room, mark=mark, tick=field.confirmed)


def _paste(image: Bgr, picture: Bgr, x: int, y: int) -> None:
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(image.shape[1], x + picture.shape[1]), min(image.shape[0], y + picture.shape[0])
    if x0 < x1 and y0 < y1:
        image[y0:y1, x0:x1] = picture[y0 - y : y1 - y, x0 - x : x1 - x]
