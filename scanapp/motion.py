"""How the picture moved between two frames: for the whole frame, and for each tracked region.

Sparse Lucas-Kanade flow (Bouguet's pyramidal version, OpenCV) on the luma thumbnail, one call for all regions. A
region's motion is the similarity or affine transform that RANSAC finds in its points; one with too few points
moves with the camera. A 480-pixel thumbnail keeps a step at about half a millisecond, and a quad within about a
pixel of the thumbnail (four of a 1080p frame).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import IDENTITY, Gray, Quad, Transform

Points = NDArray[np.float32]

THUMB = 480
"""Long side, in pixels, of the thumbnail that level 0 and level 1 share."""

_GRID = 40
_REGION_POINTS = 14
_MIN_POINTS = 6
_LOOK_EVERY = 6
_CAMERA = -1
"""Stands for the whole picture among the keys of regions."""
_AGREEING = 0.5
"""Share of a region's points that must agree on its motion; fewer, and it goes with the camera."""
_AFFINE_SIDE = 40.0
"""Thumbnail pixels below which a region is too small for six parameters: it gets a similarity."""
_LK = {"winSize": (13, 13), "maxLevel": 3, "criteria": (3, 12, 0.03)}
_STILL_DIFFERENCE = 1.2
"""Mean absolute luma difference (of 255) under which two thumbnails are taken for the same picture."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMotion:
    """transform: (3, 3) float64, last thumbnail to this one; support: share of points that agree, 0 to 1.

    A region with too few points of its own goes with the camera, whose support then counts for it.
    """

    transform: Transform
    support: float


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Motion since the last frame, in thumbnail pixels.

    camera   the transform of most of the picture
    speed    how far a typical point moved, as a share of the long side
    found    False when the flow broke down (a cut, heavy blur): transforms are then the identity
    """

    camera: Transform
    regions: Mapping[int, RegionMotion]
    speed: float
    found: bool


class MotionEstimator:
    """Follows points of the picture and of each region from frame to frame. Single-threaded."""

    def __init__(self) -> None:
        self._last: Gray | None = None
        self._camera_points: Points = np.empty((0, 2), np.float32)
        self._region_points: dict[int, Points] = {}
        self._looked: dict[int, int] = {}
        self._steps = 0

    def step(self, thumb: Gray, regions: Mapping[int, Quad], *, camera: bool = False) -> Motion:
        """``regions``: quads in thumbnail pixels where they were in the last frame.

        Without regions nothing needs to be followed, unless ``camera`` asks for the whole picture's motion.
        """
        last, self._last = self._last, thumb
        if last is None or last.shape != thumb.shape:
            self._forget()
            return _standing(regions, found=last is None)
        if not regions and not camera:
            self._forget()
            return _standing(regions, found=True, speed=0.0)
        if cv2.norm(last, thumb, cv2.NORM_L1) < _STILL_DIFFERENCE * thumb.size:
            return _standing(regions, found=True)
        return self._follow(last, thumb, regions)

    def _forget(self) -> None:
        self._camera_points = np.empty((0, 2), np.float32)
        self._region_points = {}
        self._looked = {}

    def _follow(self, last: Gray, thumb: Gray, regions: Mapping[int, Quad]) -> Motion:
        self._refill(last, regions)
        keys = sorted(regions)
        starts = [self._camera_points] + [self._region_points[key] for key in keys]
        before = np.concatenate(starts)
        if len(before) < _MIN_POINTS:
            return _standing(regions, found=False)
        after, status, _ = cv2.calcOpticalFlowPyrLK(last, thumb, before, None, **_LK)  # type: ignore[call-overload]
        good = status.ravel() == 1
        split = np.cumsum([len(points) for points in starts])[:-1]
        pieces = list(zip(np.split(before, split), np.split(after, split), np.split(good, split), strict=True))
        camera = _fit(*pieces[0], affine=False)
        self._camera_points = _kept(pieces[0], thumb)
        found = camera is not None
        camera_transform = camera.transform if camera is not None else IDENTITY
        moved: dict[int, RegionMotion] = {}
        for key, piece in zip(keys, pieces[1:], strict=True):
            self._region_points[key] = _kept(piece, thumb)
            own = _fit(*piece, affine=_long_side(regions[key]) >= _AFFINE_SIDE)
            trusted = own is not None and own.support >= _AGREEING
            moved[key] = own if own is not None and trusted else RegionMotion(camera_transform, float(found))
        speed = _typical_shift(*pieces[0]) / max(thumb.shape)
        return Motion(camera_transform, moved, speed, found)

    def _refill(self, last: Gray, regions: Mapping[int, Quad]) -> None:
        self._steps += 1
        if len(self._camera_points) < _GRID // 2 and self._may_look(_CAMERA):
            self._camera_points = _corners(last, 0, 0, _GRID, spacing=max(last.shape) / 14)
        for gone in self._region_points.keys() - regions.keys():
            del self._region_points[gone]
            self._looked.pop(gone, None)
        for key, quad in regions.items():
            points = self._region_points.get(key)
            if points is None:
                self._region_points[key] = points = np.empty((0, 2), np.float32)
            if len(points) < _REGION_POINTS // 2 and self._may_look(key):
                self._region_points[key] = _region_corners(last, quad)

    def _may_look(self, key: int) -> bool:
        """Looking for corners costs as much as following them: where there are few, not again on every frame."""
        if self._steps - self._looked.get(key, -_LOOK_EVERY) < _LOOK_EVERY:
            return False
        self._looked[key] = self._steps
        return True


