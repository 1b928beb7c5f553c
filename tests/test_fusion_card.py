"""`CardFusion`: what is confirmed, what is not, and when a card has been exchanged."""

from __future__ import annotations

import pytest
from fusion_card_views import SPECIMEN, VISA, chars_of, completed, line_quad, view
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanapp.errors import UsageError
from scanapp.fusion.card import CardFusion
from scanapp.fusion.card_evidence import DIGITS, Look, Trust, independent
from scanapp.fusion.card_fields import expiry_date
from scanapp.payloads.card_number import CardNumber
from scanapp.results import Answer, Discerning, Fusion, Reading

steady = settings(deadline=None, derandomize=True, max_examples=12)
OTHER_VISA = completed("402400718653973")


def fused(views: list[Reading], fusion: CardFusion | None = None, *, gap: float = 0.2) -> Answer:
    fusion = fusion or CardFusion()
    for i, reading in enumerate(views):
        fusion.add(reading, pts=gap * i, sharpness=0.8)
    answer = fusion.answer()
    assert answer is not None
    return answer


def other(char: str) -> str:
    return str((int(char) + 3) % 10)


def test_it_is_what_the_engine_takes() -> None:
    assert isinstance(CardFusion(), Fusion)
    assert isinstance(CardFusion(), Discerning)
    assert CardFusion().answer() is None


def test_one_view_is_found_and_two_that_differ_confirm() -> None:
    first = fused([view(VISA)])
    assert (first.key, first.confirmed, first.frames_used) == (VISA, False, 1)
    second = fused([view(VISA), view(VISA, shift=9)])
    assert (second.key, second.confirmed, second.frames_used) == (VISA, True, 2)
    assert second.value["network"] == "visa"
    assert second.value["pan"].reveal() == VISA
    assert second.value["fields"]["pan"]["confirmed"]
    assert len(second.value["fields"]["pan"]["positions"]) == 16


@pytest.mark.parametrize("probability", [0.97, 0.99999])
def test_two_views_of_the_same_picture_do_not_confirm(probability: float) -> None:
    same = view(VISA, probability=probability)
    assert not fused([same, same]).confirmed
    assert not fused([same, view(VISA, shift=9, probability=probability)], gap=0.04).confirmed


def test_a_still_card_before_a_still_camera_is_confirmed_later() -> None:
    same = view(VISA)
    assert not fused([same] * 4).confirmed
    assert fused([same] * 7).confirmed


def test_every_view_at_thirty_a_second_is_not_a_duplicate_of_the_one_before() -> None:
    assert fused([view(VISA, shift=9.0 * i) for i in range(3)], gap=1 / 30).frames_used == 2


def test_what_differs_is_a_look_of_its_own() -> None:
    def look(pts: float, shift: float = 0.0, probability: float = 0.97) -> Look:
        chars = chars_of(VISA, probability)
        return Look(0, chars, *Trust().logs(chars, DIGITS), pts, 1.0, line_quad(shift))

    assert not independent(look(0.0), look(0.05, 30.0))
    assert not independent(look(0.0), look(0.5, 1.0))
    assert independent(look(0.0), look(0.5, 3.0))
    assert independent(look(0.0), look(1.5))
    assert independent(look(0.0), look(0.5, probability=0.8))


@steady
@given(st.data())
def test_the_order_of_views_does_not_matter(data: st.DataObject) -> None:
    doubts = st.dictionaries(st.integers(0, 15), st.sampled_from(DIGITS), max_size=2)
    probability = st.floats(0.7, 0.999)
    views = [
        (0.5 * i, view(chars_of(VISA, data.draw(probability), data.draw(doubts)), shift=9.0 * i)) for i in range(4)
    ]
    answers = []
    for order in (views, data.draw(st.permutations(views))):
        fusion = CardFusion()
        for pts, reading in order:
            fusion.add(reading, pts=pts, sharpness=0.8)
        answers.append(fusion.answer())
    a, b = answers
    assert a is not None
    assert b is not None
    assert (a.key, a.confirmed, a.frames_used) == (b.key, b.confirmed, b.frames_used)
    assert a.confidence == pytest.approx(b.confidence, abs=1e-9)


