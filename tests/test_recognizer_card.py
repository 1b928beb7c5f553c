"""`CardRecognizer` from view to reading, with networks made by hand.

The drawn cards carry blocks in place of digits, the luma of a block saying which; the reader made by hand finds
the blocks in its crops. So what is tested is everything but the networks: which way is up, where lines are, how
they are cut out, in which order they are put together, and where all that lies in the frame.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.errors import UsageError
from scanapp.frame import Frame
from scanapp.geometry import Quad, as_quad, center, coverage, iou
from scanapp.hiding import number_line
from scanapp.payloads.card_number import CardNumber
from scanapp.recognizers.card import AGAIN, DATE, FIELDS, LOOK, CardRecognizer
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.warp import between, rectangle
from scanapp.results import Reading, Recognizer, View, whole_view

CHARS = "0123456789/"
SCALE = 4
"""Card picture pixels a sheet pixel."""
TILTED = as_quad([[310, 120], [905, 190], [880, 560], [270, 500]])
UPRIGHT_VERTICAL = as_quad([[460, 60], [780, 80], [760, 600], [440, 580]])
PAN, VALID = "4000123456789010", "4000123456789017"
"""The second one passes its check digit."""
EXACT = 1.5
"""Pixels: corners are moved onto the edges that the frame shows."""


@dataclass(frozen=True)
class Row:
    """A line on the upright sheet: its first character's left edge, its middle, its height, all in sheet pixels."""

    field: str
    text: str
    x: float
    y: float
    height: float = 13.0

    @property
    def pitch(self) -> float:
        return 0.9 * self.height

    @property
    def end(self) -> float:
        return self.x + self.pitch * (len(self.text) - 1) + 0.6 * self.height


