"""Videos of every shape, read as they are meant to be shown."""

import shutil
from collections import Counter
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from videos import make_video, moving_images

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources.base import Notice
from scanapp.sources.orientation import turn_of
from scanapp.sources.video import VideoSource


def read(path, **options):
    """(frames, notices) of a whole source."""
    items = list(VideoSource(path, **options))
    return [x for x in items if isinstance(x, Frame)], [x for x in items if isinstance(x, Notice)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("clip") / "clip.mp4", moving_images(30))


def test_frames_info_and_times(clip):
    source = VideoSource(clip)
    assert (source.info.width, source.info.height, source.info.fps) == (160, 96, 25)
    assert (source.info.frames, source.info.duration, source.info.live) == (30, 1.2, False)
    frames = list(source)
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.pts for frame in frames] == [round(n / 25, 9) for n in range(30)]


def test_gray_is_the_decoders_plane_without_a_copy(clip):
    frame = next(iter(VideoSource(clip)))
    base = frame.gray
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base.base.obj if isinstance(base.base, memoryview) else base.base, av.video.plane.VideoPlane)
    assert frame.gray.shape == (96, 160)
    assert frame.gray.strides[1] == 1
    assert not frame.gray.flags.writeable


def test_planes_outlive_the_source(clip):
    frames, _ = read(clip)
    again, _ = read(clip)
    assert all(np.array_equal(a.gray, b.gray) for a, b in zip(frames, again, strict=True))


def test_pixels_are_those_of_the_pictures(clip):
    frames, _ = read(clip)
    for frame, image in zip(frames, moving_images(30), strict=True):
        assert np.abs(frame.bgr.astype(int) - image).mean() < 6
        luma = cv2.cvtColor(frame.bgr, cv2.COLOR_BGR2YUV)[:, :, 0].astype(float)
        assert np.corrcoef(luma.ravel(), frame.gray.ravel())[0, 1] > 0.99


def test_bgr_is_made_once_and_read_only(clip):
    frame = next(iter(VideoSource(clip)))
    assert frame.bgr is frame.bgr
    assert frame.bgr.shape == (96, 160, 3)
    assert not frame.bgr.flags.writeable


@pytest.mark.parametrize(
    ("rotation", "corner"),
    [(0, "top left"), (90, "top right"), (180, "bottom right"), (270, "bottom left"), ("mirror", "top right")],
)
def test_rotation_metadata_is_applied(tmp_path, rotation, corner):
    path = make_video(tmp_path / "turned.mp4", moving_images(2), rotation=rotation)
    source = VideoSource(path)
    frame = next(iter(source))
    size = (96, 160) if rotation in (90, 270) else (160, 96)
    assert (frame.width, frame.height) == (source.info.width, source.info.height) == size
    for plane in (frame.gray, frame.bgr[:, :, 2]):
        rows, columns = np.nonzero(plane > 150)
        vertical = "top" if rows.mean() < frame.height / 2 else "bottom"
        assert f"{vertical} {'left' if columns.mean() < frame.width / 2 else 'right'}" == corner


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((0, 1, -1, 0), [[3, 1], [4, 2]]),
        ((-1, 0, 0, -1), [[4, 3], [2, 1]]),
        ((0, -1, 1, 0), [[2, 4], [1, 3]]),
        ((-1, 0, 0, 1), [[2, 1], [4, 3]]),
        ((1, 0, 0, -1), [[3, 4], [1, 2]]),
        ((0, 1, 1, 0), [[1, 3], [2, 4]]),
        ((0, -1, -1, 0), [[4, 2], [3, 1]]),
    ],
)
def test_all_eight_orientations(matrix, expected):
    a, b, c, d = (65536 * value for value in matrix)
    raw = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32).tobytes()
    turned = turn_of(raw)(np.array([[1, 2], [3, 4]], np.uint8))
    assert turned.tolist() == expected


@pytest.mark.parametrize("raw", [None, b"", bytes(36), np.eye(3, dtype=np.int32).tobytes()])
def test_no_turn(raw):
    assert turn_of(raw) is None


def test_variable_frame_rate(tmp_path):
    stamps = [0, 40, 200, 210, 500, 2000]
    frames, _ = read(make_video(tmp_path / "vfr.mp4", moving_images(6), pts_ms=stamps))
    assert [frame.pts for frame in frames] == [stamp / 1000 for stamp in stamps]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("raw.h264", "libx264", "yuv420p"),
        ("raw.mjpeg", "mjpeg", "yuvj420p"),
        ("b_frames.avi", "libx264", "yuv420p"),
        ("stream.ts", "libx264", "yuv420p"),
        ("fragment.mov", "libx264", "yuv420p"),
        ("vp9.webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_containers_with_and_without_times(tmp_path, name, codec, pix_fmt):
    frames, notices = read(make_video(tmp_path / name, moving_images(20), codec=codec, pix_fmt=pix_fmt))
    assert [frame.pts for frame in frames] == pytest.approx([n / 25 for n in range(20)], abs=0.0011)
    assert notices == []


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        ("libx264", "yuv420p10le"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx264", "nv12"),
        ("libx264", "gray"),
        ("ffv1", "bgr0"),
        ("ffv1", "gray16le"),
        ("mpeg4", "yuv420p"),
        ("mjpeg", "yuvj422p"),
    ],
)
def test_pixel_formats(tmp_path, codec, pix_fmt):
    images = moving_images(2)
    frames, _ = read(make_video(tmp_path / "f.mkv", images, codec=codec, pix_fmt=pix_fmt))
    wanted = cv2.cvtColor(images[1], cv2.COLOR_BGR2GRAY)
    assert frames[1].gray.shape == (96, 160)
    assert np.corrcoef(frames[1].gray.ravel(), wanted.ravel())[0, 1] > 0.98
    assert frames[1].bgr.shape == (96, 160, 3)


