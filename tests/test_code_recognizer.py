"""`CodeRecognizer`: one rung a view, and what its readings say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from scanapp.errors import PipelineError
from scanapp.frame import Frame
from scanapp.geometry import as_quad, box_quad, center, iou, transform_quad
from scanapp.recognizers.code import CodeRecognizer
from scanapp.recognizers.codes.symbologies import strength_of
from scanapp.results import Reading, Recognizer, View, whole_view

Gray = NDArray[np.uint8]


def printed(text: str | bytes, format_name: str, *, scale: int = 4) -> Gray:
    """A clean symbol with a quiet zone on a light page."""
    fmt = zxingcpp.BarcodeFormat.__members__[format_name]
    symbol = np.array(zxingcpp.create_barcode(text, fmt).to_image(scale=scale, add_quiet_zones=True))
    return cv2.copyMakeBorder(symbol, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)


def on_page(symbol: Gray, x: int, y: int, size: tuple[int, int] = (900, 700)) -> Gray:
    page = np.full((size[1], size[0]), 235, np.uint8)
    page[y : y + symbol.shape[0], x : x + symbol.shape[1]] = symbol
    return page


def rotated(image: Gray, degrees: float) -> Gray:
    height, width = image.shape
    side = int(np.hypot(height, width)) + 20
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += (side - width) / 2, (side - height) / 2
    return cv2.warpAffine(image, turn, (side, side), flags=cv2.INTER_CUBIC, borderValue=255)


def read(image: Gray, effort: int = 0, **options: object) -> list[Reading]:
    return CodeRecognizer(**options).recognize(whole_view(Frame.from_image(image), effort))  # type: ignore[arg-type]


def test_is_a_recognizer_with_a_ladder_of_rising_cost() -> None:
    recognizer = CodeRecognizer()
    assert isinstance(recognizer, Recognizer)
    assert recognizer.kinds == {"code"}
    assert len({effort.name for effort in recognizer.efforts}) == len(recognizer.efforts)
    assert recognizer.efforts[0].cost_ms == min(effort.cost_ms for effort in recognizer.efforts)


@pytest.mark.parametrize(
    ("format_name", "text", "expected"),
    [
        ("QRCode", "https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("DataMatrix", "lot 42", "lot 42"),
        ("Aztec", "AZ-1", "AZ-1"),
        ("PDF417", "some longer text", "some longer text"),
        ("EAN13", "9780804816632", "9780804816632"),
        ("EAN8", "96385074", "96385074"),
        ("UPCA", "036000291452", "036000291452"),
        ("UPCE", "01234565", "01234565"),
        ("Code128", "Abc-123", "Abc-123"),
        ("Code39", "ABC-123", "ABC-123"),
        ("ITF", "12345678", "12345678"),
    ],
)
def test_reads_plain_symbols_with_their_printed_text(format_name: str, text: str, expected: str) -> None:
    (reading,) = read(printed(text, format_name))
    assert reading.value["format"] == format_name
    assert reading.value["text"] == expected
    assert bytes.fromhex(reading.value["hex"]) == expected.encode()
    assert reading.key == f"{format_name}:{reading.value['hex']}"
    assert reading.value["payload"]["type"]


def test_control_characters_and_bytes_survive() -> None:
    (reading,) = read(printed("a\x1b[31m\x00b", "QRCode"))
    assert reading.value["text"] == "a\x1b[31m\x00b"
    (binary,) = read(printed(b"\x00\xff\x80\x01", "QRCode"))
    assert binary.value["hex"] == "00ff8001"


def test_text_is_decoded_from_its_character_set() -> None:
    (reading,) = read(printed("Grüße 你好", "QRCode"))
    assert reading.value["text"] == "Grüße 你好"


def test_gs1_text_is_the_bytes_not_the_bracketed_form() -> None:
    (reading,) = read(printed("(01)09501101530003", "DataBar"))
    assert reading.value["text"] == "0109501101530003"


def test_quad_is_in_frame_pixels_and_starts_at_the_symbols_own_top_left() -> None:
    symbol = printed("corner", "QRCode")
    page = on_page(symbol, 300, 200)
    view = View(Frame.from_image(page), box_quad(310, 210, 300 + symbol.shape[1] - 10, 200 + symbol.shape[0] - 10))
    (upright,) = CodeRecognizer().recognize(view)
    side = 300 + symbol.shape[1] / 2, 200 + symbol.shape[0] / 2
    assert center(upright.quad) == pytest.approx(side, abs=2)

    height = page.shape[0]
    quarter = np.ascontiguousarray(np.rot90(page, -1))  # clockwise: (x, y) -> (height - y, x)
    turn = np.array([[0, -1.0, height], [1.0, 0, 0], [0, 0, 1.0]])
    (turned,) = read(quarter)
    expected = transform_quad(turn, upright.quad)
    assert iou(turned.quad, expected) > 0.9
    assert np.abs(turned.quad - expected).max() < 6


def test_quad_of_a_mirrored_symbol_is_clockwise() -> None:
    (reading,) = read(np.ascontiguousarray(printed("mirrored", "DataMatrix")[:, ::-1]), effort=1)
    x, y = reading.quad[:, 0], reading.quad[:, 1]
    assert np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) > 0


@pytest.mark.parametrize("degrees", [30, 45, 130])
def test_linear_codes_at_any_angle_are_read_on_the_bars_rung(degrees: int) -> None:
    image = rotated(printed("9780804816632", "EAN13", scale=3), degrees)
    assert read(image, effort=0) == []
    bars = [effort.name for effort in CodeRecognizer().efforts].index("bars")
    assert [reading.value["text"] for reading in read(image, effort=bars)] == ["9780804816632"]


def test_a_leaning_linear_view_is_read_at_the_first_effort() -> None:
    image = rotated(printed("Shelf-7", "Code128", scale=3), 40)
    middle = image.shape[0] / 2
    along = np.array([np.cos(np.deg2rad(40)), -np.sin(np.deg2rad(40))])
    down = np.array([-along[1], along[0]])
    corners = [middle + a * 230 * along + b * 70 * down for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    view = View(Frame.from_image(image), as_quad(corners), hint="linear")
    (reading,) = CodeRecognizer().recognize(view)
    assert reading.value["text"] == "Shelf-7"
    assert iou(reading.quad, view.quad) > 0.2


def test_same_view_gives_same_readings() -> None:
    view = whole_view(Frame.from_image(rotated(printed("036000291452", "UPCA"), 33)), 3)
    recognizer = CodeRecognizer()
    first, second = recognizer.recognize(view), recognizer.recognize(view)
    assert [r.key for r in first] == [r.key for r in second] != []
    assert all(np.array_equal(a.quad, b.quad) for a, b in zip(first, second, strict=True))


def test_several_symbols_in_one_view() -> None:
    page = np.hstack([printed("left", "QRCode"), printed("right", "QRCode")])
    assert {reading.value["text"] for reading in read(page)} == {"left", "right"}


def test_formats_limit_what_is_read() -> None:
    both = np.full((400, 800), 255, np.uint8)
    for x, symbol in ((0, printed("left", "QRCode")), (400, printed("right", "DataMatrix"))):
        both[: symbol.shape[0], x : x + symbol.shape[1]] = symbol
    assert {r.value["format"] for r in read(both)} == {"QRCode", "DataMatrix"}
    assert [r.value["format"] for r in read(both, formats=["QRCode"])] == ["QRCode"]
    assert read(both, formats=["AllLinear"]) == []
    assert read(printed("036000291452", "UPCA"), formats=["UPCA"])[0].value["text"] == "036000291452"


def test_text_pattern_must_match_the_whole_text() -> None:
    image = printed("order-12345", "QRCode")
    assert len(read(image, text_pattern=r"order-\d+")) == 1
    assert read(image, text_pattern=r"\d+") == []


def test_unknown_symbology_names_the_nearest() -> None:
    with pytest.raises(PipelineError, match=r"'QRCod' \(did you mean 'QRCode'\?\)"):
        CodeRecognizer(formats=["QRCod"])


@pytest.mark.parametrize(
    "options", [{"formats": []}, {"text_pattern": "("}, {"max_effort": 99}, {"max_effort": -1}]
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(PipelineError):
        CodeRecognizer(**options)  # type: ignore[arg-type]


def test_max_effort_shortens_the_ladder_and_higher_efforts_repeat_its_end() -> None:
    recognizer = CodeRecognizer(max_effort=0)
    assert len(recognizer.efforts) == 1
    assert recognizer.recognize(whole_view(Frame.from_image(printed("x1", "QRCode")), effort=5))


@pytest.mark.parametrize("size", [(1, 1), (1, 31), (7, 31), (3000, 2)])
def test_odd_sizes_give_nothing_on_every_rung(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    frame = Frame.from_image(rng.integers(0, 255, size, dtype=np.uint8))
    recognizer = CodeRecognizer()
    for effort in range(len(recognizer.efforts)):
        assert recognizer.recognize(whole_view(frame, effort)) == []


def test_a_view_outside_of_the_frame_gives_nothing() -> None:
    frame = Frame.from_image(printed("x", "QRCode"))
    assert CodeRecognizer().recognize(View(frame, box_quad(5000, 5000, 5100, 5100))) == []


def test_strength_falls_with_protection_length_and_rescue() -> None:
    assert strength_of("QRCode", "x", rescued=True) == 1.0
    assert 0.5 <= strength_of("EAN13", "9780804816632", rescued=False) < 1.0
    assert strength_of("EAN13", "9780804816632", rescued=True) < strength_of(
        "EAN13", "9780804816632", rescued=False
    )
    assert strength_of("ITF", "12345678", rescued=False) <= 0.5
    assert strength_of("ITF", "12", rescued=False) < strength_of("ITF", "12345678", rescued=False)
    assert strength_of("SomethingNew", "12345678", rescued=False) <= 0.5
