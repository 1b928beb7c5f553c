"""Cameras, with a test pattern of libavfilter as the device."""

import threading
import time

import av
import numpy as np
import pytest

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources import camera as module
from scanapp.sources.base import Notice
from scanapp.sources.camera import CameraSource, _CvSession, is_camera, open_session
from scanapp.sources.cameras import CameraInfo, Device, device_for, list_cameras
from scanapp.sources.container import open_container
from scanapp.testing import HandClock, HandWait

needs_pattern = pytest.mark.skipif("lavfi" not in av.formats_available, reason="this PyAV has no test patterns")


@pytest.fixture
def pattern(monkeypatch):
    """Every camera is a test pattern of 160×120; returns the list of patterns to open, one a session."""
    patterns = ["testsrc=size=160x120:rate=50"]

    def device(*_args, **_kwargs):
        return Device("lavfi", patterns[0] if len(patterns) == 1 else patterns.pop(0), ({"bad_option": "1"}, {}))

    monkeypatch.setattr(module, "device_for", device)
    monkeypatch.setattr(module, "device_format", lambda _platform: "lavfi")
    monkeypatch.setattr(module.os.path, "exists", lambda _path: True)
    return patterns


@needs_pattern
@pytest.mark.usefixtures("pattern")
def test_frames_are_timed_by_the_clock():
    clock = HandClock(start=50.0)
    items = []
    for item in open_session(0, None, None, clock):
        items.append(item)
        clock.advance_to(clock.now() + 0.1)
        if len(items) == 4:
            break
    assert [round(item.pts, 6) for item in items] == [0, 0.1, 0.2, 0.3]
    assert [item.index for item in items] == [0, 1, 2, 3]
    assert items[0].bgr.shape == (120, 160, 3)


@needs_pattern
@pytest.mark.usefixtures("pattern")
def test_times_rise_even_when_the_clock_stands():
    session = open_session(0, None, None, HandClock())
    times = [next_item.pts for _, next_item in zip(range(5), session, strict=False)]
    assert times == sorted(set(times))
    session.close()


@needs_pattern
def test_lost_camera_comes_back_with_another_size(pattern):
    pattern[:] = [f"testsrc=size=160x120:rate=50:duration={5 / 50}", "testsrc=size=320x240:rate=50"]
    clock = HandClock()
    source = CameraSource(0, clock=clock, wait=HandWait(clock))
    items = [item for _, item in zip(range(12), source, strict=False)]
    source.close()
    assert [x.what for x in items if isinstance(x, Notice)] == ["reconnecting", "reconnected", "resized"]
    frames = [x for x in items if isinstance(x, Frame)]
    assert [frame.index for frame in frames] == list(range(9))
    assert [frame.width for frame in frames] == [160] * 5 + [320] * 4
    assert source.info.live


@needs_pattern
@pytest.mark.usefixtures("pattern")
def test_close_ends_at_once():
    source = CameraSource(0)
    threading.Timer(0.1, source.close).start()
    begun = time.monotonic()
    assert sum(1 for _ in source) > 1
    assert time.monotonic() - begun < 1.1


def test_no_camera(monkeypatch):
    monkeypatch.setattr(module, "list_cameras", lambda _platform: [])
    with pytest.raises(SourceError) as caught:
        CameraSource(97)
    assert str(caught.value) == (
        "no camera 97: /dev/video97 does not exist; no cameras were found; connect one, or play a recording "
        "with --video FILE"
    ) or not module.sys.platform.startswith("linux")


def test_no_camera_lists_those_there_are(monkeypatch):
    there = [CameraInfo(2, "/dev/video2", "HD Webcam"), CameraInfo(4, "/dev/video4", "")]
    monkeypatch.setattr(module, "list_cameras", lambda _platform: there)
    with pytest.raises(SourceError, match=r"cameras found: 2 \(/dev/video2, HD Webcam\), 4 \(/dev/video4\)"):
        open_session(97, None, None, HandClock(), platform="linux")


def test_a_device_that_is_no_camera(tmp_path, monkeypatch):
    path = tmp_path / "video0"
    path.write_bytes(b"not a camera")
    monkeypatch.setattr(module, "device_for", lambda *_a, **_k: Device("v4l2", str(path), ({},)))
    if module.device_format("linux") is None:
        pytest.skip("this PyAV has no v4l2")
    with pytest.raises(SourceError, match="cannot be opened"):
        open_session(str(path), None, None, HandClock(), platform="linux")


