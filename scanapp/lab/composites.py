"""Pictures to train the locator on, composed at the network's own resolution in a millisecond or two.

A background, things on it, a face put there by a random camera, fingers, light, lens and sensor. What a camera's
larger frame would have had (aliasing, fine noise) is averaged away by the thumbnail anyway.
The picture lies in the network's input with a margin of plain grey all round (`MARGIN`), so that a card which fills
the frame has edges, and corners a little outside of it have a place in the maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.lab.camera_effects import camera
from scanapp.lab.faces_cache import FacesCache
from scanapp.lab.poses import Points, filling_pose, random_pose, rectangle, through
from scanapp.lab.scenery import cast_shadow, fingers, glare, hand, outline, screen, things

MARGIN = 8
"""Network pixels of plain grey around the picture."""
GREY = 128
RADIUS_MM = 3.18
NARROW = 0.2
"""Smallest long side of a card over the frame's width: at 1280 pixels 256, where a number can just be read."""
EVERY = 16
"""One face in so many is kept from training."""

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """image (h, w) uint8 with its margin; quad (4, 2) network px, upright order, or None when nothing of a card's
    size is there; card: it bears a number; mask (h, w) uint8, 255 where the card is (under fingers too)."""

    image: Gray
    quad: npt.NDArray[np.float32] | None
    card: bool
    mask: Gray


@dataclass(frozen=True, slots=True, eq=False)
class Composer:
    """Draws samples from the faces of a cache that are ready by now, on ``backgrounds`` (N, 256, 256).

    held_out  use the faces that are kept from training, every sixteenth, and no others
    """

    cache: FacesCache
    backgrounds: Gray
    held_out: bool = False

    def sample(self, rng: np.random.Generator, width: int, height: int) -> Sample:
        """A picture for an input of ``width`` × ``height`` network pixels; six in seven show a face."""
        frame = (width - 2 * MARGIN, height - 2 * MARGIN)
        scene = self.background(rng, *frame)
        things(scene, rng, self.backgrounds)
        quad, card, mask = None, False, np.zeros(frame[::-1], np.uint8)
        if rng.random() < 0.82:
            if rng.random() < 0.1:
                self.put(rng, scene, frame, rivals=True)
            quad, card, mask = self.put(rng, scene, frame)
        glare(scene, rng, mask)
        picture = camera(scene, rng)
        return Sample(framed(picture), None if quad is None else quad + MARGIN, card, framed(mask, 0))

    def background(self, rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
        """A random part of a random background, (height, width) float32 luma."""
        source = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        zoom = float(np.exp(rng.uniform(np.log(0.6), np.log(2.5))))
        turn = np.deg2rad(rng.uniform(0, 360))
        spin = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = np.asarray(source.shape) / 2 + rng.normal(0, 30, 2)
        shift = np.array([width, height]) / 2 - spin @ middle
        matrix = np.column_stack([spin, shift])
        part = cv2.warpAffine(source, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(part, np.float32) * np.float32(rng.uniform(0.6, 1.15)) + np.float32(rng.normal(0, 15))

    def put(
        self,
        rng: np.random.Generator,
        scene: npt.NDArray[np.float32],
        frame: tuple[int, int],
        *,
        rivals: bool = False,
    ) -> tuple[npt.NDArray[np.float32] | None, bool, Gray]:
        """Puts a random face into the scene: its quad (px of the scene), whether it bears a number, its mask."""
        index = pick(rng, self.cache.ready, held_out=self.held_out)
        face = self.cache.faces[index]
        if rivals and face["shaped"]:  # two cards: nobody could say which one is meant
            return None, False, np.zeros(frame[::-1], np.uint8)
        picture = self.cache.picture(index)
        turn = int(face["turn"])
        picture = np.ascontiguousarray(np.rot90(picture, -turn))
        size = (float(picture.shape[1]), float(picture.shape[0]))
        filling = rng.random() < 0.07 and not turn
        # as many small cards as large ones: each halving of the size is as likely as the next
        share = float(np.exp(rng.uniform(np.log(max(NARROW, 36 / frame[0])), np.log(1.1))))
        pose = filling_pose(rng, frame, size) if filling else random_pose(rng, frame, size, share=(share, share))
        radius = RADIUS_MM / 85.6 * 320 if face["shaped"] else rng.uniform(0, 14)
        mask = outline(pose, size, radius if not filling or rng.random() < 0.5 else 0.0, frame)
        if not filling:
            if rng.random() < 0.1:
                screen(scene, pose, size, rng)
            if rng.random() < 0.3:
                hand(scene, pose, size, rng)
            cast_shadow(scene, mask, rng)
        lay(scene, picture, pose, mask, rng)
        if not filling and rng.random() < 0.5:
            fingers(scene, pose, size, rng)
        quad = through(pose, rectangle(*size)).astype(np.float32)
        return (quad if face["shaped"] else None), bool(face["card"]), mask if face["shaped"] else mask * 0


def pick(rng: np.random.Generator, ready: int, *, held_out: bool) -> int:
    """A random face's number: a multiple of `EVERY` when held out, else none."""
    block = int(rng.integers(max(1, ready // EVERY))) * EVERY
    return block if held_out else block + int(rng.integers(1, EVERY))


def lay(scene: npt.NDArray[np.float32], picture: Gray, pose: Points, mask: Gray, rng: np.random.Generator) -> None:
    """Draws ``picture`` into the scene through ``pose`` (its px to the scene's) where the mask is."""
    height, width = picture.shape
    corners = through(pose, rectangle(width, height))
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    shrink = min(1.0, 1.3 * max(edges[0] + edges[2], 1.0) / (2 * width))
    small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    grow = np.diag([width / small.shape[1], height / small.shape[0], 1.0])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    back = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    matrix = back @ pose @ grow @ half
    seen = cv2.warpPerspective(
        small, matrix, (scene.shape[1], scene.shape[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    seen *= np.float32(np.exp(rng.normal(-0.05, 0.18)))
    alpha = mask.astype(np.float32) * np.float32(1 / 255)
    scene += (seen - scene) * alpha


def framed(picture: Gray, value: int = GREY) -> Gray:
    """The picture in the network's margin."""
    return np.asarray(
        cv2.copyMakeBorder(picture, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=value), np.uint8
    )
