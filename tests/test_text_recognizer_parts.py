"""The parts of the text recognizer that need no model: decoding, scripts, layout, ink, edges, orientation."""

from __future__ import annotations

import numpy as np
import pytest

from scanapp.geometry import as_quad, box_quad
from scanapp.recognizers.ocr.ctc import decode
from scanapp.recognizers.ocr.detect import LineBox, find_lines
from scanapp.recognizers.ocr.edges import OPEN, marked
from scanapp.recognizers.ocr.ink import inked_box
from scanapp.recognizers.ocr.layout import reading_order
from scanapp.recognizers.ocr.orient import oriented
from scanapp.recognizers.ocr.page import hull, legible, normalized
from scanapp.recognizers.ocr.scripts import script, with_page_prior
from scanapp.results import CharPosterior, Line

CHARSET = ("", "a", "b", "0", "o", " ")


def steps(*rows: dict[str, float]) -> np.ndarray:
    table = np.full((len(rows), len(CHARSET)), 1e-6, dtype=np.float32)
    for i, row in enumerate(rows):
        for char, probability in row.items():
            table[i, CHARSET.index(char)] = probability
    return table


def text(chars: tuple[CharPosterior, ...]) -> str:
    return "".join(posterior[0][0] for posterior in chars)


def test_repeats_merge_and_blanks_separate() -> None:
    chars = decode(steps({"a": 0.9}, {"a": 0.95}, {"": 0.99}, {"a": 0.8}, {"b": 0.9}), CHARSET)
    assert text(chars) == "aab"
    assert chars[0][0] == ("a", pytest.approx(0.95, abs=1e-5))  # the run's surest step


def test_alternatives_stay_and_the_blank_is_nothing() -> None:
    (posterior,) = decode(steps({"0": 0.5, "o": 0.3, "": 0.2}), CHARSET, alternatives=3)
    assert [char for char, _ in posterior] == ["0", "o", ""]


def test_a_nearly_seen_space_is_a_position() -> None:
    chars = decode(steps({"a": 0.9}, {"": 0.6, " ": 0.38}, {"b": 0.9}), CHARSET)
    assert text(chars) == "ab"
    assert [char for char, _ in chars[1][:2]] == ["", " "]


def test_a_neighbours_shoulder_is_no_position() -> None:
    assert len(decode(steps({"a": 0.9}, {"": 0.6, "a": 0.4}, {"b": 0.9}), CHARSET)) == 2


def test_outer_spaces_and_empty_lines() -> None:
    assert text(decode(steps({" ": 0.9}, {"a": 0.9}, {" ": 0.9}), CHARSET)) == "a"
    assert decode(steps({"": 1.0}, {"": 1.0}), CHARSET) == ()


def sure(letters: str) -> tuple[CharPosterior, ...]:
    return tuple(((char, 0.99),) for char in letters)


def test_a_page_in_one_script_decides_its_doubtful_characters() -> None:
    doubtful: tuple[CharPosterior, ...] = ((("θ", 0.5), ("0", 0.4)),)
    english, greek = (
        with_page_prior([sure("TOTAL12"), doubtful], keep=5),
        with_page_prior([sure("αβγδ"), doubtful], 5),
    )
    assert english[1][0][0] == ("0", pytest.approx(0.8))
    assert greek[1][0][0][0] == "θ"
    assert sum(p for _, p in english[1][0]) == pytest.approx(0.9)


def test_a_sure_foreign_character_stays() -> None:
    assert with_page_prior([sure("TOTAL"), ((("θ", 0.95), ("0", 0.05)),)], keep=5)[1][0][0][0] == "θ"


@pytest.mark.parametrize(
    ("char", "name"),
    [("a", "ascii"), ("é", "LATIN"), ("中", "CJK"), ("，", "CJK"), (" ", ""), ("", ""), ("Ж", "CYRILLIC")],
)
def test_scripts(char: str, name: str) -> None:
    assert script(char) == name


def boxes(*corners: tuple[float, float, float, float]) -> list[np.ndarray]:
    return [box_quad(*corner) for corner in corners]


def test_rows_are_read_across_when_sides_are_ragged() -> None:
    receipt = boxes((10, 10, 60, 20), (200, 12, 230, 22), (10, 30, 150, 40), (200, 31, 230, 41), (10, 50, 40, 60))
    assert reading_order(receipt[::-1]) == [4, 3, 2, 1, 0]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [(10, 40 + 14 * i, 180, 50 + 14 * i) for i in range(4)]
    right = [(200, 40 + 14 * i, 370, 50 + 14 * i) for i in range(4)]
    heading = (60, 5, 300, 20)
    order = reading_order(boxes(heading, *(box for pair in zip(left, right, strict=True) for box in pair)))
    assert order == [0, 1, 3, 5, 7, 2, 4, 6, 8]


def test_reading_order_of_a_turned_page() -> None:
    upside_down = [np.roll(quad, 2, axis=0) for quad in boxes((10, 10, 90, 20), (10, 30, 90, 40))]
    assert reading_order(upside_down) == [1, 0]
    assert reading_order([]) == []


