"""The card detector's parts: maps to corners, proportions, edges, the classical fallback, the shipped network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.detectors import card
from scanapp.detectors.card import CardDetector, locate
from scanapp.detectors.card_decode import STRIDE, decode
from scanapp.detectors.card_edges import find_by_edges
from scanapp.detectors.card_pose import LONG_MM, SHORT_MM, CardPose, is_portrait, shape_error, side_ratio
from scanapp.detectors.card_refine import refine
from scanapp.errors import ModelError, UsageError
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, as_quad, iou

QUAD = as_quad([[40, 30], [170, 44], [160, 110], [52, 100]])


def projected(tilt: float, about: float, roll: float, portrait: bool = False, focal: float = 1280) -> Quad:
    """A card 300 mm before a camera of 1280 × 720 pixels; angles in degrees."""
    wide, tall = (SHORT_MM, LONG_MM) if portrait else (LONG_MM, SHORT_MM)
    corners = np.array([[-wide, -tall, 0], [wide, -tall, 0], [wide, tall, 0], [-wide, tall, 0]]) / 2
    axis = np.deg2rad(about)
    lean = cv2.Rodrigues(np.deg2rad(tilt) * np.array([np.cos(axis), np.sin(axis), 0]))[0]
    spin = cv2.Rodrigues(np.deg2rad(roll) * np.array([0.0, 0, 1]))[0]
    placed = corners @ spin.T @ lean.T + [10, -5, 300]
    return as_quad(focal * placed[:, :2] / placed[:, 2:] + [640, 360])


def picture_of(quad: Quad, width: int = 640, height: int = 360, noise: float = 2.0, card_tone: int = 190) -> Gray:
    """A light quad with rows of dark marks on a dark ground, anti-aliased."""
    large = np.full((height * 4, width * 4), 60, np.uint8)
    cv2.fillConvexPoly(large, np.round((quad * 4 - 0.5) * 16).astype(np.int32), card_tone, shift=4)
    for share in np.linspace(0.15, 0.85, 12):
        start = quad[0] + share * (quad[1] - quad[0])
        end = quad[3] + share * (quad[2] - quad[3])
        middle = np.round((start * 0.4 + end * 0.6) * 4).astype(int)
        cv2.circle(large, (int(middle[0]), int(middle[1])), 14, 40, -1)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    noisy = small + np.random.default_rng(1).normal(0, noise, small.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def maps_of(
    quad: Quad, shares: tuple[float, ...] = (1.0, 0, 0, 0), shape: tuple[int, int] = (32, 56)
) -> NDArray[np.float32]:
    """Logits (4, h, w): map k has its corner, with probability ``shares[j]`` at the one j further on."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    maps = np.full((4, *shape), 1e-7)
    for k in range(4):
        for turn, share in enumerate(shares):
            cx, cy = quad[(k + turn) % 4] / STRIDE - 0.5
            maps[k] += share * np.exp(-0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / 0.7**2)
    return np.asarray(np.log(maps), np.float32)


def test_corners_come_out_of_the_maps_to_a_fraction_of_a_pixel() -> None:
    found = decode(maps_of(QUAD))
    assert found is not None
    assert np.abs(found.quad - QUAD).max() < 0.1
    assert found.certainty > 0.8
    assert found.orientation > 0.99


@pytest.mark.parametrize("likelier", [0, 2])
def test_a_card_that_may_be_upside_down_keeps_its_corners(likelier: int) -> None:
    shares = [0.0] * 4
    shares[likelier], shares[(likelier + 2) % 4] = 0.6, 0.4
    found = decode(maps_of(QUAD, tuple(shares)))
    assert found is not None
    assert np.abs(found.quad - np.roll(QUAD, -likelier, axis=0)).max() < 0.2
    assert 0.5 < found.orientation < 0.95


def test_maps_that_disagree_on_orientation_still_give_the_four_corners() -> None:
    found = decode(maps_of(QUAD, (0.25, 0.25, 0.25, 0.25)))
    assert found is not None
    assert iou(as_quad(found.quad), QUAD) > 0.97
    assert found.orientation < 0.3


def test_flat_maps_and_a_single_peak_are_no_card() -> None:
    flat = np.zeros((4, 32, 56), np.float32)
    found = decode(flat)
    assert found is None or found.certainty < 0.1
    point = as_quad([[80, 60]] * 4)
    assert decode(maps_of(point)) is None


