"""No full card number leaves the engine unasked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from scanapp.events import Event
from scanapp.geometry import box_quad
from scanapp.payloads.card_number import CardNumber
from scanapp.privacy import hidden_positions, key_of, mask_answer, mask_value
from scanapp.results import Answer, Line
from scanapp.sanitize import printable, to_json
from scanapp.testing import reading

CARDS = ["4539578763621486", "5425233430109903", "378734493671000", "6011000990139424", "6250941006528599"]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("layout", ["{}", "no. {} ok", "{0} 12/29", "Card:{0}\nTom"])
def test_numbers_in_text_are_masked(card: str, layout: str) -> None:
    spaced = " ".join(card[i : i + 4] for i in range(0, len(card), 4))
    for shown in (card, spaced, spaced.replace(" ", "-")):
        text = layout.format(shown)
        lines = [{"text": line, "confidence": 1.0} for line in text.split("\n")]
        value = mask_value({"text": text, "lines": lines}, "text")
        digits = "".join(c for c in str(value) if c.isdigit())
        assert card not in digits
        assert card[6:-4] not in digits


def test_a_number_stacked_over_four_lines_is_masked() -> None:
    text = "4111\n1111\n1111\n1111"
    value = mask_value({"text": text, "lines": [{"text": part} for part in text.split("\n")]}, "text")
    assert value["text"] == "4111\n11••\n••••\n1111"
    assert [line["text"] for line in value["lines"]] == ["4111", "11••", "••••", "1111"]


@pytest.mark.parametrize("text", ["Invoice 2024000123", "+49 30 1234567", "4006381333931", "1234 5678 9012 3456"])
def test_other_numbers_stay(text: str) -> None:
    assert mask_value({"text": text, "lines": [{"text": text}]}, "text")["text"] == text


@given(st.text(alphabet="0123456789 \n-", max_size=60))
def test_masking_hides_every_card_number_that_stands_alone(noise: str) -> None:
    hidden = hidden_positions(noise)
    assert all(noise[i].isdigit() for i in hidden)


@given(st.integers(0, 10**9 - 1))
def test_any_visa_number_is_hidden(middle: int) -> None:
    body = f"400000{middle:09d}"
    card = body + luhn.calc_check_digit(body)
    assert hidden_positions(f"x {card} y") == set(range(2 + 6, 2 + 12))


def test_codes_that_hold_nothing_but_a_card_number() -> None:
    value = {"format": "QRCode", "text": CARDS[0], "hex": CARDS[0].encode().hex(), "payload": {"type": "number"}}
    assert mask_value(value, "code") == {
        "format": "QRCode",
        "text": "453957••••••1486",
        "payload": {"type": "bank_card", "pan": "453957••••••1486"},
    }


def test_secrets_of_one_time_passwords_are_hidden() -> None:
    text = "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&issuer=x"
    value = mask_value({"format": "QRCode", "text": text, "hex": "00", "payload": {"type": "otp"}}, "code")
    assert "JBSWY" not in str(value)
    assert "hex" not in value


def test_reprs_do_not_show_what_was_read() -> None:
    item = reading(CARDS[0])
    event = Event("confirmed", 0.0, 0, 1, "code", box_quad(0, 0, 1, 1), 1.0, 1, item.value)
    assert CARDS[0] not in repr(item) + repr(event)


@given(st.text(max_size=80))
def test_shown_text_never_holds_what_a_terminal_would_act_on(text: str) -> None:
    for shown in (printable(text), to_json({"text": text})):
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
        assert "\u202e" not in shown
        shown.encode("utf-8")


SPECIMEN = "4000 1234 5678 9010"
"""A number as on a specimen card: its check digit does not fit."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SPECIMEN, "4000 12•• •••• 9010"),
        (f"1 {SPECIMEN} 12/29", "1 4000 12•• •••• 9010 12/29"),
        ("3782 822463 10006", "3782 82•••• •0006"),
        ("4000\n1234\n5678\n9010", "4000\n12••\n••••\n9010"),
        ("6200 1234 5678 9012 344", "6200 12•• •••• •••2 344"),
    ],
)
def test_a_number_grouped_as_on_a_card_is_masked_even_if_a_digit_is_wrong(text: str, shown: str) -> None:
    value = mask_value({"text": text, "lines": [{"text": part} for part in text.split("\n")]}, "text")
    assert value["text"] == shown
    assert "\n".join(line["text"] for line in value["lines"]) == shown