def test_ink_is_found_and_dirt_ignored() -> None:
    page = np.full((1000, 800), 250, dtype=np.uint8)
    page[300:320, 200:500:4] = 0
    page[900, 50] = 0
    x0, y0, x1, y1 = inked_box(page)
    assert (150 < x0 < 200, 500 < x1 < 550) == (True, True)
    assert (250 < y0 < 300, 320 < y1 < 370) == (True, True)
    assert inked_box(np.full((30, 40), 7, dtype=np.uint8)) == (0, 0, 40, 30)


PICTURE = (0.0, 0.0, 200.0, 100.0)


@pytest.mark.parametrize(
    ("box", "start", "end", "inside"),
    [
        ((50, 40, 150, 60), False, False, True),
        ((2, 40, 150, 60), True, False, True),
        ((50, 40, 198, 60), False, True, True),
        ((50, -6, 150, 14), False, False, False),
        ((50, 90, 150, 106), False, False, False),
    ],
)
def test_cut_lines_are_marked(box: tuple[float, ...], start: bool, end: bool, inside: bool) -> None:
    line = marked(Line(box_quad(*box), sure("abcd")), PICTURE)
    assert line.text == "abcd"
    assert (line.chars[0] == OPEN, line.chars[-1] == OPEN) == (start, end)
    assert any(p[0] == ("b", 0.99) for p in line.chars) == inside


def test_a_line_read_from_the_right_is_marked_at_its_own_end() -> None:
    turned = as_quad(np.roll(box_quad(2, 40, 150, 60), 2, axis=0))
    chars = marked(Line(turned, sure("abcd")), PICTURE).chars
    assert chars[0] != OPEN
    assert chars[-1] == OPEN


@pytest.mark.parametrize(
    ("letters", "probability", "is_text"),
    [
        ("Exit", 0.9, True),
        ("Exit", 0.5, False),
        ("---", 0.99, False),
        ("7", 0.8, True),
        ("7", 0.7, False),
        ("%", 0.9, True),
    ],
)
def test_what_is_legible(letters: str, probability: float, is_text: bool) -> None:
    line = Line(box_quad(0, 0, 10, 10), tuple(((char, probability),) for char in letters))
    assert legible(line, 0.6) is is_text


def test_hull_starts_where_reading_begins() -> None:
    upright = hull([Line(quad, ()) for quad in boxes((10, 10, 90, 20), (10, 30, 50, 40))])
    assert upright.tolist() == [[10, 10], [90, 10], [90, 40], [10, 40]]
    turned = hull([Line(np.roll(quad, 2, axis=0), ()) for quad in boxes((10, 10, 90, 20), (10, 30, 50, 40))])
    assert np.allclose(turned, np.roll(upright, 2, axis=0), atol=1e-3)


def test_normalized_levels_width_and_space() -> None:
    assert normalized("ＡＢ：　12\n x ") == "AB: 12 x"


def test_boxes_come_from_the_map_with_the_drawn_places_and_angles() -> None:
    gray = np.full((300, 400), 200, dtype=np.uint8)

    def text_map(image: np.ndarray) -> np.ndarray:
        import cv2

        drawn = np.zeros(image.shape[2:], dtype=np.float32)
        points = cv2.boxPoints(((drawn.shape[1] / 2, drawn.shape[0] / 2), (120, 12), 20.0))
        cv2.fillPoly(drawn, [points.astype(np.int32)], 0.9)
        return drawn

    (box,) = find_lines(gray, text_map, 0.5)
    assert box.angle == pytest.approx(20, abs=2)
    assert np.allclose(box.corners.mean(axis=0), [200, 150], atol=4)
    assert box.length == pytest.approx(2 * (120 + 17), rel=0.1)


def line_box(quad: np.ndarray) -> LineBox:
    length, thickness = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
    return LineBox(quad, float(length), float(thickness), 0.9)


def test_direction_is_the_pages_not_the_lines() -> None:
    quads = boxes((10, 10, 110, 20), (10, 30, 110, 40), (10, 50, 110, 60))

    def read(corners: np.ndarray) -> tuple[CharPosterior, ...]:
        backwards = corners[1, 0] < corners[0, 0]
        # The middle line alone reads better forwards; together they read better backwards.
        good = backwards != (corners[:, 1].mean() == 35)
        return tuple(((char, 0.95 if good else 0.5),) for char in "word")

    found = oriented([line_box(quad) for quad in quads], read)
    assert all(corners[1, 0] < corners[0, 0] for corners in found)


def test_an_upright_page_is_not_read_backwards() -> None:
    asked = []

    def read(corners: np.ndarray) -> tuple[CharPosterior, ...]:
        asked.append(corners[1, 0] > corners[0, 0])
        return sure("word")

    oriented([line_box(quad) for quad in boxes((10, 10, 110, 20), (10, 30, 110, 40))], read)
    assert asked
    assert all(asked)
