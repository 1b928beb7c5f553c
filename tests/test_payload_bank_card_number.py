"""`CardNumber`: no way of printing it that shows it all, but one."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanapp.errors import PayloadError
from scanapp.payloads.card_number import CardNumber, fingerprint
from scanapp.sanitize import to_json

PAN = "4000001234567899"
SHOWN = "400000••••••7899"


@dataclass(frozen=True)
class Holder:
    pan: CardNumber


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        lambda n: f"{n}",
        lambda n: f"{n!r}",
        lambda n: f"{n!s:>30}",
        lambda n: "{:^20}".format(n),  # noqa: UP032
        lambda n: "%s %r" % (n, n),  # noqa: UP031
        lambda n: to_json({"pan": n, "list": [n]}),
        lambda n: str([n]) + repr({"pan": n}),
        lambda n: repr(Holder(n)) + repr(asdict(Holder(n))),
        lambda n: str(copy.copy(n)) + str(copy.deepcopy({"n": n})),
        lambda n: repr(pickle.loads(pickle.dumps(n))),
        lambda n: " ".join(str(getattr(n, name)) for name in ("last4", "digits_shown", "luhn_ok")) + SHOWN,
        lambda n: str(dir(n)) + str(hash(n)) + SHOWN,
    ],
)
def test_it_is_masked_wherever_it_is_shown(show: Callable[[CardNumber], str]) -> None:
    text = show(CardNumber(PAN))
    digits = "".join(c for c in text if c.isdigit())
    assert PAN not in digits
    assert PAN[6:12] not in digits
    assert SHOWN in text


def test_it_is_masked_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("t").debug("read %s and %r", CardNumber(PAN), CardNumber(PAN))
    assert "234567" not in caplog.text
    assert SHOWN in caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_hold_no_digits(protocol: int) -> None:
    data = pickle.dumps({"pan": CardNumber(PAN)}, protocol=protocol)
    assert b"234567" not in data
    assert pickle.loads(data) == {"pan": SHOWN}


def test_it_gives_all_when_asked() -> None:
    number = CardNumber("4000 0012-3456 7899")
    assert number.reveal() == PAN
    assert number.last4 == "7899"
    assert len(number) == 16
    assert number.luhn_ok
    assert not CardNumber("4000001234567890").luhn_ok


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("3782822463100", "378282•••3100"),
        ("378282246310005", "378282•••••0005"),
        ("6200000000000000005", "620000•••••••••0005"),
        ("378282246310", "••••••••6310"),
        ("3782822463", "••••••2463"),
        ("378282246", "•••••••••"),
        ("1", "•"),
    ],
)
def test_short_numbers_show_less(digits: str, shown: str) -> None:
    number = CardNumber(digits)
    assert str(number) == shown
    assert sum(number.digits_shown) == sum(c.isdigit() for c in shown)
    assert number.last4 in shown


@given(st.text("0123456789", min_size=1, max_size=32))
def test_never_more_than_ten_digits_are_shown(digits: str) -> None:
    shown = str(CardNumber(digits))
    assert len(shown) == len(digits)
    assert sum(c.isdigit() for c in shown) <= min(10, max(0, len(digits) - 3))


def test_equality_and_hash() -> None:
    number = CardNumber(PAN)
    assert number == CardNumber("4000 0012 3456 7899")
    assert number != CardNumber("4000001234567890")
    assert number != PAN
    assert len({number, CardNumber(PAN), CardNumber("4")}) == 2
    assert hash(number) == hash(CardNumber(PAN))
    assert hash(number) not in (hash(PAN), hash(int(PAN)), hash((PAN,)))


def test_fingerprints_say_nothing_of_the_digits() -> None:
    one, other = fingerprint(PAN), fingerprint("4000001234567890")
    assert one == fingerprint(PAN) != other
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 16
    assert "234567" not in one


@pytest.mark.parametrize(
    "act",
    [
        iter,
        list,
        lambda n: n < n,
        lambda n: n >= PAN,
        lambda n: sorted([n, CardNumber("5")]),
        lambda n: n[0],
        lambda n: n + "",
        int,
        lambda n: "%d" % n,  # noqa: UP031
        vars,
        json.dumps,
        lambda n: json.dumps({n: 1}),
        lambda n: setattr(n, "_digits", "1"),
        lambda n: setattr(n, "note", PAN),
        lambda n: delattr(n, "_digits"),
        lambda n: "4" in n,
        lambda n: f"{n:d}",
    ],
)
def test_what_it_does_not_do(act: Callable[[CardNumber], object]) -> None:
    number = CardNumber(PAN)
    with pytest.raises((TypeError, AttributeError, ValueError)) as caught:
        act(number)
    assert "234567" not in str(caught.value)
    assert number.reveal() == PAN


@pytest.mark.parametrize(
    "wrong", ["", " ", "-", f"{PAN}x", f"x{PAN}", PAN * 3, f"{PAN}\n", "４０００００１２", "4.0", "+4"]
)
def test_errors_do_not_repeat_the_input(wrong: str) -> None:
    with pytest.raises(PayloadError) as caught:
        CardNumber(wrong)
    assert "234567" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_threads_share_it() -> None:
    number = CardNumber(PAN)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda n: n.reveal(), [number] * 50)) == [PAN] * 50