def test_forbidden_and_busy_devices(monkeypatch):
    for error, message in (
        (av.error.PermissionError(13, "Permission denied"), "Permission denied (on Linux, join the group"),
        (av.error.OSError(16, "Device or resource busy"), "Device or resource busy; "),
    ):

        def fail(*_args, error=error, **_kwargs):
            raise error

        monkeypatch.setattr(av, "open", fail)
        with pytest.raises(SourceError) as caught:
            open_container("/dev/video0", device_format="v4l2")
        assert message in f"{caught.value}; "


def test_listing_on_linux(tmp_path):
    for number, (index, name) in {
        0: ("0", "Front\x1b[0m"),
        1: ("1", "Front"),
        10: ("0", "Rear"),
        2: ("0", "Top"),
    }.items():
        node = tmp_path / f"video{number}"
        node.mkdir()
        (node / "index").write_text(index + "\n")
        (node / "name").write_text(name + "\n")
    assert [(c.index, c.device, c.name) for c in list_cameras("linux", tmp_path)] == [
        (0, "/dev/video0", "Front␛[0m"),
        (2, "/dev/video2", "Top"),
        (10, "/dev/video10", "Rear"),
    ]


def test_listing_where_there_is_nothing(tmp_path):
    assert list_cameras("linux", tmp_path / "none") == []
    assert list_cameras("plan9") == []


@pytest.mark.parametrize(
    ("platform", "camera", "format_name", "target", "first"),
    [
        ("linux", 1, "v4l2", "/dev/video1", {"input_format": "mjpeg", "video_size": "640x480", "framerate": "15"}),
        ("linux", "/dev/video7", "v4l2", "/dev/video7", {"input_format": "mjpeg"}),
        ("darwin", 0, "avfoundation", "0:none", {"framerate": "15"}),
        ("win32", 0, "dshow", "video=HD Webcam", {"vcodec": "mjpeg"}),
        ("win32", "video=Other", "dshow", "video=Other", {}),
    ],
)
def test_how_each_system_is_asked(platform, camera, format_name, target, first):
    there = [CameraInfo(0, "HD Webcam", "HD Webcam")]
    device = device_for(camera, size=(640, 480), fps=15, platform=platform, cameras=there)
    assert (device.format, device.target) == (format_name, target)
    assert first.items() <= device.options[0].items()
    assert device.options[0]["video_size"] == "640x480"
    assert device.options[-1] == {}


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        (0, True),
        ("0", True),
        ("12", True),
        ("/dev/video3", True),
        ("video=X", True),
        ("a.mp4", False),
        ("1.mp4", False),
    ],
)
def test_what_is_a_camera(spec, answer):
    assert is_camera(spec) is answer


class FakeCapture:
    """Stands in for cv2.VideoCapture: gives the scripted images, None for a failed read."""

    def __init__(self, images):
        self.images = iter(images)
        self.released = 0

    def set(self, _key, _value):
        return True

    def get(self, _key):
        return 30.0

    def read(self):
        image = next(self.images, None)
        return image is not None, image

    def release(self):
        self.released += 1


def test_opencv_fallback(monkeypatch):
    monkeypatch.setattr(module, "_FAILED_READS", 2)
    small, large = np.zeros((4, 6, 3), np.uint8), np.zeros((8, 6, 3), np.uint8)
    capture = FakeCapture([small, None, small, large])
    session = _CvSession("camera 0", 0, None, 30, HandClock(), lambda _camera: capture)
    assert (session.info.width, session.info.height, session.info.fps) == (6, 4, 30)
    iteration = iter(session)
    items = [next(iteration) for _ in range(4)]
    with pytest.raises(SourceError, match="stopped sending"):
        next(iteration)
    assert [x.what if isinstance(x, Notice) else (x.index, x.height) for x in items] == [
        (0, 4),
        (1, 4),
        "resized",
        (2, 8),
    ]
    assert capture.released == 1


def test_opencv_fallback_without_a_camera(monkeypatch):
    monkeypatch.setattr(module, "_FAILED_READS", 2)
    capture = FakeCapture([])
    with pytest.raises(SourceError, match="camera 0 cannot be opened"):
        _CvSession("camera 0", 0, None, None, HandClock(), lambda _camera: capture)
    assert capture.released == 1


def test_opencv_fallback_closed_unread():
    capture = FakeCapture([np.zeros((4, 6, 3), np.uint8)])
    session = _CvSession("camera 0", 0, None, None, HandClock(), lambda _camera: capture)
    session.close()
    session.close()
    assert capture.released == 1
