"""Links: what is a link, where it really leads, and what makes it suspect."""

from __future__ import annotations

from typing import Any

import pytest

from scanapp.payloads import describe, parse_payload
from scanapp.payloads.hosts import ip_address, to_ascii, to_unicode
from scanapp.payloads.lookalikes import ascii_skeleton, host_warnings


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://example.com/a?b=c#d", "example.com"),
        ("HTTPS://EXAMPLE.COM", "example.com"),
        ("https://example.com:443/", "example.com"),
        ("http://example.com?x", "example.com"),
        ("www.example.org/x", "www.example.org"),
        ("URL:https://example.com", "example.com"),
        ("ftp://files.example/x", "files.example"),
        ("https://health.example/code?id=1", "health.example"),
        ("intent://scan/#Intent;end", "scan"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://россия.рф/", "xn--h1alffa9f.xn--p1ai"),
        ("https://例え.テスト/", "xn--r8jz45g.xn--zckzah"),
        ("https://example。com/", "example.com"),
        ("https://ex%61mple.com/", "example.com"),
    ],
)
def test_good_links_have_a_host_and_no_warning(text: str, host: str) -> None:
    payload = parse_payload(text)
    assert payload["type"] == "url"
    assert payload["host"] == host
    assert "warnings" not in payload


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://аррӏе.com/",
            {"warnings": ["look_alike"], "looks_like": "apple.com", "host": "xn--80ak6aa92e.com"},
        ),
        ("https://xn--80ak6aa92e.com/", {"host_unicode": "аррӏе.com", "looks_like": "apple.com"}),
        ("https://раypal.com/", {"warnings": ["mixed_scripts", "look_alike"], "looks_like": "paypal.com"}),
        ("https://goοgle.com/", {"warnings": ["mixed_scripts", "look_alike"], "looks_like": "google.com"}),
        ("https://bank.com⁄login.evil.example/", {"warnings": ["look_alike"]}),
        ("http://google.com@evil.example/", {"warnings": ["userinfo"], "host": "evil.example"}),
        ("https://good.example\\@evil.example/", {"warnings": ["backslash"], "host": "good.example"}),
        ("http://192.0.2.1/", {"warnings": ["ip_address"], "ip": "192.0.2.1"}),
        ("http://0xC0.0.2.1/", {"warnings": ["ip_address"], "ip": "192.0.2.1"}),
        ("http://3221225985/", {"warnings": ["ip_address"], "ip": "192.0.2.1"}),
        ("http://[2001:db8::1]:8080/", {"warnings": ["nonstandard_port", "ip_address"], "port": 8080}),
        ("https://example.com:8443/", {"warnings": ["nonstandard_port"], "port": 8443}),
        ("https://example.com:99999/", {"warnings": ["bad_port"]}),
        ("http://[::1", {"warnings": ["bad_host"]}),
        ("https://a.example/\x1b[31m", {"warnings": ["control_characters"]}),
        ("https://a.example/\u202egpj.exe", {"warnings": ["invisible_characters"]}),
    ],
)
def test_suspect_links_say_why(text: str, expected: dict[str, Any]) -> None:
    payload = parse_payload(text)
    assert payload["type"] == "url"
    assert {key: payload.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("javascript:alert(1)", "javascript"),
        ("JavaScript://example.com/%0aalert(1)", "javascript"),
        ("java\tscript:alert(1)", "javascript"),
        ("\x00javascript:alert(1)", "javascript"),
        ("java\u200bscript:alert(1)", "javascript"),
        ("URL:javascript:alert(1)", "javascript"),
        ("data:text/html,<script>", "data"),
        ("file:///etc/passwd", "file"),
        ("vbscript:x", "vbscript"),
    ],
)
def test_dangerous_schemes_are_flagged_text(text: str, scheme: str) -> None:
    assert parse_payload(text) == {"type": "text", "scheme": scheme, "warnings": ["dangerous_scheme"]}


@pytest.mark.parametrize(
    "text",
    [
        "Data: 5 kg",
        "File: report",
        "Note: hello",
        "https://",
        "http://:80/",
        "https://a b.example/",
        "://x",
        "http:",
    ],
)
def test_notes_are_not_links(text: str) -> None:
    assert parse_payload(text) == {"type": "text"}


def test_a_note_that_begins_with_a_link_is_a_note() -> None:
    assert parse_payload("https://example.com\nCall me") == {"type": "text"}


def test_bookmark() -> None:
    payload = parse_payload(r"MEBKM:TITLE:Tea;URL:https\://example.com/a\;b;;")
    assert payload == {
        "type": "url",
        "url": "https://example.com/a;b",
        "scheme": "https",
        "host": "example.com",
        "title": "Tea",
    }
    assert parse_payload("MEBKM:URL:javascript\\:alert(1);;")["warnings"] == ["dangerous_scheme"]
    assert parse_payload("MEBKM:TITLE:Tea;;") == {"type": "text"}


def test_a_host_without_end_is_refused() -> None:
    assert parse_payload("https://" + "ﷺ" * 4000) == {"type": "text"}


def test_description_names_the_real_host() -> None:
    line = describe(parse_payload("https://раypal.com/login"))
    assert line == "Link to раypal.com (looks like paypal.com) ⚠ mixed scripts, look-alike letters"


@pytest.mark.parametrize(
    "name", ["bücher.example", "россия.рф", "例え.テスト", "faß.de", "plain.example", "ไทย.com", "한국.kr"]
)
def test_punycode_both_ways(name: str) -> None:
    assert to_ascii(name).isascii()
    assert to_unicode(to_ascii(name)) == name


@pytest.mark.parametrize("label", ["xn--", "xn--\x80", "xn--9999999999999999", "xn--" + "a" * 80, "xn--a-.x"])
def test_broken_punycode_stays_as_written(label: str) -> None:
    assert to_unicode(label) == label or to_unicode(label).isprintable()


def test_punycode_that_hides_a_slash_stays_code() -> None:
    forged = "xn--" + "a/b\u00e9".encode("punycode").decode()
    assert to_unicode(forged) == forged


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0300.0.2.1", "192.0.2.1"),
        ("192.0.513", "192.0.2.1"),
        ("[::ffff:192.0.2.1]", "::ffff:192.0.2.1"),
        ("256.1.1.1", ""),
        ("1.2.3.4.5", ""),
        ("09.1.1.1", ""),
        ("4294967296", ""),
        ("1.2.3.example", ""),
        ("", ""),
    ],
)
def test_ip_addresses_in_any_form(host: str, address: str) -> None:
    assert (ip_address(host) or "").replace("::ffff:c000:201", "::ffff:192.0.2.1") == address


def test_scripts_that_belong_together_may_mix() -> None:
    assert host_warnings("東京タワーtokyo.example") == []
    assert host_warnings("сахар.рф") == []
    assert host_warnings("caféбар.example") == ["mixed_scripts"]
    assert ascii_skeleton("аbс") == "abc"
