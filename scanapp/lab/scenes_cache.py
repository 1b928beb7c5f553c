"""Whole frames with cards in them as a camera sees them, rendered ahead of training: what the locator meets.

    FOLDER/scenes.u8    uint8 (N, 360, 640): luma at half the size of frames of 1280 × 720, 720 × 1280 (stored on
                        their side) and 960 × 720
    FOLDER/scenes.npy   structured (N,), ``SCENE``
    FOLDER/scenes.json  seed and count: what made it

`composites` draws its pictures at the network's resolution, thousands an hour; here face, hand, light, lens and
codec have the frame's resolution, at 0.2 s a frame. Training takes a share of its samples from here. Frame i is a
function of (seed, i): rendering can be stopped and taken up again, and training reads what is ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.geometry import Quad, as_quad
from scanapp.lab.cache import PictureFiles, ready
from scanapp.lab.faces_cache import has_card_size, lit_face
from scanapp.lab.poses import Points, random_pose, rectangle, through
from scanapp.lab.scenery import outline
from scanapp.synth.cards.art_hand import hold
from scanapp.synth.cards.backgrounds import background
from scanapp.synth.cards.camera import degrade
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.maps import Face
from scanapp.synth.cards.negatives import other_face
from scanapp.synth.cards.shade import FaceLight, shade

TALL, WIDE = 360, 640
HALF = 2
"""Frame pixels a stored pixel."""
SIZES = ((1280, 720), (720, 1280), (960, 720))
SIZE_SHARES = (0.6, 0.2, 0.2)
LEVELS, LEVEL_SHARES = ("clean", "moderate", "severe"), (0.15, 0.5, 0.35)
EMPTY, HELD = 0.12, 0.4
"""Shares of frames with nothing on the ground, and of cards with a hand."""
SMALLEST, LARGEST = 0.2, 0.95
"""Long side of the card over the frame's width."""
PPMM = 6.0
RADIUS_MM = 3.18

SCENE = np.dtype([("ready", "u1"), ("card", "u1"), ("turned", "u1"), ("size", "u2", 2), ("quad", "f4", (4, 2))])
"""card: what lies in ``quad``, stored pixels, upright order, has a card's size; zeros: nothing lies there; turned:
stored on its side, a quarter clockwise; size: width and height that are filled, stored pixels."""

_FILES = PictureFiles("scenes.u8", "scenes.npy", "scenes.json", (TALL, WIDE), SCENE, "scenes")

Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class CardFrame:
    """picture (h, w) uint8 luma; quad (4, 2) its px, upright order, of the thing in it, if any; card: of a card's
    size."""

    picture: npt.NDArray[np.uint8]
    quad: npt.NDArray[np.float32] | None
    card: bool


@dataclass(frozen=True, slots=True, eq=False)
class ScenesCache:
    """pictures (N, 360, 640) uint8 and scenes (N,) ``SCENE``, mapped from disk."""

    pictures: npt.NDArray[np.uint8]
    scenes: npt.NDArray[Any]

    @classmethod
    def open(cls, folder: Path) -> ScenesCache:
        """The cache in ``folder``; UsageError when there is none."""
        return cls(*_FILES.open(folder))

    @property
    def ready(self) -> int:
        """Scenes to read: they become ready in order."""
        return ready(self.scenes)

    def scene(self, index: int) -> CardFrame:
        """What was rendered, as the camera held it."""
        row = self.scenes[index]
        width, height = (int(side) for side in row["size"])
        picture = self.pictures[index, :height, :width]
        quad = np.array(row["quad"], np.float32) if row["quad"].any() else None
        if row["turned"]:
            picture = np.ascontiguousarray(np.rot90(picture))
            quad = None if quad is None else np.column_stack([quad[:, 1], width - quad[:, 0]])
        return CardFrame(picture, quad, bool(row["card"]))


