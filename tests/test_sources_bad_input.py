"""Recordings that are missing, damaged, cut off or something else altogether."""

import os

import av
import numpy as np
import pytest
from videos import cut, make_video, moving_images

from scanapp.errors import SourceError
from scanapp.frame import Frame
from scanapp.sources import container
from scanapp.sources.base import Notice
from scanapp.sources.video import VideoSource


def read(path):
    items = list(VideoSource(path))
    return [x for x in items if isinstance(x, Frame)], [x for x in items if isinstance(x, Notice)]


def refused(path) -> str:
    """The message of the SourceError; it names the file and is one line."""
    with pytest.raises(SourceError) as caught:
        VideoSource(path)
    message = str(caught.value)
    assert "\n" not in message
    assert "\x1b" not in message
    return message


@pytest.fixture
def clip(tmp_path):
    return make_video(tmp_path / "clip.mp4", moving_images(50))


def test_missing(tmp_path):
    assert refused(tmp_path / "nope.mp4") == f"{tmp_path}/nope.mp4: no such file; check the path"


def test_escapes_in_a_name(tmp_path):
    assert "a␛[2Jb.mp4: no such file" in refused(tmp_path / "a\x1b[2Jb.mp4")


def test_nul_in_a_name():
    assert "cannot be opened" in refused("a\0b.mp4")


def test_empty(tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert "empty.mp4 is empty (0 bytes)" in refused(tmp_path / "empty.mp4")


def test_folder(tmp_path):
    assert "is a folder, not a video" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"hello world\n" * 500, bytes(range(256)) * 200, b"{}", bytes(4000)])