def drawn(rows: Sequence[Row], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A card with blocks for characters; spaces are left out."""
    picture = np.full((size[1] * SCALE, size[0] * SCALE), 245, np.uint8)
    for row in rows:
        for i, char in enumerate(row.text):
            if char != " ":
                x0, y0 = row.x + i * row.pitch, row.y - row.height / 2
                corners = [x0 * SCALE, y0 * SCALE, (x0 + 0.6 * row.height) * SCALE, (y0 + row.height) * SCALE]
                left, top, right, bottom = (round(value) for value in corners)
                picture[top:bottom, left:right] = 10 + 20 * CHARS.index(char)
    return picture


def frame_with(picture: NDArray[np.uint8], quad: Quad) -> Frame:
    height, width = picture.shape
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    onto = np.linalg.inv(half) @ between(rectangle(width, height), quad) @ half
    frame = np.full((720, 1280), 90, np.uint8)
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.5)
    cv2.warpPerspective(
        blurred, onto, (1280, 720), dst=frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )
    return Frame.from_image(frame)


class Layout:
    """Says where the rows are on the upright card, turned as the sheet is: `turn` quarters make that upright."""

    def __init__(self, rows: Sequence[Row], turn: int, size: tuple[int, int]) -> None:
        width, height = size
        fine = np.zeros((3, height, width), np.float32)
        for row in rows:
            plane = fine[("pan", "expiry", "holder").index(row.field)]
            top, bottom = row.y - row.height / 4, row.y + row.height / 4
            plane[round(top) : round(bottom), round(row.x) : round(row.end)] = 1
        planes = np.rot90(fine, turn, axes=(1, 2))
        shares = np.stack(
            [cv2.resize(np.ascontiguousarray(p), (72, 46), interpolation=cv2.INTER_AREA) for p in planes]
        )
        self.fields = np.log((shares + 1e-4) / (1 - shares + 1e-4)).astype(np.float32)
        self.turn = np.where(np.arange(4) == turn, 4.0, 0.0).astype(np.float32)
        self.runs = 0

    def run(self, feeds: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        assert feeds["card"].shape == (1, 1, 184, 288)
        self.runs += 1
        return {"fields": self.fields[None], "turn": self.turn[None]}


class Blocks:
    """Reads blocks: a run of columns darker than paper is a character, its luma in ``band`` says which."""

    def __init__(self, share: float = 0.97, band: slice = slice(13, 19)) -> None:
        self.share = share
        self.band = band
        self.lines = 0

    def run(self, feeds: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        self.lines += len(feeds["lines"])
        return {"logp": np.stack([self._line(crop[0]) for crop in feeds["lines"]])}

    def _line(self, crop: NDArray[np.float32]) -> NDArray[np.float32]:
        assert crop.shape == (32, 320)
        assert 0 <= crop.min() <= crop.max() <= 1
        luma = 255 * crop[self.band].mean(axis=0)
        dark = np.flatnonzero(luma < 228)
        shares = np.full((80, 12), 1e-5)
        for run in np.split(dark, np.flatnonzero(np.diff(dark) > 1) + 1):
            if 5 <= len(run) <= 40:
                middle = float(np.median(luma[run[1:-1]]))
                shares[int(run.mean() / 4), 1 + int(np.clip(round((middle - 10) / 20), 0, 10))] = self.share
        shares[:, 0] = np.maximum(1 - shares[:, 1:].sum(axis=1), 1e-5)
        return np.log(shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


class Invents:
    """Sees sixteen digits in anything, others in each crop."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(3)

    def run(self, feeds: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        shares = np.full((len(feeds["lines"]), 80, 12), 1e-3)
        for line in shares:
            line[np.arange(16) * 5, self.random.integers(1, 11, 16)] = 0.95
        shares[:, :, 0] = np.maximum(1 - shares[:, :, 1:].sum(axis=2), 1e-3)
        return {"logp": np.log(shares / shares.sum(axis=2, keepdims=True)).astype(np.float32)}


@dataclass
class Pose:
    quad: Quad
    orientation: float = 0.9
    score: float = 0.9


def nowhere(_gray: NDArray[np.uint8]) -> Pose | None:
    """A locator that sees nothing."""
    return None


LINE = [Row("pan", "4000 1234 5678 9010", 30, 105, 12), Row("expiry", "08/29", 140, 130, 9)]
STACK = [Row("pan", PAN[i : i + 4], 40, 80 + 7 * i, 15) for i in (0, 4, 8, 12)]


def recognizer(rows: Sequence[Row], turn: int = 0, size: tuple[int, int] = (288, 184)) -> CardRecognizer:
    return CardRecognizer(nets=CardNets(Layout(rows, turn, size), Blocks()), locate=nowhere, holder=False)


def read(rows: Sequence[Row], quad: Quad = TILTED, effort: int = LOOK, **known: int) -> list[Reading]:
    frame = frame_with(drawn(rows, (288, 184)), quad)
    seen_from = as_quad(np.roll(quad, known.get("turn", 0), axis=0))
    return list(recognizer(rows, **known).recognize(View(frame, seen_from, effort)))


def test_is_a_recognizer_whose_efforts_cost_more_and_more() -> None:
    found = recognizer(LINE)
    assert isinstance(found, Recognizer)
    assert [effort.name for effort in found.efforts] == ["look", "date", "again", "fields"]
    costs = [effort.cost_ms for effort in found.efforts]
    assert costs == sorted(costs)


def test_reads_number_and_expiry_with_their_places() -> None:
    (reading,) = read(LINE, effort=DATE)
    assert reading.kind == "card"
    assert reading.key == PAN
    assert reading.value["pan"] == CardNumber(PAN)
    assert reading.value["expiry"] == "2029-08"
    assert reading.value["network"]
    assert "holder" not in reading.value
    assert reading.advice == ""
    np.testing.assert_allclose(reading.quad, TILTED, atol=EXACT)
    pan, expiry = reading.lines
    assert (pan.name, pan.text, expiry.name, expiry.text) == ("pan", PAN, "expiry", "08/29")
    assert coverage(pan.quad, TILTED) > 0.99
    assert pan.quad[0, 1] < expiry.quad[0, 1]
    first, last = pan.quad[0], pan.quad[1]
    assert first[0] < last[0]


def test_a_look_for_the_number_leaves_the_expiry_for_later() -> None:
    (reading,) = read(LINE)
    assert reading.key == PAN
    assert "expiry" not in reading.value
    assert [line.name for line in reading.lines] == ["pan"]


def test_each_digit_brings_its_alternatives() -> None:
    (reading,) = read(LINE)
    for posterior in reading.lines[0].chars:
        assert posterior[0][1] > 0.9
        assert len(posterior) <= 5
        assert "" in dict(posterior)


@pytest.mark.parametrize("turn", [0, 2])
@pytest.mark.parametrize("effort", [LOOK, AGAIN])
def test_upside_down_cards_are_turned(turn: int, effort: int) -> None:
    """The quad comes in the wrong order; the layout knows better."""
    frame = frame_with(drawn(LINE, (288, 184)), TILTED)
    seen = as_quad(np.roll(TILTED, turn, axis=0))
    layout = Layout(LINE, (-turn) % 4, (288, 184))
    (reading,) = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere).recognize(
        View(frame, seen, effort)
    )
    assert reading.key == PAN
    np.testing.assert_allclose(reading.quad, TILTED, atol=TOLERANCE[effort])


TOLERANCE = {LOOK: EXACT, AGAIN: 40.0}
"""Pixels: a second effort may take a quad that is a little larger or smaller."""


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_stacked_groups_on_vertical_cards_are_one_number(turn: int) -> None:
    """Whichever corner the quad begins with: the sheet lies on its side, one way or the other."""
    size = (184, 288)
    frame = frame_with(drawn(STACK, size), UPRIGHT_VERTICAL)
    seen = as_quad(np.roll(UPRIGHT_VERTICAL, turn, axis=0))
    lying = 3 if turn % 2 == 0 else 0
    layout = Layout(STACK, (lying - turn) % 4, size)
    # what the finder claims counts little against a sure layout
    layout.turn = layout.turn * 3
    (reading,) = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere).recognize(View(frame, seen))
    assert reading.key == PAN
    np.testing.assert_allclose(reading.quad, UPRIGHT_VERTICAL, atol=EXACT)
    (pan,) = reading.lines
    assert len(pan.chars) == 16
    height, width = np.linalg.norm(pan.quad[3] - pan.quad[0]), np.linalg.norm(pan.quad[1] - pan.quad[0])
    assert height > width


