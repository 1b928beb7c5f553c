"""A small picture of the frame in half-blocks, two pixels a character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from scanapp.frame import Bgr, Frame
from scanapp.snapshot import TrackState
from scanapp.views.overlay import COLORS
from scanapp.views.secrets import present
from scanapp.views.veil import Patch, veil

_OVERSAMPLE = 3
"""Pixels looked at for each one shown, along each axis: averaging all of a 1080p frame's would cost 9 ms."""


class Miniature:
    """A rich renderable that fills the space it gets, keeping the frame's shape."""

    def __init__(self, frame: Frame, tracks: Sequence[TrackState], secrets: Sequence[Patch] | None = None) -> None:
        self._frame = frame
        self._tracks = tracks
        self._secrets = secrets

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = options.height or options.max_height
        picture = small_picture(self._frame, self._tracks, options.max_width, 2 * rows, self._secrets)
        indent = " " * ((options.max_width - picture.shape[1]) // 2)
        for line in _lines(picture):
            yield Segment(indent)
            yield from line
            yield Segment.line()


def small_picture(
    frame: Frame,
    tracks: Sequence[TrackState],
    max_width: int,
    max_height: int,
    secrets: Sequence[Patch] | None = None,
) -> Bgr:
    """``(h, w, 3) uint8`` BGR with an even number of rows, at most ``max_height`` × ``max_width``, quads marked.

    secrets  what to hide, frame pixels; None: what the tracks say
    """
    scale = min(max_width / frame.width, max_height / frame.height)
    width = max(1, min(max_width, round(frame.width * scale)))
    height = max(2, min(max_height, round(frame.height * scale)) // 2 * 2)
    step = max(1, int(1 / scale / _OVERSAMPLE))
    sparse = np.ascontiguousarray(frame.bgr[::step, ::step])
    picture = np.asarray(cv2.resize(sparse, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    picture &= 0xF8  # fewer colours: shorter output, and styles that are found again
    across, down = width / frame.width, height / frame.height
    veil(picture, (patch.scaled(across, down) for patch in (present(tracks) if secrets is None else secrets)))
    factor = np.array([across, down])
    for track in tracks:
        points = np.clip(track.quad * factor, -9999, 9999).astype(np.int32)
        cv2.polylines(picture, [points], True, COLORS[track.status], 1)
    return picture


def _lines(picture: Bgr) -> Iterator[list[Segment]]:
    """Segments of the lines; neighbours of the same two colours share one."""
    for y in range(0, picture.shape[0], 2):
        pairs = np.concatenate([picture[y], picture[y + 1]], axis=1)
        changes = np.flatnonzero((pairs[1:] != pairs[:-1]).any(axis=1)) + 1
        starts = [0, *changes.tolist()]
        ends = [*changes.tolist(), len(pairs)]
        yield [Segment("▀" * (e - s), _style(*pairs[s].tolist())) for s, e in zip(starts, ends, strict=True)]


@lru_cache(maxsize=8192)
def _style(tb: int, tg: int, tr: int, bb: int, bg: int, br: int) -> Style:
    return Style(color=f"rgb({tr},{tg},{tb})", bgcolor=f"rgb({br},{bg},{bb})")
