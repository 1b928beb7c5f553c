"""The text detector on pages drawn here with the shipped font, and on things that are no text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from scanapp.detectors.text_lines import TextLineDetector
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, area, as_quad, coverage, is_convex, transform_points
from scanapp.results import Detection, Detector

SENTENCE = "the quick brown fox jumps over a lazy dog while seven wizards quietly mix jugs of plum jam"
WORDS = SENTENCE.split(" ")


def page(
    size: int, lines: int, *, ink: int = 30, paper: int = 220, frame: tuple[int, int] = (1280, 720)
) -> tuple[Gray, Quad]:
    """Lines of words in the middle of a frame, and the box of their ink."""
    image = Image.new("L", frame, paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    text = "\n".join(" ".join(WORDS[(5 * i + k) % len(WORDS)] for k in range(5)) for i in range(lines))
    at = (frame[0] / 2, frame[1] / 2)
    draw.multiline_text(at, text, fill=ink, font=font, anchor="mm", spacing=size * 0.4)
    x0, y0, x1, y1 = draw.multiline_textbbox(at, text, font=font, anchor="mm", spacing=size * 0.4)
    return np.asarray(image), as_quad([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def turned(image: Gray, quad: Quad, angle: float) -> tuple[Gray, Quad]:
    height, width = image.shape
    affine = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    moved = cv2.warpAffine(image, affine, (width, height), borderValue=int(image[0, 0]))
    return np.asarray(moved, dtype=np.uint8), as_quad(transform_points(np.vstack([affine, [0, 0, 1]]), quad))


def detect(image: Gray) -> list[Detection]:
    noisy = image + np.random.default_rng(0).normal(0, 2, image.shape)
    return TextLineDetector().detect(Frame.from_image(np.clip(noisy, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize("size", [18, 26, 40])
@pytest.mark.parametrize("lines", [2, 6])
def test_a_paragraph_is_one_block(size: int, lines: int) -> None:
    image, quad = page(size, lines)
    found = detect(image)
    assert len(found) == 1
    assert found[0].kind == "text"
    assert coverage(quad, found[0].quad) > 0.9
    assert area(found[0].quad) < 1.8 * area(quad)


def test_a_long_page_says_so() -> None:
    image, quad = page(20, 14)
    found = detect(image)
    assert coverage(quad, found[0].quad) > 0.9
    assert found[0].hint == "page"


@pytest.mark.parametrize("angle", [-25, 10, 45, 90])
def test_turned_text_is_found_along_its_lines(angle: float) -> None:
    image, quad = turned(*page(26, 5), angle)
    best = detect(image)[0]
    assert coverage(quad, best.quad) > 0.85
    along = best.quad[1] - best.quad[0]
    assert abs((np.degrees(np.arctan2(-along[1], along[0])) - angle + 90) % 180 - 90) < 8


def test_light_on_dark_and_faint_text() -> None:
    for ink, paper in ((230, 40), (165, 215)):
        image, quad = page(26, 4, ink=ink, paper=paper)
        assert coverage(quad, detect(image)[0].quad) > 0.9


def test_a_sign_of_one_line() -> None:
    image, quad = page(48, 1)
    found = detect(image)
    assert coverage(quad, found[0].quad) > 0.8
    assert found[0].hint == "line"


def test_text_too_small_to_read_is_left_alone() -> None:
    image, _ = page(26, 6, frame=(1280, 720))
    small = np.asarray(cv2.resize(image, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    assert detect(small) == []


def code(name: str, text: str) -> Gray:
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, name))
    image = np.array(made.to_image(scale=5, add_quiet_zones=True, add_hrt=False))
    frame = np.full((720, 1280), 220, np.uint8)
    image = image[:600]
    y, x = (720 - image.shape[0]) // 2, (1280 - image.shape[1]) // 2
    frame[y : y + image.shape[0], x : x + image.shape[1]] = image
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 1), dtype=np.uint8)


def wood() -> Gray:
    grain = np.random.default_rng(1).normal(0, 1, (720, 1280))
    drawn = cv2.GaussianBlur(grain, (0, 0), sigmaX=60, sigmaY=1.5)
    return np.clip(120 + 25 * drawn / drawn.std(), 0, 255).astype(np.uint8)


def fabric() -> Gray:
    y, x = np.mgrid[:720, :1280]
    weave = np.sin(x * 0.7) * np.sin(y * 0.7)
    return np.clip(120 + 40 * weave, 0, 255).astype(np.uint8)


def leaves() -> Gray:
    drawn = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 1, (720, 1280)), (0, 0), 4)
    return np.clip(110 + 40 * drawn / drawn.std(), 0, 255).astype(np.uint8)


def edges() -> Gray:
    image = np.full((720, 1280), 90, np.uint8)
    cv2.rectangle(image, (200, 150), (700, 600), 200, -1)
    cv2.rectangle(image, (230, 180), (670, 570), 60, 3)
    cv2.circle(image, (950, 350), 220, 30, -1)
    cv2.line(image, (0, 700), (1279, 20), 240, 5)
    return image


NO_TEXT = {
    "QR": lambda: code("QRCode", "https://example.org/some/longer/path?with=query"),
    "EAN-13": lambda: code("EAN13", "4006381333931"),
    "DataMatrix": lambda: code("DataMatrix", "A1B2C3D4E5F6G7H8"),
    "PDF417": lambda: code("PDF417", "two rows and some more"),
    "wood": wood,
    "fabric": fabric,
    "leaves": leaves,
    "edges": edges,
}


@pytest.mark.parametrize("name", sorted(NO_TEXT))
def test_what_is_no_text_is_not_proposed(name: str) -> None:
    assert detect(NO_TEXT[name]()) == []


@pytest.mark.parametrize("shape", [(1, 1), (7, 31), (31, 7), (1, 500), (1920, 1080), (6000, 8000)])
def test_any_size_of_frame(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    for found in TextLineDetector(min_score=0.01).detect(Frame.from_image(image)):
        assert is_convex(found.quad)
        assert area(found.quad) >= 1


def test_options_bound_what_comes_back() -> None:
    image, _ = page(18, 3, frame=(960, 540))
    frame = Frame.from_image(np.vstack([np.hstack([image, image]), np.hstack([image, image])]))
    assert len(TextLineDetector().detect(frame)) == 4
    assert len(TextLineDetector(max_regions=2).detect(frame)) == 2
    assert TextLineDetector(min_height=60).detect(frame) == []
    assert isinstance(TextLineDetector(), Detector)
