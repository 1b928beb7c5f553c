"""Region proposal for goods, on pictures drawn here: what stands out, what lies on a tray, what was brought in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from scanapp.detectors.moving import GAP_S
from scanapp.detectors.product import ProductDetector
from scanapp.detectors.product_tray import TrayDetector
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, as_quad, box_quad, iou
from scanapp.results import Detection, Detector

WIDE, HIGH = 1280, 720


def empty(luma: int = 190, size: tuple[int, int] = (WIDE, HIGH)) -> Gray:
    ramp = np.linspace(-12, 12, size[0])[None, :] + np.zeros((size[1], 1))
    return np.clip(luma + ramp, 0, 255).astype(np.uint8)


def package(image: Gray, x: float, y: float, wide: float = 150, high: float = 210, turn: float = 0.0) -> Quad:
    """Draws a printed box about (x, y): plain parts, stripes, a picture. Returns its corners."""
    face = np.full((round(high), round(wide)), 96, np.uint8)
    cv2.circle(face, (round(wide / 2), round(high / 2)), round(wide / 4), 200, -1)
    for row in range(3):
        cv2.rectangle(face, (12, 14 + 14 * row), (round(wide) - 12 - 20 * row, 20 + 14 * row), 235, -1)
    cv2.rectangle(face, (10, round(high) - 40), (round(wide) - 10, round(high) - 14), 30, -1)
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([x, y]) - spin @ (np.array([wide, high]) / 2)
    matrix = np.column_stack([spin, shift])
    size = (image.shape[1], image.shape[0])
    inside = cv2.warpAffine(np.full_like(face, 255), matrix, size)
    drawn = cv2.warpAffine(face, matrix, size)
    image[inside > 127] = drawn[inside > 127]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]]) @ spin.T + shift
    return as_quad(corners)


def seen(image: Gray, detector: Detector | None = None, pts: float = 0.0) -> list[Detection]:
    noisy = image + np.random.default_rng(1).normal(0, 2, image.shape)
    frame = Frame(np.clip(noisy, 0, 255).astype(np.uint8), index=round(pts * 30), pts=pts)
    return list((detector or ProductDetector()).detect(frame))


def best(found: list[Detection], quad: Quad) -> float:
    return max((iou(detection.quad, quad) for detection in found), default=0.0)


@pytest.mark.parametrize("turn", [0.0, 12.0, 35.0, 80.0])
def test_a_package_on_a_plain_table_is_one_proposal_that_fits_it(turn: float) -> None:
    image = empty()
    quad = package(image, 560, 380, turn=turn)
    found = seen(image)
    assert [detection.kind for detection in found] == ["product"]
    assert best(found, quad) > 0.75
    assert found[0].score > 0.6


def test_plain_parts_of_a_package_belong_to_it() -> None:
    image = empty()
    image[200:520, 500:760] = 120
    assert best(seen(image), box_quad(500, 200, 760, 520)) > 0.85


def test_nothing_is_proposed_where_nothing_is() -> None:
    assert seen(empty()) == []
    assert seen(empty(40), TrayDetector()) == []


def test_edges_and_cables_are_no_things() -> None:
    image = empty()
    image[400:] = 120
    cv2.line(image, (100, 60), (700, 300), 60, 4)
    assert [detection for detection in seen(image) if detection.hint == "figure"] == []


def test_the_arm_that_holds_a_thing_is_left_out() -> None:
    image = empty()
    image[500:, 600:680] = 110
    quad = package(image, 640, 360, 240, 300)
    (found,) = seen(image)
    assert iou(found.quad, quad) > 0.8


def test_a_row_on_a_shelf_is_taken_apart() -> None:
    image = empty()
    image[450:490] = 90
    quads = [package(image, 180 + 230 * number, 360, 150, 190) for number in range(5)]
    found = seen(image)
    assert all(best(found, quad) > 0.6 for quad in quads)


def test_where_nothing_stands_out_the_middle_is_proposed_if_there_is_something_in_it() -> None:
    rng = np.random.default_rng(3)
    small = rng.integers(0, 255, (18, 32), dtype=np.uint8)
    crowded = np.asarray(cv2.resize(small, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert [detection.hint for detection in seen(crowded)] == ["middle"]
    assert seen(crowded, ProductDetector(middle=False)) == []
    assert seen(crowded, ProductDetector(min_score=0.4)) == []


def test_what_came_in_on_its_own_counts_more_than_what_was_there() -> None:
    def score(steps: list[float]) -> float:
        detector, found = ProductDetector(), []
        for number, x in enumerate(steps):
            image = empty()
            quad = package(image, x, 360, 120, 150)
            found = seen(image, detector, number * 0.1)
        assert best(found, quad) > 0.7
        return found[0].score

    resting, brought = score([300.0] * 6), score([-100.0, 60.0, 180.0, 260.0, 300.0, 300.0])
    assert brought > resting + 0.05


def test_frames_that_do_not_follow_each_other_are_no_motion() -> None:
    detector = ProductDetector()
    plain, other = empty(), empty()
    package(other, 300, 360)
    seen(plain, detector, 1.0)
    scores = [seen(other, detector, pts)[0].score for pts in (1.0 + 2 * GAP_S, 0.2)]
    alone = seen(other)[0].score
    assert scores == pytest.approx([alone, alone])


def tray() -> Gray:
    """A tray with a rim, on a dark table that shows at both sides."""
    image = empty(70)
    cv2.rectangle(image, (90, 10), (1190, 710), 150, -1)
    cv2.rectangle(image, (110, 30), (1170, 690), 210, -1)
    return image


def test_things_on_a_tray_are_found_and_its_rim_is_not() -> None:
    image = tray()
    quads = [
        package(image, x, y, 150, 180, turn) for x, y, turn in ((300, 200, 8), (640, 260, 50), (960, 480, -20))
    ]
    found = seen(image, TrayDetector())
    assert len(found) == 3
    assert all(best(found, quad) > 0.75 for quad in quads)


def test_things_that_touch_are_taken_apart() -> None:
    image = tray()
    quads = [package(image, 400, 440, 160, 220, 0), package(image, 560, 270, 150, 200, 14)]
    found = seen(image, TrayDetector())
    assert len(found) == 2
    assert all(best(found, quad) > 0.6 for quad in quads)


def test_options_bound_what_is_proposed() -> None:
    image = tray()
    for number in range(4):
        package(image, 260 + 230 * number, 360, 120, 160)
    assert len(seen(image, TrayDetector())) == 4
    assert len(seen(image, TrayDetector(max_regions=2))) == 2


@pytest.mark.parametrize("size", [(64, 48), (240, 180), (640, 480), (1080, 1920), (3840, 2160)])
def test_any_picture_size_will_do(size: tuple[int, int]) -> None:
    image = empty(size=size)
    side = min(size)
    quad = package(image, size[0] / 2, size[1] / 2, 0.45 * side, 0.5 * side) if side > 100 else None
    for detector in (ProductDetector(), TrayDetector()):
        found = seen(image, detector)
        assert quad is None or best(found, quad) > 0.7
