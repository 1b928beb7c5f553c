"""The text recognizer on pictures made here: reading, orientation, edges, laziness."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from scanapp.errors import ModelError, UsageError
from scanapp.fonts import font
from scanapp.frame import Frame
from scanapp.geometry import box_quad, iou
from scanapp.recognizers.ocr import models
from scanapp.recognizers.ocr.edges import UNKNOWN
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import Reading, Recognizer, View, whole_view

Placed = tuple[str, tuple[int, int], int]


def picture(texts: list[Placed], size: tuple[int, int] = (640, 360), paper: int = 225) -> np.ndarray:
    image = Image.new("L", size, paper)
    draw = ImageDraw.Draw(image)
    for text, at, points in texts:
        draw.text(at, text, font=font(points), fill=25)
    return np.array(image)


def label() -> np.ndarray:
    return picture([("Platform 12", (60, 40), 44), ("Departs 09:45", (60, 130), 36), ("Gate B 7", (60, 220), 36)])


@pytest.fixture(scope="module")
def recognizer() -> TextRecognizer:
    return TextRecognizer()


def read(recognizer: TextRecognizer, image: np.ndarray, effort: int = 0) -> Reading:
    (reading,) = recognizer.recognize(whole_view(Frame.from_image(image), effort))
    return reading


def test_is_a_recognizer(recognizer: TextRecognizer) -> None:
    assert isinstance(recognizer, Recognizer)
    assert recognizer.kinds == {"text"}
    assert [effort.cost_ms for effort in recognizer.efforts] == sorted(e.cost_ms for e in recognizer.efforts)


def test_lines_come_in_reading_order_with_value_and_places(recognizer: TextRecognizer) -> None:
    reading = read(recognizer, label())
    assert reading.kind == "text"
    assert reading.value["text"] == "Platform 12\nDeparts 09:45\nGate B 7"
    assert reading.key == "Platform 12 Departs 09:45 Gate B 7"
    assert [row["text"] for row in reading.value["lines"]] == [line.text for line in reading.lines]
    drawn = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((60, 40), "Platform 12", font=font(44))
    assert iou(reading.lines[0].quad, box_quad(*drawn)) > 0.6
    assert reading.value["lines"][0]["quad"] == [[round(float(v), 1) for v in p] for p in reading.lines[0].quad]
    assert 0.9 < reading.confidence <= 1


def test_a_view_of_a_region_answers_in_frame_pixels(recognizer: TextRecognizer) -> None:
    image = np.full((1080, 1920), 128, dtype=np.uint8)
    image[500:860, 1100:1740] = label()
    view = View(Frame.from_image(image), box_quad(1110, 510, 1600, 840))
    (reading,) = recognizer.recognize(view)
    assert reading.value["text"].startswith("Platform 12\n")
    assert iou(reading.quad, box_quad(1160, 545, 1425, 765)) > 0.7


def test_characters_keep_their_alternatives(recognizer: TextRecognizer) -> None:
    blurred = cv2.GaussianBlur(label(), (0, 0), 4.5)
    line = read(recognizer, blurred).lines[0]
    for posterior in line.chars:
        probabilities = [p for _, p in posterior]
        assert probabilities == sorted(probabilities, reverse=True)
        assert 0 < sum(probabilities) <= 1 + 1e-5
        assert len({char for char, _ in posterior}) == len(posterior)
    assert any(len(posterior) > 1 for posterior in line.chars)


@pytest.mark.parametrize("turn", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_turned_labels_read_the_same(recognizer: TextRecognizer, turn: int) -> None:
    upright = read(recognizer, label())
    turned = read(recognizer, np.asarray(cv2.rotate(label(), turn)))
    assert turned.key == upright.key
    start = upright.lines[0].quad[0]
    expected = {
        cv2.ROTATE_90_CLOCKWISE: (360 - start[1], start[0]),
        cv2.ROTATE_180: (640 - start[0], 360 - start[1]),
        cv2.ROTATE_90_COUNTERCLOCKWISE: (start[1], 640 - start[0]),
    }[turn]
    assert np.allclose(turned.lines[0].quad[0], expected, atol=8)


def test_words_that_read_upside_down_do_not_turn_the_label(recognizer: TextRecognizer) -> None:
    image = picture([("SOS 0669 WOW", (40, 40), 54), ("Platform 9", (40, 150), 54)], size=(640, 260))
    assert read(recognizer, image).key == "SOS 0669 WOW Platform 9"
    assert read(recognizer, np.asarray(cv2.rotate(image, cv2.ROTATE_180))).key == "SOS 0669 WOW Platform 9"


def test_chinese_signs_across_and_down(recognizer: TextRecognizer) -> None:
    across = picture([("南京东路 123号", (60, 60), 48), ("请勿吸烟", (60, 180), 48)])
    assert "".join(read(recognizer, across).key.split()) == "南京东路123号请勿吸烟"
    column = [(char, (60, 20 + 62 * i), 52) for i, char in enumerate("消防通道禁止停车")]
    assert read(recognizer, picture(column, size=(200, 540))).key == "消防通道禁止停车"


@pytest.mark.parametrize("shape", [(1, 1), (7, 31), (31, 7), (12, 12), (400, 13)])
def test_odd_sizes_are_no_trouble(recognizer: TextRecognizer, shape: tuple[int, int]) -> None:
    assert recognizer.recognize(whole_view(Frame.from_image(np.full(shape, 90, dtype=np.uint8)))) == []


def test_nothing_legible_is_no_reading(recognizer: TextRecognizer) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (240, 320), dtype=np.uint8)
    stripes = np.tile(np.array([30] * 6 + [220] * 6, dtype=np.uint8), (240, 30))
    for image in (noise, stripes, np.full((240, 320), 200, dtype=np.uint8)):
        assert recognizer.recognize(whole_view(Frame.from_image(image))) == []


def test_a_line_cut_by_the_edge_has_an_open_end(recognizer: TextRecognizer) -> None:
    whole = picture([("hello everybody", (40, 40), 60)], size=(640, 160))
    assert all(posterior[0][1] > 0.9 for posterior in read(recognizer, whole).lines[0].chars)
    cut = read(recognizer, whole[:, :400]).lines[0]
    assert cut.chars[-1][0][0] == ""
    assert UNKNOWN in dict(cut.chars[-1])
    assert cut.chars[-2][0][1] < 0.6
    assert cut.chars[0][0][1] > 0.9


def test_the_finer_rung_finds_smaller_print() -> None:
    small = TextRecognizer(max_side=96)
    image = picture([("Batch 4711", (300, 170), 15), ("and more", (20, 20), 15), ("20 kg", (560, 330), 15)])
    plain = small.recognize(whole_view(Frame.from_image(image)))
    fine = small.recognize(whole_view(Frame.from_image(image), effort=1))
    assert "Batch 4711" not in (plain[0].key if plain else "")
    assert "Batch 4711" in fine[0].key


def test_the_same_view_gives_the_same_reading(recognizer: TextRecognizer) -> None:
    first, second = read(recognizer, label()), read(recognizer, label())
    assert first.value == second.value
    assert [line.chars for line in first.lines] == [line.chars for line in second.lines]


@pytest.mark.parametrize("options", [{"max_side": 10}, {"threads": 0}, {"min_confidence": 1.5}])
def test_wrong_options_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=str(next(iter(options.values())))):
        TextRecognizer(**options)


def test_missing_and_damaged_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"_det_.*reinstall rapidocr"):
        models.OcrModels(tmp_path, threads=1)
    (tmp_path / "x_det_y.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"x_det_y\.onnx cannot be opened"):
        models.OcrModels(tmp_path, threads=1)


def test_without_rapidocr_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install rapidocr"):
        models.model_folder()


QUIET = """
import socket, sys
def refuse(*a, **k): raise SystemExit("the network was used")
socket.socket.connect = socket.create_connection = refuse
import scanapp
from scanapp.recognizers.text import TextRecognizer
recognizer = TextRecognizer()
assert not {"onnxruntime", "rapidocr"} & set(sys.modules), "constructing loads nothing"
import numpy as np
from scanapp.frame import Frame
from scanapp.results import whole_view
recognizer.warm_up()
recognizer.recognize(whole_view(Frame.from_image(np.full((64, 64), 99, np.uint8))))
assert "rapidocr" not in sys.modules
import logging
assert "RapidOCR" not in logging.root.manager.loggerDict
"""


def test_loads_late_downloads_nothing_and_is_silent() -> None:
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


HUNGRY = r"""
import re
from pathlib import Path
import numpy as np
from PIL import Image, ImageDraw
from scanapp.fonts import font
from scanapp.frame import Frame
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import whole_view
page = Image.new("RGB", (1920, 1080), "white")
draw = ImageDraw.Draw(page)
for row in range(30):
    for column in range(2):
        draw.text((30 + 950 * column, 20 + 35 * row), f"Item {row:02d}/{column}", "black", font(24))
