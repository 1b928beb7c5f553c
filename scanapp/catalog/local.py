"""`LocalFeatures`: the small patches of a picture by which its print is recognised again: RootSIFT.

Square roots of SIFT's histograms (Arandjelović and Zisserman, 2012), kept as bytes. A label gives a hundred of
them, an apple a handful: print is told by its patches, fruit by its colours.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.catalog.picture import Picture
from scanapp.geometry import Gray

SIDE = 240
"""Long side, pixels, on which patches are looked for: larger pictures are reduced."""
MOST = 160
LENGTH = 128
SCALE = 255.0
"""A byte's worth: square roots of shares lie between 0 and 1, most below a half."""

_own = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """places (n, 2) float32, pixels of the reduced picture; patches (n, 128) uint8, RootSIFT × 255; n ≤ 160."""

    places: npt.NDArray[np.float32]
    patches: npt.NDArray[np.uint8]

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
        patches = np.frombuffer(data, np.uint8, offset=4 * count).reshape(count, LENGTH)
        return cls(places, patches)


def local_features(picture: Picture) -> LocalFeatures:
    """The strongest patches of a picture (H, W, 3) BGR."""
    gray = _reduced(picture)
    found, raw = _detector().detectAndCompute(gray, None)
    if raw is None:
        return LocalFeatures(np.zeros((0, 2), np.float32), np.zeros((0, LENGTH), np.uint8))
    strongest = np.argsort([-point.response for point in found], kind="stable")[:MOST]
    shares = raw[strongest] / np.maximum(raw[strongest].sum(1, keepdims=True), 1e-6)
    places = np.array([found[index].pt for index in strongest], np.float32)
    return LocalFeatures(places, np.round(np.sqrt(shares) * SCALE).astype(np.uint8))


def _reduced(picture: Picture) -> Gray:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2GRAY), np.uint8)


def _detector() -> cv2.SIFT:
    """One a thread: OpenCV's detectors keep buffers."""
    if not hasattr(_own, "sift"):
        _own.sift = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=0.02)
    sift: cv2.SIFT = _own.sift
    return sift
