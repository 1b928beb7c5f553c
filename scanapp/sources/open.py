"""`open_source`: the right source for what a user typed."""

from __future__ import annotations

from pathlib import Path

from scanapp.clock import Clock
from scanapp.errors import SourceError, UsageError
from scanapp.sources.base import Source
from scanapp.sources.camera import CameraSource, is_camera
from scanapp.sources.container import is_url, shown
from scanapp.sources.detached import Detached
from scanapp.sources.images import ImageSource, is_image
from scanapp.sources.paced import PacedSource
from scanapp.sources.reconnect import Reconnecting
from scanapp.sources.video import VideoSource, is_live_url


def open_source(
    spec: str | int | Path | Source,
    *,
    live: bool = False,
    loop: bool = False,
    clock: Clock | None = None,
) -> Source:
    """The source that ``spec`` names.

    ================================================  =====================================================
    a number, a string of digits, ``/dev/video…``     `CameraSource`
    a folder, a file that ends like a picture's       `ImageSource`
    ``rtsp://…`` and the like; ``http(s)://…`` with   `VideoSource` that reconnects, on a thread of its own
    no stated length
    other URLs, other files                           `VideoSource`
    a `Source`                                        itself
    ================================================  =====================================================

    live   play recordings and pictures at their own pace
    loop   begin recordings again at the end, for ever
    clock  times cameras, streams and paced recordings; None: a new `LiveClock`

    SourceError when it cannot be opened; UsageError for options that do not fit.
    """
    if not isinstance(spec, str | int | Path):
        if loop:
            raise UsageError("loop is for files and URLs; a source of your own must loop by itself")
        source: Source = spec
    elif is_camera(spec):
        source = CameraSource(spec if isinstance(spec, int) else str(spec), clock=clock)
    else:
        source = _open_recording(str(spec), loop, clock)
    if loop and (source.info.live or isinstance(source, ImageSource)):
        source.close()
        raise UsageError(f"loop is for video recordings; {source.info.name} is none")
    return PacedSource(source, clock) if live and not source.info.live else source


def _open_recording(spec: str, loop: bool, clock: Clock | None) -> Source:
    if is_url(spec) and not spec.startswith("file://"):
        return Detached(lambda: _open_url(spec, loop, clock), shown(spec))
    if not spec:
        raise SourceError("no recording given; name a file, a folder of pictures, a URL or a camera")
    path = Path(spec.removeprefix("file://"))
    if path.is_dir() or is_image(path):
        return ImageSource(path)
    return VideoSource(path, loop=loop)


def _open_url(spec: str, loop: bool, clock: Clock | None) -> Source:
    """Live unless it is known to end."""
    first: list[VideoSource] = [VideoSource(spec, loop=loop)]
    if not is_live_url(spec) and first[0].info.duration is not None:
        return first[0]
    return Reconnecting(lambda: first.pop() if first else VideoSource(spec), clock)