@pytest.mark.parametrize(
    "text",
    [
        "4000123456789010",
        "DE17 5001 0517 5406 6907 43",
        "4000 0704 9996 9022 1283 5678",
        "1234-4000-5983-8675-6508",
    ],
)
def test_other_groups_stay(text: str) -> None:
    assert hidden_positions(text) == set()


def _card_answer() -> Answer:
    pan = CardNumber(SPECIMEN)
    value = {
        "pan": pan,
        "network": "visa",
        "expiry": "2027-12",
        "holder": f"J {SPECIMEN}",
        "fields": {"pan": {"confidence": 0.9, "views": 2, "text": pan}},
    }
    lines = tuple(
        Line(box_quad(0, 0, 9, 1), tuple(((c, 1.0),) for c in text), name)
        for name, text in (("pan", pan.reveal()), ("expiry", "12/27"))
    )
    return Answer(value, 0.9, 2, True, True, box_quad(0, 0, 9, 9), key=pan.reveal(), lines=lines)


def _everything(answer: Answer) -> str:
    return to_json(dict(answer.value)) + answer.key + "".join(line.text for line in answer.lines) + repr(answer)


def test_a_cards_answer_keeps_nothing_of_its_number() -> None:
    masked = mask_answer(_card_answer(), "card")
    assert masked.value == {
        "pan": "400012••••••9010",
        "network": "visa",
        "expiry": "2027-12",
        "holder": "J 4000 12•• •••• 9010",
        "fields": {"pan": {"confidence": 0.9, "views": 2, "text": "400012••••••9010"}},
    }
    assert [line.name for line in masked.lines] == ["expiry"]
    assert "345678" not in _everything(masked).replace(" ", "")
    json.dumps(masked.value)


def test_a_masked_cards_key_still_tells_numbers_apart() -> None:
    masked = mask_answer(_card_answer(), "card")
    assert masked.key == key_of("card", "4000123456789010") != key_of("card", "4000123456789028")
    assert key_of("card", "") == ""
    assert key_of("code", "QRCode:x") == "QRCode:x"


def test_a_revealed_card_is_plain_digits() -> None:
    revealed = mask_answer(_card_answer(), "card", reveal=True)
    assert revealed.value["pan"] == "4000123456789010"
    assert revealed.value["fields"]["pan"]["text"] == "4000123456789010"
    assert revealed.value["holder"] == f"J {SPECIMEN}"
    json.dumps(revealed.value)
    assert revealed.key == "4000123456789010"


@pytest.mark.parametrize(
    ("pan", "shown"),
    [
        ("4000123456789010", "400012••••••9010"),
        (SPECIMEN, "400012••••••9010"),
        ("400012••••••9010", "400012••••••9010"),
        ("40001234567", "•••••••4567"),
        ("", ""),
        ("4000123456789010x", "400012••••••9010"),
    ],
)
def test_a_cards_number_is_masked_whatever_it_is(pan: str, shown: str) -> None:
    assert mask_value({"pan": pan}, "card") == {"pan": shown}


def test_codes_and_texts_are_left_alone_when_revealed() -> None:
    value = {"format": "QRCode", "text": CARDS[0], "hex": "", "payload": {"type": "number"}}
    assert mask_value(value, "code", reveal=True) is value
    assert mask_value({"text": CARDS[0]}, "text", reveal=True) == {"text": CARDS[0]}