@pytest.mark.parametrize("missed", [(0,), (1,), (3,), (1, 2), (0, 2)])
def test_groups_that_the_layout_missed_are_looked_for(missed: tuple[int, ...]) -> None:
    frame = frame_with(drawn(STACK, (184, 288)), UPRIGHT_VERTICAL)
    layout = Layout([row for i, row in enumerate(STACK) if i not in missed], 3, (184, 288))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


@pytest.mark.parametrize("times", [2.1, 2.4])
def test_two_groups_that_the_layout_took_for_one_row_are_read_apart(times: float) -> None:
    """Their common row reads as a group of its own, with digits of both; it may be lower than the two are."""
    frame = frame_with(drawn(STACK, (184, 288)), UPRIGHT_VERTICAL)
    first, second, *others = STACK
    merged = replace(first, y=(first.y + second.y) / 2, height=times * first.height)
    layout = Layout([merged, *others], 3, (184, 288))
    tall = Blocks(band=slice(8, 24))
    reader = CardRecognizer(nets=CardNets(layout, tall), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


def test_rows_may_stand_closer_than_their_boxes_are_high() -> None:
    """The layout makes the one row that it sees alone too high, and the three above it one row."""
    rows = [Row("pan", PAN[i : i + 4], 40, 80 + 3.6 * i, 11) for i in (0, 4, 8, 12)]
    frame = frame_with(drawn(rows, (184, 288)), UPRIGHT_VERTICAL)
    layout = Layout([replace(rows[1], text="11", height=36), replace(rows[3], height=15)], 3, (184, 288))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


def test_three_groups_that_the_layout_took_for_one_row_are_read_apart() -> None:
    """Nothing can be read of the box that holds them; the fourth group says where they stand."""
    rows = [Row("pan", PAN[i : i + 4], 40, 80 + 4.5 * i, 13) for i in (0, 4, 8, 12)]
    frame = frame_with(drawn(rows, (184, 288)), UPRIGHT_VERTICAL)
    layout = Layout([rows[0], replace(rows[2], text="11", height=49)], 3, (184, 288))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


def test_a_group_cut_too_long_is_read_again_where_the_others_end() -> None:
    """A mark beside the third group looks like a digit, and the layout takes it in: thirteen to nineteen digits are
    all possible numbers, so only the others' size says that it is none.
    """
    third = STACK[2]
    marked = [*STACK, Row("pan", "8", third.end + third.pitch / 2, third.y, third.height)]
    frame = frame_with(drawn(marked, (184, 288)), UPRIGHT_VERTICAL)
    layout = Layout([replace(row, text=row.text + " 8") if row is third else row for row in STACK], 3, (184, 288))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


def test_a_locator_corrects_a_rough_track() -> None:
    frame = frame_with(drawn(LINE, (288, 184)), TILTED)
    rough = as_quad([[250, 100], [930, 100], [930, 600], [250, 600]])

    def locate(gray: NDArray[np.uint8]) -> Pose:
        # the view's crop is grown by 1.35 about the rough quad and not made smaller
        x0, y0 = 590 - 340 * 1.35, 350 - 250 * 1.35
        scale = gray.shape[1] / 918
        return Pose(as_quad((TILTED - [np.floor(x0), np.floor(y0)]) * scale))

    reader = CardRecognizer(nets=CardNets(Layout(LINE, 0, (288, 184)), Blocks()), locate=locate)
    (reading,) = reader.recognize(View(frame, rough))
    assert reading.key == PAN
    assert iou(reading.quad, TILTED) > 0.97


def test_a_line_whose_end_was_missed_is_read_longer() -> None:
    """The layout sees the row without its last digit, and fifteen digits are no number of this network."""
    rows = [Row("pan", PAN, 30, 105, 12)]
    frame = frame_with(drawn(rows, (288, 184)), TILTED)
    short = [Row("pan", PAN[:15], 30, 105, 12)]
    layout = Layout(short, 0, (288, 184))
    (reading,) = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere).recognize(View(frame, TILTED))
    assert reading.key == PAN


