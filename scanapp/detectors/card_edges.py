"""Cards without a network: closed outlines with four sides that are a card's in perspective.

Edges of the thumbnail, their outlines' convex hulls, hulls cut down to four corners, sides moved onto the edges.
What is kept must have the proportions of an ID-1 card held before a camera and edges on most of its sides. This
tells neither a bank card from any other nor which way is up: it is for devices that cannot afford the network.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.card_pose import LONG_MM, SHORT_MM, CardPose, side_ratio
from scanapp.detectors.card_refine import refine
from scanapp.geometry import Gray, Quad, area, as_quad, is_convex, order_clockwise

SMALLEST = 0.03
"""Part of the picture that a card must cover."""
MOST = 8
"""Outlines a picture that are looked at, the largest first."""


def find_by_edges(picture: Gray) -> CardPose | None:
    """The clearest card-shaped outline in ``picture`` (a thumbnail), reading along its long side; or None."""
    height, width = picture.shape
    best: CardPose | None = None
    edges = _edges(picture)
    near = np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)), np.uint8)
    for quad in _candidates(near, SMALLEST * width * height):
        better, _ = refine(picture, quad, 0.02 * (width + height) / 2, steps=6)
        ratio = side_ratio(better, width, height)
        lying = max(ratio, 1 / max(ratio, 1e-6))
        fit = float(np.exp(-0.5 * (np.log(lying / (LONG_MM / SHORT_MM)) / 0.12) ** 2))
        score = fit * _support(near, better) ** 2
        if best is None or score > best.score:
            best = CardPose(_reading(better, ratio), score, 0.5, False)
    return best


def _edges(picture: Gray) -> Gray:
    smooth = cv2.GaussianBlur(picture, (5, 5), 1.1)
    dx = cv2.Sobel(smooth, cv2.CV_16S, 1, 0)
    dy = cv2.Sobel(smooth, cv2.CV_16S, 0, 1)
    strength = cv2.addWeighted(cv2.convertScaleAbs(dx), 0.5, cv2.convertScaleAbs(dy), 0.5, 0)
    high = float(np.clip(np.percentile(strength, 90) * 1.6, 16, 110))
    return np.asarray(cv2.Canny(dx, dy, 0.4 * high, high), np.uint8)


def _candidates(edges: Gray, least: float) -> list[Quad]:
    outlines, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    hulls = [cv2.convexHull(outline) for outline in outlines if len(outline) >= 4]
    sizes = [float(cv2.contourArea(hull)) for hull in hulls]
    order = [index for index in np.argsort(sizes)[::-1] if sizes[index] >= least][:MOST]
    found = (_four(hulls[index]) for index in order)
    return [quad for quad in found if quad is not None and is_convex(quad) and area(quad) >= least]


def _four(hull: NDArray[np.int32]) -> Quad | None:
    """The hull cut down to four sides: the shortest are dropped and their neighbours lengthened until they meet."""
    length = cv2.arcLength(hull, True)
    points = cv2.approxPolyDP(hull, 0.012 * length, True).reshape(-1, 2).astype(np.float64)
    while len(points) > 4:
        sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
        met = None
        for index in np.argsort(sides)[:3]:
            met = _meet(points, int(index))
            if met is not None:
                points = met
                break
        if met is None:
            return None
    return order_clockwise(points) if len(points) == 4 else None


def _meet(points: NDArray[np.float64], index: int) -> NDArray[np.float64] | None:
    """The polygon without side ``index``: its neighbours run on to where they meet; None when that is far away."""
    count = len(points)
    before, start, end, after = (points[(index + k) % count] for k in (-1, 0, 1, 2))
    first = np.cross(np.append(before, 1.0), np.append(start, 1.0))
    x, y, w = np.cross(first, np.cross(np.append(end, 1.0), np.append(after, 1.0)))
    if abs(w) < 1e-9:
        return None
    corner = np.array([x / w, y / w])
    if np.linalg.norm(corner - (start + end) / 2) > 2.0 * np.linalg.norm(end - start) + 4:
        return None
    kept = [points[k] for k in range(count) if k not in (index, (index + 1) % count)]
    place = index if index + 1 < count else len(kept)
    return np.array([*kept[:place], corner, *kept[place:]])


def _support(near: Gray, quad: Quad) -> float:
    """Which part of the faintest side has edges on it, 0 to 1."""
    along = np.linspace(0.08, 0.92, 40, dtype=np.float32)[:, None]
    shares = []
    for index in range(4):
        points = quad[index] + along * (quad[(index + 1) % 4] - quad[index])
        x = np.clip(points[:, 0], 0, near.shape[1] - 1).astype(np.intp)
        y = np.clip(points[:, 1], 0, near.shape[0] - 1).astype(np.intp)
        shares.append(float((near[y, x] > 0).mean()))
    return min(shares)


def _reading(quad: Quad, ratio: float) -> Quad:
    """Corners turned so that reading runs along the long side, and rather to the right than to the left."""
    along = quad if ratio >= 1.0 else np.roll(quad, -1, axis=0)
    x, y = along[1] - along[0]
    return as_quad(along if x + 0.01 * y >= 0 else np.roll(along, -2, axis=0))
