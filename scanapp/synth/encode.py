"""H.264, as small as asked for: 8-bit 4:2:0, BT.709, MP4."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from scanapp.errors import OutputError
from scanapp.frame import Bgr

Planes = NDArray[np.uint8]

_BEST_CRF = 24
_WORST_CRF = 40
_FULL = 0.7
_STEPS_PER_HALF = 5.0


def encode(frames: Iterable[Bgr], path: Path, size: tuple[int, int], fps: int, max_bytes: int) -> int:
    """Write ``frames`` to ``path``; returns the CRF that made the file at most ``max_bytes`` long.

    The frames wait in a temporary file as raw 4:2:0, because the right quality is known only after an attempt.
    OutputError when the file cannot be written, or is too large even at the worst quality.
    """
    try:
        with tempfile.TemporaryFile() as raw:
            for frame in frames:
                raw.write(_planes(frame).tobytes())
            return _fit(raw, path, size, fps, max_bytes)
    except (OSError, av.FFmpegError) as error:
        raise OutputError(f"{path}: cannot write the video: {error}") from error


def _fit(raw: IO[bytes], path: Path, size: tuple[int, int], fps: int, max_bytes: int) -> int:
    """Search for the lowest CRF that fits: guess from the size, then halve the gap until it is used well."""
    too_large, fits, crf = _BEST_CRF - 1, _WORST_CRF + 1, _BEST_CRF
    while True:
        _write(_read(raw, size), path, size, fps, crf)
        length = path.stat().st_size
        if length > max_bytes:
            too_large = crf
        else:
            fits = crf
        if fits == crf and (length >= _FULL * max_bytes or fits == too_large + 1):
            return crf
        if too_large == _WORST_CRF:
            raise OutputError(f"{path}: more than {max_bytes} bytes even at CRF {_WORST_CRF}; raise max_bytes")
        # Size halves about every five steps of CRF, faster where there is much noise.
        guess = crf + round(_STEPS_PER_HALF * float(np.log2(length / max_bytes)))
        if fits <= _WORST_CRF:
            guess = (too_large + fits) // 2
        crf = max(min(guess, fits - 1), too_large + 1)


def _planes(bgr: Bgr) -> Planes:
    """(3·height/2, width) uint8 planes of a BGR picture, BT.709, limited range."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")
    return np.asarray(frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709).to_ndarray())


def _read(raw: IO[bytes], size: tuple[int, int]) -> Iterator[Planes]:
    width, height = size
    shape = (height * 3 // 2, width)
    raw.seek(0)
    while chunk := raw.read(shape[0] * shape[1]):
        yield np.frombuffer(chunk, np.uint8).reshape(shape)


def _write(frames: Iterator[Planes], path: Path, size: tuple[int, int], fps: int, crf: int) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        tags = "colorprim=bt709:transfer=bt709:colormatrix=bt709:threads=1"
        options = {"crf": str(crf), "preset": "medium", "x264-params": tags}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for tag in ("color_primaries", "color_trc", "colorspace", "color_range"):
            setattr(stream.codec_context, tag, 1)
        for index, planes in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