GROUPED = f"{VALID[:4]} {VALID[4:8]} {VALID[8:12]} {VALID[12:]}"


@pytest.mark.parametrize("seen", [slice(0, 9), slice(10, 19)])
def test_two_groups_that_were_missed_at_one_end_are_read_too(seen: slice) -> None:
    """A logo before the number that looks like a digit is not read with them."""
    line = Row("pan", GROUPED, 34, 105, 12)
    logo = Row("other", "7", 12, line.y, line.height)
    frame = frame_with(drawn([line, logo][: 2 if seen.start == 0 else 1], (288, 184)), TILTED)
    part = replace(line, text=line.text[seen], x=line.x + seen.start * line.pitch)
    (reading,) = recognizer([part]).recognize(View(frame, TILTED))
    assert reading.key == VALID


@pytest.mark.parametrize("mark", ["4", "4 "])
def test_a_sign_before_the_number_is_not_its_first_digit(mark: str) -> None:
    """A contactless mark reads as a 4: what is left stands in groups of four and is a number that can be."""
    (reading,) = read([Row("pan", mark + GROUPED, 20, 105, 12)])
    assert reading.key == VALID
    assert [line.text for line in reading.lines] == [VALID]


def test_a_last_group_of_five_is_not_cut_to_four() -> None:
    """Though issuer and check digit fit without it, as they do by chance for one number in ten."""
    longer = GROUPED + "6"
    (reading,) = read([Row("pan", longer, 30, 105, 12)])
    assert reading.key == VALID + "6"


