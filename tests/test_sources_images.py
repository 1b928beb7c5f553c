"""Still pictures: every format and mode that people have, and files that only claim to be pictures."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image
from videos import moving_images

from scanapp.errors import SourceError, UsageError
from scanapp.frame import Frame
from scanapp.sources.base import Notice
from scanapp.sources.images import ImageSource, list_images, load_image

PICTURE = moving_images(1, 40, 24)[0]


def write(path, image=PICTURE):
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.ppm"])
def test_lossless_formats(tmp_path, name):
    frame = load_image(write(tmp_path / name))
    assert np.array_equal(frame.bgr, PICTURE)
    assert np.array_equal(frame.gray, cv2.cvtColor(PICTURE, cv2.COLOR_BGR2GRAY))


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.JPEG"])
def test_lossy_formats(tmp_path, name):
    frame = load_image(write(tmp_path / name))
    assert np.abs(frame.bgr.astype(int) - PICTURE).mean() < 8


def test_the_content_counts_not_the_name(tmp_path):
    write(tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert load_image(tmp_path / "a.jpg").width == 40


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (0, 1)), (8, (1, 0)), (2, (0, 1))]
)
def test_exif_orientation(tmp_path, orientation, corner):
    stored = np.zeros((20, 30), np.uint8)
    stored[:5, :5] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    frame = load_image(tmp_path / "turned.jpg")
    assert (frame.height, frame.width) == ((30, 20) if orientation > 4 else (20, 30))
    rows, columns = np.nonzero(frame.gray > 128)
    assert (int(rows.mean() > frame.height / 2), int(columns.mean() > frame.width / 2)) == corner


def test_alpha_goes_on_white(tmp_path):
    image = np.zeros((4, 4, 4), np.uint8)
    image[:, 2:] = (0, 0, 200, 255)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    frame = load_image(tmp_path / "a.png")
    assert frame.bgr[0, 0].tolist() == [255, 255, 255]
    assert frame.bgr[0, 3].tolist() == [0, 0, 200]
    assert frame.gray[0, 0] == 255


def test_palette_with_a_transparent_colour(tmp_path):
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.putpixel((0, 0), 0)
    picture.save(tmp_path / "a.gif", transparency=0)
    frame = load_image(tmp_path / "a.gif")
    assert frame.bgr[0, 0].tolist() == [255, 255, 255]
    assert frame.bgr[3, 3].tolist() == [30, 20, 10]


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits(tmp_path, channels):
    deep = np.full((4, 4, channels), 0x8000, np.uint16).squeeze()
    deep[0] = 0xFFFF
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    frame = load_image(tmp_path / "deep.png")
    assert frame.gray[0, 0] == 255
    assert abs(int(frame.gray[3, 3]) - 128) <= 1


def test_other_modes(tmp_path):
    for mode, name in (
        ("1", "a.png"),
        ("L", "b.png"),
        ("LA", "c.png"),
        ("CMYK", "d.jpg"),
        ("P", "e.png"),
        ("I", "f.tiff"),
    ):
        Image.new(mode, (5, 3)).save(tmp_path / name)
        assert load_image(tmp_path / name).bgr.shape == (3, 5, 3)


def test_one_pixel(tmp_path):
    frame = load_image(write(tmp_path / "a.png", np.full((1, 1, 3), 77, np.uint8)))
    assert frame.bgr.tolist() == [[[77, 77, 77]]]


def test_first_frame_of_an_animation(tmp_path):
    pictures = [Image.new("L", (4, 4), value) for value in (10, 200)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    assert load_image(tmp_path / "a.gif").gray[0, 0] == 10


def bomb():
    """A tiny PNG that claims 30000 × 30000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


def half_a_jpeg():
    data = io.BytesIO()
    Image.fromarray(moving_images(1, 400, 300)[0]).save(data, "JPEG")
    return data.getvalue()[: data.tell() // 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello\n" * 100, "is not a picture in a known format"),
        (bytes(1000), "is not a picture"),
        (bomb(), "has more than 89 million pixels"),
        (half_a_jpeg(), "is damaged: "),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "bad.png is "),
        (b"GIF89a" + bytes(7), "bad.png is "),
    ],
)
def test_what_cannot_be_read(tmp_path, content, message):
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load_image(tmp_path / "bad.png")
    assert message in str(caught.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp", ".ppm"])
def test_any_damage_is_a_source_error(tmp_path, suffix):
    data = write(tmp_path / f"a{suffix}").read_bytes()
    rng = np.random.default_rng(3)
    for number in range(40):
        broken = bytearray(data[: int(rng.integers(1, len(data) + 1))])
        for at in rng.integers(0, len(broken), 4):
            broken[at] = rng.integers(0, 256)
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(bytes(broken))
        assert "a picture or a SourceError" in outcome(path)


def outcome(path):
    try:
        size = load_image(path).gray.size
    except SourceError as error:
        return f"a picture or a SourceError: {error}" if path.name in str(error) else f"nameless: {error}"
    return f"a picture or a SourceError: {size} pixels" if size else "no pixels"


def test_missing_and_folder(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        load_image(tmp_path / "nope.png")
    with pytest.raises(SourceError, match="is a folder"):
        load_image(tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        load_image("a\0.png")


def test_folder_in_natural_order(tmp_path):
    for name in ("img10.png", "img2.png", "IMG1.png", ".hidden.png", "b.png"):
        write(tmp_path / name)
    (tmp_path / "notes.txt").write_text("x")
    assert [path.name for path in list_images([tmp_path])] == ["b.png", "IMG1.png", "img2.png", "img10.png"]


def test_source_times_and_info(tmp_path):
    for number in range(3):
        write(tmp_path / f"{number}.png", np.full((2, 2 + number, 3), number, np.uint8))
    source = ImageSource(tmp_path, fps=2)
    assert (source.info.frames, source.info.fps, source.info.duration, source.info.live) == (3, 2, 1.5, False)
    assert [(f.index, f.pts, f.width) for f in source] == [(0, 0, 2), (1, 0.5, 3), (2, 1.0, 4)]


def test_unreadable_files_are_passed_over(tmp_path):
    for number in range(3):
        write(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes(b"")
    items = list(ImageSource([tmp_path / "nope.png", tmp_path]))
    assert [x.what if isinstance(x, Notice) else x.index for x in items] == ["skipped", 0, "skipped", 1]
    assert "1.png is empty" in items[2].message


def test_nothing_readable(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(SourceError, match="none of 1 could be read"):
        list(ImageSource(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no pictures"):
        ImageSource(tmp_path / "empty")
    with pytest.raises(SourceError, match="no pictures given"):
        ImageSource([])


def test_bad_rate(tmp_path):
    with pytest.raises(UsageError, match="more than 0"):
        ImageSource(write(tmp_path / "a.png"), fps=0)


def test_close(tmp_path):
    for number in range(3):
        write(tmp_path / f"{number}.png")
    source = ImageSource(tmp_path)
    seen = []
    for frame in source:
        seen.append(frame)
        source.close()
    assert len(seen) == 1
    assert isinstance(seen[0], Frame)
