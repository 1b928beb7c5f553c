"""Still pictures: the whole ladder, and answers by agreement."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from test_code_recognizer import printed, rotated

from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.recognizers.code import CodeRecognizer
from scanapp.recognizers.codes.agreement import Ballot
from scanapp.recognizers.codes.bars import bar_regions
from scanapp.recognizers.codes.ean import match
from scanapp.recognizers.codes.ean_numbers import cheapest_numbers
from scanapp.recognizers.codes.ean_patterns import EAN8, EAN13, SAMPLES, symbol_signal
from scanapp.recognizers.codes.still import read_still
from scanapp.recognizers.codes.symbol import Symbol, compress_upce
from scanapp.results import whole_view

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "codes"


def texts(image: NDArray[np.uint8]) -> list[str]:
    return [str(reading.value["text"]) for reading in read_still(Frame.from_image(image), CodeRecognizer())]


def vote(text: str, method: str, *, format_name: str = "ITF", x: float = 0.0, width: float = 100.0) -> Symbol:
    return Symbol(format_name, text, text.encode(), box_quad(x, 0, x + width, 40), "", method)


def test_a_plain_strong_read_is_accepted_at_once() -> None:
    readings = read_still(Frame.from_image(printed("hello", "QRCode")), CodeRecognizer())
    assert [(r.value["text"], r.strength, r.method) for r in readings] == [("hello", 1.0, "zxing")]


@pytest.mark.parametrize("degrees", [0, 37, 90, 200])
def test_a_weak_symbology_is_accepted_when_passes_agree(degrees: int) -> None:
    assert texts(rotated(printed("123456789012", "ITF", scale=3), degrees)) == ["123456789012"]


def test_blurred_retail_codes_are_read_by_templates_where_zxing_gives_up() -> None:
    image = cv2.GaussianBlur(printed("9780804816632", "EAN13", scale=4), (0, 0), 3.4)
    noisy = image.astype(np.float64) * 0.6 + 40 + np.random.default_rng(5).normal(0, 2, image.shape)
    picture = np.clip(noisy, 0, 255).astype(np.uint8)
    assert zxingcpp.read_barcodes(picture) == []
    last = len(CodeRecognizer().efforts) - 1
    (reading,) = CodeRecognizer().recognize(whole_view(Frame.from_image(picture), last))
    assert reading.value["text"] == "9780804816632"
    assert reading.method.startswith("template")
    assert texts(picture) == ["9780804816632"]


def test_two_linear_codes_one_plain_one_leaning_are_both_read() -> None:
    plain = printed("036000291452", "UPCA", scale=3)
    leaning = rotated(printed("9780804816632", "EAN13", scale=3), 42)
    page = np.full((max(plain.shape[0], leaning.shape[0]), plain.shape[1] + leaning.shape[1]), 255, np.uint8)
    page[: plain.shape[0], : plain.shape[1]] = plain
    page[: leaning.shape[0], plain.shape[1] :] = leaning
    assert sorted(texts(page)) == ["036000291452", "9780804816632"]


def test_nothing_is_read_in_text_noise_and_stripes() -> None:
    rng = np.random.default_rng(11)
    noise = rng.integers(0, 255, (300, 400), dtype=np.uint8)
    page = np.full((400, 500), 240, np.uint8)
    for line in range(12):
        cv2.putText(page, "the quick brown fox jumps", (10, 30 + 30 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 10, 2)
    stripes = np.repeat(rng.integers(0, 2, 80, dtype=np.uint8) * 200 + 20, 5)
    blinds = np.tile(stripes, (200, 1)).astype(np.uint8)
    assert texts(noise) == texts(page) == texts(blinds) == []


def test_one_rescued_read_is_not_enough_two_are() -> None:
    ballot = Ballot()
    ballot.add(vote("9780804816632", "sharp2", format_name="EAN13"), rescued=True)
    assert ballot.accepted() == []
    ballot.add(vote("9780804816632", "sharp2", format_name="EAN13"), rescued=True)
    assert ballot.accepted() == []  # the same pass again
    ballot.add(vote("9780804816632", "keen2", format_name="EAN13"), rescued=True)
    assert [c.symbol.text for c in ballot.accepted()] == ["9780804816632"]


def test_contradicting_answers_about_one_place_cancel_and_elsewhere_do_not() -> None:
    ballot = Ballot()
    for method in ("a", "b"):
        ballot.add(vote("9780804816632", method, format_name="EAN13"), rescued=True)
        ballot.add(vote("0036000291452", method, format_name="EAN13"), rescued=True)
    assert ballot.accepted() == []
    ballot.add(vote("4006381333931", "a", format_name="EAN13", x=500), rescued=False)
    assert [c.symbol.text for c in ballot.accepted()] == ["4006381333931"]


def test_a_fragment_loses_against_the_longer_read_and_does_not_block_it() -> None:
    ballot = Ballot()
    for method in ("a", "b", "c"):
        ballot.add(vote("2167361334", method), rescued=True)
        ballot.add(vote("21673613", method, width=60), rescued=True)
    assert [c.symbol.text for c in ballot.accepted()] == ["2167361334"]


def test_error_correction_needs_no_second_vote_and_knows_no_rivals() -> None:
    ballot = Ballot()
    ballot.add(vote("1234567890", "zxing"), rescued=False)
    ballot.add(vote("strong", "closed3", format_name="QRCode"), rescued=True)
    assert [c.symbol.text for c in ballot.accepted()] == ["strong"]


@pytest.mark.parametrize(
    ("digits", "layout"), [("9780804816632", EAN13), ("0036000291452", EAN13), ("96385074", EAN8)]
)
@pytest.mark.parametrize("backwards", [False, True])
def test_templates_find_a_blurred_number_in_a_profile(digits: str, layout: object, backwards: bool) -> None:
    signal = symbol_signal(digits, layout, 1.0)  # type: ignore[arg-type]
    profile = np.pad(signal, 40) + np.random.default_rng(2).normal(0, 0.02, len(signal) + 80)
    found = match(profile[::-1] if backwards else profile, (62.0, len(profile) - 57.0), layout)  # type: ignore[arg-type]
    assert found is not None
    assert found.digits == digits
    assert found.fit > 0.97
    assert found.margin > 20
    assert (found.start > found.end) is backwards
    assert abs(found.end - found.start) == pytest.approx(layout.modules * SAMPLES, rel=0.02)  # type: ignore[attr-defined]


def test_cheapest_numbers_obey_the_check_digit() -> None:
    rng = np.random.default_rng(4)
    for _ in range(5):
        for cost, digits in cheapest_numbers(rng.random((12, 20)), EAN13):
            weights = [1, 3] * 6 + [1]
            assert sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 10 == 0
            assert cost >= 0


def test_bars_come_before_text() -> None:
    page = np.full((500, 700), 245, np.uint8)
    symbol = printed("9780804816632", "EAN13", scale=2)
    page[200 : 200 + symbol.shape[0], 150 : 150 + symbol.shape[1]] = symbol
    for line in range(5):
        cv2.putText(page, "illicit million lilly", (20, 30 + 28 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 10, 2)
    x, y = bar_regions(page)[0].quad.mean(axis=0)
    assert abs(x - (150 + symbol.shape[1] / 2)) < 15
    assert abs(y - (200 + symbol.shape[0] / 2)) < 15


def test_upce_is_compressed_as_it_is_printed() -> None:
    for digits in ("0123450", "0123451", "0123452", "0123453", "0123454", "0123456"):
        expanded = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.UPCE).text
        assert compress_upce(expanded)[:7] == digits
    assert compress_upce("0036000291452") == ""


@pytest.mark.slow
@pytest.mark.skipif(
    not (DATA / "manifest.jsonl").is_file(), reason="needs ../shared/data/codes beside the repository"
)
def test_no_negative_is_read() -> None:
    rows = [json.loads(line) for line in (DATA / "manifest.jsonl").read_text(encoding="utf8").splitlines()]
    for row in rows:
        if row["kind"] == "negative":
            assert texts(cv2.imread(str(DATA / row["file"]))) == [], row["file"]
