"""A picture as the embedder takes it: square, whole, grey where there is nothing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

GREY = 114


def squared(picture: Picture, side: int) -> Picture:
    """``picture`` (H, W, 3) scaled into the middle of (side, side, 3); the proportions stay."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, size, interpolation=how)
    if size == (side, side):
        return np.asarray(small, np.uint8)
    whole = np.full((side, side, 3), GREY, np.uint8)
    x, y = (side - size[0]) // 2, (side - size[1]) // 2
    whole[y : y + size[1], x : x + size[0]] = small
    return whole


def middle(picture: Picture, share: float) -> Picture:
    """The middle of ``picture`` (H, W, 3) with this share of its sides."""
    height, width = picture.shape[:2]
    y, x = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return picture[y : height - y, x : width - x]
