"""A video file written picture by picture, each at its own time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from scanapp.errors import OutputError
from scanapp.frame import Bgr

_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"preset": "veryfast", "crf": "23"}),
    ("libopenh264", {"b": "4000000"}),
    ("mpeg4", {"q": "4"}),
)
"""Best first; which of them there are depends on how FFmpeg was built."""

_TICKS = 60_000
"""A second. MPEG-4 part 2 takes at most 65,535; this is exact for 24, 25, 29.97, 30, 50 and 60 frames a second."""


class VideoFile:
    """H.264 (MPEG-4 part 2 where FFmpeg has no H.264 encoder) in a container named by the path's extension.

    The picture's size is that of the first frame, made even; later frames of another size are letterboxed to it.

    OutputError for an unknown extension or a path that cannot be written, and from `add` and `close` when writing
    fails.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path = path
        self._step = 1 / fps
        self._rate = Fraction(fps).limit_denominator(1001)
        self._stream: Any = None
        self._size = (0, 0)
        self._offset: float | None = None
        self._last = -1
        self._broken = False
        _check_writable(path)
        try:
            self._container = av.open(str(path), "w", format=_container(path), options=_crash_safe(path))
        except (av.FFmpegError, OSError, ValueError) as failure:
            raise self._error("cannot write", failure) from failure

    def add(self, image: Bgr, pts: float) -> None:
        """One more picture, ``(h, w, 3) uint8`` BGR, at ``pts`` seconds, however they jump."""
        try:
            if self._stream is None:
                self._start(image)
            frame = av.VideoFrame.from_ndarray(_letterboxed(image, self._size), format="bgr24")
            frame.pts = self._ticks(pts)
            frame.time_base = Fraction(1, _TICKS)
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError, ValueError) as failure:
            self._broken = True
            raise self._error("cannot go on writing", failure) from failure

    def close(self) -> None:
        """Write what the encoder still holds and the container's index. A file without a picture is removed."""
        try:
            try:
                # After an error FFmpeg must get nothing more: it crashes where the header was not written.
                if self._stream is not None and not self._broken:
                    self._container.mux(self._stream.encode(None))
            finally:
                self._container.close()
        except (av.FFmpegError, OSError, ValueError) as failure:
            raise self._error("cannot complete", failure) from failure
        if self._stream is None and self._path.is_file() and self._path.stat().st_size == 0:
            self._path.unlink()

    def _start(self, image: Bgr) -> None:
        height, width = image.shape[:2]
        self._size = (max(16, width - width % 2), max(16, height - height % 2))
        name, options = next((name, options) for name, options in _ENCODERS if _has_encoder(name))
        self._stream = self._container.add_stream(name, rate=self._rate, options=options)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.codec_context.gop_size = max(1, round(2 / self._step))
        self._stream.codec_context.max_b_frames = 0
        self._stream.codec_context.thread_count = 2

    def _ticks(self, pts: float) -> int:
        """Rising ticks from 0; where time runs backwards (a restart) the clip goes on one frame later."""
        if self._offset is None:
            self._offset = pts
        ticks = round((pts - self._offset) * _TICKS)
        if ticks <= self._last:
            ticks = self._last + max(1, round(self._step * _TICKS))
            self._offset = pts - ticks / _TICKS
        self._last = ticks
        return ticks

    def _error(self, what: str, failure: Exception) -> OutputError:
        reason = getattr(failure, "strerror", None) or str(failure)
        return OutputError(f"{what} the recording {self._path}: {reason}")


def _container(path: Path) -> str:
    name = _CONTAINERS.get(path.suffix.lower())
    if name is None:
        known = ", ".join(_CONTAINERS)
        raise OutputError(f"cannot record to {path}: unknown extension '{path.suffix}' (expected one of: {known})")
    return name


def _check_writable(path: Path) -> None:
    """FFmpeg opens the file with the first picture; a wrong path should be told before that."""
    _container(path)
    try:
        with path.open("ab"):
            pass
    except OSError as failure:
        raise OutputError(f"cannot write the recording {path}: {failure.strerror or failure}") from failure


def _crash_safe(path: Path) -> dict[str, str]:
    """MP4 in fragments that become a plain file at the end: after a crash what was written can still be played."""
    if _container(path) == "matroska":
        return {}
    return {"movflags": "hybrid_fragmented"}


def _has_encoder(name: str) -> bool:
    try:
        av.codec.Codec(name, "w")
    except (av.FFmpegError, ValueError):
        return False
    return True


def _letterboxed(image: Bgr, size: tuple[int, int]) -> Bgr:
    """``image`` on a black ground of ``size`` (width, height); cut by a pixel, or scaled where it does not fit."""
    width, height = size
    if image.shape[1] - width in (0, 1) and image.shape[0] - height in (0, 1):
        return np.ascontiguousarray(image[:height, :width])
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    ground = np.zeros((height, width, 3), dtype=np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    ground[y : y + inner[1], x : x + inner[0]] = small
    return ground
