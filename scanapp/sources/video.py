"""`VideoSource`: a recording or a network stream.

Cost, 1080p H.264: see docs/sources.md; what this adds to decoding alone is about one part in a hundred.
Interlaced material is not deinterlaced: its fields are shown woven, as stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, SourceInfo
from scanapp.sources.container import is_url, shown
from scanapp.sources.decoder import Decoder
from scanapp.sources.lease import Lease
from scanapp.sources.orientation import Turn, display_matrix, rotation, turn_of
from scanapp.sources.planes import Planes
from scanapp.sources.timeline import Timeline

_LIVE_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "tcp", "srt", "mms", "mmsh", "rist")
_QUIET = 1.0
"""Seconds of media time between two notices about damage, so that a bad line does not flood the log."""


class VideoSource:
    """Frames of a video file or URL, upright, timed by the container in seconds from the first frame.

    The first picture is decoded at once, so that what cannot be read is refused here: SourceError for a file that
    is missing, empty, unreadable, no video, sound only, or without one whole picture.

    loop     begin again at the end, for ever; ``pts`` goes on rising
    threads  decoder threads, None: see `Decoder`
    options  for libavformat, e.g. ``{"rtsp_transport": "tcp"}``
    """

    def __init__(
        self,
        path_or_url: str | Path,
        *,
        loop: bool = False,
        threads: int | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._spec = str(path_or_url)
        self._name = shown(self._spec)
        self._loop = loop
        self._threads = threads
        self._options = _network_options(self._spec) | dict(options or {})
        self._planes = Planes()
        self._lease = Lease(self._name, self._release)
        self._decoder, self._pictures, self._first = self._begin()
        self._turn = turn_of(display_matrix(self._first))
        self._timeline = Timeline(self._decoder.rate)
        self._info = self._describe()

    @property
    def info(self) -> SourceInfo:
        """Size after rotation; fps, frames and duration as the container states them."""
        return self._info

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames, and notices "skipped", "resized" and "truncated"."""
        self._lease.begin()
        try:
            yield from self._all_passes()
        finally:
            self._lease.end()

    def close(self) -> None:
        """End the iteration at its next frame and release the file. Any thread, any number of times."""
        self._lease.close()

    def _release(self) -> None:
        self._pictures.close()
        self._decoder.close()

    def _all_passes(self) -> Iterator[Frame | Notice]:
        index = 0
        while True:
            for item in self._one_pass(index):
                if isinstance(item, Frame):
                    index = item.index + 1
                yield item
                if self._lease.closed:
                    return
            if not self._loop:
                return
            self._release()
            self._decoder, self._pictures, self._first = self._begin()
            self._timeline.restart()

    def _one_pass(self, index: int) -> Iterator[Frame | Notice]:
        damage = _Damage(self._name)
        size = self._first.width, self._first.height
        turned = rotation(self._first)
        timed, started = self._decoder.timed, index
        for picture in self._whole_pictures():
            if (picture.width, picture.height) != size or rotation(picture) != turned:
                size, turned = (picture.width, picture.height), rotation(picture)
                self._turn = turn_of(display_matrix(picture))
                yield Notice("resized", f"{self._name}: the picture is now {self._upright(size)}")
            pts = self._timeline.seconds(picture.pts if timed else None, picture.time_base)
            if self._decoder.damaged > damage.told:
                yield from damage.notice(self._decoder.damaged, pts)
            yield self._planes.frame(picture, self._turn, index=index, pts=pts)
            index += 1
        yield from damage.rest(self._decoder.damaged)
        if self._decoder.missing:
            had = f"{index - started} frame{'s' if index - started != 1 else ''} could be read"
            yield Notice("truncated", f"{self._name} ends early: {self._decoder.missing}; {had}")

    def _whole_pictures(self) -> Iterator[Any]:
        first, self._first = self._first, None
        yield first
        del first
        yield from self._pictures

    def _begin(self) -> tuple[Decoder, Any, Any]:
        decoder = Decoder(self._spec, threads=self._threads, options=self._options)
        try:
            pictures = decoder.__iter__()
            first = next(pictures, None)
            if first is None:
                raise SourceError(f"{self._name} holds no picture that can be decoded; is the file complete?")
        except BaseException:
            decoder.close()
            raise
        return decoder, pictures, first

    def _describe(self) -> SourceInfo:
        frame = self._planes.frame(self._first, self._turn, index=0, pts=0.0)
        return SourceInfo(
            name=self._name,
            live=is_live_url(self._spec),
            width=frame.width,
            height=frame.height,
            fps=self._decoder.rate,
            frames=self._decoder.stream.frames or None,
            duration=self._decoder.duration,
        )

    def _upright(self, size: tuple[int, int]) -> str:
        width, height = size[::-1] if _swaps(self._turn) else size
        return f"{width}×{height}"


class _Damage:
    """Counts of what could not be decoded, told at most once a second."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.told = 0
        self._quiet_until = float("-inf")

    def notice(self, damaged: int, pts: float) -> Iterator[Notice]:
        if pts >= self._quiet_until:
            self._quiet_until = pts + _QUIET
            yield from self.rest(damaged, f" before {pts:.2f} s")

    def rest(self, damaged: int, where: str = "") -> Iterator[Notice]:
        count, self.told = damaged - self.told, damaged
        if count:
            yield Notice(
                "skipped", f"{self._name}: {count} damaged picture{'s' if count > 1 else ''} skipped{where}"
            )


def is_live_url(spec: str) -> bool:
    """Whether a URL's scheme is one of live streams (http may be either)."""
    return is_url(spec) and spec.split("://")[0].lower() in _LIVE_SCHEMES


def _network_options(spec: str) -> dict[str, str]:
    """RTSP over TCP: over UDP, lost packets smear the picture."""
    return {"rtsp_transport": "tcp"} if spec.lower().startswith("rtsp") else {}


def _swaps(turn: Turn | None) -> bool:
    return turn is not None and turn(np.zeros((1, 2), np.uint8)).shape == (2, 1)