def _standing(regions: Mapping[int, Quad], *, found: bool, speed: float = 0.0) -> Motion:
    support = 1.0 if found else 0.0
    return Motion(IDENTITY, {key: RegionMotion(IDENTITY, support) for key in regions}, speed, found)


def _corners(image: Gray, x0: int, y0: int, count: int, spacing: float) -> Points:
    if min(image.shape) < 8:
        return np.empty((0, 2), np.float32)
    found = cv2.goodFeaturesToTrack(image, count, 0.02, max(2.0, spacing))
    if found is None:
        return np.empty((0, 2), np.float32)
    return np.asarray(found.reshape(-1, 2) + np.array([x0, y0], np.float32), dtype=np.float32)


def _region_corners(image: Gray, quad: Quad) -> Points:
    height, width = image.shape
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 3, 0)
    x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 3, [width, height])
    if x1 - x0 < 8 or y1 - y0 < 8:
        return np.empty((0, 2), np.float32)
    spacing = np.sqrt((x1 - x0) * (y1 - y0) / (2 * _REGION_POINTS))
    return _corners(image[y0:y1, x0:x1], int(x0), int(y0), _REGION_POINTS, spacing)


def _fit(before: Points, after: Points, good: NDArray[np.bool_], *, affine: bool) -> RegionMotion | None:
    count = int(good.sum())
    if count < _MIN_POINTS:
        return None
    estimate = cv2.estimateAffine2D if affine and count >= 8 else cv2.estimateAffinePartial2D
    matrix, inliers = estimate(
        before[good], after[good], method=cv2.RANSAC, ransacReprojThreshold=1.5, maxIters=80, refineIters=3
    )
    transform = _square(matrix)
    if transform is None:
        return None
    return RegionMotion(transform, float(inliers.sum()) / max(len(before), 1))


def _square(matrix: Any) -> Transform | None:
    """OpenCV's (2, 3) estimate, or None where it found none, as a (3, 3) transform."""
    if matrix is None or not np.isfinite(matrix).all() or not _plausible(matrix):
        return None
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def _plausible(matrix: NDArray[Any]) -> bool:
    """Between two frames nothing grows, shrinks or shears by more than a quarter, or is mirrored."""
    (a, b), (c, d) = matrix[:, :2].tolist()
    stretches = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return a * d - b * c > 0 and bool(stretches[0] < 1.25) and bool(stretches[1] > 0.8)


def _kept(piece: tuple[Points, Points, NDArray[np.bool_]], thumb: Gray) -> Points:
    _, after, good = piece
    height, width = thumb.shape
    inside = (after[:, 0] >= 0) & (after[:, 1] >= 0) & (after[:, 0] < width) & (after[:, 1] < height)
    return np.ascontiguousarray(after[good & inside])


def _typical_shift(before: Points, after: Points, good: NDArray[np.bool_]) -> float:
    if not good.any():
        return 0.0
    return float(np.median(np.linalg.norm(after[good] - before[good], axis=1)))


def _long_side(quad: Quad) -> float:
    spans: Sequence[float] = np.ptp(quad, axis=0).tolist()
    return max(spans)
