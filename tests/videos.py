"""Small videos for tests, made on the spot."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_MATRICES = {
    90: (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30),
    180: (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30),
    270: (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30),
    "mirror": (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30),
}


def moving_images(count: int, width: int = 160, height: int = 96) -> list[Image]:
    """BGR pictures of a bright square on a textured ground that moves by two pixels a frame; the same each time."""
    rng = np.random.default_rng(7)
    ground = cv2.resize(rng.integers(40, 120, (9, 16, 3), dtype=np.uint8), (width, height))
    side = max(1, min(width, height) // 4)
    images = []
    for number in range(count):
        image = np.roll(ground, number, axis=1).copy()
        x = (2 * number) % max(1, width - side)
        image[:side, x : x + side] = (60, 200, 250)
        images.append(image)
    return images


def make_video(
    path: Path,
    frames: Iterable[Image],
    fps: float = 25,
    codec: str = "libx264",
    *,
    rotation: int | str = 0,
    pix_fmt: str = "yuv420p",
    pts_ms: Sequence[int] | None = None,
    container_format: str | None = None,
    container_options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    gop: int = 12,
) -> Path:
    """Write BGR ``frames`` to ``path`` and return it.

    rotation  90, 180, 270 (degrees clockwise that a player must turn the stored pictures) or "mirror"; mp4 only
    pts_ms    one timestamp a frame in milliseconds, for variable frame rates
    """
    options = container_options or ({"movflags": "faststart"} if path.suffix in {".mp4", ".mov"} else {})
    with av.open(str(path), "w", format=container_format, options=options) as container:
        stream: Any = None
        for number, image in enumerate(frames):
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pix_fmt
                stream.options = {"crf": "18"} if codec == "libx264" else {}
                stream.options = stream.options | (codec_options or {})
                stream.codec_context.gop_size = gop
                stream.codec_context.thread_count = 1
                if pts_ms is not None:
                    stream.codec_context.time_base = Fraction(1, 1000)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            if pts_ms is not None:
                picture.pts, picture.time_base = pts_ms[number], Fraction(1, 1000)
            container.mux(stream.encode(picture))
        if stream is None:
            stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
            stream.height, stream.width, stream.pix_fmt = 96, 160, pix_fmt
        container.mux(stream.encode())
    if rotation:
        _set_rotation(path, rotation)
    return path


def cut(path: Path, share: float, name: str | None = None) -> Path:
    """A copy of the first ``share`` of a file's bytes."""
    data = path.read_bytes()
    short = path.with_name(name or f"cut_{path.name}")
    short.write_bytes(data[: int(len(data) * share)])
    return short


def _set_rotation(path: Path, rotation: int | str) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    assert data[at - 40] == 0, "a version-0 track header is expected"
    data[at : at + 36] = struct.pack(">9i", *_MATRICES[rotation])
    path.write_bytes(bytes(data))
