"""Text fusion: lines over views that move, blur and cut; what is confirmed, and what is left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from scanapp.errors import UsageError
from scanapp.fonts import font
from scanapp.frame import Frame
from scanapp.fusion.text import TextFusion
from scanapp.geometry import Transform, box_quad, transform_quad
from scanapp.recognizers.ocr.edges import marked
from scanapp.recognizers.ocr.page import reading as make_reading
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import CharPosterior, Fusion, Line, Reading, whole_view

Doubt = dict[int, dict[str, float]]


def line(text: str, x: float, y: float, sure: float = 0.995, doubt: Doubt | None = None, size: float = 10) -> Line:
    """``text`` at (x, y), 20 px high, ``size`` px a character; ``doubt`` replaces posteriors by position."""
    chars: list[CharPosterior] = []
    for i, char in enumerate(text):
        row = (doubt or {}).get(i, {char: sure})
        chars.append(tuple(sorted(row.items(), key=lambda pair: -pair[1])))
    return Line(box_quad(x, y, x + size * len(text), y + 20), tuple(chars))


def reading(*lines: Line) -> Reading:
    return make_reading(lines, "test")


def moved(shift: tuple[float, float], scale: float = 1.0, degrees: float = 0.0) -> Transform:
    turn = np.radians(degrees)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1.0]])


def fused(*readings: Reading, sharpness: float = 1.0, **options: float) -> TextFusion:
    fusion = TextFusion(**options)  # type: ignore[arg-type]
    for i, one in enumerate(readings):
        fusion.add(one, pts=i * 0.2, sharpness=sharpness)
    return fusion


def test_is_a_fusion_and_empty_at_first() -> None:
    fusion: Fusion = TextFusion()
    assert fusion.answer() is None


def test_one_very_sure_view_is_enough() -> None:
    answer = fused(reading(line("EXIT 14B", 100, 50))).answer()
    assert answer is not None
    assert (answer.confirmed, answer.settled, answer.frames_used) == (True, True, 1)
    assert answer.value["text"] == answer.key == "EXIT 14B"
    assert answer.value["lines"][0]["quad"] == [[100, 50], [180, 50], [180, 70], [100, 70]]


def test_two_agreeing_views_confirm_what_one_does_not() -> None:
    unsure = reading(line("EXIT 14B", 100, 50, sure=0.95))
    one, two = fused(unsure).answer(), fused(unsure, unsure).answer()
    assert one is not None
    assert two is not None
    assert (one.confirmed, one.settled) == (False, False)
    assert (two.confirmed, two.settled, two.frames_used) == (True, True, 2)
    assert two.confidence > one.confidence


def test_one_moment_is_one_view() -> None:
    fusion = TextFusion()
    for _ in range(3):
        fusion.add(reading(line("EXIT 14B", 100, 50, sure=0.95)), pts=1.0, sharpness=1.0)
    answer = fusion.answer()
    assert answer is not None
    assert (answer.frames_used, answer.confirmed) == (1, False)


def test_posteriors_outweigh_votes() -> None:
    """Two doubtful views say 8, one sure view says B: the characters' probabilities decide, not the count."""
    doubtful = reading(line("1 EXIT 14B", 0, 0, doubt={9: {"8": 0.5, "B": 0.45}}))
    certain = reading(line("1 EXIT 14B", 0, 0, doubt={9: {"B": 0.99, "8": 0.005}}))
    answer = fused(doubtful, doubtful, certain).answer()
    assert answer is not None
    assert answer.key == "1 EXIT 14B"


def test_a_sharp_view_weighs_more() -> None:
    fusion = TextFusion()
    fusion.add(reading(line("GATE 8", 0, 0, doubt={5: {"8": 0.7, "B": 0.3}})), pts=0.0, sharpness=1.0)
    fusion.add(reading(line("GATE B", 0, 0, doubt={5: {"B": 0.7, "8": 0.3}})), pts=0.2, sharpness=0.2)
    answer = fusion.answer()
    assert answer is not None
    assert answer.key == "GATE 8"


@pytest.mark.parametrize(
    "motion",
    [moved((40, -25)), moved((5, 5), scale=1.3), moved((300, 10), degrees=20), moved((900, 700), degrees=180)],
)
def test_lines_follow_the_camera(motion: Transform) -> None:
    lines = [line("Platform 12", 100, 50, 0.96), line("Departs 09:45", 100, 90, 0.96), line("7", 300, 50, 0.96)]
    first = reading(*lines)
    second = reading(*(Line(transform_quad(motion, one.quad), one.chars) for one in lines))
    answer = fused(first, second).answer()
    assert answer is not None
    assert answer.confirmed
    assert sorted(answer.value["text"].split("\n")) == ["7", "Departs 09:45", "Platform 12"]
    nearest = min(np.abs(one.quad - transform_quad(motion, lines[2].quad)).max() for one in answer.lines)
    assert nearest < 1.0  # in the newest reading's pixels


