"""`Frame`: one image of the stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.errors import GeometryError
from scanapp.geometry import Gray

Bgr = NDArray[np.uint8]


class Frame:
    """One image with its place in the stream. Immutable to its users; arrays are read-only.

    index   number of the frame in its source, from 0
    pts     seconds of media time (replay: the recording's; live: the capture clock)
    gray    (height, width) uint8 luma, usually the decoder's own plane without a copy (rows may be padded)
    bgr     (height, width, 3) uint8, BGR order, made on first use and kept
    thumb   a luma thumbnail of about a given long side, made on first use and kept

    The cached views are made without a lock: two threads that ask at once both compute the same array.
    """

    __slots__ = ("_bgr", "_gray", "_make_bgr", "_thumbs", "index", "pts")

    def __init__(
        self,
        gray: Gray,
        make_bgr: Callable[[], Bgr] | None = None,
        *,
        index: int = 0,
        pts: float = 0.0,
    ) -> None:
        if gray.ndim != 2 or gray.dtype != np.uint8 or 0 in gray.shape:
            raise GeometryError(f"a frame needs a (height, width) uint8 plane, got {gray.shape} {gray.dtype}")
        self.index = index
        self.pts = pts
        self._gray = _read_only(gray)
        self._make_bgr = make_bgr
        self._bgr: Bgr | None = None
        self._thumbs: dict[int, Gray] = {}

    @classmethod
    def from_image(cls, image: NDArray[Any], *, index: int = 0, pts: float = 0.0) -> Frame:
        """A frame of a (h, w) gray, (h, w, 3) BGR or (h, w, 4) BGRA uint8 image; GeometryError otherwise."""
        shape = getattr(image, "shape", ())
        if getattr(image, "dtype", None) != np.uint8 or 0 in shape:
            what = f"{type(image).__name__} {getattr(image, 'dtype', '')} {shape}"
            raise GeometryError(f"an image is a non-empty uint8 array, got {what}")
        if image.ndim == 3 and image.shape[2] == 1:
            image = image[:, :, 0]
        if image.ndim == 2:
            return cls(image, index=index, pts=pts)
        if image.ndim != 3 or image.shape[2] not in (3, 4):
            raise GeometryError(f"an image is gray, BGR or BGRA, got shape {image.shape}")
        if image.shape[2] == 4:
            image = _on_white(image)
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        return cls(gray, lambda: image, index=index, pts=pts)

    @property
    def gray(self) -> Gray:
        """(height, width) uint8, read-only."""
        return self._gray

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self._gray.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self._gray.shape[0])

    @property
    def bgr(self) -> Bgr:
        """(height, width, 3) uint8 in BGR order, read-only."""
        if self._bgr is None:
            made = cv2.cvtColor(self._gray, cv2.COLOR_GRAY2BGR) if self._make_bgr is None else self._make_bgr()
            self._bgr = _read_only(made)
        return self._bgr

    def thumb(self, long_side: int) -> Gray:
        """Luma halved (2×2 averages) until its long side is at most 1.5 × ``long_side``; never enlarged.

        Two exact halvings take an eighth of the time of one reduction by four, the steps are shared by all sizes,
        and thumbnail pixels map to frame pixels exactly: multiply by `thumb_scale`. An odd row or column at the
        bottom or right is left out at each step.
        """
        return self._halved(self.thumb_scale(long_side))

    def thumb_scale(self, long_side: int) -> int:
        """Frame pixels a thumbnail pixel: a power of two, ≥ 1."""
        scale = 1
        while max(self.width, self.height) > 1.5 * long_side * scale:
            scale *= 2
        return scale

    def _halved(self, scale: int) -> Gray:
        if scale == 1:
            return self._gray
        small = self._thumbs.get(scale)
        if small is None:
            large = self._halved(scale // 2)
            width, height = max(1, large.shape[1] // 2), max(1, large.shape[0] // 2)
            even = large[: 2 * height, : 2 * width]
            small = _read_only(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
            self._thumbs[scale] = small
        return small

    def __repr__(self) -> str:
        return f"Frame(index={self.index}, pts={self.pts:.3f}, {self.width}x{self.height})"


def _read_only(array: NDArray[Any]) -> NDArray[np.uint8]:
    view = array.view()
    view.setflags(write=False)
    return view


def _on_white(bgra: NDArray[Any]) -> NDArray[np.uint8]:
    alpha = bgra[:, :, 3:].astype(np.uint16)
    mixed = (bgra[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return np.asarray(mixed, dtype=np.uint8)
