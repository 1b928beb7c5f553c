"""Views of invented cards: each card under its own light, pose, background and camera fault, time after time.

A card is a function of (split, seed, card), a view of it of (split, seed, level, card, view); the seeds share
nothing with those of `scanapp.lab`, and the fonts are those that training never shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Bgr
from scanapp.geometry import Quad, as_quad, bounds, box_quad, sides, transform_points
from scanapp.payloads.bank_card import parse_expiry
from scanapp.synth.cards.backgrounds import background, hold
from scanapp.synth.cards.camera import LEVELS, degrade
from scanapp.synth.cards.face import Face, card_face
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.shade import FaceLight, shade

SIZE = 1280, 720
SPLITS = ("validation", "test")
KINDS = ("embossed", "flat", "stacked", "vertical", "back")
SHARES = (0.4, 0.32, 0.08, 0.14, 0.06)
PPMM = 10.0
MARGIN = 12
"""Pixels that stay free between a card and the frame's edge."""
TILT = 35.0
"""Degrees that a card is turned away from the camera at most."""
HELD = 0.4
"""Share of views with fingers over an edge."""
_SALT = 0x5CA4

Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One picture (720, 1280, 3) BGR, and the card's true quad (4, 2) in it."""

    image: Bgr = field(repr=False)
    quad: Quad


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One invented card; ``turn`` is how it is held, degrees."""

    face: Face = field(repr=False)
    turn: float
    key: tuple[int, ...]

    @classmethod
    def drawn(cls, split: str, seed: int, number: int, fonts: FontSet) -> Card:
        """Card ``number`` of a split."""
        key = (_SALT, SPLITS.index(split), seed, number)
        rng = np.random.default_rng(key)
        face = card_face(rng, ppmm=PPMM, kind=str(rng.choice(KINDS, p=SHARES)), fonts=fonts)
        turn = float(rng.choice([0.0, 180.0, 90.0, 270.0], p=[0.76, 0.12, 0.06, 0.06]))
        return cls(face, turn, key)

    def text(self, name: str) -> str:
        """The first line of a field as printed, "" without one; an expiry as "2027-12"."""
        lines = [line.text for line in self.face.lines if line.field == name]
        if name == "expiry":
            return max((parse_expiry(text.split()[-1]) or "" for text in lines if text.split()), default="")
        return lines[0] if lines else ""

    def views(self, level: str, first: int, count: int) -> Iterator[Made]:
        """Views number ``first`` up to ``count``, each independent of the others."""
        for view in range(first, count):
            yield _view(self, level, np.random.default_rng((*self.key, list(LEVELS).index(level), view)))


def _view(card: Card, level: str, rng: Rng) -> Made:
    lit = shade(card.face, light=FaceLight.random(rng))
    long_px = float(rng.uniform(*LEVELS[level].card_px))
    quad, matrix = _placed(card, long_px, rng)
    image = background(rng, *SIZE)
    image = _laid(image, lit, matrix, np.asarray(quad, np.float32), rng)
    image = _held(image, card, quad, matrix, rng)
    number = bounds(_number_corners(card.face, matrix))
    # The card has its size in this frame already: the camera must not make it smaller once more.
    native = replace(LEVELS[level], card_px=(long_px, long_px))
    with patch.dict(LEVELS, {level: native}):
        image = degrade(image, rng, level, card_px=long_px, number_box=number)
    return Made(np.asarray(image, dtype=np.uint8), quad)


def _held(image: Bgr, card: Card, quad: Quad, matrix: NDArray[np.float64], rng: Rng) -> Bgr:
    """At times fingers over an edge, but not over the number: no reader reads what is hidden."""
    if rng.random() >= HELD:
        return image
    number = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(number, np.round(_number_corners(card.face, matrix)).astype(np.int32), 1)
    for _ in range(4):
        held, covered = hold(rng, image, np.asarray(quad, np.float32))
        if not (covered & (number > 0)).any():
            return held
    return image


def _placed(card: Card, long_px: float, rng: Rng) -> tuple[Quad, NDArray[np.float64]]:
    """A pose in which the whole card is in the frame: its quad, and the homography from face pixels."""
    width, height = card.face.size_mm
    scale = long_px / max(width, height)
    for _ in range(200):
        matrix = _camera((width, height), scale, card.turn, rng) @ np.diag([1 / PPMM, 1 / PPMM, 1.0])
        corners = box_quad(0, 0, width * PPMM, height * PPMM)
        points = transform_points(matrix, corners)
        x0, y0, x1, y1 = bounds(points)
        if x1 - x0 > SIZE[0] - 2 * MARGIN or y1 - y0 > SIZE[1] - 2 * MARGIN:
            scale *= 0.96
            continue
        shift = np.eye(3)
        shift[0, 2] = rng.uniform(MARGIN - x0, SIZE[0] - MARGIN - x1)
        shift[1, 2] = rng.uniform(MARGIN - y0, SIZE[1] - MARGIN - y1)
        matrix = shift @ matrix
        return as_quad(transform_points(matrix, corners)), matrix
    raise AssertionError("a card that is made smaller fits in the end")


def _camera(size: tuple[float, float], scale: float, turn: float, rng: Rng) -> NDArray[np.float64]:
    """Card millimetres to pixels about the origin: a card tilted up to `TILT` degrees before a phone."""
    roll = np.deg2rad(turn + rng.normal(0, 10))
    tilt = np.deg2rad(min(TILT, abs(rng.normal(0, 16))))
    way = rng.uniform(0, 2 * np.pi)
    axis = np.array([np.cos(way), np.sin(way), 0.0]) * tilt
    about_axis, _ = cv2.Rodrigues(axis)
    about_z, _ = cv2.Rodrigues(np.array([0.0, 0.0, roll]))
    turned = about_axis @ about_z
    distance = rng.uniform(140, 350)
    middle = np.array([[1, 0, -size[0] / 2], [0, 1, -size[1] / 2], [0, 0, 1]])
    plane = np.stack([turned[:, 0], turned[:, 1], np.array([0, 0, distance])], -1)
    return np.asarray(np.diag([scale * distance, scale * distance, 1.0]) @ plane @ middle, np.float64)


def _laid(image: Bgr, lit: Bgr, matrix: NDArray[np.float64], quad: NDArray[np.float32], rng: Rng) -> Bgr:
    """The lit face on its background, with rounded corners and a soft shadow."""
    rows, cols = lit.shape[:2]
    mask = np.zeros((rows, cols), np.uint8)
    radius = round(3.18 * PPMM)
    cv2.rectangle(mask, (radius, 0), (cols - radius - 1, rows - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (cols - 1, rows - radius - 1), 255, -1)
    for x in (radius, cols - radius - 1):
        for y in (radius, rows - radius - 1):
            cv2.circle(mask, (x, y), radius, 255, -1)
    shrunk = PPMM * 85.6 / max(sides(quad))
    if shrunk > 1.3:  # warping samples points: what is made smaller is smoothed before
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), 0.45 * (shrunk - 0.5)), np.uint8)
    warped = cv2.warpPerspective(lit, matrix, SIZE, flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(mask, matrix, SIZE, flags=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    shift = np.array([[1, 0, rng.normal(0, 4)], [0, 1, rng.normal(3, 4)]], np.float32)
    cast = cv2.warpAffine(share[..., 0], shift, SIZE)
    cast = cv2.GaussianBlur(cast, (0, 0), float(rng.uniform(2, 9)))[..., None] * np.float32(rng.uniform(0, 0.5))
    mixed = image * (1 - cast) * (1 - share) + warped * share
    return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)


def _number_corners(face: Face, matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """(4, 2) pixels: around the number and half a digit more."""
    boxes = np.concatenate([line.boxes for line in face.lines if line.field == "pan"])
    x0, y0 = boxes[:, :2].min(axis=0) - 1.5
    x1, y1 = boxes[:, 2:].max(axis=0) + 1.5
    return transform_points(matrix, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * PPMM)
