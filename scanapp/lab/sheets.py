"""Rectified cards for the layout net: faces cut out by a quad that is a little wrong, in every turn, degraded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.lab.camera_effects import camera
from scanapp.lab.composites import pick
from scanapp.lab.faces_cache import FIELDS, FacesCache
from scanapp.lab.poses import four_points, rectangle, through
from scanapp.lab.scenery import fingers, glare, polygon

WIDTH, HEIGHT = 288, 184
STRIDE = 4
SHRUNK = 0.5
"""What is left of a row's height in its kernel."""

Gray = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """image   (184, 288) uint8 luma
    kernels  (3, 46, 72) float32 coverage 0 … 1 by the rows of `FIELDS`, shrunk to half their height
    rows     (field, x0, y0, x1, y1) of each kernel, cells
    turn     quarter turns clockwise that make the image upright
    card     it bears a card number
    """

    image: Gray
    kernels: Float32
    rows: tuple[tuple[int, float, float, float, float], ...]
    turn: int
    card: bool


@dataclass(frozen=True, slots=True, eq=False)
class SheetMaker:
    """Draws sheets from the faces of a cache that are ready; ``held_out`` as in `Composer`.

    rare  share of the sheets for which a portrait or stacked face is looked for, in a few tries
    """

    cache: FacesCache
    backgrounds: Gray
    held_out: bool = False
    rare: float = 0.0

    def sample(self, rng: np.random.Generator) -> Sheet:
        """One random sheet; bank cards and other things as often as in the cache."""
        index = self._index(rng)
        face, picture = self.cache.faces[index], self.cache.picture(index)
        size = (float(picture.shape[1]), float(picture.shape[0]))
        half_turn = int(rng.integers(2))
        pose = _cut_out(rng, size, half_turn)
        scene = self._seen(rng, picture, pose)
        if rng.random() < 0.25:
            fingers(scene, pose, size, rng)
        glare(scene, rng, np.full(scene.shape, 255, np.uint8))
        kernels = np.zeros((len(FIELDS), HEIGHT // STRIDE, WIDTH // STRIDE), np.float32)
        rows = []
        to_cells = np.diag([1 / STRIDE, 1 / STRIDE, 1.0]) @ pose
        for field, box in zip(face["fields"][: face["rows"]], face["boxes"][: face["rows"]], strict=True):
            corners = through(to_cells, _kernel(box, int(face["turn"])))
            covered = polygon(corners, (WIDTH // STRIDE, HEIGHT // STRIDE)).astype(np.float32) / 255
            kernels[field] = np.maximum(kernels[field], covered)
            (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            rows.append((int(field), x0, y0, x1, y1))
        turn = (int(face["turn"]) + 2 * half_turn) % 4
        return Sheet(camera(scene, rng), kernels, tuple(rows), turn, bool(face["card"]))

    def _index(self, rng: np.random.Generator) -> int:
        tries = 6 if rng.random() < self.rare else 1
        for _ in range(tries):
            index = pick(rng, self.cache.ready, held_out=self.held_out)
            face = self.cache.faces[index]
            numbers = int((face["fields"][: face["rows"]] == FIELDS.index("pan")).sum())
            if numbers > 1 or (numbers and face["turn"]):
                break
        return index

    def _seen(self, rng: np.random.Generator, picture: Gray, pose: npt.NDArray[np.float64]) -> Float32:
        """The face through ``pose`` before something else, as coarse as a camera's distance leaves it."""
        texture = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        behind = cv2.resize(texture, (WIDTH, HEIGHT)).astype(np.float32)
        detail = float(rng.uniform(0.4, 1.0)) if rng.random() < 0.5 else 1.0
        small = cv2.resize(picture, None, fx=detail, fy=detail, interpolation=cv2.INTER_AREA)
        grow = np.diag([picture.shape[1] / small.shape[1], picture.shape[0] / small.shape[0], 1.0])
        half, back = np.eye(3), np.eye(3)
        half[:2, 2], back[:2, 2] = 0.5, -0.5
        seen = cv2.warpPerspective(
            small,
            back @ pose @ grow @ half,
            (WIDTH, HEIGHT),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).astype(np.float32)
        size = (float(picture.shape[1]), float(picture.shape[0]))
        alpha = polygon(through(pose, rectangle(*size)), (WIDTH, HEIGHT)).astype(np.float32) / 255
        seen *= np.float32(np.exp(rng.normal(-0.05, 0.18)))
        return np.asarray(behind + (seen - behind) * alpha, np.float32)


def _cut_out(rng: np.random.Generator, size: tuple[float, float], half_turn: int) -> npt.NDArray[np.float64]:
    """Pixels of the face to pixels of the sheet: its corners where a locator that errs by 0 to 4 % leaves them."""
    spread = float(rng.uniform(0, 0.02)) * float(np.hypot(WIDTH, HEIGHT))
    wrong = np.clip(rng.normal(0, 1, (4, 2)), -2, 2) * spread / np.sqrt(2)
    target = np.roll(rectangle(WIDTH, HEIGHT), 2 * half_turn, axis=0) + wrong
    return four_points(rectangle(*size), target)


def _kernel(box: Float32, turn: int) -> npt.NDArray[np.float64]:
    """Corners of a row's box at `SHRUNK` of its height; rows of portrait faces run down the stored picture."""
    x0, y0, x1, y1 = (float(value) for value in box)
    less_x = (x1 - x0) * (1 - SHRUNK) / 2 if turn else 0.0
    less_y = 0.0 if turn else (y1 - y0) * (1 - SHRUNK) / 2
    shrunk = rectangle(x1 - x0 - 2 * less_x, y1 - y0 - 2 * less_y)
    return np.asarray(shrunk + np.array([x0 + less_x, y0 + less_y]))