@pytest.mark.parametrize("portrait", [False, True])
@pytest.mark.parametrize("tilt", [0, 25, 50])
@pytest.mark.parametrize("roll", [0, 37, 90, 200])
def test_proportions_survive_perspective(tilt: float, roll: float, portrait: bool) -> None:
    for about in (0, 60, 90):
        for focal in (1000, 1280, 1600):
            quad = projected(tilt, about, roll, portrait, focal)
            expected = SHORT_MM / LONG_MM if portrait else LONG_MM / SHORT_MM
            assert side_ratio(quad, 1280, 720) == pytest.approx(expected, rel=0.2)
            assert is_portrait(quad, 1280, 720) == portrait


@pytest.mark.parametrize("portrait", [False, True])
@pytest.mark.parametrize("tilt", [0, 25, 50])
def test_a_cards_shape_is_right_whatever_the_camera(tilt: float, portrait: bool) -> None:
    for about in (0, 60, 90):
        for focal in (960, 1280, 1900):
            assert shape_error(projected(tilt, about, 37, portrait, focal), 1280, 720) < 0.01


def test_the_error_of_a_shape_is_how_far_its_sides_ratio_is_off() -> None:
    sheet = as_quad([[400, 200], [900, 200], [900, 450], [400, 450]])
    assert shape_error(sheet, 1280, 720) == pytest.approx(np.log(2.0 * SHORT_MM / LONG_MM), abs=1e-3)
    square = as_quad([[400, 200], [650, 200], [650, 450], [400, 450]])
    assert shape_error(square, 1280, 720) == pytest.approx(np.log(LONG_MM / SHORT_MM), abs=1e-3)


def test_a_degenerate_quad_has_no_proportions() -> None:
    assert side_ratio(as_quad([[5, 5]] * 4), 640, 360) == 1.0


def test_refining_finds_edges_to_a_fraction_of_a_pixel() -> None:
    truth = as_quad([[120, 80], [480, 100], [460, 300], [140, 290]])
    rough = as_quad(truth + np.array([[4, -3], [-4, 3], [3, 4], [-3, -4]]))
    moved, clear = refine(picture_of(truth), rough, reach=9)
    assert np.abs(moved - truth).max() < 0.5
    assert clear > 3


def test_refining_leaves_a_quad_without_edges_where_it_is() -> None:
    blank = np.random.default_rng(3).normal(120, 4, (360, 640)).clip(0, 255).astype(np.uint8)
    rough = as_quad([[120, 80], [480, 100], [460, 300], [140, 290]])
    _, clear = refine(blank, rough, reach=9)
    assert clear < card.CLEAR


@pytest.mark.parametrize(("tilt", "roll"), [(0, 5), (35, -20), (20, 80)])
def test_edges_alone_find_a_card_on_a_plain_ground(tilt: float, roll: float) -> None:
    truth = as_quad(projected(tilt, 40, roll) / 4)
    pose = find_by_edges(picture_of(truth, 320, 180))
    assert pose is not None
    assert pose.score > 0.5
    errors = [np.linalg.norm(np.roll(pose.quad, k, axis=0) - truth, axis=1).mean() for k in range(4)]
    assert min(errors) < 1.5
    assert int(np.argmin(errors)) % 2 == 0  # reading along the long side, either way


def test_edges_propose_nothing_in_noise_and_on_a_square() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (180, 320)).astype(np.uint8)
    square = picture_of(as_quad([[100, 40], [200, 40], [200, 140], [100, 140]]), 320, 180)
    for picture in (noise, square, np.full((180, 320), 90, np.uint8)):
        pose = find_by_edges(picture)
        assert pose is None or pose.score < 0.5


def test_the_detector_gives_frame_pixels() -> None:
    truth = projected(15, 30, 4)
    frame = Frame(picture_of(truth, 1280, 720))
    found = CardDetector(method="edges").detect(frame)
    assert len(found) == 1
    assert found[0].kind == "card"
    assert 0.5 <= found[0].score <= 1
    assert iou(found[0].quad, truth) > 0.95


def test_the_threshold_silences_the_detector() -> None:
    frame = Frame(picture_of(projected(15, 30, 4), 1280, 720))
    assert CardDetector(method="edges", threshold=1.01).detect(frame) == []


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'edges'"):
        CardDetector(method="edge")  # type: ignore[arg-type]


def test_without_a_model_auto_falls_back_to_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_session: object) -> None:
        raise ModelError("model 'card_locator' is not listed")

    card._network.cache_clear()
    monkeypatch.setattr(card, "CardNetwork", missing)
    try:
        truth = projected(15, 30, 4)
        frame = Frame(picture_of(truth, 1280, 720))
        assert iou(CardDetector().detect(frame)[0].quad, truth) > 0.95
        pose = locate(frame.gray)
        assert pose is not None
        assert iou(pose.quad, truth) > 0.97
        with pytest.raises(ModelError, match="card_locator"):
            CardDetector(method="network")
    finally:
        card._network.cache_clear()