@steady
@given(st.data())
def test_one_sure_mistake_does_not_outweigh_two_right_views(data: st.DataObject) -> None:
    wrong_at = data.draw(st.sets(st.integers(0, 15), min_size=1, max_size=16))
    wrong = "".join(other(char) if i in wrong_at else char for i, char in enumerate(VISA))
    assume(len(wrong_at) < 3 or not CardNumber(wrong).luhn_ok)  # otherwise it would be another card
    right = [view(VISA, probability=0.9), view(VISA, shift=18, probability=0.9)]
    views = [*right, view(wrong, shift=9, probability=0.9999)]
    answer = fused(data.draw(st.permutations(views)))
    assert answer.key == VISA


@steady
@given(st.integers(0, 15), st.floats(0.9, 0.9999))
def test_one_view_against_one_is_no_proof(place: int, probability: float) -> None:
    wrong = VISA[:place] + other(VISA[place]) + VISA[place + 1 :]
    assert not fused([view(VISA, probability=probability), view(wrong, shift=9, probability=probability)]).confirmed


@steady
@given(st.integers(13, 19), st.data())
def test_dropped_and_invented_digits_are_found_by_the_other_views(length: int, data: st.DataObject) -> None:
    pan = completed("6759" + data.draw(st.text(DIGITS, min_size=length - 5, max_size=length - 5)))
    lost = data.draw(st.integers(0, length - 1))
    extra, ghost = data.draw(st.integers(0, length)), data.draw(st.sampled_from(DIGITS))
    views = [
        view(pan[:lost] + pan[lost + 1 :]),
        view(pan, shift=9),
        view(pan[:extra] + ghost + pan[extra:], shift=18),
        view(pan, shift=27),
    ]
    fusion = CardFusion()
    for i, reading in enumerate(data.draw(st.permutations(views))):
        fusion.add(reading, pts=0.2 * i, sharpness=0.8)
    assert fusion.best == pan


def test_views_that_lack_a_digit_or_have_one_too_many_do_not_stop_the_others() -> None:
    views = [view(VISA[:7] + VISA[8:]), view(VISA[:3] + "1" + VISA[3:], shift=9)]
    assert not fused(views).confirmed
    answer = fused([*views, *(view(VISA, shift=18 + 9.0 * i, probability=0.999) for i in range(4))])
    assert answer.key == VISA
    assert answer.confirmed


def test_what_every_view_repeats_is_no_more_evidence_than_one_of_them() -> None:
    doubtful = tuple(((char, 0.97), (other(char), 0.02)) for char in VISA)
    few, many = (CardFusion(luhn="ignore"), CardFusion(luhn="ignore"))
    fused([view(doubtful, shift=9.0 * i) for i in range(4)], few)
    fused([view(doubtful, shift=9.0 * i) for i in range(12)], many)
    assert many.lead == pytest.approx(few.lead, abs=0.5)
    assert not fused([view(doubtful, shift=9.0 * i) for i in range(12)], CardFusion(luhn="ignore")).confirmed


def test_the_check_digit_decides_what_the_pictures_leave_open() -> None:
    doubtful = chars_of(VISA[:5] + "7" + VISA[6:], doubts={5: VISA[5]})
    views = [view(doubtful, shift=9.0 * i) for i in range(3)]
    assert fused(views).key == VISA
    assert fused(views, CardFusion(luhn="require")).key == VISA
    ignoring = fused(views, CardFusion(luhn="ignore"))
    assert ignoring.key != VISA
    assert not ignoring.confirmed


def test_specimens_are_confirmed_on_more_evidence() -> None:
    assert fused([view(SPECIMEN, shift=9.0 * i, probability=0.99999) for i in range(4)]).confirmed
    weak = [view(SPECIMEN, shift=9.0 * i, probability=0.99) for i in range(2)]
    for few in (weak, [view(SPECIMEN, shift=9.0 * i) for i in range(6)]):
        fusion = CardFusion()
        for i, reading in enumerate(few):
            fusion.add(reading, pts=0.2 * i, sharpness=0.8)
        assert fusion.best == SPECIMEN
        assert fusion.answer() is None, "a number that fails its check digit is not told of before it is confirmed"
    assert fused(weak, CardFusion(luhn="ignore")).confirmed
    strict = CardFusion(luhn="require")
    assert fused(weak, strict).key != SPECIMEN


