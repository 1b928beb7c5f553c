"""The part of a picture that has marks on it, so that detection spends its pixels there.

A receipt scanned on a large white sheet, or a label on a plain wall, fills a third of the picture: cut to it, the
same number of pixels shows its print at nearly twice the size. Costs 1–3 ms; on a busy scene it changes nothing.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.geometry import Gray

THUMB = 480
CONTRAST = 20
"""Gray levels between the lightest and darkest of 3×3 thumbnail pixels that make a mark."""
JOIN = 9
SPECK = 10
"""Thumbnail pixels: gaps closed between marks, and the side below which what remains is dirt, not text."""
MARGIN = 0.02


def inked_box(gray: Gray) -> tuple[int, int, int, int]:
    """``(x0, y0, x1, y1)`` pixels around all marks, with a margin; the whole picture when there are none."""
    height, width = gray.shape
    scale = min(1.0, THUMB / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    marks = (cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > CONTRAST).astype(np.uint8)
    joined = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((JOIN, JOIN), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = stats[1:, :4]
    boxes = boxes[np.maximum(boxes[:, 2], boxes[:, 3]) >= SPECK]
    if len(boxes) == 0:
        return 0, 0, width, height
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    margin = MARGIN * max(size) + 2
    x0, y0 = np.floor(np.maximum(low - margin, 0) / scale).astype(int)
    x1, y1 = np.ceil((high + margin) / scale).astype(int)
    return int(x0), int(y0), min(int(x1), width), min(int(y1), height)