def test_a_pose_says_whether_the_card_stands() -> None:
    pose = CardPose(projected(0, 0, 0, portrait=True), 0.9, 0.9, is_portrait(projected(0, 0, 0, True), 1280, 720))
    assert pose.portrait


class SeesLarge:
    """A network that sees a light card, and is sure of it from a sixth of the picture's width on."""

    def __init__(self) -> None:
        self.looks = 0

    def find(self, picture: Gray) -> CardPose | None:
        self.looks += 1
        rows, columns = np.nonzero(picture > 150)
        if not len(columns):
            return None
        x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        score = 0.9 if x1 - x0 > picture.shape[1] / 6 else 0.01
        return CardPose(as_quad([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), score, 1.0, False)


@pytest.mark.parametrize(("x", "y"), [(560, 310), (40, 40), (1060, 560), (700, 20)])
def test_small_cards_are_found_in_the_part_of_the_frame_that_shows_them(
    x: int, y: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.full((720, 1280), 60, np.uint8)
    picture[y : y + 101, x : x + 160] = 190
    quad = as_quad([[x, y], [x + 160, y], [x + 160, y + 101], [x, y + 101]])
    for closer in (False, True):
        network = SeesLarge()
        detector = CardDetector(closer=closer)
        monkeypatch.setattr(detector, "_network", network)
        found = detector.detect(Frame(picture))
        assert [iou(one.quad, quad) > 0.85 for one in found] == [True] * closer
        assert network.looks == 1 + closer
    assert CardDetector(closer=True).cost_ms == pytest.approx(2 * CardDetector().cost_ms)


def test_a_frame_that_shows_nothing_is_not_looked_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    detector, network = CardDetector(closer=True), SeesLarge()
    monkeypatch.setattr(detector, "_network", network)
    assert detector.detect(Frame(np.full((720, 1280), 60, np.uint8))) == []
    assert network.looks == 1


def test_a_sure_card_ends_the_search() -> None:
    picture = picture_of(as_quad([[200, 100], [460, 100], [460, 264], [200, 264]]))
    detector, network = CardDetector(closer=True), SeesLarge()
    detector._network = network  # type: ignore[assignment]
    assert detector.detect(Frame(picture))
    assert network.looks == 1


class Doubts:
    """A network that is not sure of a whole frame's card; of a part's it says ``nearer``."""

    def __init__(self, quad: Quad, far: float, nearer: float) -> None:
        self.quad, self.far, self.nearer = quad, far, nearer

    def find(self, picture: Gray) -> CardPose | None:
        if picture.shape == (180, 320):
            return CardPose(as_quad(self.quad + 9), self.far, 1.0, False)
        rows, columns = np.nonzero(picture > 150)
        x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        return CardPose(as_quad([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), self.nearer, 1.0, False)


@pytest.mark.parametrize(
    ("far", "nearer", "found"), [(0.2, 0.8, True), (0.8, 0.2, False), (0.01, 0.9, False), (0.85, 0.9, True)]
)
def test_the_look_from_nearer_decides_and_places_the_corners(far: float, nearer: float, found: bool) -> None:
    picture = np.full((720, 1280), 60, np.uint8)
    picture[200:504, 400:880] = 190
    quad = as_quad([[400, 200], [880, 200], [880, 504], [400, 504]])
    detector = CardDetector()
    detector._network = Doubts(as_quad(quad / 4), far, nearer)  # type: ignore[assignment]
    result = detector.detect(Frame(picture))
    assert [iou(one.quad, quad) > 0.98 for one in result] == [True] * found


@pytest.mark.parametrize(("ratio", "found"), [(LONG_MM / SHORT_MM, True), (2.2, False), (1.1, False)])
def test_a_rectangle_of_other_proportions_is_no_card(ratio: float, found: bool) -> None:
    picture = np.full((720, 1280), 60, np.uint8)
    picture[200:504, 400 : 400 + round(304 * ratio)] = 190
    quad = as_quad([[400, 200], [400 + 304 * ratio, 200], [400 + 304 * ratio, 504], [400, 504]])
    detector = CardDetector()
    detector._network = Doubts(as_quad(quad / 4), 0.5, 0.7)  # type: ignore[assignment]
    assert len(detector.detect(Frame(picture))) == found
