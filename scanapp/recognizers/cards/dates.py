"""The expiry found by reading, where the layout network has shown none: whatever looks like a word is tried.

The reader answers blanks for letters, so what it reads as a date is one; it wants lines that begin where the cut
begins, hence words rather than strips. Some twenty cuts for a still picture, half of them for a view of a stream.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray
from scanapp.recognizers.cards.expiry import date_in
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.look import CardLook
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.warp import cut

LOWEST, HIGHEST = 5.0, 19.0
"""Of a word, sheet pixels."""
SHORTEST, LONGEST, DATE = 1.8, 20.0, 6.0
"""Of a word and of a date, in heights: "VALID THRU 08/29" is one word here, with the date at its end."""
SURE = 0.8
"""Geometric mean probability of a character from which a date is believed, if two cuts agree on it."""
FURTHEST = "2049-12"
"""No card in anybody's hands is valid for longer: what reads as a later date is artwork."""
MOST = 40
_FAINT, _SHARE = 10.0, 0.45
"""Least step in luma of an outline, and its share of the largest step nearby: grain has smaller ones."""


def with_date(nets: CardNets, seen: CardLook, most: int | None = None) -> CardLook:
    """``seen`` with an expiry where it has a number but no date; of two dates the later (not "valid from").

    most  cuts that are read, those lowest on the card; None: all
    """
    if seen.number is None or seen.expiry is not None:
        return seen
    picture = cut(seen.upright.frame, seen.upright.to_frame, *seen.upright.size)
    rows = [row.box for row in seen.number.rows]
    free = [box for box in words(picture) if all(abs(box.y - row.y) > 0.5 * row.height for row in rows)]
    parts = [part for box in free[:MOST] for part in _parts(box)][:most]
    read = read_lines(nets, seen.upright, parts, beam=False)
    first = [row for row in read if _date(row)]
    again = read_lines(nets, seen.upright, [row.tightened() for row in first])
    agreed = [row for row, other in zip(again, first, strict=True) if _date(row) == _date(other)]
    sure = [row for row in agreed if row.decoded.confidence >= SURE]
    return replace(seen, expiry=max(sure, key=_date, default=None))


def words(picture: Gray) -> list[FieldBox]:
    """What has the outlines of a word in ``picture`` (h, w), an upright sheet; the lowest first."""
    steps = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.float32)
    near = cv2.dilate(steps, np.ones((15, 41), np.uint8))
    drawn = ((steps > _FAINT) & (steps > _SHARE * near)).astype(np.uint8)
    joined = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    boxes = [box for label in range(1, count) if (box := _word(stats[label])) is not None]
    return sorted(boxes, key=lambda box: -box.y)


def _word(stats: NDArray[np.int32]) -> FieldBox | None:
    x, y, wide, tall, _ = (float(value) for value in stats)
    height = tall - 1.0  # an outline reaches over the stroke's edge
    if not LOWEST <= height <= HIGHEST or not SHORTEST * height <= wide <= LONGEST * height:
        return None
    return FieldBox("expiry", x + wide / 2, y + tall / 2, wide, height, 0.0, 0.5)


def _parts(box: FieldBox) -> list[FieldBox]:
    """The word, and its end where it is longer than a date."""
    if box.length <= DATE * box.height:
        return [box]
    length = DATE * box.height
    return [box, replace(box, x=box.x + (box.length - length) / 2, length=length)]


def _date(row: LineRead) -> str:
    """What the row says, where that is a date of month, slash and year; else ""."""
    date = date_in(row.decoded.text) if "/" in row.decoded.text else None
    return date if date is not None and date <= FURTHEST else ""
