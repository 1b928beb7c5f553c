"""Random camera poses of a flat card: homographies from card millimetres to the pixels of a picture.

Pixel coordinates are continuous: 0 is the left edge of the first pixel, its middle is at 0.5.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


def random_pose(
    rng: np.random.Generator,
    frame: tuple[int, int],
    size_mm: tuple[float, float],
    *,
    share: tuple[float, float] = (0.3, 1.0),
    cut: float = 0.1,
    most_tilt: float = 50.0,
    stretch: float = 0.06,
) -> Points:
    """(3, 3) mm to pixels for a card of ``size_mm`` (upright) somewhere in ``frame`` (width, height).

    share    long side over the frame's width, before tilt
    cut      chance that the card may leave the frame, by up to a third of its size
    stretch  spread of the ratio of vertical to horizontal scale: a frame is squeezed into the network's shape
    """
    turned = _turned(_roll(rng), *_tilt(rng, most_tilt))
    focal = rng.uniform(0.75, 1.5) * max(frame)
    long_px = rng.uniform(*share) * frame[0]
    may_leave = rng.random() < cut
    squeeze = np.diag([1.0, np.exp(rng.normal(0, stretch)), 1.0])
    for _ in range(3):
        pose = squeeze @ _projected(turned, focal, long_px / max(size_mm), size_mm)
        corners = through(pose, rectangle(*size_mm))
        low, high = corners.min(0), corners.max(0)
        room = np.asarray(frame, np.float64) - (high - low)
        if may_leave or (room >= 2).all():
            break
        long_px *= rng.uniform(0.88, 0.98) * float((np.asarray(frame) / (high - low)).min())
    slack = np.abs(room) / 2 + (0.3 * (high - low) if may_leave else 0)
    middle = np.asarray(frame) / 2 + slack * np.clip(rng.normal(0, 0.5, 2), -0.98, 0.98)
    shift = np.eye(3)
    shift[:2, 2] = middle - (low + high) / 2
    return np.asarray(shift @ pose)


def filling_pose(rng: np.random.Generator, frame: tuple[int, int], size_mm: tuple[float, float]) -> Points:
    """A card that is the whole picture, as in a scan: its corners at the picture's, a few pixels off."""
    corners = rectangle(*size_mm)
    ends = rectangle(*frame) + rng.normal(0, 0.012 * max(frame), 2) * rng.integers(0, 2)
    ends += rng.normal(0, 0.008 * max(frame), (4, 2)) * rng.integers(0, 2)
    inset = max(0.0, rng.normal(0, 0.02))
    ends = np.asarray(frame) / 2 + (ends - np.asarray(frame) / 2) * (1 - inset)
    return four_points(corners, np.roll(ends, 2 * int(rng.random() < 0.15), axis=0))


def through(matrix: Points, points: npt.ArrayLike) -> Points:
    """Points (n, 2) through a homography (3, 3)."""
    moved = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:])


def rectangle(width: float, height: float) -> Points:
    """Corners (4, 2), clockwise from the top left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def four_points(source: Points, target: Points) -> Points:
    """The homography that takes four points (4, 2) to four others."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), target.reshape(-1))
    return np.append(solved, 1.0).reshape(3, 3)


def _roll(rng: np.random.Generator) -> float:
    """Rotation in the picture, degrees: mostly upright, often on its side or head, at times anything."""
    how = rng.random()
    if how < 0.45:
        return float(rng.normal(0, 7))
    if how < 0.75:
        return float(rng.choice([0, 90, 180, 270], p=[0.2, 0.25, 0.3, 0.25]) + rng.normal(0, 9))
    return float(rng.uniform(0, 360))


def _tilt(rng: np.random.Generator, most: float) -> tuple[float, float]:
    """(angle, direction of the axis), degrees."""
    angle = abs(rng.normal(0, 20)) if rng.random() < 0.7 else rng.uniform(0, most)
    return float(min(angle, most)), float(rng.uniform(0, 360))


def _turned(roll: float, tilt: float, axis: float) -> Points:
    """Rotation by ``roll`` in the picture's plane, then by ``tilt`` about an axis in that plane."""
    flat, lean, about = np.deg2rad([roll, tilt, axis])
    spin = np.array([[np.cos(flat), -np.sin(flat), 0], [np.sin(flat), np.cos(flat), 0], [0, 0, 1]])
    x, y = np.cos(about), np.sin(about)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    return np.asarray((np.eye(3) + np.sin(lean) * cross + (1 - np.cos(lean)) * cross @ cross) @ spin)


def _projected(turned: Points, focal: float, scale: float, size_mm: tuple[float, float]) -> Points:
    """mm to pixels about the optical axis; ``scale`` px/mm at the card's middle."""
    distance = focal / scale
    plane = np.stack([turned[:, 0], turned[:, 1], np.array([0.0, 0.0, distance])], axis=1)
    centred = np.array([[1, 0, -size_mm[0] / 2], [0, 1, -size_mm[1] / 2], [0, 0, 1]])
    return np.asarray(np.diag([focal, focal, 1.0]) @ plane @ centred)
