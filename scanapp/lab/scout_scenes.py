"""Pictures to train the scout on: none to five things on a background, and where each kind of them is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.detectors.scout_regions import KINDS
from scanapp.lab.camera_effects import camera
from scanapp.lab.composites import MARGIN, Composer, Gray, Sample, framed, lay
from scanapp.lab.poses import Points, random_pose, rectangle, through
from scanapp.lab.scenery import blend, cast_shadow, glare, outline, share
from scanapp.lab.scout_pieces import Piece

CODES = ("code_1d", "code_2d")
SIZES = {
    "code_1d": (0.15, 1.0),
    "code_2d": (0.08, 0.9),
    "text": (0.15, 0.9),
    "document": (0.4, 1.1),
    "product": (0.25, 0.9),
    "face": (0.12, 0.6),
}
"""Least and greatest long side over the frame's width; each halving is as likely as the next."""
_COUNTS = (0.1, 0.3, 0.3, 0.2, 0.1)
_CARD = 0.35
_TRIES = 4
_CROWDED = 0.1
_BEARERS = ("text", "product")
"""Kinds that a code may stand on: labels, receipts, packages."""
_ONTO = 0.5

Scene = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A thing in the picture: its kind and corners (4, 2), network px."""

    kind: str
    quad: Points


@dataclass(frozen=True, slots=True, eq=False)
class ScoutSample:
    """sample   picture, the card's corners, the mask of card and document
    kinds    (6, h, w) uint8, 255 where a thing of that kind is
    counted  (6, h, w) bool, False where a kind is anybody's guess: print on cards and products, and all of a
             picture that shows a card-like thing without a card's shape
    things   what was placed
    """

    sample: Sample
    kinds: Gray
    counted: npt.NDArray[np.bool_]
    things: tuple[Placed, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Layers:
    """What `ScoutComposer` draws into: the scene and its targets."""

    scene: Scene
    kinds: Gray
    counted: npt.NDArray[np.bool_]
    mask: Gray


@dataclass(frozen=True, slots=True, eq=False)
class ScoutComposer:
    """Draws samples: cards by ``cards``, on its backgrounds, all else from ``pieces``."""

    cards: Composer
    pieces: dict[str, list[Piece]]

    def sample(self, rng: np.random.Generator, width: int, height: int) -> ScoutSample:
        """A picture for an input of ``width`` × ``height`` network pixels."""
        frame = (width - 2 * MARGIN, height - 2 * MARGIN)
        scene = self.cards.background(rng, *frame)
        _sheets(scene, rng)
        kinds = np.zeros((len(KINDS), *frame[::-1]), np.uint8)
        counted = np.ones(kinds.shape, np.bool_)
        quad, number, mask = None, False, np.zeros(frame[::-1], np.uint8)
        placed: list[Placed] = []
        if rng.random() < _CARD:
            quad, number, mask = self.cards.put(rng, scene, frame)
            counted &= (mask == 0) if quad is not None else False
            if quad is not None:
                kinds[KINDS.index("card")] = mask
                counted[KINDS.index("card")] = True
                placed.append(Placed("card", quad.astype(np.float64)))
        if counted.any():
            layers = _Layers(scene, kinds, counted, mask)
            for _ in range(int(rng.choice(len(_COUNTS), p=_COUNTS))):
                placed.extend(self._put(rng, layers))
        glare(scene, rng, mask)
        corners = None if quad is None else quad + MARGIN
        sample = Sample(framed(camera(scene, rng)), corners, number, framed(mask, 0))
        edges = ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN))
        things = tuple(Placed(one.kind, one.quad + MARGIN) for one in placed)
        return ScoutSample(sample, np.pad(kinds, edges), np.pad(counted, edges, constant_values=True), things)

    def _put(self, rng: np.random.Generator, layers: _Layers) -> list[Placed]:
        """One more thing, where there is room for it."""
        kind = str(rng.choice(list(SIZES)))
        piece = self.pieces[kind][int(rng.integers(len(self.pieces[kind])))]
        found = _room(rng, piece, _taken(layers, onto=kind in CODES and rng.random() < _ONTO))
        if found is None:
            return []
        pose, area = found
        height, width = piece.picture.shape
        frame = (layers.scene.shape[1], layers.scene.shape[0])
        seen = area if piece.cover.all() else np.minimum(area, _through(piece.cover, pose, frame))
        if kind in ("document", "product"):
            cast_shadow(layers.scene, seen, rng)
        lay(layers.scene, piece.picture, pose, seen, rng)
        name = "text" if kind == "document" else kind
        layers.kinds[:, seen > 127] = 0
        if kind in CODES:
            layers.counted[:, seen > 127] = True
        own = layers.kinds[KINDS.index(name)]
        np.maximum(own, seen, out=own)
        if kind == "document":
            np.maximum(layers.mask, seen, out=layers.mask)
        if kind == "product":
            layers.counted[[KINDS.index(other) for other in ("code_1d", "code_2d", "text")]] &= seen == 0
        return [Placed(name, through(pose, rectangle(width, height)))]


def _taken(layers: _Layers, *, onto: bool) -> Gray:
    """Where nothing more may lie; ``onto``: documents, texts and products may be covered, cards never."""
    if not onto:
        return np.asarray(np.maximum(layers.kinds.max(0), layers.mask), np.uint8)
    kept = [row for row, kind in enumerate(KINDS) if kind not in _BEARERS]
    return np.asarray(layers.kinds[kept].max(0), np.uint8)


def _room(rng: np.random.Generator, piece: Piece, taken: Gray) -> tuple[Points, Gray] | None:
    """A pose for the piece and the area that it takes, little of it ``taken``; None when a few tries found none."""
    height, width = piece.picture.shape
    size, frame = (float(width), float(height)), (taken.shape[1], taken.shape[0])
    low, high = SIZES[piece.kind]
    for _ in range(_TRIES):
        part = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        pose = random_pose(rng, frame, size, share=(part, part))
        area = outline(pose, size, 0.0, frame)
        inside = taken[area > 127]
        if inside.size and inside.mean(dtype=np.float64) < _CROWDED * 255:
            return pose, area
    return None


def _through(cover: Gray, pose: Points, frame: tuple[int, int]) -> Gray:
    return np.asarray(cv2.warpPerspective(cover, pose, frame, flags=cv2.INTER_LINEAR), np.uint8)


def _sheets(scene: Scene, rng: np.random.Generator) -> None:
    """None to two plain sheets: what has edges and is nothing."""
    height, width = scene.shape
    for _ in range(int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2]))):
        size = (float(rng.uniform(60, 300)), float(rng.uniform(40, 200)))
        pose = random_pose(rng, (width, height), size, share=(0.2, 1.3), cut=0.8)
        area = outline(pose, size, float(rng.uniform(0, 16)), (width, height))
        blend(scene, float(rng.uniform(10, 245)), share(area))
