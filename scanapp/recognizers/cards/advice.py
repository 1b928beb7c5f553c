"""What would make the next view of a card better, from what this one shows.

A single word, the first that holds in order of what stops a reader most. Nothing is said of a number that was read
well: whoever holds the card need not do better.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, sides
from scanapp.recognizers.cards.crops import HEIGHT, MARGIN, LineCrop

SMALL = 300.0
"""Frame pixels along the card below which its digits are too small to be sure of."""
OUTSIDE = 0.02
"""Of the card's length: a corner further outside the picture is cut off."""
FLAT = 0.62
"""Sides of the card in the frame are foreshortened to this share at about 50° of tilt."""
BURNT, BURNT_SHARE = 250, 0.12
DARK = 45.0
"""Luma below which even the brighter parts of a card are dim."""
CRISP = 0.12
"""`crispness` of digits in focus is 0.23 to 0.3, blurred by σ = a tenth of their height 0.15, by a sixth 0.1."""


def advise(frame: Frame, quad: Quad, sheet: Gray, rows: Sequence[LineCrop]) -> str:
    """One word of advice, empty when nothing stands out.

    quad   (4, 2) float32, frame pixels: the card, clockwise from the top left of the upright card
    sheet  the rectified card, uint8 luma
    rows   crops of what may be its number; none: no number was found on this side
    """
    long = max(sides(quad))
    if _cut_off(frame, quad, long):
        return "whole"
    if long < SMALL:
        return "closer"
    if float(np.percentile(sheet, 90)) < DARK:
        return "dark"
    if _foreshortened(quad):
        return "turn"
    if not rows:
        return "glare" if float((sheet >= BURNT).mean()) > 2 * BURNT_SHARE else "turn"
    if max(_burnt(row) for row in rows) > BURNT_SHARE:
        return "glare"
    if max(crispness(row) for row in rows) < CRISP:
        return "hold"
    return ""


def crispness(row: LineCrop) -> float:
    """Steep gradients along the line over its contrast, per pixel: high for sharp strokes, low for blurred ones."""
    part = _line(row).astype(np.float32)
    spread = float(np.percentile(part, 95) - np.percentile(part, 5))
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    return float(np.percentile(np.abs(across), 90)) / max(spread, 8.0)


def _burnt(row: LineCrop) -> float:
    return float((_line(row) >= BURNT).mean())


def _line(row: LineCrop) -> Gray:
    """The crop's part with characters."""
    margin = int(MARGIN)
    return row.picture[5 : HEIGHT - 5, margin : max(margin + 8, row.used - margin)]


def _cut_off(frame: Frame, quad: Quad, long: float) -> bool:
    slack = OUTSIDE * long
    inside = (quad > -slack).all() and (quad[:, 0] < frame.width + slack).all()
    return not (inside and (quad[:, 1] < frame.height + slack).all())


def _foreshortened(quad: Quad) -> bool:
    """Whether the card is seen so flat that its shape is far from 85.6 to 54."""
    width, height = sides(quad)
    shape = max(width, height) / max(min(width, height), 1.0)
    return not 1.586 * FLAT < shape < 1.586 / FLAT
