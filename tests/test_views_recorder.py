"""The recorder: times, sizes, what it says when it cannot write, and what is left then."""

import subprocess
import sys
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from views_scene import confirmed, snapshot, track

from scanapp.errors import OutputError
from scanapp.views import recorder as recorder_module
from scanapp.views import video_file
from scanapp.views.recorder import Recorder


def frames_of(path):
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def colour(value, size=(320, 180)):
    return np.full((size[1], size[0], 3), value, np.uint8)


@pytest.mark.parametrize("extension", [".mp4", ".mov", ".m4v", ".mkv", ".MP4"])
def test_every_frame_at_its_own_time(tmp_path, extension):
    path = tmp_path / f"clip{extension}"
    times = [10.0, 10.033, 10.1, 10.5, 10.55]
    recorder = Recorder(path, 30, live=False)
    for pts in times:
        assert recorder.show(snapshot(pts=pts))
    recorder.finish(None)
    recorder.close()
    shown = frames_of(path)
    assert [float(frame.pts * frame.time_base) for frame in shown] == pytest.approx(
        [t - 10 for t in times], abs=0.001
    )
    assert shown[0].format.name == "yuv420p"
    assert (recorder.written, recorder.dropped) == (5, 0)


@pytest.mark.parametrize(("missing", "codec"), [({"libx264"}, "h264"), ({"libx264", "libopenh264"}, "mpeg4")])
def test_other_encoders_where_ffmpeg_lacks_the_best(tmp_path, monkeypatch, missing, codec):
    has = video_file._has_encoder
    if not has("libopenh264") and "libopenh264" not in missing:
        pytest.skip("this FFmpeg has no OpenH264")
    monkeypatch.setattr(video_file, "_has_encoder", lambda name: name not in missing and has(name))
    recorder = Recorder(tmp_path / "clip.mp4", 25, live=False)
    for index in range(5):
        recorder.show(snapshot(pts=index / 25))
    recorder.close()
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert container.streams.video[0].codec_context.name == codec
        assert len(list(container.decode(video=0))) == 5


def test_the_overlay_is_in_the_picture(tmp_path):
    path = tmp_path / "clip.mkv"
    recorder = Recorder(path, live=False)
    recorder.show(snapshot(track(1, "confirmed", "hello", box=(200, 100, 400, 300)), events=[confirmed("hello")]))
    recorder.close()
    picture = frames_of(path)[0].to_ndarray(format="bgr24").astype(int)
    edge = picture[98:104, 202:398].mean(axis=(0, 1))
    assert edge[1] > edge[0] + 40
    assert edge[1] > edge[2] + 40


@pytest.mark.parametrize("size", [(1, 1), (31, 7), (333, 201), (1, 900)])
def test_odd_sizes_become_even(tmp_path, size):
    recorder = Recorder(tmp_path / "odd.mp4", live=False)
    recorder.show(snapshot(size=size))
    recorder.close()
    (frame,) = frames_of(tmp_path / "odd.mp4")
    assert frame.width % 2 == frame.height % 2 == 0
    assert abs(frame.width - max(16, size[0])) <= 1
    assert abs(frame.height - max(16, size[1])) <= 1


def test_large_frames_are_shrunk(tmp_path):
    recorder = Recorder(tmp_path / "large.mp4", live=False, max_side=640)
    recorder.show(snapshot(size=(1920, 1080)))
    recorder.close()
    (frame,) = frames_of(tmp_path / "large.mp4")
    assert (frame.width, frame.height) == (640, 360)


def test_a_new_frame_size_is_letterboxed_to_the_first(tmp_path):
    recorder = Recorder(tmp_path / "turned.mp4", live=False)
    recorder.show(snapshot(image=colour(200), pts=0.0))
    recorder.show(snapshot(image=colour(200, (180, 320)), pts=0.1))
    recorder.show(snapshot(image=colour(200, (160, 90)), pts=0.2))
    recorder.close()
    wide, tall, small = (frame.to_ndarray(format="gray") for frame in frames_of(tmp_path / "turned.mp4"))
    assert wide.shape == tall.shape == small.shape == (180, 320)
    assert tall[90, 10] < 30
    assert tall[90, 310] < 30
    assert tall[90, 160] > 170
    assert small.min() > 170, "the same shape fills the picture"


