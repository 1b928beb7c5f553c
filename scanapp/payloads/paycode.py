"""Digits that a customer's pay app shows to be scanned at a till: 16 to 24 of them, good for a minute.

Whoever has them can take money: the payload names the network and nothing else.
"""

from __future__ import annotations

from scanapp.payloads.base import PRESENTED_FORMATS, Payload, PayloadInput, is_digits
from scanapp.payloads.card_number import looks_like_card


def parse_payment_barcode(item: PayloadInput) -> Payload | None:
    """network and the number of digits, from Code 128 and QR only; a possible bank-card number is never one.

    Prefixes and lengths as the networks' merchant documentation gives them: Alipay 25 to 30 and 16 to 24 digits,
    WeChat Pay 10 to 15 and 18 digits, UnionPay 62 and 19 digits. A UnionPay code that passes the Luhn check by
    chance (one in ten) cannot be told from a card and stays text.
    """
    text = item.text
    if item.format not in PRESENTED_FORMATS or not 16 <= len(text) <= 24 or not is_digits(text):
        return None
    if looks_like_card(text):
        return None
    network = _network(int(text[:2]), len(text))
    return {"type": "payment_barcode", "network": network, "digits": len(text)} if network else None


def _network(prefix: int, length: int) -> str:
    if 25 <= prefix <= 30:
        return "alipay"
    if 10 <= prefix <= 15 and length == 18:
        return "wechat_pay"
    return "unionpay" if prefix == 62 and length == 19 else ""
