"""Which cameras there are, and how each system wants to be asked for one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import av

from scanapp.sanitize import printable

_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
_SYSFS = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera of this machine: ``scanapp --camera INDEX``."""

    index: int
    device: str
    name: str

    def __str__(self) -> str:
        return f"{self.index} ({self.device}, {self.name})" if self.name else f"{self.index} ({self.device})"


@dataclass(frozen=True, slots=True)
class Device:
    """How to open a camera with libavformat: the input format, the name in its language, option sets to try."""

    format: str
    target: str
    options: tuple[dict[str, str], ...]


def list_cameras(platform: str = sys.platform, sysfs: Path = _SYSFS) -> list[CameraInfo]:
    """The cameras of this machine, by index; empty when there are none or the system does not tell."""
    return _linux_cameras(sysfs) if platform.startswith("linux") else _enumerated(platform)


def device_format(platform: str = sys.platform) -> str | None:
    """The libavformat input for cameras, None where this build of PyAV has none."""
    wanted = _FORMATS.get("linux" if platform.startswith("linux") else platform)
    built = {name for names in av.formats_available for name in names.split(",")}
    return wanted if wanted in built else None


def device_for(
    camera: int | str,
    *,
    size: tuple[int, int] | None,
    fps: float | None,
    platform: str = sys.platform,
    cameras: list[CameraInfo] | None = None,
) -> Device:
    """How to ask ``platform`` for a camera by index or by its own name."""
    if platform.startswith("linux"):
        target = f"/dev/video{camera}" if isinstance(camera, int) else camera
        return Device("v4l2", target, _tries(size, fps, ({"input_format": "mjpeg"}, {})))
    if platform == "darwin":
        return Device("avfoundation", f"{camera}:none", _tries(size, fps or 30, ({},)))
    names = {info.index: info.device for info in (list_cameras(platform) if cameras is None else cameras)}
    name = names.get(camera, str(camera)) if isinstance(camera, int) else camera
    return Device("dshow", f"video={name.removeprefix('video=')}", _tries(size, fps, ({"vcodec": "mjpeg"}, {})))


def _tries(
    size: tuple[int, int] | None, fps: float | None, codings: tuple[dict[str, str], ...]
) -> tuple[dict[str, str], ...]:
    """Option sets from best to plainest. Compressed first: raw full HD over USB 2 comes at 5 frames a second."""
    rate = {"framerate": f"{fps:g}"} if fps else {}
    sizes = [size] if size else [(1920, 1080), (1280, 720)]
    wanted = [coding | {"video_size": f"{w}x{h}"} | rate for w, h in sizes for coding in codings]
    plain = [coding | rate for coding in codings] + [{}]
    unique = {tuple(sorted(options.items())): options for options in (*wanted, *plain)}
    return tuple(unique.values())


def _linux_cameras(sysfs: Path) -> list[CameraInfo]:
    found = []
    for node in sysfs.glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdecimal() and _line(node / "index") in ("", "0"):  # further nodes of a camera carry metadata
            found.append(CameraInfo(int(number), f"/dev/{node.name}", printable(_line(node / "name"), 60)))
    return sorted(found, key=lambda camera: camera.index)


def _line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _enumerated(platform: str) -> list[CameraInfo]:
    try:
        from av.device import enumerate_input_devices
    except ImportError:  # PyAV before 17
        return []
    try:
        devices = enumerate_input_devices(_FORMATS.get(platform, ""))
    except (ValueError, av.FFmpegError):
        return []
    video = [device for device in devices if not device.media_types or "video" in device.media_types]
    return [CameraInfo(n, device.name, printable(device.description, 60)) for n, device in enumerate(video)]
