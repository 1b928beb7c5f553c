"""How a camera sees one line of a card, and how it is cut out again by a rectangle that is a little wrong."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

TALL, WIDE = 48, 480
_MARGIN = 7.0

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One look at a line.

    onto     (3, 3) card mm to pixels of the photograph, which holds the line and its surroundings only
    size     width and height of the photograph, px
    back     (3, 3) pixels of the photograph to pixels of the cut-out (48, 480)
    region   x0 y0 x1 y1, mm: what of the face the photograph needs
    centres  (n,) middles of the characters in the cut-out, px
    extent   where they begin and end there, px
    box      x0 y0 x1 y1 of the characters in the photograph, px
    card_px  width of the whole card at the photograph's scale
    height   of a character there, px
    squeeze  horizontal over vertical scale of the cut-out
    """

    onto: Points
    size: tuple[int, int]
    back: Points
    region: tuple[float, float, float, float]
    centres: npt.NDArray[np.float32]
    extent: tuple[float, float]
    box: tuple[float, float, float, float]
    card_px: float
    height: float
    squeeze: float

    def photograph(self, face: npt.NDArray[np.uint8], ppmm: float) -> npt.NDArray[np.uint8]:
        """The line as the camera's lens has it, before the camera's sins; ``face`` (H, W) luma, ``ppmm`` px/mm."""
        x0, y0, x1, y1 = (round(value * ppmm) for value in self.region)
        x0, y0 = max(0, x0), max(0, y0)
        part = np.ascontiguousarray(face[y0:y1, x0:x1])
        shrink = ppmm * 85.6 / self.card_px
        if shrink > 1.3:
            # a warp picks pixels: what is finer than the target's must go first
            part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.4 * shrink), np.uint8)
        to_mm = np.array([[1 / ppmm, 0, x0 / ppmm], [0, 1 / ppmm, y0 / ppmm], [0, 0, 1]])
        return cv2.warpPerspective(
            part, self.onto @ to_mm, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)

    def cut_out(self, photograph: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The line (48, 480), from a luma photograph."""
        return cv2.warpPerspective(
            photograph, self.back, (WIDE, TALL), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)


def line_view(boxes: npt.NDArray[np.float32], size_mm: tuple[float, float], rng: np.random.Generator) -> View:
    """A random look at the characters ``boxes`` (n, 4), mm, of a card of ``size_mm``."""
    x0, y0 = float(boxes[:, 0].min()), float(boxes[:, 1].min())
    x1, y1 = float(boxes[:, 2].max()), float(boxes[:, 3].max())
    region = (
        max(0.0, x0 - _MARGIN - 3),
        max(0.0, y0 - 6),
        min(size_mm[0], x1 + _MARGIN + 3),
        min(size_mm[1], y1 + 6),
    )
    scale = rng.uniform(5.5, 9.0)
    onto = _camera(size_mm, scale, rng)
    corners = through(onto, _rectangle(*region))
    low, high = np.floor(corners.min(0)), np.ceil(corners.max(0))
    onto = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ onto
    size = (max(8, int(high[0] - low[0])), max(8, int(high[1] - low[1])))

    tall = float(np.median(boxes[:, 3] - boxes[:, 1]))
    vertical = rng.uniform(24, 34) / tall
    left, right = x0 - rng.uniform(1.5, _MARGIN), x1 + rng.uniform(1.5, _MARGIN)
    horizontal = min(vertical, WIDE / (right - left))
    middle = (y0 + y1) / 2 + rng.normal(0, 0.06 * tall)
    wanted = _rectangle(left, middle - TALL / 2 / vertical, left + WIDE / horizontal, middle + TALL / 2 / vertical)
    # the card's corners are known to about half a percent of its diagonal
    wrong = wanted + np.array([0.5, 0.12 * tall]) * rng.normal(0, 0.5, (4, 2)).clip(-1.2, 1.2)
    frame = np.array([[0, 0], [WIDE, 0], [WIDE, TALL], [0, TALL]], np.float32)
    back = cv2.getPerspectiveTransform(through(onto, wrong).astype(np.float32), frame).astype(np.float64)

    whole = back @ onto
    centres = through(whole, np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2], -1))
    row = (y0 + y1) / 2
    ends = through(whole, np.array([[x0, row], [x1, row]]))
    box = through(onto, _rectangle(x0, y0, x1, y1))
    return View(
        onto,
        size,
        back,
        region,
        centres[:, 0].astype(np.float32),
        (float(ends[0, 0]), float(ends[1, 0])),
        (float(box[:, 0].min()), float(box[:, 1].min()), float(box[:, 0].max()), float(box[:, 1].max())),
        scale * 85.6,
        vertical * tall,
        horizontal / vertical,
    )


def through(matrix: Points, points: Points) -> Points:
    """Points (n, 2) through a homography (3, 3)."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return moved[:, :2] / moved[:, 2:]


def _camera(size_mm: tuple[float, float], scale: float, rng: np.random.Generator) -> Points:
    """Card mm to pixels: a card held at up to some 40° before a phone, ``scale`` px/mm in its middle."""
    roll = np.deg2rad(rng.normal(0, 12))
    pitch, yaw = np.deg2rad(rng.normal(0, 14, 2).clip(-40, 40))
    cx, sx, cy, sy, cz, sz = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turned = about_z @ about_y @ about_x
    distance = rng.uniform(110, 350)
    middle = np.array([[1, 0, -size_mm[0] / 2], [0, 1, -size_mm[1] / 2], [0, 0, 1]])
    plane = np.stack([turned[:, 0], turned[:, 1], np.array([0, 0, distance])], -1)
    lens = np.diag([scale * distance, scale * distance, 1.0])
    return np.asarray(lens @ plane @ middle, np.float64)


def _rectangle(x0: float, y0: float, x1: float, y1: float) -> Points:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)