def test_three_groups_and_a_date_are_no_number_of_sixteen() -> None:
    """A number of twelve digits in a stack, and the date below it in the same type."""
    short = "676848396765"
    rows = [Row("pan", short[i : i + 4], 40, 80 + 7 * i, 15) for i in (0, 4, 8)]
    date = Row("pan", "0237", 40, 80 + 7 * 12, 15)
    (reading,) = recognizer([*rows, date], 3, (184, 288)).recognize(
        View(frame_with(drawn([*rows, date], (184, 288)), UPRIGHT_VERTICAL), UPRIGHT_VERTICAL)
    )
    assert reading.key == short


def test_a_date_that_the_layout_took_for_a_group_is_none() -> None:
    """Its slash shows, though with it the check digit would fit."""
    groups, date = ("4539", "1488", "0302"), "02/38"
    assert CardNumber("".join(groups) + "0238").luhn_ok
    rows = [Row("pan", text, 40, 80 + 28 * i, 15) for i, text in enumerate((*groups, date))]
    found = recognizer(rows, 3, (184, 288)).recognize(
        View(frame_with(drawn(rows, (184, 288)), UPRIGHT_VERTICAL), UPRIGHT_VERTICAL)
    )
    assert all(reading.key == "".join(groups) for reading in found)


def test_without_groups_to_show_it_a_sign_too_many_stays() -> None:
    """Nobody can say which of seventeen digits in one row is none; fusion and its threshold have to."""
    (reading,) = read([Row("pan", "4" + VALID, 20, 105, 12)])
    assert reading.key == "4" + VALID


