"""What a card number says: network, lengths, country, plausibility; and dates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from scanapp.errors import PayloadError
from scanapp.payloads.bank_card import LENGTH_UNFIT, LUHN_FAILS, UNKNOWN_IIN, describe, log_prior, parse_expiry
from scanapp.payloads.card_networks import NETWORKS, networks_by_prefix
from scanapp.payloads.card_number import CardNumber, looks_like_card


def number(prefix: str, length: int) -> str:
    """A Luhn-valid number of ``length`` digits."""
    body = prefix + "0" * (length - len(prefix) - 1)
    return body + luhn.calc_check_digit(body)


@pytest.mark.parametrize(
    ("prefix", "length", "network", "also"),
    [
        ("4", 16, "visa", ()),
        ("4", 13, "visa", ()),
        ("4", 19, "visa", ()),
        ("51", 16, "mastercard", ()),
        ("55", 16, "mastercard", ()),
        ("2221", 16, "mastercard", ()),
        ("2720", 16, "mastercard", ()),
        ("2300", 16, "mastercard", ()),
        ("34", 15, "amex", ()),
        ("37", 15, "amex", ()),
        ("62", 16, "unionpay", ()),
        ("62", 19, "unionpay", ()),
        ("817", 16, "unionpay", ()),
        ("622126", 16, "unionpay", ("discover",)),
        ("3528", 16, "jcb", ()),
        ("3589", 16, "jcb", ()),
        ("353", 16, "jcb", ("rupay",)),
        ("6011", 16, "discover", ("rupay",)),
        ("644", 16, "discover", ()),
        ("65", 16, "discover", ("troy",)),
        ("36", 14, "diners", ()),
        ("300", 14, "diners", ()),
        ("38", 16, "diners", ()),
        ("50", 12, "maestro", ()),
        ("6759", 16, "maestro", ()),
        ("6304", 19, "maestro", ()),
        ("2200", 16, "mir", ()),
        ("2204", 19, "mir", ()),
        ("9792", 16, "troy", ()),
        ("508500", 16, "rupay", ("maestro",)),
        ("652150", 16, "rupay", ("discover", "troy")),
        ("506099", 16, "verve", ("maestro",)),
        ("650002", 16, "verve", ("discover", "troy")),
        ("509000", 16, "elo", ("maestro",)),
        ("401178", 16, "elo", ("visa",)),
        ("606282", 16, "hipercard", ("rupay",)),
        ("637095", 16, "hiper", ("instapayment",)),
        ("1", 15, "uatp", ()),
        ("5019", 16, "dankort", ("maestro",)),
        ("4571", 16, "visa", ("dankort",)),
        ("636", 16, "interpayment", ()),
        ("357111", 16, "lankapay", ("jcb",)),
        ("60400100", 16, "ukrcard", ("rupay",)),
        ("8600", 16, "uzcard", ()),
        ("5614", 16, "uzcard", ("maestro",)),
        ("9860", 16, "humo", ()),
        ("2205", 16, "borica", ()),
        ("507803", 16, "meeza", ("maestro",)),
        ("9704", 19, "napas", ()),
    ],
)
def test_networks(prefix: str, length: int, network: str, also: tuple[str, ...]) -> None:
    card = describe(number(prefix, length))
    assert card.network == network
    assert set(card.networks) == {network, *also}
    assert card.networks[0] == network
    assert card.luhn_ok
    assert length in card.lengths


@pytest.mark.parametrize(
    ("digits", "network"),
    [
        (number("2220", 16), ""),
        (number("2721", 16), ""),
        (number("56", 16), "maestro"),
        (number("4", 15), ""),
        (number("34", 16), ""),
        (number("2205", 17), ""),
        (number("0", 16), ""),
        (number("9999", 16), ""),
        ("4", ""),
    ],
)
def test_neighbours_of_a_range_are_not_in_it(digits: str, network: str) -> None:
    assert describe(digits).network == network


def test_countries_are_those_of_networks_issued_in_one_country() -> None:
    assert describe(number("5019", 16)).issuer_country == "DK"
    assert describe(number("9792", 16)).issuer_country == "TR"
    assert describe(number("4571", 16)).issuer_country is None
    assert describe(number("4", 16)).issuer_country is None
    assert describe(number("4", 16)).issuer is None


def test_an_unknown_issuer_has_no_lengths() -> None:
    assert describe("0000000000000000").lengths == ()


def test_a_description_shows_no_number() -> None:
    card = describe(CardNumber("4000 0012 3456 7899"))
    assert "00123456" not in repr(card).replace(" ", "")
    assert "400000••••••7899" in repr(card)
    with pytest.raises(PayloadError) as caught:
        describe("4000 0012 3456 789x")
    assert "3456" not in str(caught.value)


def test_the_table_is_well_formed() -> None:
    names = [network.name for network in NETWORKS]
    assert len(names) == len(set(names))
    for network in NETWORKS:
        assert set(network.usual) <= set(network.lengths), network.name
        assert all(8 <= length <= 19 for length in network.lengths), network.name
        for first, last in network.ranges + network.cobrand:
            assert len(first) == len(last), network.name
            assert first <= last, network.name
            assert networks_by_prefix(first.ljust(8, "0"))
            assert network in networks_by_prefix(last.ljust(8, "9"))


@given(st.text("0123456789", min_size=1, max_size=20))
def test_longer_prefixes_come_first(digits: str) -> None:
    """Among networks in whose own ranges a number lies."""

    def depth(network: object) -> int:
        own = [r for n in NETWORKS if n is network for r in n.ranges]
        return max((len(first) for first, last in own if first <= digits[: len(first)] <= last), default=0)

    depths = [depth(network) for network in networks_by_prefix(digits)]
    assert depths == sorted(depths, reverse=True)


def test_the_prior_prefers_what_is_a_card_number() -> None:
    good = number("4", 16)
    specimen = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert log_prior(good) == 0.0
    assert log_prior(specimen) == LUHN_FAILS
    assert log_prior(specimen, luhn=False) == 0.0
    assert log_prior(good[:-1], luhn=False) == LENGTH_UNFIT
    assert log_prior(number("9999", 16)) == UNKNOWN_IIN
    assert log_prior(number("9999", 11), luhn=False) == UNKNOWN_IIN + LENGTH_UNFIT
    assert log_prior("") == log_prior("4111a") == -math.inf


def test_rare_lengths_and_regional_networks_weigh_less_than_errors() -> None:
    usual, rare, regional = (log_prior(number(*what)) for what in (("62", 16), ("62", 17), ("9860", 16)))
    assert usual == 0.0
    assert LUHN_FAILS < rare < regional < 0.0


@given(st.text("0123456789", min_size=1, max_size=25), st.booleans())
def test_the_prior_is_a_log_probability_ratio(digits: str, check: bool) -> None:
    assert LUHN_FAILS + UNKNOWN_IIN + LENGTH_UNFIT <= log_prior(digits, luhn=check) <= 0.0
    assert log_prior(digits, luhn=True) <= log_prior(digits, luhn=False)


@given(st.text("0123456789", min_size=13, max_size=19))
def test_a_card_is_what_has_a_network_and_a_check_digit(digits: str) -> None:
    card = describe(digits)
    assert looks_like_card(digits) == (bool(card.networks) and card.luhn_ok)


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("08/29", "2029-08"),
        ("8/29", "2029-08"),
        ("12/2031", "2031-12"),
        (" 08 / 29 ", "2029-08"),
        ("08-29", "2029-08"),
        ("08–29", "2029-08"),
        ("08.29", "2029-08"),
        ("0829", "2029-08"),
        ("082029", "2029-08"),
        ("13/29", None),
        ("00/29", None),
        ("08/1929", None),
        ("08/2", None),
        ("08/299", None),
        ("1/2/29", None),
        ("٠٨/٢٩", None),
        ("", None),
        ("VALID 08/29", None),
        ("0" * 5000, None),
    ],
)
def test_expiry(text: str, expiry: str | None) -> None:
    assert parse_expiry(text) == expiry


@pytest.mark.parametrize(
    ("text", "today", "expiry"),
    [
        ("11/26", (2026, 11), "2026-11"),
        ("11/16", (2026, 11), "2016-11"),
        ("10/16", (2026, 11), None),
        ("11/46", (2026, 11), "2046-11"),
        ("12/46", (2026, 11), None),
        ("11/76", (2026, 11), None),
        ("11/99", (2026, 11), None),
        ("11/2026", (2050, 1), None),
        ("03/01", (2095, 6), "2101-03"),
        ("03/98", (2102, 6), "2098-03"),
    ],
)
def test_expiry_is_checked_against_a_given_day(text: str, today: tuple[int, int], expiry: str | None) -> None:
    assert parse_expiry(text, today=today) == expiry
