"""Sheets, fields, rows and crops: geometry to a fraction of a pixel, on drawn cards and made-up maps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, box_quad, transform_points, transform_quad
from scanapp.recognizers.cards.advice import advise, crispness
from scanapp.recognizers.cards.crops import DIGIT, HEIGHT, MARGIN, WIDTH, Variant, line_crop, widened
from scanapp.recognizers.cards.fields import FIELDS, SHRUNK, STRIDE, FieldBox, field_boxes, turned
from scanapp.recognizers.cards.places import located, refined, tiles
from scanapp.recognizers.cards.rows import joined_rows, stacks
from scanapp.recognizers.cards.sheet import Sheet, sheet_of
from scanapp.recognizers.cards.warp import between, cut, rectangle
from scanapp.results import View, whole_view

TILTED = as_quad([[310, 120], [905, 190], [880, 560], [270, 500]])


def frame_of(picture: NDArray[np.uint8], quad: Quad, size: tuple[int, int] = (1280, 720)) -> Frame:
    """`picture` seen at `quad` of a gray frame."""
    height, width = picture.shape
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_frame = between(rectangle(width, height), quad)
    onto = np.linalg.inv(half) @ to_frame @ half
    frame = np.full(size[::-1], 90, np.uint8)
    cv2.warpPerspective(picture, onto, size, dst=frame, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    return Frame.from_image(frame)


def card_picture(width: int = 856, height: int = 540) -> NDArray[np.uint8]:
    """A card whose quarters differ: top left 40, top right 90, bottom right 150, bottom left 220."""
    picture = np.zeros((height, width), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = 40, 90
    picture[height // 2 :, width // 2 :], picture[height // 2 :, : width // 2] = 150, 220
    return picture


def quarters(picture: NDArray[np.uint8]) -> list[int]:
    height, width = picture.shape
    rows, columns = (height // 4, 3 * height // 4), (width // 4, 3 * width // 4)
    spots = [(rows[0], columns[0]), (rows[0], columns[1]), (rows[1], columns[1]), (rows[1], columns[0])]
    return [int(picture[spot]) for spot in spots]


def test_a_sheet_is_the_card_as_it_lies() -> None:
    sheet = sheet_of(frame_of(card_picture(), TILTED), TILTED)
    assert sheet.picture.shape == (184, 288)
    assert quarters(sheet.picture) == pytest.approx([40, 90, 150, 220], abs=2)
    assert sheet.claimed == 0


def test_turning_a_sheet_keeps_the_card_upright() -> None:
    """The card lies upside down in the quad that was found: two quarter turns bring its top left first."""
    frame = frame_of(card_picture(), TILTED)
    found = as_quad(np.roll(TILTED, 2, axis=0))
    upright = sheet_of(frame, found).upright(2)
    np.testing.assert_allclose(upright.quad, TILTED)
    picture = cut(frame, upright.to_frame, *upright.size)
    assert quarters(picture) == pytest.approx([40, 90, 150, 220], abs=2)


def test_a_vertical_card_is_laid_down_and_claims_its_turn() -> None:
    quad = as_quad([[400, 60], [720, 80], [700, 600], [380, 580]])
    frame = frame_of(card_picture(540, 856), quad)
    sheet = sheet_of(frame, quad)
    assert sheet.picture.shape == (184, 288)
    upright = sheet.upright(sheet.claimed)
    np.testing.assert_allclose(upright.quad, quad)
    assert upright.size == (184, 288)
    assert quarters(cut(frame, upright.to_frame, *upright.size)) == pytest.approx([40, 90, 150, 220], abs=2)


@pytest.mark.parametrize("scale", [1, 2, 5, 9])
def test_cuts_do_not_alias(scale: int) -> None:
    """One-pixel stripes: any reduction of them is even gray, and their mean is kept."""
    stripes = np.zeros((720, 1280), np.uint8)
    stripes[:, ::2] = 200
    frame = Frame.from_image(stripes)
    small = cut(frame, np.diag([scale, scale, 1.0]), 120, 60)
    assert small.mean() == pytest.approx(100, abs=3)
    if scale > 1:
        assert small[:, 2:-2].std() < 25


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0, 6.5])
def test_cuts_keep_places_to_a_tenth_of_a_pixel(scale: float) -> None:
    spot = np.zeros((720, 1280), np.float32)
    x, y = 640.0, 360.0
    grid_y, grid_x = np.mgrid[0:720, 0:1280]
    spot = 250 * np.exp(-((grid_x + 0.5 - x) ** 2 + (grid_y + 0.5 - y) ** 2) / (2 * (3 * scale) ** 2))
    frame = Frame.from_image(spot.astype(np.uint8))
    corner = np.array([[scale, 0, x - 30 * scale], [0, scale, y - 20 * scale], [0, 0, 1.0]])
    small = cut(frame, corner, 60, 40).astype(np.float64)
    centers_y, centers_x = np.mgrid[0:40, 0:60] + 0.5
    assert (small * centers_x).sum() / small.sum() == pytest.approx(30, abs=0.1)
    assert (small * centers_y).sum() / small.sum() == pytest.approx(20, abs=0.1)


def kernel_maps(*kernels: tuple[str, float, float, float, float], tilt: float = 0.0) -> NDArray[np.float32]:
    """Logits (3, 46, 72) with kernels (field, x, y, length, height) on the upright sheet, areas averaged."""
    fine = np.zeros((len(FIELDS), 46 * STRIDE * 8, 72 * STRIDE * 8), np.float32)
    for field, x, y, length, height in kernels:
        corners = cv2.boxPoints(((x * 8, y * 8), (length * 8, height * 8), np.degrees(tilt)))
        cv2.fillPoly(fine[FIELDS.index(field)], [np.round(corners - 0.5).astype(np.int32)], 1.0)
    shares = np.stack([cv2.resize(plane, (72, 46), interpolation=cv2.INTER_AREA) for plane in fine])
    return np.log((shares + 1e-4) / (1 - shares + 1e-4)).astype(np.float32)


def test_kernels_give_boxes_in_sheet_pixels() -> None:
    boxes = field_boxes(kernel_maps(("pan", 140, 100, 200, 8), ("expiry", 170, 130, 40, 6)))
    assert [box.field for box in boxes] == ["pan", "expiry"]
    pan = boxes[0]
    assert (pan.x, pan.y) == pytest.approx((140, 100), abs=0.6)
    assert pan.length == pytest.approx(200, abs=1)
    assert pan.height == pytest.approx(8 / SHRUNK, abs=1)


def test_the_tilt_of_long_lines_holds_for_all() -> None:
    tilt = np.radians(5)
    boxes = field_boxes(kernel_maps(("pan", 140, 90, 200, 8), ("expiry", 170, 130, 30, 6), tilt=tilt))
    assert [box.tilt for box in boxes] == pytest.approx([tilt, tilt], abs=0.01)


@pytest.mark.parametrize("y", [98.0, 99.0, 100.0, 101.3, 102.0])
@pytest.mark.parametrize("height", [3.0, 4.5, 7.0])
def test_boxes_are_measured_to_a_part_of_a_cell(y: float, height: float) -> None:
    """A kernel thinner than a cell, wherever it lies in the cells."""
    (box,) = field_boxes(kernel_maps(("pan", 141.5, y, 181, height)))
    assert (box.x, box.y) == pytest.approx((141.5, y), abs=0.7)
    assert box.length == pytest.approx(181, abs=1.5)
    assert box.height == pytest.approx(height / SHRUNK, abs=0.9)


def test_nothing_is_found_in_empty_maps() -> None:
    assert field_boxes(np.full((3, 46, 72), -4.0, np.float32)) == []


def test_maps_turn_with_the_sheet() -> None:
    maps = np.zeros((3, 46, 72), np.float32)
    maps[0, 0, 0] = 1
    assert turned(maps, 0)[0, 0, 0] == 1
    assert turned(maps, 1)[0, 0, 45] == 1
    assert turned(maps, 2)[0, 45, 71] == 1
    assert turned(maps, 3)[0, 71, 0] == 1


def box(x: float, y: float, length: float, height: float = 12.0, tilt: float = 0.0) -> FieldBox:
    return FieldBox("pan", x, y, length, height, tilt, 0.9)


@pytest.mark.parametrize("tilt", [0.0, 0.1, -0.15])
def test_groups_on_one_row_are_one_line(tilt: float) -> None:
    ux, uy = np.cos(tilt), np.sin(tilt)
    groups = [box(140 + d * ux, 100 + d * uy, 45, tilt=tilt) for d in (-90.0, -30.0, 30.0, 90.0)]
    (row,) = joined_rows(groups[::-1])
    assert (row.x, row.y, row.length, row.height) == pytest.approx((140, 100, 225, 12), abs=0.01)


def test_rows_of_a_stack_stay_apart_and_are_offered_together() -> None:
    rows = joined_rows([box(80, y, 50) for y in (120.0, 60.0, 90.0, 150.0)])
    assert [row.y for row in rows] == [60, 90, 120, 150]
    assert (0, 4) in stacks(rows)
    assert (0, 2) in stacks(rows)


def test_lines_of_other_sizes_or_places_are_no_stack() -> None:
    assert stacks([box(80, 60, 50), box(80, 90, 50, height=32)]) == []
    assert stacks([box(80, 60, 50), box(200, 90, 50)]) == []
    assert stacks([box(80, 60, 50), box(80, 160, 50)]) == []


def upright_of(quad: Quad = TILTED) -> tuple[Frame, Sheet]:
    frame = frame_of(card_picture(), quad)
    return frame, sheet_of(frame, quad)


@pytest.mark.parametrize("tilt", [0.0, 0.08])
def test_crops_place_the_line_as_the_reader_learnt_it(tilt: float) -> None:
    _, sheet = upright_of()
    upright = sheet.upright(0)
    line = box(120, 100, 60, tilt=tilt)
    crop = line_crop(upright, line)
    assert crop.picture.shape == (HEIGHT, WIDTH)
    to_crop = np.linalg.inv(crop.to_sheet)
    corners = transform_points(to_crop, line.corners())
    length = 60 * DIGIT / 12
    expected = [[MARGIN, 6], [MARGIN + length, 6], [MARGIN + length, 26], [MARGIN, 26]]
    np.testing.assert_allclose(corners, expected, atol=1e-3)
    assert crop.used == pytest.approx(length + 2 * MARGIN, abs=1)
    assert (crop.picture[:, crop.used :] == crop.picture[:, crop.used - 1 : crop.used]).all()


def test_long_lines_are_squeezed_to_fit() -> None:
    _, sheet = upright_of()
    line = box(144, 100, 260)
    crop = line_crop(sheet.upright(0), line)
    corners = transform_points(np.linalg.inv(crop.to_sheet), line.corners())
    expected = [[MARGIN, 6], [WIDTH - MARGIN, 6], [WIDTH - MARGIN, 26], [MARGIN, 26]]
    np.testing.assert_allclose(corners, expected, atol=1e-3)
    assert crop.used == WIDTH


def test_variants_keep_columns_unless_they_stretch() -> None:
    _, sheet = upright_of()
    line = box(120, 100, 60)
    plain, shifted = line_crop(sheet.upright(0), line), line_crop(sheet.upright(0), line, Variant(0.1, 1.2))
    points = transform_points(np.linalg.inv(shifted.to_sheet), line.corners())
    columns = transform_points(np.linalg.inv(plain.to_sheet), line.corners())[:, 0]
    np.testing.assert_allclose(points[:, 0], columns, atol=1e-3)
    assert points[2, 1] - points[1, 1] == pytest.approx(24, abs=1e-3)
    assert points[:, 1].mean() == pytest.approx(16 - 0.1 * 24, abs=1e-2)


def test_a_crop_shows_what_stands_in_the_frame() -> None:
    """Bright bars at known places of the card are at the computed columns of the crop."""
    card = np.full((540, 856), 60, np.uint8)
    for x in (200, 300, 400):
        card[290:330, x : x + 10] = 230
    frame = frame_of(card, TILTED)
    upright = sheet_of(frame, TILTED).upright(0)
    scale_x, scale_y = upright.size[0] / 856, upright.size[1] / 540
    line = FieldBox("pan", 300 * scale_x, 310 * scale_y, 260 * scale_x, 40 * scale_y, 0.0, 1.0)
    crop = line_crop(upright, line)
    middle = crop.picture[HEIGHT // 2 - 3 : HEIGHT // 2 + 3].mean(axis=0)
    for x in (205, 305, 405):
        (column, _), *_ = transform_points(np.linalg.inv(crop.to_sheet), [[x * scale_x, 310 * scale_y]])
        near = middle[int(column) - 5 : int(column) + 6] - 60
        found = (near * (np.arange(len(near)) + int(column) - 5 + 0.5)).sum() / near.sum()
        assert found == pytest.approx(column, abs=0.4)


def test_widening_keeps_the_other_end_where_it_was() -> None:
    line = box(100, 80, 60, tilt=0.1)
    wider = widened(line, before=1.0, after=0.0)
    np.testing.assert_allclose(wider.corners()[1:3], line.corners()[1:3], atol=1e-4)
    assert wider.length == 72


def test_quads_of_boxes_are_in_the_frame() -> None:
    _, sheet = upright_of()
    upright = sheet.upright(0)
    whole = FieldBox("pan", 144, 92, 288, 184, 0.0, 1.0)
    np.testing.assert_allclose(whole.quad(upright.to_frame), TILTED, atol=1e-2)


class Found:
    """A locator that sees a card at one quad of whatever it gets, and keeps what it got."""

    def __init__(self, quad: Quad | None) -> None:
        self.quad, self.orientation, self.score = quad, 0.9, 0.9
        self.seen: list[tuple[int, int]] = []

    def __call__(self, gray: NDArray[np.uint8]) -> Found | None:
        self.seen.append(gray.shape[:2])  # type: ignore[arg-type]
        return None if self.quad is None else self


def test_places_map_back_to_the_frame() -> None:
    frame = Frame.from_image(np.zeros((1200, 1600), np.uint8))
    locate = Found(box_quad(10, 10, 90, 60))
    place = located(frame, locate, (400, 400, 1200, 1000))
    (shape,) = locate.seen
    scale = 800 / shape[1]
    assert place is not None
    np.testing.assert_allclose(place.quad, box_quad(10, 10, 90, 60) * scale + 400, atol=1e-3)
    padded = located(frame, locate, padding=0.25)
    assert padded is not None
    assert locate.seen[-1] == (600 + 2 * 200, 800 + 2 * 200)
    np.testing.assert_allclose(padded.quad, (box_quad(10, 10, 90, 60) - 200) * 2, atol=1e-3)


def test_a_track_that_the_locator_does_not_see_is_where_the_tracker_says() -> None:
    frame = Frame.from_image(np.zeros((720, 1280), np.uint8))
    place = refined(View(frame, TILTED), Found(None))
    assert place is not None
    assert not place.seen
    np.testing.assert_array_equal(place.quad, TILTED)
    assert refined(whole_view(frame), Found(None)) is None


def test_degenerate_quads_are_no_places() -> None:
    frame = Frame.from_image(np.zeros((720, 1280), np.uint8))
    flat = as_quad([[10, 10], [60, 10], [110, 10], [160, 10]])
    assert located(frame, Found(flat)) is None
    assert located(frame, Found(TILTED), (5, 5, 15, 15)) is None


def test_tiles_cover_the_frame_from_the_middle_out() -> None:
    frame = Frame.from_image(np.zeros((720, 1280), np.uint8))
    found = list(tiles(frame))
    assert len(found) == 9
    x0, y0, x1, y1 = found[0]
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((640, 360))
    assert min(t[0] for t in found) == 0
    assert max(t[2] for t in found) == pytest.approx(1280)


def numbered(blur: float) -> tuple[Frame, Sheet]:
    """A card with a line of digits 40 px high, in focus or not."""
    card = np.full((540, 856), 100, np.uint8)
    cv2.putText(card, "4000 1234 5678 9010", (100, 330), cv2.FONT_HERSHEY_SIMPLEX, 1.9, 200, 5, cv2.LINE_AA)
    if blur:
        card = np.asarray(cv2.GaussianBlur(card, (0, 0), blur), np.uint8)
    frame = frame_of(card, TILTED)
    return frame, sheet_of(frame, TILTED)


LINE = FieldBox("pan", 144, 310 * 184 / 540, 222, 13.6, 0.0, 1.0)


def test_crispness_falls_with_blur() -> None:
    values = [crispness(line_crop(numbered(blur)[1].upright(0), LINE)) for blur in (0.0, 4.0, 8.0)]
    assert values[0] > 1.3 * values[1] > 1.6 * values[2]


def test_advice_names_what_is_wrong() -> None:
    frame, sheet = numbered(0.0)
    crop = line_crop(sheet.upright(0), LINE)
    assert advise(frame, TILTED, sheet.picture, [crop]) == ""
    beyond = transform_quad(np.array([[1.0, 0, 500], [0, 1.0, 0], [0, 0, 1.0]]), TILTED)
    assert advise(frame, beyond, sheet.picture, [crop]) == "whole"
    small = transform_quad(np.diag([0.4, 0.4, 1.0]), TILTED)
    assert advise(frame, small, sheet.picture, [crop]) == "closer"
    assert advise(frame, TILTED, sheet.picture // 6, [crop]) == "dark"
    assert advise(frame, TILTED, sheet.picture, []) == "turn"
    flat = as_quad([[300, 300], [900, 300], [900, 480], [300, 480]])
    assert advise(frame, flat, sheet.picture, [crop]) == "turn"


def test_advice_on_glare_and_blur() -> None:
    frame, sheet = numbered(7.0)
    assert advise(frame, TILTED, sheet.picture, [line_crop(sheet.upright(0), LINE)]) == "hold"
    burnt = frame.gray.copy()
    burnt[300:420, 400:560] = 255
    bright = Frame.from_image(burnt)
    sheet = sheet_of(bright, TILTED)
    assert advise(bright, TILTED, sheet.picture, [line_crop(sheet.upright(0), LINE)]) == "glare"
