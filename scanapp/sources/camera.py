"""`CameraSource`: a camera of this machine, live.

PyAV opens it where its build knows the system's cameras (v4l2, avfoundation, dshow), OpenCV otherwise. The camera
is read on a thread of its own (see `Detached`) and opened again when it fails (see `Reconnecting`).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2

from scanapp.clock import Clock, LiveClock
from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice, Source, SourceInfo
from scanapp.sources.cameras import Device, device_for, device_format, list_cameras
from scanapp.sources.container import shown
from scanapp.sources.decoder import Decoder
from scanapp.sources.detached import Detached
from scanapp.sources.lease import Lease
from scanapp.sources.paced import Wait
from scanapp.sources.planes import Planes
from scanapp.sources.reconnect import Reconnecting

_FAILED_READS = 30
"""Reads in a row without a picture after which OpenCV's camera counts as lost."""


class CameraSource:
    """Frames of a camera by index or device (``/dev/video0``; on Windows its name), timed by ``clock``.

    size  (width, height) to ask for; None: full HD, or what the camera has
    fps   frames a second to ask for; None: the camera's choice

    ``pts`` starts at 0 and is the time of arrival. SourceError when there is no such camera: it lists those there
    are. Later failures are notices: "reconnecting", "reconnected", "resized".
    """

    def __init__(
        self,
        camera: int | str = 0,
        *,
        size: tuple[int, int] | None = None,
        fps: float | None = None,
        clock: Clock | None = None,
        wait: Wait | None = None,
    ) -> None:
        clock = clock or LiveClock()
        if isinstance(camera, str) and camera.isdecimal():
            camera = int(camera)

        def session() -> Source:
            return open_session(camera, size, fps, clock)

        self._reader = Detached(lambda: Reconnecting(session, clock, wait), f"camera {camera}")

    @property
    def info(self) -> SourceInfo:
        """Live; the size that the camera chose."""
        return self._reader.info

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames and notices, until closed."""
        return iter(self._reader)

    def close(self) -> None:
        """End the iteration at once and give the camera back."""
        self._reader.close()


def is_camera(spec: int | str | Path) -> bool:
    """Whether ``spec`` names a camera: a number, digits, ``/dev/video…`` or ``video=…`` (Windows)."""
    text = str(spec)
    return isinstance(spec, int) or text.isdecimal() or text.startswith(("/dev/video", "video="))


def open_session(
    camera: int | str,
    size: tuple[int, int] | None,
    fps: float | None,
    clock: Clock,
    *,
    platform: str = sys.platform,
) -> Source:
    """One life of a camera, until it fails; SourceError when it cannot be opened."""
    name = f"camera {camera}" if isinstance(camera, int) else f"camera {shown(camera)}"
    device = device_for(camera, size=size, fps=fps, platform=platform)
    if platform.startswith("linux") and not os.path.exists(device.target):
        raise SourceError(f"no {name}: {shown(device.target)} does not exist; {what_there_is(platform)}")
    try:
        if device_format(platform) is None:
            return _CvSession(name, camera, size, fps, clock)
        return _first_that_opens(name, device, clock)
    except SourceError as error:
        raise SourceError(f"{error}; {what_there_is(platform)}") from error


def what_there_is(platform: str = sys.platform) -> str:
    """One clause for messages: the cameras there are, or what to do without."""
    cameras = list_cameras(platform)
    if not cameras:
        return "no cameras were found; connect one, or play a recording with --video FILE"
    return f"cameras found: {', '.join(map(str, cameras))}"


def _first_that_opens(name: str, device: Device, clock: Clock) -> Source:
    failure: SourceError | None = None
    for options in device.options:
        try:
            return _AvSession(name, device, options, clock)
        except SourceError as error:
            failure = failure or error
    raise failure or SourceError(f"{name} offers no way to open it")


class _AvSession:
    """A camera through PyAV."""

    def __init__(self, name: str, device: Device, options: dict[str, str], clock: Clock) -> None:
        self._clock = clock
        self._planes = Planes()
        self._lease = Lease(name, self._release)
        self._decoder = Decoder(device.target, device_format=device.format, options=options)
        try:
            self._pictures = self._decoder.__iter__()
            self._first: Any = next(self._pictures, None)
            if self._first is None:
                raise SourceError(f"{name} was opened but sends no pictures; is another program using it?")
        except BaseException:
            self._decoder.close()
            raise
        first = self._first
        self.info = SourceInfo(name, live=True, width=first.width, height=first.height, fps=self._decoder.rate)

    def __iter__(self) -> Iterator[Frame | Notice]:
        self._lease.begin()
        size = self._first.width, self._first.height
        times = _Arrivals(self._clock)
        try:
            for index, picture in enumerate(self._from_first()):
                if self._lease.closed:
                    return
                if (picture.width, picture.height) != size:
                    size = picture.width, picture.height
                    yield Notice("resized", f"{self.info.name}: the picture is now {size[0]}×{size[1]}")
                yield self._planes.frame(picture, None, index=index, pts=times.next())
        finally:
            self._lease.end()

    def close(self) -> None:
        self._decoder.interrupt()
        self._lease.close()

    def _release(self) -> None:
        self._pictures.close()
        self._decoder.close()

    def _from_first(self) -> Iterator[Any]:
        first, self._first = self._first, None
        yield first
        del first
        yield from self._pictures


class _CvSession:
    """A camera through OpenCV, where PyAV was built without the system's cameras."""

    def __init__(
        self,
        name: str,
        camera: int | str,
        size: tuple[int, int] | None,
        fps: float | None,
        clock: Clock,
        capture: Callable[[Any], Any] = cv2.VideoCapture,
    ) -> None:
        self._clock = clock
        self._closed = threading.Event()
        self._lease = Lease(name, self._release)
        self._capture = capture(camera)
        width, height = size or (1920, 1080)
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if fps:
            self._capture.set(cv2.CAP_PROP_FPS, fps)
        self._name = name
        try:
            self._first: Any = self._read()
        except SourceError:
            self._release()
            raise SourceError(f"{name} cannot be opened") from None
        rate = self._capture.get(cv2.CAP_PROP_FPS) or None
        self.info = SourceInfo(name, live=True, width=self._first.shape[1], height=self._first.shape[0], fps=rate)

    def __iter__(self) -> Iterator[Frame | Notice]:
        self._lease.begin()
        image, self._first = self._first, None
        shape, index = image.shape, 0
        times = _Arrivals(self._clock)
        try:
            while not self._closed.is_set():
                if image.shape != shape:
                    shape = image.shape
                    yield Notice("resized", f"{self._name}: the picture is now {shape[1]}×{shape[0]}")
                yield Frame.from_image(image, index=index, pts=times.next())
                index += 1
                image = self._read()
        finally:
            self._lease.end()

    def close(self) -> None:
        self._closed.set()
        self._lease.close()

    def _release(self) -> None:
        self._capture.release()

    def _read(self) -> Any:
        for _ in range(_FAILED_READS):
            ok, image = self._capture.read()
            if ok and image is not None:
                return image
            if self._closed.wait(0.02):
                break
        raise SourceError(f"{self._name} stopped sending pictures")


class _Arrivals:
    """Times of arrival from 0, strictly rising."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start: float | None = None
        self._last = -1.0

    def next(self) -> float:
        now = self._clock.now()
        if self._start is None:
            self._start = now
        self._last = max(now - self._start, self._last + 1e-6)
        return self._last
