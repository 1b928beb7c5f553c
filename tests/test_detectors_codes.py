"""The code detectors on scenes drawn here: every symbology, angle, size and polarity; what must not be proposed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from scanapp.detectors.linear_code import LinearCodeDetector
from scanapp.detectors.matrix_code import MatrixCodeDetector
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, area, as_quad, center, coverage, expand, is_convex
from scanapp.results import Detection, Detector

FORMATS = zxingcpp.BarcodeFormat
LINEAR = {"EAN13": "4006381333931", "Code128": "SHELF-0042", "ITF": "0123456789", "Code39": "SCAN39"}
MATRIX = {
    "QRCode": "https://example.org/p/4711",
    "DataMatrix": "A1B2C3D4E5F6G7H8",
    "Aztec": "hello aztec world",
    "MaxiCode": "a parcel",
}
CODES = {**LINEAR, **MATRIX, "PDF417": "two rows and some more"}


def symbol(name: str, module: int) -> Gray:
    """A code's pixels without quiet zone; linear ones a third as high as wide."""
    code = zxingcpp.create_barcode(CODES[name], getattr(FORMATS, name))
    image = np.array(code.to_image(scale=module, add_quiet_zones=False, add_hrt=False))
    if name in LINEAR:
        image = cv2.resize(image, (image.shape[1], image.shape[1] // 3), interpolation=cv2.INTER_NEAREST)
    return np.asarray(image, dtype=np.uint8)


def scene(code: Gray, angle: float = 0, size: tuple[int, int] = (1920, 1080)) -> tuple[Gray, Quad]:
    """The code, on a white label, on a softly shaded desk, turned about the picture's middle; and its quad."""
    height, width = code.shape
    pad = max(height, width) // 6 + 12
    label = cv2.copyMakeBorder(code, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=255)
    transform = cv2.getRotationMatrix2D((label.shape[1] / 2, label.shape[0] / 2), angle, 1)
    transform[:, 2] += np.array(size) / 2 - np.array(label.shape[::-1]) / 2
    desk = np.linspace(70, 130, size[0], dtype=np.uint8)[None].repeat(size[1], axis=0)
    drawn = cv2.warpAffine(label // 2 + 60, transform, size)
    where = cv2.warpAffine(np.full_like(label, 255), transform, size)
    image = cv2.GaussianBlur(np.where(where > 127, drawn, desk), (0, 0), 0.7)
    noise = np.random.default_rng(0).normal(0, 3, image.shape)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float) + pad
    quad = as_quad(corners @ transform[:, :2].T + transform[:, 2])
    return np.clip(image + noise, 0, 255).astype(np.uint8), quad


def proposals(image: NDArray[np.uint8], *detectors: Detector) -> list[Detection]:
    frame = Frame.from_image(image)
    used = detectors or (LinearCodeDetector(), MatrixCodeDetector())
    return sorted((d for detector in used for d in detector.detect(frame)), key=lambda d: -d.score)


def covering(found: list[Detection], quad: Quad) -> list[Detection]:
    return [d for d in found if coverage(quad, expand(d.quad, 1.2)) > 0.8]


@pytest.mark.parametrize("angle", [0, 33, 90])
@pytest.mark.parametrize("module", [3, 7])
@pytest.mark.parametrize("name", sorted(CODES))
def test_a_code_on_a_label_is_the_first_proposal(name: str, module: int, angle: float) -> None:
    image, quad = scene(symbol(name, module), angle)
    found = proposals(image)
    assert covering(found[:1], quad), [d.quad.tolist() for d in found]
    assert len(found) <= 4


@pytest.mark.parametrize("name", ["QRCode", "EAN13", "DataMatrix"])
def test_light_on_dark_is_proposed_too(name: str) -> None:
    image, quad = scene(symbol(name, 4))
    assert covering(proposals(255 - image)[:1], quad)


@pytest.mark.parametrize("angle", [0, 20, -40, 45, 75])
def test_a_linear_quad_runs_across_the_bars(angle: float) -> None:
    image, _ = scene(symbol("EAN13", 4), angle)
    best = LinearCodeDetector().detect(Frame.from_image(image))[0]
    along = best.quad[1] - best.quad[0]
    seen = np.degrees(np.arctan2(-along[1], along[0]))
    assert abs((seen - angle + 90) % 180 - 90) < 5
    assert best.hint == "linear"
    assert best.kind == "code"


def test_a_tight_quad_around_a_qr_code() -> None:
    image, quad = scene(symbol("QRCode", 8))
    best = covering(MatrixCodeDetector().detect(Frame.from_image(image)), quad)[0]
    assert best.hint == "matrix"
    assert 0.7 < area(best.quad) / area(quad) < 1.6


@pytest.mark.parametrize("name", ["QRCode", "EAN13", "DataMatrix"])
def test_a_code_that_fills_the_picture_is_the_picture(name: str) -> None:
    code = symbol(name, 9)
    found = proposals(code)
    whole = as_quad([[0, 0], [code.shape[1], 0], [code.shape[1], code.shape[0]], [0, code.shape[0]]])
    assert covering(found[:1], whole)


def test_several_codes_are_several_proposals() -> None:
    images = [scene(symbol(name, 4), size=(640, 540)) for name in ("QRCode", "EAN13", "DataMatrix", "Code128")]
    image = np.vstack([np.hstack([images[0][0], images[1][0]]), np.hstack([images[2][0], images[3][0]])])
    offsets = [(0, 0), (640, 0), (0, 540), (640, 540)]
    found = proposals(image)
    for (_, quad), offset in zip(images, offsets, strict=True):
        assert covering(found[:6], as_quad(quad + np.array(offset, dtype=np.float32)))


def stripes() -> Gray:
    x = np.arange(1280)
    return np.where((x // 90) % 2 == 0, 60, 180).astype(np.uint8)[None].repeat(720, axis=0)


def wood() -> Gray:
    grain = np.random.default_rng(1).normal(0, 1, (720, 1))
    rows = cv2.GaussianBlur(grain, (1, 0), sigmaX=0.01, sigmaY=6)
    return np.clip(120 + 60 * rows.repeat(1280, axis=1), 0, 255).astype(np.uint8)


def noise() -> Gray:
    return np.random.default_rng(2).normal(100, 9, (720, 1280)).astype(np.uint8)


def objects() -> Gray:
    image = np.full((720, 1280), 90, np.uint8)
    cv2.rectangle(image, (200, 150), (700, 600), 200, -1)
    cv2.circle(image, (950, 350), 220, 30, -1)
    cv2.line(image, (0, 700), (1279, 20), 240, 9)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5), dtype=np.uint8)


@pytest.mark.parametrize("draw", [stripes, wood, noise, objects], ids=lambda draw: str(draw.__name__))
def test_nothing_is_proposed_where_no_code_is(draw) -> None:  # type: ignore[no-untyped-def]
    assert proposals(draw()) == []


@pytest.mark.parametrize("detector", [LinearCodeDetector, MatrixCodeDetector])
@pytest.mark.parametrize("shape", [(1, 1), (7, 31), (31, 7), (1, 500), (500, 1), (1920, 1080), (6000, 8000)])
def test_any_size_of_frame(shape: tuple[int, int], detector: type) -> None:
    image = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    for found in detector().detect(Frame.from_image(image)):
        assert is_convex(found.quad)
        assert area(found.quad) >= 1
        assert 0 < found.score <= 1


@pytest.mark.parametrize("detector", [LinearCodeDetector, MatrixCodeDetector])
def test_options_bound_what_comes_back(detector: type) -> None:
    columns = [np.vstack([scene(symbol(name, 3), size=(480, 360))[0]] * 3) for name in ("QRCode", "EAN13") * 2]
    frame = Frame.from_image(np.hstack(columns))
    everything = detector().detect(frame)
    assert len(everything) == 6
    assert len(detector(max_regions=2).detect(frame)) == 2
    limit = 0.999
    assert all(found.score >= limit for found in detector(min_score=limit).detect(frame))
    assert detector(min_span=250).detect(frame) == []
    scores = [found.score for found in everything]
    assert scores == sorted(scores, reverse=True)


def test_detectors_declare_themselves() -> None:
    for detector in (LinearCodeDetector(), MatrixCodeDetector()):
        assert isinstance(detector, Detector)
        assert detector.kinds == {"code"}
        assert 0 < detector.cost_ms < 5


def test_proposals_do_not_depend_on_what_was_seen_before() -> None:
    images = [scene(symbol(name, 4), 10)[0] for name in ("QRCode", "EAN13")]
    frames = [Frame.from_image(image) for image in images]
    detector = MatrixCodeDetector()
    alone = [[center(d.quad) for d in detector.detect(Frame.from_image(image))] for image in images]
    mixed = [[center(d.quad) for d in detector.detect(frames[i])] for i in (0, 1, 0, 1)]
    assert mixed == alone + alone