def render_scenes(
    folder: Path,
    count: int,
    *,
    seed: int,
    others: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _wanted: None,
) -> None:
    """Renders ``count`` scenes with the training fonts into ``folder``, going on where it stopped.

    others    each shows a thing that is not of a card's size: what is taken for cards
    progress  called with scenes done and scenes wanted
    UsageError when the folder holds a cache made otherwise.
    """
    made_of = {"seed": seed, "count": count} | ({"others": True} if others else {})
    pictures, scenes = _FILES.begin(folder, made_of)
    fonts = FontSet.training()
    for index in range(ready(scenes), count):
        scene = _scene(np.random.default_rng((seed, index)), fonts, others)
        picture, quad = scene.picture, scene.quad
        turned = picture.shape[0] > picture.shape[1]
        if turned:
            picture = np.asarray(cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE), np.uint8)
            quad = None if quad is None else as_quad(np.column_stack([picture.shape[1] - quad[:, 1], quad[:, 0]]))
        height, width = picture.shape
        pictures[index, :height, :width] = picture
        scenes["card"][index], scenes["turned"][index] = scene.card, turned
        scenes["size"][index] = width, height
        scenes["quad"][index] = 0 if quad is None else quad
        scenes["ready"][index] = 1
        progress(index + 1, count)
    scenes.flush()
    pictures.flush()


def _scene(rng: Rng, fonts: FontSet, others: bool) -> CardFrame:
    """Luma at half a frame's resolution."""
    size = SIZES[int(rng.choice(len(SIZES), p=SIZE_SHARES))]
    frame = background(rng, *size)
    quad: Quad | None = None
    shaped, long_px = False, 0.6 * size[0]
    if others or rng.random() >= EMPTY:
        face, lit = _other(rng, fonts) if others else lit_face(rng, fonts, PPMM)
        shaped = has_card_size(face)
        share = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
        pose = random_pose(rng, size, face.size_mm, share=(share, share), cut=0.04, stretch=0.0)
        quad = as_quad(through(pose, rectangle(*face.size_mm)))
        long_px = float(np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1).max())
        frame = _laid(rng, frame, np.asarray(lit, np.uint8), face.size_mm, pose)
        if rng.random() < HELD:
            frame = hold(rng, frame, quad)[0]
    level = str(rng.choice(LEVELS, p=LEVEL_SHARES))
    seen = degrade(frame, rng, level, card_px=max(long_px, 200.0))
    luma = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY)
    half = cv2.resize(luma, (size[0] // HALF, size[1] // HALF), interpolation=cv2.INTER_AREA)
    return CardFrame(np.asarray(half, np.uint8), None if quad is None else as_quad(quad / np.float32(HALF)), shaped)


def _other(rng: Rng, fonts: FontSet) -> tuple[Face, npt.NDArray[np.uint8]]:
    """A thing of another size than a card's, under a random light."""
    while has_card_size(face := other_face(rng, ppmm=PPMM, fonts=fonts)):
        pass
    return face, shade(face, light=FaceLight.random(rng))


def _laid(
    rng: Rng,
    frame: npt.NDArray[np.uint8],
    lit: npt.NDArray[np.uint8],
    size_mm: tuple[float, float],
    pose: Points,
) -> npt.NDArray[np.uint8]:
    """The lit face in the frame, with rounded corners and a soft shadow."""
    height, width = frame.shape[:2]
    to_pixels = pose @ np.diag([1 / PPMM, 1 / PPMM, 1.0])
    mask = outline(pose, size_mm, RADIUS_MM, (width, height))
    shrunk = lit.shape[1] / max(1.0, float(np.ptp(through(pose, rectangle(*size_mm)), axis=0).max()))
    smooth = cv2.GaussianBlur(lit, (0, 0), max(0.3, 0.45 * (shrunk - 0.5)))
    seen = cv2.warpPerspective(smooth, to_pixels, (width, height), borderMode=cv2.BORDER_REPLICATE)
    share = mask.astype(np.float32)[..., None] / 255
    shift = np.array([[1, 0, rng.normal(0, 8)], [0, 1, rng.normal(0, 8)]])
    cast = cv2.GaussianBlur(share[..., 0], (0, 0), float(rng.uniform(2, 14))) * np.float32(rng.uniform(0, 0.6))
    dark = frame * (1 - cv2.warpAffine(cast, shift, (width, height)))[..., None]
    return np.asarray(np.clip(dark + (seen - dark) * share + 0.5, 0, 255), np.uint8)
