"""`Patch`: pixels cut from a frame, with the way back, and the filters that rescues are made of."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scanapp.geometry import Gray, Quad, Transform, rectify, transform_quad


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A (h, w) uint8 image and the homography from its pixels to the frame's."""

    gray: Gray
    to_frame: Transform

    @property
    def long_side(self) -> int:
        """Pixels."""
        return max(int(side) for side in self.gray.shape)

    def with_gray(self, gray: Gray) -> Patch:
        """Other pixels in the same place."""
        return Patch(gray, self.to_frame)

    def scaled(self, factor: float) -> Patch:
        """Enlarged (cubic) or shrunk (area average)."""
        height, width = self.gray.shape
        size = max(1, round(width * factor)), max(1, round(height * factor))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        gray = np.asarray(cv2.resize(self.gray, size, interpolation=how), dtype=np.uint8)
        return Patch(gray, self.to_frame @ np.diag([width / size[0], height / size[1], 1.0]))

    def quad_in_frame(self, quad: Quad) -> Quad:
        """A quad of this patch's pixels in the frame's."""
        return transform_quad(self.to_frame, quad)

    def rectified(self, quad: Quad, width: int, height: int) -> Patch:
        """The content of a quad of this patch's pixels as an upright patch."""
        gray, to_patch = rectify(self.gray, quad, width, height)
        return Patch(np.asarray(gray, dtype=np.uint8), self.to_frame @ to_patch)

    def padded(self, margin: int) -> Patch:
        """A light border on all sides, as light as the patch's light parts: a quiet zone for cropped symbols."""
        light = int(np.percentile(self.gray, 90)) if self.gray.size else 255
        gray = cv2.copyMakeBorder(self.gray, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=light)
        shift = np.array([[1.0, 0, -margin], [0, 1.0, -margin], [0, 0, 1.0]])
        return Patch(np.asarray(gray, dtype=np.uint8), self.to_frame @ shift)


def unsharp(gray: Gray, sigma: float = 2.0, amount: float = 2.0) -> Gray:
    """Sharpened by the difference to a Gaussian blur."""
    soft = cv2.GaussianBlur(gray, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0), dtype=np.uint8)


def flattened(gray: Gray) -> Gray:
    """Local contrast evened out (CLAHE): for shadows, glare and dull prints."""
    return np.asarray(cv2.createCLAHE(clipLimit=4.0, tileGridSize=(8, 8)).apply(gray), dtype=np.uint8)


def thresholded(gray: Gray, window: float = 0.08, offset: float = 5.0) -> Gray:
    """Black and white against the local mean in a window of this part of the long side."""
    side = max(3, round(max(gray.shape) * window)) | 1
    return np.asarray(
        cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, side, offset),
        dtype=np.uint8,
    )


def softened(gray: Gray, sigma: float) -> Gray:
    """Blurred: joins the dots of peened or halftone symbols."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), dtype=np.uint8)


def closed(gray: Gray, size: int) -> Gray:
    """Dark parts grown together: opening of the light, for symbols made of separate dark dots."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.morphologyEx(gray, cv2.MORPH_OPEN, kernel), dtype=np.uint8)


def without_specks(gray: Gray) -> Gray:
    """Median of 3×3: takes away grain and scratches of a pixel."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(gray), 3), dtype=np.uint8)