@pytest.mark.parametrize("name", ["x.mp4", "x.txt", "x"])
def test_no_video(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    assert "is not a video" in refused(path)


def test_random_bytes(tmp_path):
    path = tmp_path / "noise.mkv"
    path.write_bytes(np.random.default_rng(0).bytes(60_000))
    assert "noise.mkv" in refused(path)


def test_playlist_of_other_files_is_not_followed(tmp_path, clip):
    path = tmp_path / "list.mp4"
    path.write_text(f"ffconcat version 1.0\nfile '{clip.name}'\n")
    assert "is not a video" in refused(path)


def test_sound_only(tmp_path):
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert "holds sound but no video" in refused(path)


def test_music_with_a_cover(tmp_path):
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        sound, cover = out.add_stream("aac", rate=44100), out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 160, 96, "yuvj420p"
        if not hasattr(cover, "disposition"):
            pytest.skip("this PyAV does not tell covers from videos")
        cover.disposition = av.stream.Disposition.attached_pic
        out.mux(cover.encode(av.VideoFrame.from_ndarray(moving_images(1)[0], format="bgr24")))
        out.mux(cover.encode())
        write_silence(out, sound, 1.0)
    assert "holds sound but no video" in refused(path)


def write_silence(out, stream, seconds):
    samples = np.zeros((1, int(44100 * seconds)), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate = 44100
    out.mux(stream.encode(frame))
    out.mux(stream.encode())


@pytest.mark.parametrize(("name", "seconds"), [("a.mkv", 1.8), ("a.mkv", 5.0), ("a.mp4", 5.0), ("a.avi", 5.0)])
def test_longer_or_shorter_sound_is_no_truncation(tmp_path, name, seconds):
    path = tmp_path / name
    with av.open(str(path), "w") as out:
        video, sound = out.add_stream("libx264", rate=25), out.add_stream("aac", rate=44100)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        for image in moving_images(50):
            out.mux(video.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(video.encode())
        write_silence(out, sound, seconds)
    frames, notices = read(path)
    assert (len(frames), notices) == (50, [])


def test_a_trimmed_recording_is_no_truncation(clip):
    """Trimming on a phone leaves all pictures in the file and tells players by an edit list where to begin."""
    data = bytearray(clip.read_bytes())
    frame_time = int.from_bytes(data[data.index(b"stts") + 16 :][:4], "big")
    at = data.index(b"elst") + 4 + 8
    length, begin = (int.from_bytes(data[n : n + 4], "big") for n in (at, at + 4))
    data[at : at + 4] = (length * 3 // 5).to_bytes(4, "big")
    data[at + 4 : at + 8] = (begin + 20 * frame_time).to_bytes(4, "big")
    clip.write_bytes(data)
    frames, notices = read(clip)
    assert (len(frames), frames[0].pts, notices) == (30, 0.0, [])


def test_no_frames(tmp_path):
    path = make_video(tmp_path / "none.mkv", [])
    assert "none.mkv" in refused(path)


def test_all_frames_damaged(clip, tmp_path):
    data = bytearray(clip.read_bytes())
    at = data.index(b"mdat") + 4
    data[at:] = bytes(len(data) - at)
    (tmp_path / "zeros.mp4").write_bytes(data)
    assert "holds no picture that can be decoded" in refused(tmp_path / "zeros.mp4")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_permission_denied(clip):
    clip.chmod(0)
    assert "permission denied" in refused(clip)


def test_permission_denied_whoever_runs_this(clip, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(container, "open", forbidden, raising=False)
    assert "clip.mp4: permission denied; make the file readable" in refused(clip)


def test_recording_without_its_index(tmp_path):
    whole = make_video(tmp_path / "slow.mp4", moving_images(50), container_options={"movflags": "write_colr"})
    assert "index (the moov box)" in refused(cut(whole, 0.5))


def test_cut_before_the_first_picture(clip):
    assert "is incomplete" in refused(cut(clip, 0.05))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts", "a.flv", "a.webm"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated(tmp_path, name, share):
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    whole = make_video(tmp_path / name, moving_images(50), codec=codec)
    all_frames, quiet = read(whole)
    assert (len(all_frames), quiet) == (50, [])
    frames, notices = read(cut(whole, share))
    assert 10 <= len(frames) < 50
    assert notices[-1].what == "truncated"
    assert f"cut_{name} ends early: " in notices[-1].message
    assert notices[-1].message.endswith(f"{len(frames)} frames could be read")
    for frame, original in zip(frames[:10], all_frames, strict=False):
        assert np.array_equal(frame.gray, original.gray)


def test_truncated_fragments(tmp_path):
    options = {"movflags": "frag_keyframe+empty_moov"}
    whole = make_video(tmp_path / "frag.mp4", moving_images(50), container_options=options)
    assert len(read(whole)[0]) == 50
    frames, notices = read(cut(whole, 0.6))
    assert 10 <= len(frames) < 50
    assert notices[-1].what == "truncated"


def test_damage_in_the_middle(clip, tmp_path):
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    (tmp_path / "holed.mp4").write_bytes(data)
    frames, notices = read(tmp_path / "holed.mp4")
    assert 25 <= len(frames) < 50
    assert [f.index for f in frames] == list(range(len(frames)))
    assert frames[-1].pts == pytest.approx(1.96)
    assert {notice.what for notice in notices} == {"skipped"}
    assert sum(int(notice.message.split(": ")[1].split()[0]) for notice in notices) == 50 - len(frames)


def test_damage_is_told_once_a_second(tmp_path):
    whole = make_video(tmp_path / "long.mjpeg", moving_images(60), codec="mjpeg", pix_fmt="yuvj420p")
    data = whole.read_bytes()
    pictures = data.split(b"\xff\xd8")[1:]
    broken = [data[:20] + bytes(len(data) - 22) + data[-2:] if n % 2 else data for n, data in enumerate(pictures)]
    whole.write_bytes(b"".join(b"\xff\xd8" + picture for picture in broken))
    frames, notices = read(whole)
    assert len(frames) == 30
    assert 1 <= len([n for n in notices if n.what == "skipped"]) <= 4


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.avi", "b.ts", "b.mjpeg"])
def test_any_damage_ends_well(tmp_path, name):
    """Bytes overwritten anywhere: frames, notices or a SourceError, nothing else, and the same each time."""
    codec, pix_fmt = ("mjpeg", "yuvj420p") if name.endswith("mjpeg") else ("libx264", "yuv420p")
    data = make_video(tmp_path / name, moving_images(12), codec=codec, pix_fmt=pix_fmt).read_bytes()
    rng = np.random.default_rng(5)
    for number in range(25):
        broken = bytearray(data)
        for _ in range(int(rng.integers(1, 20))):
            at = int(rng.integers(0, len(data)))
            broken[at : at + int(rng.integers(1, 40))] = rng.bytes(int(rng.integers(0, 40)))
        path = tmp_path / f"{number}_{name}"
        path.write_bytes(bytes(broken))
        assert outcome(path) == outcome(path)


def outcome(path):
    try:
        items = list(VideoSource(path))
    except SourceError as error:
        return str(error)
    return [(x.pts, x.gray.tobytes()) if isinstance(x, Frame) else x for x in items]


def test_passwords_stay_out_of_messages():
    message = refused("rtsp://user:secret@127.0.0.1:9/live")
    assert "secret" not in message
    assert message.startswith("rtsp://…@127.0.0.1:9/live cannot be opened")