def test_both_ways_up_are_read_before_lines_are_cut_again() -> None:
    """A stack upside down: its groups are digits that way, too, and none is sure. To cut them anew would use up
    what a look may read.
    """
    frame = frame_with(np.rot90(shaded(STACK, (184, 288)), 2), UPRIGHT_VERTICAL)
    layout = Layout(STACK, 1, (184, 288))
    layout.turn[:] = np.roll(layout.turn, 2)
    reader = CardRecognizer(nets=CardNets(layout, Footed()), locate=nowhere, holder=False)
    (reading,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    assert reading.key == PAN


def shaded(rows: Sequence[Row], size: tuple[int, int]) -> NDArray[np.uint8]:
    """As `drawn`, with a faint shade under each row."""
    picture = drawn(rows, size)
    for row in rows:
        top, bottom = (round((row.y + share * row.height) * SCALE) for share in (0.52, 0.8))
        picture[top:bottom, round(row.x * SCALE) : round(row.end * SCALE)] = 233
    return picture


class Footed(Blocks):
    """Surely reads only what has its shade below."""

    def _line(self, crop: NDArray[np.float32]) -> NDArray[np.float32]:
        upright = crop[27:31].mean() < crop[1:5].mean()
        self.share = 0.97 if upright else 0.6
        return super()._line(crop)


def test_a_number_that_the_layout_takes_for_a_name_is_read_where_there_is_no_other() -> None:
    """As on backs, where the embossing of the front, which is no number from behind, is taken for it."""
    line = Row("holder", GROUPED, 34, 105, 12)
    (reading,) = read([line, Row("pan", "1 7", 60, 60, 12)])
    assert reading.key == VALID
    phone = replace(line, text="447616 899748")
    (reading,) = read([phone, Row("pan", GROUPED, 34, 60, 12)])
    assert reading.key == VALID


def test_a_card_without_a_number_gives_advice_only() -> None:
    (reading,) = read([Row("expiry", "08/29", 140, 130, 9)])
    assert reading.key == ""
    assert reading.lines == ()
    assert not reading.value
    assert reading.advice == "turn"


def test_short_or_doubtful_digits_are_no_number() -> None:
    assert not any(reading.key or reading.lines for reading in read([Row("pan", "40001234567", 30, 105, 12)]))


@pytest.mark.parametrize(("effort", "most"), [(LOOK, 21), (DATE, 12), (AGAIN, 46), (FIELDS, 12)])
def test_what_cannot_be_read_costs_no_more_than_so_many_lines(effort: int, most: int) -> None:
    """Eleven doubtful digits in each of five rows: every way to cut them again might help, hundreds of lines."""
    rows = [Row("pan", "40001234567", 30, 40 + 30 * i, 12) for i in range(5)]
    frame = frame_with(drawn(rows, (288, 184)), TILTED)
    blocks = Blocks(share=0.6)
    reader = CardRecognizer(nets=CardNets(Layout(rows, 0, (288, 184)), blocks), locate=nowhere, holder=False)
    reader.recognize(View(frame, TILTED, effort))
    assert 5 <= blocks.lines <= most


def known_line(reading: Reading) -> Quad:
    line = number_line(reading)
    assert line is not None
    return line


def test_where_the_number_was_read_before_its_line_alone_is_read() -> None:
    rows = [Row("pan", VALID, 30, 105, 12)]
    layout, blocks = Layout(rows, 0, (288, 184)), Blocks()
    reader = CardRecognizer(nets=CardNets(layout, blocks), locate=nowhere, holder=False)
    (first,) = reader.recognize(View(frame_with(drawn(rows, (288, 184)), TILTED), TILTED))
    layout.runs = blocks.lines = 0
    step = np.array([14, -9], np.float32)
    moved = as_quad(TILTED + step)
    later = frame_with(drawn(rows, (288, 184)), moved)
    (again,) = reader.recognize(View(later, moved, line=known_line(first)))
    assert (layout.runs, blocks.lines) == (0, 1)
    assert again.key == first.key == VALID
    np.testing.assert_allclose(again.quad, moved, atol=EXACT)
    np.testing.assert_allclose(again.lines[0].quad, first.lines[0].quad + step, atol=4 * EXACT)


@pytest.mark.parametrize(("number", "y"), [(VALID, 60), (PAN, 105)])
def test_a_known_line_that_does_not_settle_it_is_looked_for_anew(number: str, y: float) -> None:
    """The number stands elsewhere on this card; or it is there, but its check digit fails."""
    rows = [Row("pan", number, 30, y, 12)]
    frame = frame_with(drawn(rows, (288, 184)), TILTED)
    layout = Layout(rows, 0, (288, 184))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (elsewhere,) = read(LINE)
    (reading,) = reader.recognize(View(frame, TILTED, line=known_line(elsewhere)))
    assert layout.runs == 1
    assert reading.key == number


def test_rows_of_a_stack_are_never_taken_for_one_line() -> None:
    frame = frame_with(drawn(STACK, (184, 288)), UPRIGHT_VERTICAL)
    layout = Layout(STACK, 3, (184, 288))
    reader = CardRecognizer(nets=CardNets(layout, Blocks()), locate=nowhere, holder=False)
    (first,) = reader.recognize(View(frame, UPRIGHT_VERTICAL))
    (again,) = reader.recognize(View(frame, UPRIGHT_VERTICAL, line=known_line(first)))
    assert layout.runs == 2
    assert again.key == first.key == PAN


def test_nothing_is_said_of_a_whole_frame_without_a_card() -> None:
    frame = Frame.from_image(np.full((720, 1280), 120, np.uint8))
    assert recognizer(LINE).recognize(whole_view(frame)) == []


def test_the_same_view_gives_the_same_reading() -> None:
    first, second = read(LINE), read(LINE)
    assert [(r.key, r.lines[0].chars, r.quad.tolist()) for r in first] == [
        (r.key, r.lines[0].chars, r.quad.tolist()) for r in second
    ]


def test_the_number_stays_out_of_reprs() -> None:
    (reading,) = read(LINE)
    shown = repr(reading) + repr(reading.lines) + str(dict(reading.value)) + repr(reading.value["pan"])
    assert PAN not in shown
    assert PAN not in json.dumps({name: str(value) for name, value in reading.value.items()})


@pytest.mark.parametrize("date", ["01/24", "12/2031"])
def test_a_date_that_the_layout_missed_is_found_by_its_outlines(date: str) -> None:
    shown = [LINE[0], Row("expiry", date, 140, 130, 7)]
    view = View(frame_with(drawn(shown, (288, 184)), TILTED), TILTED, 0)
    blind = recognizer([LINE[0]])
    (quick,) = blind.recognize(view)
    assert "expiry" not in quick.value
    (thorough,) = blind.recognize(replace(view, effort=FIELDS))
    assert thorough.value["expiry"] == f"20{date[-2:]}-{date[:2]}"
    assert thorough.lines[1].text == date


def test_of_two_dates_the_later_is_the_expiry_and_distant_ones_are_none() -> None:
    dates = [
        Row("expiry", "03/21", 40, 130, 7),
        Row("expiry", "02/24", 160, 130, 7),
        Row("expiry", "01/52", 40, 160, 7),
    ]
    view = View(frame_with(drawn([LINE[0], *dates], (288, 184)), TILTED), TILTED, FIELDS)
    (reading,) = recognizer([LINE[0]]).recognize(view)
    assert reading.value["expiry"] == "2024-02"


def test_stills_are_read_when_looks_agree() -> None:
    frame = frame_with(drawn(LINE, (288, 184)), TILTED)
    nets = CardNets(Layout(LINE, 0, (288, 184)), Blocks(share=0.99))
    found = CardRecognizer(nets=nets, locate=lambda gray: seen_at(gray, frame), holder=False).read_still(frame)
    (reading,) = found
    assert reading.key == PAN
    assert reading.method == "still"
    assert np.hypot(*np.subtract(center(reading.quad), center(TILTED))) < 12


def seen_at(gray: NDArray[np.uint8], frame: Frame) -> Pose | None:
    """The card where it is, in pictures of the whole frame only."""
    scale = gray.shape[1] / frame.width
    same = abs(gray.shape[0] / frame.height - scale) < 0.01 and scale in (0.5, 0.25, 1.0)
    return Pose(as_quad(TILTED * scale)) if same else None


@pytest.mark.parametrize(("number", "believed"), [("30569309025904", True), ("30569309025905", False)])
def test_a_number_shorter_than_most_is_believed_in_a_still_where_all_fits(number: str, believed: bool) -> None:
    """Diners Club has fourteen digits; where the check digit fails they may as well be a part of more."""
    rows = [Row("pan", f"{number[:4]} {number[4:10]} {number[10:]}", 40, 105, 12)]
    frame = frame_with(drawn(rows, (288, 184)), TILTED)
    nets = CardNets(Layout(rows, 0, (288, 184)), Blocks())
    found = CardRecognizer(nets=nets, locate=lambda gray: seen_at(gray, frame), holder=False).read_still(frame)
    assert [one.key for one in found] == [number] * believed


def test_stills_invent_nothing() -> None:
    """A reader that sees other digits in each crop of the same place is not believed."""
    frame = Frame.from_image(np.random.default_rng(1).integers(0, 255, (600, 900), np.uint8))
    nets = CardNets(Layout(LINE, 0, (288, 184)), Invents())
    seen = Pose(as_quad([[20, 20], [120, 20], [120, 90], [20, 90]]))
    assert CardRecognizer(nets=nets, locate=lambda _gray: seen, holder=False).read_still(frame) == []


def test_bad_options_are_refused() -> None:
    with pytest.raises(UsageError, match="threads"):
        CardRecognizer(threads=0)