def test_time_that_runs_backwards_goes_on(tmp_path):
    recorder = Recorder(tmp_path / "loop.mp4", 10, live=False)
    for pts in (5.0, 5.1, 5.1, 0.0, 0.1):
        recorder.show(snapshot(pts=pts))
    recorder.close()
    shown = [float(frame.pts * Fraction(frame.time_base)) for frame in frames_of(tmp_path / "loop.mp4")]
    assert shown == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4], abs=0.001)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/clip.mp4", "No such file or directory"),
        ("clip.xyz", "unknown extension '.xyz' .expected one of: .mp4"),
        ("clip", "unknown extension ''"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_at_once(tmp_path, name, message):
    with pytest.raises(OutputError, match=message):
        Recorder(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_recording(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match=r"folder\.mp4"):
        Recorder(tmp_path / "folder.mp4")


def test_without_frames_nothing_is_left(tmp_path):
    Recorder(tmp_path / "empty.mp4").close()
    assert list(tmp_path.iterdir()) == []


_FULL_DISK = """
import resource, sys
import numpy as np
from scanapp.errors import OutputError
from scanapp.frame import Frame
from scanapp.snapshot import Snapshot
from scanapp.views.recorder import Recorder

limit = int(sys.argv[2])
rng = np.random.default_rng(3)
recorder = Recorder(sys.argv[1], 30, live=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
told = []
for index in range(250):
    image = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
    try:
        assert recorder.show(Snapshot(Frame.from_image(image, pts=index / 30), ()))
    except OutputError as error:
        told.append(str(error))
recorder.close()
print(*told, sep="\\n")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes to play a full disk with")
@pytest.mark.parametrize(("limit", "playable"), [(300, 0), (1_500_000, 30)])
def test_a_full_disk_is_told_once_and_keeps_what_was_written(tmp_path, limit, playable):
    path = tmp_path / "full.mp4"
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path), str(limit)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"cannot go on writing the recording {path}: ")
    kept = 0
    if playable:
        with av.open(str(path)) as container:
            try:
                for _ in container.decode(video=0):
                    kept += 1
            except av.InvalidDataError:
                pass  # the packet that was cut
    assert kept >= playable


_LEFT_OPEN = """
import sys
import numpy as np
from scanapp.frame import Frame
from scanapp.snapshot import Snapshot
from scanapp.views.recorder import Recorder

recorder = Recorder(sys.argv[1], 30, live=False)
for index in range(10):
    recorder.show(Snapshot(Frame.from_image(np.zeros((90, 160, 3), np.uint8), pts=index / 30), ()))
raise SystemExit("left without closing")
"""


def test_a_program_that_ends_without_closing_leaves_a_whole_file(tmp_path):
    path = tmp_path / "left.mp4"
    done = subprocess.run([sys.executable, "-c", _LEFT_OPEN, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "left without closing"
    assert len(frames_of(path)) == 10


def test_live_drops_when_full_and_lossless_waits(tmp_path, monkeypatch):
    gate = threading.Event()

    class SlowPainter(recorder_module.OverlayPainter):
        def take(self, snapshot):
            assert gate.wait(20)
            return super().take(snapshot)

    monkeypatch.setattr(recorder_module, "OverlayPainter", SlowPainter)
    live = Recorder(tmp_path / "live.mp4", live=True)
    for index in range(20):
        live.show(snapshot(pts=index / 30, size=(64, 64)))
    assert live.dropped >= 11, "eight wait, one may be in the painter's hands"
    gate.set()
    live.close()
    assert live.written + live.dropped == 20
    assert len(frames_of(tmp_path / "live.mp4")) == live.written

    gate.clear()
    lossless = Recorder(tmp_path / "all.mp4", live=False)
    threading.Timer(0.1, gate.set).start()
    for index in range(20):
        lossless.show(snapshot(pts=index / 30, size=(64, 64)))
    lossless.close()
    assert (lossless.written, lossless.dropped) == (20, 0)


def test_a_painter_that_fails_ends_the_recording_not_the_engine(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no paint")

    monkeypatch.setattr(recorder_module.OverlayPainter, "take", broken)
    recorder = Recorder(tmp_path / "broken.mp4", live=False)
    recorder.show(snapshot())
    with pytest.raises(OutputError, match="recording stopped: ValueError: no paint"):
        recorder.close()
    for _ in range(30):
        assert recorder.show(snapshot())
    recorder.close()