def test_one_clear_view_is_told_as_it_reads_whatever_its_check_digit() -> None:
    eighteen = completed("42077381220740402")
    nineteen = eighteen[:9] + eighteen[8:]
    assert not CardNumber(nineteen).luhn_ok, "without its doubled digit it would pass"
    for clear in (nineteen, SPECIMEN):
        fusion = CardFusion()
        fusion.add(view(clear, probability=0.9999), pts=0.0, sharpness=0.8)
        assert fusion.best == clear
    fusion = CardFusion()
    fusion.add(view(chars_of(VISA[:5] + "7" + VISA[6:], 0.9999, doubts={5: VISA[5]})), pts=0.0, sharpness=0.8)
    assert fusion.best == VISA, "where a digit is in doubt the check digit decides"


@pytest.mark.parametrize("number", ["9382233001922728", completed("938223300192272")])
def test_what_no_network_issues_is_never_told(number: str) -> None:
    fusion = CardFusion()
    for i in range(8):
        fusion.add(view(number, shift=9.0 * i), pts=0.2 * i, sharpness=0.8)
    assert fusion.best == number
    assert fusion.answer() is None


def test_glare_and_blur_count_less() -> None:
    right, wrong = chars_of(VISA, 0.9), chars_of("9" + VISA[1:], 0.9)
    for worse in (view(wrong, advice="glare"), view(wrong)):
        fusion = CardFusion(luhn="ignore")
        fusion.add(view(right, shift=9), pts=0.0, sharpness=0.9)
        fusion.add(worse, pts=1.0, sharpness=0.9 if worse.advice else 0.4)
        answer = fusion.answer()
        assert answer is not None
        assert answer.key == VISA
    fusion.add(view(VISA), pts=2.0, sharpness=float("nan"))
    assert fusion.answer() is not None


def test_a_view_of_something_else_changes_nothing() -> None:
    fusion = CardFusion()
    fusion.add(Reading("text", VISA, {}, line_quad(), lines=view(VISA).lines), pts=0.0, sharpness=1.0)
    fusion.add(Reading("card", "", {}, line_quad(), advice="hold"), pts=0.0, sharpness=1.0)
    assert fusion.answer() is None
    fusion.add(view("12345"), pts=0.1, sharpness=1.0)
    assert fusion.answer() is None


# -- another card ------------------------------------------------------------------------------------------------


def confirmed_fusion() -> CardFusion:
    fusion = CardFusion()
    assert fused([view(VISA), view(VISA, shift=9)], fusion).confirmed
    return fusion


def test_a_certain_view_of_another_card_contradicts() -> None:
    fusion = confirmed_fusion()
    assert fusion.contradicts(view(OTHER_VISA))
    assert not fusion.contradicts(view(VISA))
    assert not fusion.contradicts(view(expiry="08/29"))
    assert not fusion.contradicts(Reading("code", OTHER_VISA, {}, line_quad(), lines=view(OTHER_VISA).lines))
    assert fusion.answer() is not None


def test_fusion_starts_anew_where_the_engine_does_not_ask() -> None:
    fusion = confirmed_fusion()
    fusion.add(view(OTHER_VISA), pts=1.0, sharpness=0.8)
    assert fusion.restarted
    answer = fusion.answer()
    assert answer is not None
    assert (answer.key, answer.confirmed, answer.frames_used) == (OTHER_VISA, False, 1)
    fusion.add(view(OTHER_VISA, shift=9), pts=1.2, sharpness=0.8)
    assert not fusion.restarted
    answer = fusion.answer()
    assert answer is not None
    assert answer.confirmed


def test_a_doubtful_stranger_needs_a_second_view_in_a_row() -> None:
    fusion = confirmed_fusion()
    doubtful = view(OTHER_VISA, probability=0.85)
    assert not fusion.contradicts(doubtful)
    fusion.add(doubtful, pts=1.0, sharpness=0.8)
    answer = fusion.answer()
    assert answer is not None
    assert answer.key == VISA
    assert fusion.contradicts(doubtful)
    fusion.add(view(VISA), pts=1.2, sharpness=0.8)
    assert not fusion.contradicts(doubtful)


