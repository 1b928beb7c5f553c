"""Synthetic card faces: numbers, fonts, type, layouts, relief and light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scanapp.synth.cards.face import Face, card_face
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.layout import plan_card
from scanapp.synth.cards.numbers import card_text, expiry_text, luhn_digit, luhn_ok
from scanapp.synth.cards.shade import FaceLight, shade
from scanapp.synth.cards.skeletons import DIGITS
from scanapp.synth.cards.typeset import typeset

KINDS = ("embossed", "flat", "stacked", "vertical", "back")


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return FontSet.training()


@pytest.fixture(scope="module")
def faces(fonts: FontSet) -> list[Face]:
    return [card_face(np.random.default_rng((7, i)), kind=KINDS[i % 5], fonts=fonts) for i in range(25)]


@pytest.mark.parametrize(
    ("number", "ok"), [("4111111111111111", True), ("378282246310005", True), ("4111111111111112", False)]
)
def test_luhn_on_published_test_numbers(number: str, ok: bool) -> None:
    assert luhn_ok(number) is ok


def test_luhn_digit_completes_a_number() -> None:
    assert luhn_digit("7992739871") == "3"


def test_numbers_have_the_lengths_and_prefixes_of_their_network() -> None:
    rng = np.random.default_rng(1)
    cards = [card_text(rng) for _ in range(900)]
    assert all(card.pan.isdigit() and sum(card.groups) == len(card.pan) for card in cards)
    assert all(card.pan[:2] in ("34", "37") and len(card.pan) == 15 for card in cards if card.network == "amex")
    assert {len(card.pan) for card in cards} >= {12, 13, 14, 15, 16, 18, 19}
    wrong = np.mean([not luhn_ok(card.pan) for card in cards])
    assert 0.1 < wrong < 0.2


def test_expiries_take_all_forms() -> None:
    rng = np.random.default_rng(2)
    texts = [expiry_text(rng, form) for form in range(4)]
    assert [len(text) for text in texts] == [5, 7, 5, 7]
    assert [text[2] for text in texts] == ["/", "/", "-", " "]


def test_training_and_test_fonts_share_no_file() -> None:
    training, test = FontSet.training(), FontSet.test()
    assert not {f.path for f in (*training.ocr, *training.text_fonts)} & {
        f.path for f in (*test.ocr, *test.text_fonts)
    }
    assert {f.name for f in training.ocr} == {"ocra", "ocrb"}


def test_training_and_test_draw_digits_differently(fonts: FontSet) -> None:
    held = FontSet.test().embossed(np.random.default_rng(0))
    last = {char: len(drawings) - 1 for char, drawings in DIGITS.items()}
    picks = [getattr(fonts.embossed(np.random.default_rng(i)), "pick", None) for i in range(40)]
    assert all(pick[char] < last[char] for pick in picks if pick for char in "0123456789")
    assert getattr(held, "pick", last)["4"] == last["4"]


def test_faces_are_a_function_of_their_seed(fonts: FontSet) -> None:
    one, two = (card_face(np.random.default_rng(5), fonts=fonts) for _ in range(2))
    assert np.array_equal(one.albedo, two.albedo)
    assert np.array_equal(one.height, two.height)
    assert one.pan == two.pan


def test_unknown_kind_is_refused(fonts: FontSet) -> None:
    with pytest.raises(ValueError, match="card kind 'cheque'"):
        card_face(np.random.default_rng(0), kind="cheque", fonts=fonts)


def test_the_number_is_on_every_face_and_its_boxes_inside(faces: list[Face]) -> None:
    for face in faces:
        lines = [line for line in face.lines if line.field == "pan"]
        assert "".join("".join(line.chars) for line in lines) == face.pan
        for line in face.lines:
            assert line.boxes.shape == (len(line.chars), 4)
            assert line.text.replace(" ", "") == "".join(line.chars)
            assert (line.boxes >= 0).all()
            assert (line.boxes[:, 2] <= face.size_mm[0] + 0.1).all()
            assert (line.boxes[:, 3] <= face.size_mm[1] + 0.1).all()
            assert (line.boxes[:, 2:] > line.boxes[:, :2]).all()


def test_digits_do_not_overlap_within_a_number(faces: list[Face]) -> None:
    for face in faces:
        for line in face.lines:
            if line.field == "pan":
                centres = line.boxes[:, [0, 2]].mean(1)
                assert (np.diff(centres) > 0.6).all()


def test_kinds_give_their_layouts(faces: list[Face]) -> None:
    assert {face.style for face in faces} == {"embossed", "flat"}
    assert {"vertical", "stacked", "back", "4-4-4-4"} <= {face.layout for face in faces}
    assert any(face.size_mm[1] > face.size_mm[0] for face in faces)


def test_relief_stands_where_the_digits_are(fonts: FontSet) -> None:
    raised = [card_face(np.random.default_rng(i), kind="embossed", fonts=fonts) for i in range(6)]
    raised = [face for face in raised if face.height.any()]
    assert raised
    for face in raised:
        assert 0.2 < face.height.max() < 0.6
        for x0, y0, x1, y1 in next(line for line in face.lines if line.field == "pan").boxes * face.ppmm:
            assert face.height[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1].max() > 0.15


def test_boxes_hold_the_ink(fonts: FontSet) -> None:
    font = fonts.flat(np.random.default_rng(3))
    setting = typeset("4071", font, x=20, baseline=60, cap=32, pitch=0.9, shape=(100, 200))
    assert setting is not None
    canvas = np.zeros((100, 200), np.float32)
    canvas[setting.window] = setting.mask
    for x0, y0, x1, y1 in setting.boxes.astype(int):
        assert canvas[y0:y1, x0:x1].max() > 0.7
        canvas[y0:y1, x0:x1] = 0
    assert not canvas.any()


def test_type_that_leaves_the_face_is_not_set(fonts: FontSet) -> None:
    font = fonts.flat(np.random.default_rng(3))
    assert typeset("4071", font, x=180, baseline=60, cap=32, shape=(100, 200)) is None


def test_lamps_light_the_side_they_stand_on(fonts: FontSet) -> None:
    face = next(
        f
        for f in (card_face(np.random.default_rng(i), kind="embossed", fonts=fonts) for i in range(9))
        if f.height.any()
    )
    grey = replace(face, albedo=np.full_like(face.albedo, 128), metal=np.zeros_like(face.metal))
    light = replace(FaceLight.random(np.random.default_rng(1)), gloss=0.0, sky=0.0, falloff=(0.0, 0.0), shadow=0.0)
    slope = np.gradient(face.height, axis=1)
    left, right = (shade(grey, replace(light, direction=(x, 0.0, 0.6)))[..., 1].astype(float) for x in (-0.8, 0.8))
    rising, falling = slope > 0.03, slope < -0.03
    assert left[rising].mean() > left[falling].mean() + 20
    assert right[falling].mean() > right[rising].mean() + 20


def test_numbers_can_be_told_from_their_ground(faces: list[Face]) -> None:
    poor = 0
    for i, face in enumerate(faces):
        picture = shade(face, FaceLight.random(np.random.default_rng((8, i))))
        assert picture.shape == face.albedo.shape
        assert picture.dtype == np.uint8
        line = next(line for line in face.lines if line.field == "pan")
        poor += _contrast(picture[..., 1], line.boxes * face.ppmm) < 14
    assert poor <= 1


def _contrast(gray: np.ndarray, boxes: np.ndarray) -> float:
    """The median digit's spread of grey levels."""
    spans = [np.ptp(np.percentile(gray[int(y0) : int(y1), int(x0) : int(x1)], (5, 95))) for x0, y0, x1, y1 in boxes]
    return float(np.median(spans))


def test_plans_mix_all_kinds(fonts: FontSet) -> None:
    rng = np.random.default_rng(4)
    plans = [plan_card(rng, fonts) for _ in range(90)]
    layouts = {plan.layout for plan in plans}
    assert {"4-4-4-4", "4-6-5", "6-13", "4-4-4-4-3", "stacked", "vertical", "back"} <= layouts
    assert all(line.x >= 0 and line.baseline < plan.size_mm[1] for plan in plans for line in plan.lines)
