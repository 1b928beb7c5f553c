"""Fingers that hold a card: tapered round-ended cylinders with shading, nails, creases and a shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.art_colour import Bgr, Field, Picture, Rng
from scanapp.synth.cards.art_scene import skin_colour

Point = NDArray[np.float32]


def hold(rng: Rng, picture: Picture, card_quad: NDArray[np.float32]) -> tuple[Picture, NDArray[np.bool_]]:
    """A hand's fingers over the edges of a card: the new picture and where it is covered, (H, W).

    ``card_quad`` is (4, 2), pixels, in order around the card. One to four fingers reach over one edge by 4–30 % of
    the card's shorter side, at times a thumb over the opposite edge.
    """
    quad = np.asarray(card_quad, np.float32)
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    unit = float(max(lengths.max(), 4.0)) / 85.6
    out, covered = picture.copy(), np.zeros(picture.shape[:2], bool)
    tone = skin_colour(rng)
    edge = int(rng.integers(4))
    side = sides[edge] / max(float(lengths[edge]), 1e-3)
    inward = quad.mean(axis=0) - (quad[edge] + quad[(edge + 1) % 4]) / 2
    inward = inward / max(float(np.hypot(*inward)), 1e-3)
    lean = np.float32(rng.normal(0, 0.35))
    way = inward + lean * side
    start, gap = rng.uniform(0.05, 0.9), rng.uniform(17, 21) * unit
    depth = float(lengths.min()) * rng.uniform(0.04, 0.3)
    for n in range(int(rng.choice([1, 2, 3, 4], p=[0.45, 0.25, 0.2, 0.1]))):
        at = (
            quad[edge]
            + side * (start * lengths[edge] + n * gap)
            + inward * depth * np.float32(rng.uniform(0.6, 1.2))
        )
        _finger(rng, out, covered, at, way, rng.uniform(7, 9.5) * unit, tone)
    if rng.random() < 0.4:
        far = (edge + 2) % 4
        at = (
            quad[far]
            + sides[far] * np.float32(rng.uniform(0.2, 0.8))
            - inward * depth * np.float32(rng.uniform(0.5, 1.5))
        )
        _finger(rng, out, covered, at, -inward + lean * side, rng.uniform(9.5, 12) * unit, tone)
    return out, covered


def fingers(rng: Rng, picture: Picture, card_quad: NDArray[np.float32]) -> Picture:
    """`hold`'s picture alone, a new (H, W, 3) uint8 BGR."""
    return hold(rng, picture, card_quad)[0]


def _finger(
    rng: Rng, picture: Picture, covered: NDArray[np.bool_], tip: Point, way: Point, radius: float, tone: Bgr
) -> None:
    """One finger in place: its tip at ``tip``, pointing along ``way``, its root some finger lengths behind."""
    way = way / max(float(np.hypot(*way)), 1e-3)
    length = radius * rng.uniform(7, 14)
    root = tip - way * length
    reach = 1.6 * radius + 2
    height, width = picture.shape[:2]
    x0, y0 = (max(0, int(min(a, b) - reach)) for a, b in zip(tip, root, strict=True))
    x1 = min(width, int(max(tip[0], root[0]) + reach) + 1)
    y1 = min(height, int(max(tip[1], root[1]) + reach) + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    x = np.arange(x0, x1, dtype=np.float32)[None, :] - np.float32(tip[0])
    y = np.arange(y0, y1, dtype=np.float32)[:, None] - np.float32(tip[1])
    behind = -(x * way[0] + y * way[1])
    across = x * -way[1] + y * way[0]
    joint = 1 + 0.06 * np.cos(behind / (length * 0.16))
    wide = radius * np.clip(0.85 + 0.2 * behind / (4 * radius), 0.85, 1.2) * joint
    beyond = np.maximum(-behind, 0) / (0.95 * wide) + np.maximum(behind - length, 0) / wide
    share = np.hypot(across / wide, beyond).astype(np.float32)
    mask = np.clip((1 - share) * wide + 0.5, 0, 1).astype(np.float32)
    part = picture[y0:y1, x0:x1]
    _shadow(rng, part, mask, radius)
    lit = _lit(rng, share, across / wide, behind / radius, tone)
    blended = part + mask[..., None] * (lit - part)
    part[...] = np.clip(blended, 0, 255)
    covered[y0:y1, x0:x1] |= mask > 0.5


def _shadow(rng: Rng, part: Picture, mask: Field, radius: float) -> None:
    """Darkens what lies beside a finger."""
    shift = np.array([[1, 0, rng.normal(0, 0.25) * radius], [0, 1, rng.normal(0, 0.25) * radius]], np.float32)
    moved = cv2.warpAffine(mask, shift, (mask.shape[1], mask.shape[0]))
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.5, radius * 0.18))
    part[...] = part * (1 - rng.uniform(0.2, 0.6) * soft[..., None])


def _lit(rng: Rng, share: Field, across: Field, behind: Field, tone: Bgr) -> Field:
    """A finger's colour, (h, w, 3) float32: round, redder at the tip, with creases and perhaps a nail."""
    side = rng.uniform(-0.35, 0.35)
    bright = 0.55 + 0.5 * np.sqrt(np.clip(1 - share * share, 0, 1)) + side * across
    for place in (2.2, 2.5, 5.0):
        bright = bright - 0.12 * np.exp(-(((behind - place) / 0.12) ** 2))
    colours = np.array(tone, np.float32) * bright[..., None].astype(np.float32)
    colours[..., 2] += 12 * np.exp(-((behind / 1.2) ** 2))
    if rng.random() < 0.5:
        oval = np.hypot(across / 0.6, (behind - 0.15) / 0.75)
        nail = np.clip((1 - oval) * 8, 0, 1).astype(np.float32)[..., None] * 0.75
        paint = np.array(tone, np.float32) * 0.6 + np.array([95, 95, 105], np.float32)
        if rng.random() < 0.2:
            paint = rng.uniform(0, 230, 3).astype(np.float32)
        colours += nail * (paint * (0.85 + 0.2 * bright[..., None]) - colours)
    return np.asarray(colours, np.float32)
