"""`LocalFeatures`: the small patches of a picture by which its print is recognised again: RootSIFT, shortened.

Square roots of SIFT's histograms (Arandjelović and Zisserman, 2012) as 32 numbers: the slowest waves over a patch's
cells and directions, nine tenths of its energy. They tell packages apart as well as all 128 do, for a quarter of
the comparing. A label gives a hundred of them, an apple a handful: print is told by its patches, fruit by its
colours.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.catalog.one_thread import product
from scanapp.catalog.picture import Picture
from scanapp.geometry import Gray

SIDE = 240
"""Long side, pixels, on which patches are looked for: larger pictures are reduced."""
MOST = 300
_STRONGEST = 450
"""Patches described, of which those are kept: describing one takes 0.03 ms."""
MIDDLE = 2.0
"""How much sooner patches in the middle are kept: a thing that is shown fills it, what is around it says nothing.
Without it twice as many are needed.
"""
CORNER, FEWEST = 12, 16
"""Contrast of a corner, and how many of them a picture has at least for its patches to be looked for. A bare table
has ten, a label hundreds, and looking for patches takes as long on either; counting corners takes a hundredth.
"""
LENGTH = 32
SCALE = 127.0
"""A byte's worth: patches are unit vectors."""
_CELLS, _DIRECTIONS = 4, 8
_SLOWEST = (
    *((0, 0, 0), (0, 0, 3), (0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 0, 2), (1, 0, 2), (0, 3, 1)),
    *((0, 2, 0), (0, 1, 3), (1, 0, 3), (2, 0, 2), (1, 1, 2), (0, 0, 4), (0, 1, 0), (2, 0, 0)),
    *((0, 1, 2), (0, 2, 3), (1, 0, 4), (1, 1, 1), (0, 1, 4), (2, 1, 2), (1, 0, 0), (3, 0, 2)),
    *((1, 2, 1), (1, 0, 1), (2, 0, 3), (1, 2, 2), (0, 0, 7), (0, 0, 5), (1, 1, 4), (1, 1, 3)),
)
"""Waves over rows, over columns, number of the wave over directions: those with the most energy on photos."""

_own = threading.local()
"""Detectors, one of each a thread: OpenCV's keep buffers."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """places (n, 2) float32, pixels of the reduced picture; patches (n, 32) int8, unit vectors × 127; n ≤ 300."""

    places: npt.NDArray[np.float32]
    patches: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.places)

    def to_bytes(self) -> bytes:
        """For the database; `from_bytes` reads it."""
        return self.places.astype("<f2").tobytes() + self.patches.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> LocalFeatures:
        """What `to_bytes` wrote; ValueError when the length is not possible."""
        count, rest = divmod(len(data), 4 + LENGTH)
        if rest:
            raise ValueError(f"local features of {len(data)} bytes")
        places = np.frombuffer(data, "<f2", 2 * count).reshape(count, 2).astype(np.float32)
        patches = np.frombuffer(data, np.int8, offset=4 * count).reshape(count, LENGTH)
        return cls(places, patches)


NONE = LocalFeatures(np.zeros((0, 2), np.float32), np.zeros((0, LENGTH), np.int8))


def local_features(picture: Picture) -> LocalFeatures:
    """The strongest patches of a picture (H, W, 3) BGR, those in the middle first; none of a bare one.

    Corners by FAST (Rosten and Drummond, 2006) say which is bare.
    """
    gray = _reduced(picture)
    if len(_corners().detect(gray, None)) < FEWEST:
        return NONE
    found, raw = _detector().detectAndCompute(gray, None)
    if raw is None:
        return NONE
    places = np.array([point.pt for point in found], np.float32)
    strength = np.array([point.response for point in found], np.float32)
    middle = np.array(gray.shape[::-1], np.float32) / 2
    away = ((places - middle) ** 2).sum(1) / middle.max() ** 2
    kept = np.argsort(-strength * np.exp(-MIDDLE * away), kind="stable")[:MOST]
    return LocalFeatures(places[kept], _shortened(np.asarray(raw[kept], np.float32)))


def _shortened(raw: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """SIFT's histograms (n, 128) as (n, 32)."""
    roots = np.sqrt(raw / np.maximum(raw.sum(1, keepdims=True), 1e-6))
    short = product(roots, _WAVES)
    short /= np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-6)
    return np.round(short * SCALE).astype(np.int8)


def _waves() -> npt.NDArray[np.float32]:
    """(128, 32): products of cosines over the rows and columns of a patch's cells and of waves over directions."""
    places = np.pi * (np.arange(_CELLS) + 0.5) / _CELLS
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    over_cells = [np.cos(number * places) for number in range(_CELLS)]
    over_angles = [wave(turns * angles) for turns in range(_DIRECTIONS // 2 + 1) for wave in (np.cos, np.sin)]
    over_angles = [wave for wave in over_angles if np.linalg.norm(wave) > 1e-6]
    waves = [np.einsum("r,c,d->rcd", over_cells[r], over_cells[c], over_angles[d]).ravel() for r, c, d in _SLOWEST]
    return np.stack([wave / np.linalg.norm(wave) for wave in waves], 1).astype(np.float32)


_WAVES = _waves()


def _reduced(picture: Picture) -> Gray:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2GRAY), np.uint8)


def _corners() -> cv2.FastFeatureDetector:
    if not hasattr(_own, "fast"):
        _own.fast = cv2.FastFeatureDetector.create(threshold=CORNER)
    fast: cv2.FastFeatureDetector = _own.fast
    return fast


def _detector() -> cv2.SIFT:
    if not hasattr(_own, "sift"):
        _own.sift = cv2.SIFT.create(nfeatures=_STRONGEST, contrastThreshold=0.02)
    sift: cv2.SIFT = _own.sift
    return sift