@steady
@given(st.sets(st.integers(0, 15), min_size=1, max_size=2))
def test_a_view_with_two_wrong_digits_is_not_another_card(places: set[int]) -> None:
    wrong = "".join(other(char) if i in places else char for i, char in enumerate(VISA))
    assert not confirmed_fusion().contradicts(view(wrong, probability=0.9999))


def test_one_view_before_is_not_enough_to_be_contradicted() -> None:
    fusion = CardFusion()
    fusion.add(view(OTHER_VISA), pts=0.0, sharpness=0.8)
    assert not fusion.contradicts(view(VISA))


# -- expiry and holder -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("JO SPECIMENVISA", "JO SPECIMEN"),
        ("JO SPECIMEN VISA", "JO SPECIMEN"),
        ("VISA", "VISA"),
        ("V VISAGE", "V VISAGE"),
    ],
)
def test_the_network_s_logo_beside_a_name_is_no_part_of_it(read: str, told: str) -> None:
    answer = fused([view(VISA, holder=read, shift=9.0 * i) for i in range(2)])
    assert answer.value["holder"] == told


def test_expiry_and_holder_are_confirmed_by_their_own_views() -> None:
    views = [view(VISA, expiry="08/29", holder="JOHN Q SPECIMEN", shift=9.0 * i) for i in range(3)]
    answer = fused(views)
    assert answer.value["expiry"] == "2029-08"
    assert answer.value["holder"] == "JOHN Q SPECIMEN"
    assert all(field["confirmed"] for field in answer.value["fields"].values())
    assert answer.settled
    assert {line.name for line in answer.lines} == {"pan", "expiry", "holder"}


def test_the_number_does_not_wait_for_the_other_fields() -> None:
    fusion = confirmed_fusion()
    answer = fusion.answer()
    assert answer is not None
    assert answer.confirmed
    assert not answer.settled
    assert "expiry" not in answer.value
    for i in range(2):
        fusion.add(view(expiry="08/29", shift=30.0 * i), pts=1.0 + i, sharpness=0.8)
    later = fusion.answer()
    assert later is not None
    assert later.value["expiry"] == "2029-08"
    assert later.value["fields"]["expiry"]["confirmed"]


def test_fields_that_are_not_there_are_given_up() -> None:
    fusion = CardFusion(patience=3)
    settled = []
    for i in range(6):
        fusion.add(view(VISA, shift=9.0 * i), pts=0.2 * i, sharpness=0.8)
        answer = fusion.answer()
        assert answer is not None
        settled.append(answer.settled)
    assert settled == [False, False, False, False, True, True]


def test_a_month_that_does_not_exist_gives_way_to_one_that_does() -> None:
    doubtful = (("1", 0.9),), (("7", 0.6), ("1", 0.35)), (("/", 0.9),), (("2", 0.9),), (("8", 0.9),)
    views = [view(VISA, expiry=doubtful, shift=9.0 * i) for i in range(3)]
    assert fused(views).value["expiry"] == "2028-11"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("12/27", "2027-12"),
        ("12/2027", "2027-12"),
        ("0827", "2027-08"),
        ("01/2508/29", "2029-08"),
        ("13/27", ""),
        ("00/00", ""),
        ("01/99", ""),
        ("127", ""),
        ("", ""),
    ],
)
def test_dates_make_sense(text: str, date: str) -> None:
    assert expiry_date(text) == date


# -- options, and what must not leak -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{"luhn": "maybe"}, {"threshold": 0.0}, {"patience": 0}, {"temperature": 0.5}], ids=str
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="card fusion"):
        CardFusion(**options)  # type: ignore[arg-type]


def test_the_number_stays_out_of_what_is_printed() -> None:
    fusion = confirmed_fusion()
    answer = fusion.answer()
    assert answer is not None
    assert VISA not in f"{answer!r} {dict(answer.value)!r} {answer.value['pan']}"