def test_palette_and_alpha_pictures_are_converted(tmp_path):
    colour = moving_images(1)[0]
    path = tmp_path / "palette.gif"
    make_video(path, [colour], codec="gif", pix_fmt="rgb8")
    frames, _ = read(path)
    wanted = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    assert np.corrcoef(frames[0].gray.ravel(), wanted.ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    ("width", "height", "codec", "pix_fmt"),
    [
        (1, 1, "ffv1", "yuv444p"),
        (31, 7, "libx264", "yuv444p"),
        (7, 31, "ffv1", "yuv420p"),
        (1, 64, "libx264", "yuv444p"),
    ],
)
def test_odd_sizes(tmp_path, width, height, codec, pix_fmt):
    frames, _ = read(
        make_video(tmp_path / "odd.mkv", moving_images(3, width, height), codec=codec, pix_fmt=pix_fmt)
    )
    assert [(f.width, f.height, f.bgr.shape) for f in frames] == [(width, height, (height, width, 3))] * 3


def test_very_large(tmp_path):
    path = make_video(
        tmp_path / "large.mkv", [np.full((6000, 8000, 3), 90, np.uint8)], codec="mjpeg", pix_fmt="yuvj420p"
    )
    frames, _ = read(path)
    assert [(f.width, f.height) for f in frames] == [(8000, 6000)]
    assert abs(int(frames[0].gray[5999, 7999]) - 90) < 5


def test_one_frame(tmp_path):
    frames, notices = read(make_video(tmp_path / "one.mp4", moving_images(1)))
    assert [(frame.index, frame.pts) for frame in frames] == [(0, 0.0)]
    assert notices == []


def test_loop_counts_on(clip):
    source = VideoSource(clip, loop=True)
    frames = [frame for _, frame in zip(range(75), source, strict=False)]
    source.close()
    assert [frame.index for frame in frames] == list(range(75))
    assert [frame.pts for frame in frames] == [round(n / 25, 9) for n in range(75)]
    assert np.array_equal(frames[2].gray, frames[32].gray)
    assert np.array_equal(frames[2].gray, frames[62].gray)


def test_threads_do_not_change_what_is_seen(clip):
    one, _ = read(clip, threads=1)
    four, _ = read(clip, threads=4)
    assert all(np.array_equal(a.gray, b.gray) and a.pts == b.pts for a, b in zip(one, four, strict=True))


def test_size_change_is_told(tmp_path):
    small = make_video(tmp_path / "small.h264", moving_images(5)).read_bytes()
    large = make_video(tmp_path / "large.h264", moving_images(5, 320, 240)).read_bytes()
    both = tmp_path / "both.h264"
    both.write_bytes(small + large)
    items = list(VideoSource(both))
    sizes = Counter((x.width, x.height) for x in items if isinstance(x, Frame))
    assert sizes == {(160, 96): 5, (320, 240): 5}
    told = [n for n, x in enumerate(items) if isinstance(x, Notice)]
    assert [(items[n].what, items[n + 1].width) for n in told] == [("resized", 320)]
    assert "320×240" in items[told[0]].message


def test_one_pass_only(clip):
    source = VideoSource(clip)
    list(source)
    with pytest.raises(SourceError, match="open it again"):
        list(source)


def test_close_before_during_and_twice(clip):
    unread = VideoSource(clip)
    unread.close()
    unread.close()
    with pytest.raises(SourceError):
        next(iter(unread))
    source = VideoSource(clip)
    seen = 0
    for _ in source:
        seen += 1
        source.close()
    assert seen == 1


def test_names_with_colons_and_spaces(clip, tmp_path):
    path = tmp_path / "concat:a b%03d.mp4"
    shutil.copy(clip, path)
    assert len(read(path)[0]) == 30


def test_real_recordings():
    folder = Path(__file__).parents[2] / "shared" / "data" / "videos"
    if not folder.is_dir():
        pytest.skip("the recordings of ../shared/data/videos are not here")
    for name in ("microqr.mp4", "boofcv_shake.mjpeg"):
        frames, notices = 0, []
        last = -1.0
        for item in VideoSource(folder / name):
            if isinstance(item, Notice):
                notices.append(item)
                continue
            assert item.pts > last
            frames, last = frames + 1, item.pts
            if frames == 60:
                break
        assert (frames, notices) == (60, [])
