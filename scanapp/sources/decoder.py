"""`Decoder`: one pass over one video stream, frame by frame, past whatever is damaged in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Mapping
from typing import Any

import av

from scanapp.errors import SourceError
from scanapp.sources.container import open_container, reason, shown

_MANY_PIXELS = 1920 * 1088
_FRAME_THREADS = 4
"""The same on every machine, since in damaged places the number of threads decides what can be saved."""

_GIVE_UP_AFTER = 50
"""Failed reads in a row after which the rest of a file counts as lost."""

_NOT_YET = 0.005
_NO_PICTURE_AFTER = 10.0
"""Seconds without a picture after which a camera counts as lost."""

_TIMED_HEADERS = {"matroska", "webm", "avi"}
"""Formats whose headers say how long the recording is. Elsewhere libavformat guesses; mp4 says, but counts what an
edit list leaves out, and its index tells better."""


class Decoder:
    """Decoded frames of a path, URL or device in order of showing.

    damaged   pictures so far that could not be decoded; exact after the last one
    missing   after the last frame: why the recording ended too early, None when it ended well
    threads   None chooses: one thread up to full HD (the cheapest in CPU, no added delay, and quick enough for 30
              frames a second), four frame threads above it, where one thread cannot keep up
    """

    def __init__(
        self,
        spec: str,
        *,
        threads: int | None = None,
        device_format: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._spec = spec
        self._container, self.stream = open_container(spec, device_format=device_format, options=options)
        self._size = os.path.getsize(spec) if device_format is None and os.path.isfile(spec) else None
        self.format = frozenset(self._container.format.name.split(","))
        self.damaged = 0
        self.missing: str | None = None
        self._packets = 0
        self._pictures = 0
        self._end = 0
        self._last_corrupt = False
        self._damaged_at = -1
        self._closed = threading.Event()
        _set_threads(self.stream.codec_context, threads)

    def __iter__(self) -> Generator[Any, None, None]:
        """`av.VideoFrame`s; SourceError when a live stream fails (a file's failures end it, see `missing`)."""
        failures, silent = 0, 0.0
        while True:
            before = self._packets
            try:
                for packet in self._container.demux(self.stream):
                    self._note(packet)
                    yield from self._decode(packet)
            except av.error.BlockingIOError as error:  # some cameras say "not yet" instead of waiting
                silent = silent + _NOT_YET if self._packets == before else _NOT_YET
                if self._closed.wait(_NOT_YET) or silent > _NO_PICTURE_AFTER:
                    raise SourceError(f"{shown(self._spec)} sent no picture for {_NO_PICTURE_AFTER:g} s") from error
            except av.FFmpegError as error:
                if self._size is None:
                    raise SourceError(f"{shown(self._spec)} stopped: {reason(error)}") from error
                failures = failures + 1 if self._packets == before else 1
                self._damage()
                if failures >= _GIVE_UP_AFTER:
                    yield from self._decode(None)
                    self.missing = f"it cannot be read further ({reason(error)})"
                    return
            else:
                self._count_lost()
                self.missing = self._what_is_missing()
                return

    def interrupt(self) -> None:
        """End a wait for a camera's next picture. From any thread."""
        self._closed.set()

    def close(self) -> None:
        """Release the file or device. Only from the thread that iterates, or when none does."""
        self._container.close()

    @property
    def rate(self) -> float | None:
        """Average frames a second, None when unknown."""
        rate = self.stream.average_rate or self.stream.guessed_rate
        return float(rate) if rate else None

    @property
    def timed(self) -> bool:
        """Whether pictures carry their time. AVI knows only the order of storage, useless with B-frames."""
        return not ("avi" in self.format and self.stream.codec_context.has_b_frames)

    @property
    def duration(self) -> float | None:
        """Seconds that the header promises, None when it does not."""
        return self._own_duration() or self._whole_duration()

    def _decode(self, packet: Any) -> Generator[Any, None, None]:
        try:
            frames = self.stream.codec_context.decode(packet) if packet is None else packet.decode()
        except av.error.EOFError:
            return
        except av.FFmpegError:
            self._damage()
            return
        for frame in frames:
            if frame.is_corrupt:  # concealed pixels are invented: nothing may be read from them
                self._damage()
            else:
                self._pictures += 1
                yield frame

    def _damage(self) -> None:
        self.damaged += 1
        self._damaged_at = self._packets

    def _count_lost(self) -> None:
        """A decoder drops pictures silently while it lacks what they build on."""
        if self.damaged:
            self.damaged = max(self.damaged, self._packets - self._pictures)

    def _note(self, packet: Any) -> None:
        if packet.size:
            self._packets += not packet.is_discard
            self._last_corrupt = packet.is_corrupt
            if packet.pts is not None:
                self._end = max(self._end, packet.pts + (packet.duration or 0))

    def _what_is_missing(self) -> str | None:
        if self._size is None:
            return None
        broken_end = self._last_corrupt or self._damaged_at == self._packets
        if broken_end or self._index_reaches() > self._size or self._ends_in_a_cell():
            return "its last part is not there"
        if not self.format & _TIMED_HEADERS or not self.stream.time_base:
            return None
        own, whole = self._own_duration(), self._whole_duration()
        promised = own or whole or 0.0
        seen = (self._end - (self.stream.start_time or 0)) * float(self.stream.time_base)
        of_sound = own is None and len(self._container.streams) > 1  # the length may be that of another stream
        slack = 1.0 if of_sound else 1.5 / (self.rate or 25.0)
        return f"its header promises {promised:.1f} s, {seen:.1f} s are there" if promised - seen > slack else None

    def _own_duration(self) -> float | None:
        if self.stream.duration and self.stream.time_base:
            return float(self.stream.duration * self.stream.time_base)
        return _clock_time(self.stream.metadata.get("DURATION", ""))

    def _whole_duration(self) -> float | None:
        whole = self._container.duration
        return whole / 1e6 if whole and whole > 0 else None

    def _ends_in_a_cell(self) -> bool:
        """Transport streams are made of cells of a fixed size (plain, with timecode, with error correction)."""
        return "mpegts" in self.format and all((self._size or 0) % cell for cell in (188, 192, 204))

    def _index_reaches(self) -> int:
        """The last byte that the container's index speaks of (mp4 and avi list every packet)."""
        index = getattr(self.stream, "index_entries", ())
        return max((entry.pos + entry.size for entry in index[-64:]), default=0) if len(index) else 0


def _set_threads(context: Any, threads: int | None) -> None:
    if threads is None:
        large = context.width * context.height > _MANY_PIXELS
        threads = _FRAME_THREADS if large else 1
    context.thread_count = max(1, threads)
    context.thread_type = "FRAME" if threads > 1 else "NONE"


def _clock_time(text: str) -> float | None:
    parts = text.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