frame = Frame.from_image(np.array(page)[:, :, ::-1])
readings = TextRecognizer().recognize(whole_view(frame))
# Not getrusage: its peak outlives exec, and the test runner that starts this process is large.
peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
print(len(readings[0].lines), int(peak[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_page_of_sixty_lines_stays_within_the_memory_bar() -> None:
    done = subprocess.run([sys.executable, "-c", HUNGRY], capture_output=True, text=True, timeout=100, check=True)
    lines, megabytes = map(int, done.stdout.split())
    assert lines == 60
    assert megabytes <= 500


def test_a_guess_at_clutter_ends_at_a_glance(recognizer: TextRecognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    shared = models.shared_models(1)
    search = type(shared).text_map

    def noted(self: models.OcrModels, image: np.ndarray) -> np.ndarray:
        searched.append(image.shape[2] * image.shape[3])
        return search(self, image)

    monkeypatch.setattr(type(shared), "text_map", noted)
    cloth = cv2.GaussianBlur(np.random.default_rng(3).integers(60, 200, (600, 700), np.uint8), (0, 0), 9)
    blurred = Frame.from_image(cloth)
    assert recognizer.recognize(View(blurred, box_quad(60, 60, 620, 520), 0)) == []
    assert len(searched) == 1
    assert searched[0] < 300 * 300
    page = Frame.from_image(cv2.resize(label(), None, fx=2, fy=2))
    (found,) = recognizer.recognize(View(page, box_quad(60, 40, 1220, 680), 0))
    assert "Departs 09:45" in found.value["text"]
    assert len(searched) == 3
    assert searched[2] > searched[1]
