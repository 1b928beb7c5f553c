"""What a user types, and the source that it opens."""

import http.server
import threading
from functools import partial
from pathlib import Path

import cv2
import pytest
from videos import make_video, moving_images

from scanapp.errors import SourceError, UsageError
from scanapp.frame import Frame
from scanapp.sources import open as module
from scanapp.sources.base import Notice
from scanapp.sources.container import is_url, shown
from scanapp.sources.images import ImageSource
from scanapp.sources.open import open_source
from scanapp.sources.paced import PacedSource
from scanapp.sources.reconnect import Reconnecting
from scanapp.sources.video import VideoSource, is_live_url
from scanapp.testing import HandClock, HandWait, ScriptedSource, blank_frames


@pytest.fixture
def clip(tmp_path):
    return make_video(tmp_path / "clip.mp4", moving_images(10))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), moving_images(1)[0])
    return path


def test_files(clip, picture):
    for spec in (clip, str(clip), f"file://{clip}"):
        source = open_source(spec)
        assert isinstance(source, VideoSource)
        assert len(list(source)) == 10
    assert isinstance(open_source(picture), ImageSource)
    assert isinstance(open_source(str(picture.parent)), ImageSource)


def test_live_paces_recordings(clip, picture):
    for spec in (clip, picture, VideoSource(clip)):
        source = open_source(spec, live=True, clock=HandClock())
        assert isinstance(source, PacedSource)
        assert source.info.live


def test_live_source_is_left_alone():
    live = PacedSource(ScriptedSource([]))
    assert open_source(live, live=True) is live
    recording = ScriptedSource([])
    assert open_source(recording) is recording


def test_loop(clip):
    source = open_source(clip, loop=True)
    assert [x.index for _, x in zip(range(25), source, strict=False)] == list(range(25))
    source.close()


def test_loop_does_not_fit(picture):
    for spec in (picture, ScriptedSource([])):
        with pytest.raises(UsageError, match="loop is for"):
            open_source(spec, loop=True)


@pytest.mark.parametrize("spec", [0, "0", "/dev/video0"])
def test_cameras(monkeypatch, spec):
    asked = []

    def fake(camera, *, clock):
        asked.append((camera, clock))
        return ScriptedSource(blank_frames(1))

    monkeypatch.setattr(module, "CameraSource", fake)
    clock = HandClock()
    open_source(spec, clock=clock)
    assert asked == [(spec, clock)]


@pytest.mark.parametrize("spec", ["nope.mp4", "nope/", "", "http://127.0.0.1:9/x.mp4"])
def test_what_is_not_there(spec):
    with pytest.raises(SourceError):
        open_source(spec)


@pytest.mark.parametrize(
    ("spec", "url", "live"),
    [
        ("rtsp://cam/1", True, True),
        ("RTSP://cam/1", True, True),
        ("udp://@:1234", True, True),
        ("https://x/y.mp4", True, False),
        ("C://clips/a.mp4", False, False),
        (r"C:\clips\a.mp4", False, False),
        ("/clips/http://x", False, False),
    ],
)
def test_urls(spec, url, live):
    assert (is_url(spec), is_live_url(spec)) == (url, live)


def test_secrets_are_not_shown():
    assert shown("rtsp://me:pa%40ss@cam:554/x?a=b") == "rtsp://…@cam:554/x?a=b"
    assert shown("/a/b@c.mp4") == "/a/b@c.mp4"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A reader that hangs up is no news."""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; ``/cam`` is an endless-looking stream of JPEGs that breaks off after each visit."""

    def do_GET(self):
        if self.path != "/cam":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for image in moving_images(6):
            data = cv2.imencode(".jpg", image)[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")

    def log_message(self, *_args):
        """Quiet."""


@pytest.fixture
def address(tmp_path):
    with Server(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("clip")
def test_recording_over_http(address):
    source = open_source(f"{address}/clip.mp4")
    assert (source.info.live, source.info.duration) == (False, 0.4)
    assert [frame.index for frame in source] == list(range(10))
    with pytest.raises(SourceError, match=r"missing\.mp4 cannot be opened"):
        open_source(f"{address}/missing.mp4")


def test_stream_over_http_is_live(address):
    source = open_source(f"{address}/cam")
    assert (source.info.live, source.info.duration) == (True, None)
    assert next(iter(source)).width == 160
    source.close()


def test_stream_over_http_reconnects(address):
    clock = HandClock()
    source = Reconnecting(lambda: VideoSource(f"{address}/cam"), clock, HandWait(clock))
    items = [item for _, item in zip(range(16), source, strict=False)]
    source.close()
    assert [x.what for x in items if isinstance(x, Notice)][:3] == ["reconnecting", "reconnected", "reconnecting"]
    frames = [x for x in items if isinstance(x, Frame)]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert len(frames) > 6


def test_relative_paths(clip, monkeypatch):
    monkeypatch.chdir(clip.parent)
    assert len(list(open_source(Path("clip.mp4")))) == 10