def test_a_line_that_stays_doubtful_is_left_out() -> None:
    doubt: Doubt = {3: {"8": 0.5, "B": 0.45}}
    page = reading(line("Departs 09:45", 0, 0, 0.97), line("Row8", 0, 40, doubt=doubt))
    early, late = fused(page, page).answer(), fused(page, page, page, page, page).answer()
    assert early is not None
    assert late is not None
    assert (early.confirmed, early.settled) == (False, False)
    assert "Row8" in early.key
    assert (late.confirmed, late.settled, late.key) == (True, True, "Departs 09:45")


def test_nothing_certain_is_never_confirmed_but_ends() -> None:
    page = reading(line("Row8", 0, 40, sure=0.6))
    rivals = reading(line("Rav8", 0, 40, sure=0.6))
    answer = fused(*[page, rivals] * 4).answer()
    assert answer is not None
    assert (answer.confirmed, answer.settled) == (False, True)


def cut(text: str, x: float, picture: tuple[float, float, float, float]) -> Line:
    return marked(line(text, x, 0, 0.99), picture)


def test_a_line_cut_by_the_edge_is_not_confirmed_however_often_it_is_seen() -> None:
    page = reading(cut("hello wo", 420, (0, 0, 500, 100)))
    answer = fused(*[page] * 7).answer()
    assert answer is not None
    assert not answer.confirmed
    assert answer.key == "hello wo"


def test_views_that_show_the_rest_complete_a_cut_line() -> None:
    part = reading(cut("hello wo", 420, (0, 0, 500, 100)))
    whole = reading(line("hello world", 420, 0, 0.99))
    for order in ([part, whole, whole], [whole, part, whole], [part, part, whole, whole]):
        answer = fused(*order).answer()
        assert answer is not None
        assert (answer.key, answer.confirmed) == ("hello world", True)


def test_a_line_in_two_pieces_is_one_line() -> None:
    whole = reading(line("Total amount 12.50", 0, 0, 0.97))
    pieces = reading(line("Total amount", 0, 0, 0.97), line("12.50", 130, 0, 0.97))
    for order in ([whole, pieces, whole], [whole, whole, pieces], [pieces, whole, whole]):
        answer = fused(*order).answer()
        assert answer is not None
        assert answer.key == "Total amount 12.50"


def test_a_ghost_in_one_view_disappears() -> None:
    page = reading(line("Departs 09:45", 0, 0, 0.97))
    ghost = reading(line("Departs 09:45", 0, 0, 0.97), line("ilil", 0, 60, 0.7))
    answer = fused(ghost, page, page).answer()
    assert answer is not None
    assert (answer.key, answer.settled) == ("Departs 09:45", True)


def test_two_equal_texts_stay_two_lines() -> None:
    page = reading(line("13.10", 0, 0), line("13.10", 0, 40), line("Subtotal", 100, 0), line("Total", 100, 40))
    answer = fused(page, page).answer()
    assert answer is not None
    assert answer.value["text"].split("\n").count("13.10") == 2


def test_strange_input_is_no_trouble() -> None:
    fusion = TextFusion()
    fusion.add(Reading("text", "", {"text": ""}, box_quad(0, 0, 1, 1)), pts=0, sharpness=1)
    assert fusion.answer() is None
    fusion.add(reading(line("EXIT 14B", 0, 0)), pts=0, sharpness=float("nan"))
    fusion.add(reading(Line(box_quad(5, 5, 5, 5), line("x", 0, 0).chars)), pts=1, sharpness=0.0)
    assert fusion.answer() is not None
    with pytest.raises(UsageError, match="certain"):
        TextFusion(certain=0.99, alone=0.5)


def test_blurred_views_of_a_moving_label_fuse_to_the_truth() -> None:
    """End to end: no single view reads the label without a mistake or doubt, together they do."""
    rng = np.random.default_rng(5)
    page = Image.new("L", (420, 130), 215)
    ImageDraw.Draw(page).text((20, 20), "Serial XK-4071 B8", font=font(22), fill=40)
    ImageDraw.Draw(page).text((20, 70), "Lot 2026-11-0853", font=font(22), fill=40)
    recognizer, fusion = TextRecognizer(), TextFusion()
    doubtful = 0
    for view in range(5):
        motion = moved((20 + 9.0 * view, 12 + 3.0 * view), scale=0.85, degrees=2.0 * view - 4)
        seen = cv2.warpAffine(np.array(page), motion[:2], (480, 180), flags=cv2.INTER_AREA, borderValue=215.0)
        noisy = cv2.GaussianBlur(seen, (0, 0), 1.7) + rng.normal(0, 7, seen.shape)
        frame = Frame.from_image(np.clip(noisy, 0, 255).astype(np.uint8))
        for one in recognizer.recognize(whole_view(frame)):
            doubtful += min(p[0][1] for text in one.lines for p in text.chars) < 0.95
            fusion.add(one, pts=view * 0.2, sharpness=0.8)
    answer = fusion.answer()
    assert answer is not None
    assert doubtful >= 3
    assert answer.confirmed
    assert answer.key == "Serial XK-4071 B8 Lot 2026-11-0853"
