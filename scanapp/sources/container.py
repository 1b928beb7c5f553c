"""Opening a file, URL or device with PyAV, and saying clearly why that failed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av

from scanapp.errors import SourceError
from scanapp.sanitize import printable

OPEN_TIMEOUT, READ_TIMEOUT = 10.0, 10.0
"""Seconds without an answer, or without data, after which a network stream counts as lost."""

_ATTACHED_PICTURE = 0x0400  # AV_DISPOSITION_ATTACHED_PIC

_TEXT_FORMATS = {"tty", "concat", "ffmetadata", "sdp", "lrc", "srt", "ass", "vobsub"}
"""Formats that libavformat finds in text files: typed letters drawn as a video, or lists of other files."""


def is_url(spec: str) -> bool:
    """Whether ``spec`` has a scheme (a single letter is a Windows drive)."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", spec) is not None


def shown(spec: str) -> str:
    """``spec`` fit for messages: without the user name and password of a URL, without control characters."""
    return printable(re.sub(r"^([A-Za-z][A-Za-z0-9+.-]+://)[^/@]*@", r"\1…@", spec), 200)


def open_container(
    spec: str, *, device_format: str | None = None, options: Mapping[str, str] | None = None
) -> tuple[Any, Any]:
    """``(container, video stream)`` of a path, URL or (with ``device_format``) device; SourceError otherwise."""
    remote = device_format is None and is_url(spec)
    target = spec if remote or device_format else _checked_path(spec)
    timeout = (OPEN_TIMEOUT, READ_TIMEOUT) if remote else None
    try:
        container = av.open(target, format=device_format, options=dict(options or {}), timeout=timeout)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise SourceError(_why_not(spec, error, remote=remote, device=device_format is not None)) from error
    try:
        return container, _video_stream(container, spec)
    except BaseException:
        container.close()
        raise


def reason(error: BaseException) -> str:
    """An FFmpeg error in words, without the URL that PyAV appends (it may hold a password)."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(str(text), 120)


def _checked_path(spec: str) -> str:
    name = shown(spec)
    try:
        status = os.stat(spec)
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(f"{name} is a folder, not a video; give a file (or a folder of images)")
        if stat.S_ISREG(status.st_mode):
            with open(spec, "rb"):
                pass
            if status.st_size == 0:
                raise SourceError(f"{name} is empty (0 bytes); was the recording or download interrupted?")
    except FileNotFoundError as error:
        raise SourceError(f"{name}: no such file; check the path") from error
    except PermissionError as error:
        raise SourceError(f"{name}: permission denied; make the file readable for this user") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be opened: {error}") from error
    return f"file:{spec}"  # so that a colon in a name is not taken for a protocol


def _video_stream(container: Any, spec: str) -> Any:
    name = shown(spec)
    if container.format.name in _TEXT_FORMATS:
        raise SourceError(f"{name} is not a video (it looks like text); give a recording such as .mp4 or .mkv")
    pictures = [stream for stream in container.streams.video if not _is_cover(stream)]
    if pictures:
        stream = pictures[0]
        if stream.codec_context is None:
            raise SourceError(f"{name}: this build of PyAV has no decoder for its video; convert it to H.264")
        return stream
    if len(container.streams.audio):
        raise SourceError(f"{name} holds sound but no video; give a recording with pictures")
    raise SourceError(f"{name} holds no video stream; give a recording such as .mp4 or .mkv")


def _is_cover(stream: Any) -> bool:
    """The picture of a music file; PyAV 14.0 does not tell."""
    return bool(int(getattr(stream, "disposition", 0)) & _ATTACHED_PICTURE)


def _why_not(spec: str, error: BaseException, *, remote: bool, device: bool) -> str:
    name = shown(spec)
    if device:
        hint = (
            " (on Linux, join the group that owns it, often 'video')" if isinstance(error, PermissionError) else ""
        )
        return f"camera {name} cannot be opened: {reason(error)}{hint}"
    if remote:
        return f"{name} cannot be opened: {reason(error)}; check the address and that the stream is running"
    if isinstance(error, (av.error.InvalidDataError, av.error.EOFError)):
        if _is_mp4(spec):
            return (
                f"{name} is incomplete: its index (the moov box) or its first picture is missing, as when a "
                "recording or download is cut off; record or fetch it again"
            )
        return f"{name} is not a video that can be read; give a recording such as .mp4 or .mkv"
    return f"{name} cannot be opened: {reason(error)}"


def _is_mp4(spec: str) -> bool:
    with Path(spec).open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"
