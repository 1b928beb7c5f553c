"""Links and URIs that open a payment app: Alipay, WeChat Pay, UnionPay, PayPal, UPI, Bitcoin, …

A web link counts only when its host is exactly the app's own and nothing in front of the path could disguise it;
otherwise it stays a plain link with its warnings.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from stdnum import bitcoin

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import query_values
from scanapp.payloads.url import Link, split_link

_WEB_HOSTS = {
    "qr.alipay.com": "alipay",
    "mobilecodec.alipay.com": "alipay",
    "qr.95516.com": "unionpay",
    "wx.tenpay.com": "wechat_pay",
    "payapp.weixin.qq.com": "wechat_pay",
    "payapp.wechatpay.cn": "wechat_pay",
    "i.qianbao.qq.com": "qq_wallet",
    "paypal.me": "paypal",
    "www.paypal.me": "paypal",
    "cash.app": "cash_app",
    "venmo.com": "venmo",
    "buy.stripe.com": "stripe",
}
_APP_STARTS = (("wxp://", "wechat_pay"), ("weixin://wxpay/", "wechat_pay"), ("alipays://", "alipay"))
_CRYPTO = ("bitcoin", "ethereum", "litecoin", "dogecoin", "bitcoincash", "monero", "lightning")
_AMOUNT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?")


def parse_pay_link(item: PayloadInput) -> Payload | None:
    """network, url, and merchant_code, payee and amount as far as the link says them."""
    text = item.text
    if any(char.isspace() for char in text):
        return None
    for start, network in _APP_STARTS:
        if text[: len(start)].lower() == start and len(text) > len(start):
            return {"type": "payment_link", "network": network, "url": text}
    link = split_link(text)
    if link is None or link.scheme not in ("http", "https") or not link.is_plain:
        return None
    host = link.ascii_host
    if host in ("paypal.com", "www.paypal.com") and link.path.lower().startswith("/paypalme/"):
        return _paypal(text, link.path[len("/paypalme/") :])
    network = _WEB_HOSTS.get(host, "")
    if not network or not link.path.strip("/"):
        return None
    if network == "paypal":
        return _paypal(text, link.path.strip("/"))
    return _merchant_link(text, network, link)


def _merchant_link(text: str, network: str, link: Link) -> Payload:
    code = unquote(link.path.strip("/"))
    insecure = ["not_encrypted"] if link.scheme == "http" else []
    return compact(
        {"type": "payment_link", "network": network, "url": text, "merchant_code": code, "warnings": insecure}
    )


def _paypal(text: str, path: str) -> Payload:
    name, _, asked = path.strip("/").partition("/")
    amount = re.fullmatch(r"([0-9]{1,9}(?:[.,][0-9]{1,2})?)([A-Za-z]{3})?", asked)
    return compact(
        {
            "type": "payment_link",
            "network": "paypal",
            "url": text,
            "payee": unquote(name),
            "amount": amount[1].replace(",", ".") if amount else "",
            "currency": (amount[2] or "").upper() if amount else "",
        }
    )


def parse_upi(item: PayloadInput) -> Payload | None:
    """payee (a UPI address), payee_name, amount, currency, note, reference (NPCI "UPI Linking Specification")."""
    match = re.match(r"upi://(?:pay|mandate)/?\?", item.text, re.IGNORECASE)
    if match is None:
        return None
    values = query_values(item.text[match.end() :])
    if "@" not in values.get("pa", ""):
        raise PayloadError("a UPI link needs the payee's address (pa=name@bank)")
    amount = values.get("am", "")
    return compact(
        {
            "type": "payment_link",
            "network": "upi",
            "url": item.text,
            "payee": values["pa"],
            "payee_name": values.get("pn", ""),
            "amount": amount if _AMOUNT.fullmatch(amount) else "",
            "currency": values.get("cu", "INR").upper(),
            "note": values.get("tn", ""),
            "reference": values.get("tr", ""),
            "category_code": values.get("mc", ""),
        }
    )


def parse_crypto(item: PayloadInput) -> Payload | None:
    """network, payee (the address or invoice), amount, label, message (BIP 21, EIP-681, BOLT 11).

    ``address_valid`` is there for Bitcoin, whose addresses carry a checksum.
    """
    scheme, colon, rest = item.text.partition(":")
    network = scheme.lower()
    if not colon or network not in _CRYPTO:
        return None
    address, _, query = rest.removeprefix("//").partition("?")
    values = query_values(query)
    if not re.fullmatch(r"[A-Za-z0-9:@\-/_.]{1,2000}", address) and not values:
        raise PayloadError(f"{network}: needs an address")
    amount = values.get("amount", "")
    return compact(
        {
            "type": "payment_link",
            "network": network,
            "url": item.text,
            "payee": address,
            "address_valid": _bitcoin_valid(address) if network == "bitcoin" and address else None,
            "amount": amount if _AMOUNT.fullmatch(amount) else "",
            "value": values.get("value", "") if network == "ethereum" else "",
            "label": values.get("label", ""),
            "message": values.get("message", ""),
            "lightning_invoice": values.get("lightning", ""),
        }
    )


def _bitcoin_valid(address: str) -> bool:
    return len(address) <= 90 and address.isascii() and bool(bitcoin.is_valid(address))
