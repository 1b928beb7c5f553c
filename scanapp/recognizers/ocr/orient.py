"""Which way the text runs, decided from evidence for a whole page or label, never line by line.

The classifier that PP-OCR ships turns single lines wrongly ("WOW", "SOS", "0.66" look fine upside down). Here the
boxes are split by axis, along the page and across it, and a few of each are read forwards; only when that does not
read well are they read backwards too, and the better of the two holds for all lines of that axis. An upright page
so pays nothing, since the lines read as probes are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from scanapp.recognizers.ocr.detect import Corners, LineBox
from scanapp.results import CharPosterior, Line

ReadLine = Callable[[Corners], tuple[CharPosterior, ...]]

PROBES = 3
SURE = 0.9
"""Geometric mean probability a character that each probe needs for the other direction not to be tried."""
SQUARISH = 2.0
"""A shorter box says nothing about the page's axis; it follows the others."""


def oriented(boxes: Sequence[LineBox], read: ReadLine) -> list[Corners]:
    """Corners of each box, clockwise from where reading begins."""
    along = page_axis(boxes)
    groups: dict[bool, list[LineBox]] = {True: [], False: []}
    for box in boxes:
        steep = box.angle > 45
        if steep != along and box.length < SQUARISH * box.thickness:
            box, steep = _turned(box), along
        groups[steep].append(box)
    corners = []
    for group in groups.values():
        backwards = bool(group) and _reads_backwards(group, read)
        corners += [np.roll(box.corners, 2, axis=0) if backwards else box.corners for box in group]
    return corners


def page_axis(boxes: Sequence[LineBox]) -> bool:
    """Whether most of the text runs up or down rather than sideways."""
    steep = sum(box.length for box in boxes if box.length >= SQUARISH * box.thickness and box.angle > 45)
    flat = sum(box.length for box in boxes if box.length >= SQUARISH * box.thickness and box.angle <= 45)
    return steep > flat


def _turned(box: LineBox) -> LineBox:
    """The same box as a line along the other axis."""
    shift = 1 if box.angle > 45 else -1
    return replace(box, corners=np.roll(box.corners, shift, axis=0), length=box.thickness, thickness=box.length)


def _reads_backwards(group: Sequence[LineBox], read: ReadLine) -> bool:
    probes = sorted(group, key=_probe_rank)[:PROBES]
    forwards = [read(probe.corners) for probe in probes]
    if all(_confidence([chars]) >= SURE for chars in forwards):
        return False
    backwards = [read(np.roll(probe.corners, 2, axis=0)) for probe in probes]
    return _confidence(backwards) > _confidence(forwards)


def _probe_rank(box: LineBox) -> tuple[bool, float]:
    """Lines long enough to tell and short enough to be cheap first, the surest of them."""
    return not 3 <= box.length / max(box.thickness, 1.0) <= 12, -box.score * min(box.length, 12 * box.thickness)


def _confidence(lines: Sequence[tuple[CharPosterior, ...]]) -> float:
    """Geometric mean over the lines' characters; a line that reads as nothing counts as one bad character."""
    chars = [posterior for line in lines for posterior in line or ((("", 0.01),),)]
    return Line(np.zeros((4, 2), dtype=np.float32), tuple(chars)).confidence
