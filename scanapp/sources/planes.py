"""From a decoder's frame to ours: the luma plane without a copy, BGR when somebody asks."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from scanapp.frame import Bgr, Frame
from scanapp.geometry import Gray
from scanapp.sources.orientation import Turn

_LUMA_FIRST = frozenset(
    {"gray", "nv12", "nv21", "nv16", "nv24", "nv42", "yuva420p", "yuva422p", "yuva444p"}
    | {"yuv410p", "yuv411p", "yuv420p", "yuv422p", "yuv440p", "yuv444p"}
    | {"yuvj411p", "yuvj420p", "yuvj422p", "yuvj440p", "yuvj444p"}
)
"""8-bit formats whose first plane is luma, one byte a pixel."""


class Planes:
    """Makes frames for one stream. The conversion contexts are kept, since making one costs more than using it."""

    def __init__(self) -> None:
        self._to_gray = VideoReformatter()
        self._to_bgr = VideoReformatter()
        self._lock = threading.Lock()

    def frame(self, picture: Any, turn: Turn | None, *, index: int, pts: float) -> Frame:
        """Our frame of an `av.VideoFrame`, upright. ``gray`` is the decoder's own plane where that is possible."""
        gray = self._luma(picture)
        if turn is not None:
            gray = turn(gray)
        return Frame(gray, lambda: self._bgr(picture, turn), index=index, pts=pts)

    def _luma(self, picture: Any) -> Gray:
        if picture.format.name not in _LUMA_FIRST:
            picture = self._to_gray.reformat(picture, format="gray")
        return plane_view(picture, 1)

    def _bgr(self, picture: Any, turn: Turn | None) -> Bgr:
        with self._lock:  # workers may ask at the same time, and a conversion context serves one at a time
            converted = self._to_bgr.reformat(picture, format="bgr24")
        width = picture.width
        image = np.ascontiguousarray(plane_view(converted, 3)).reshape(picture.height, width, 3)
        return image if turn is None else turn(image)


def plane_view(picture: Any, bytes_per_pixel: int) -> NDArray[np.uint8]:
    """(height, width × bytes) uint8 view of the first plane; it keeps the picture alive."""
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(picture.height, abs(plane.line_size))
    if plane.line_size < 0:  # stored bottom up
        rows = rows[::-1]
    return rows[:, : picture.width * bytes_per_pixel]
