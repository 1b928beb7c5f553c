"""Who is behind a payment account: identifiers that national and private schemes put into EMV codes.

From the schemes' public specifications; an identifier that is not here is reported as it stands.
"""

from __future__ import annotations

# Globally unique identifiers (object 00 of templates 26 to 51), upper case; the longest matching start wins.
_SCHEMES = {
    "A000000003": "Visa",
    "A000000004": "Mastercard",
    "A000000025": "American Express",
    "A000000065": "JCB",
    "A000000152": "Discover",
    "A000000333": "UnionPay",
    "A000000524": "RuPay",
    "A000000524010": "UPI",
    "A000000615": "DuitNow",
    "A000000677010111": "PromptPay",
    "A000000677010112": "PromptPay bill payment",
    "A000000677010113": "PromptPay bill payment",
    "A000000677010114": "PromptPay",
    "A000000727": "VietQR",
    "BR.GOV.BCB.PIX": "PIX",
    "COM.ALIPAY": "Alipay+",
    "COM.GRAB": "GrabPay",
    "COM.P2PQRPAY": "QR Ph",
    "HK.COM.HKICL": "FPS",
    "ID.CO.QRIS.WWW": "QRIS",
    "JP.OR.PAYMENTSJAPAN": "JPQR",
    "JP.OR.PAYMENT": "JPQR",
    "LK.": "LankaQR",
    "PH.PPMI.P2M": "QR Ph",
    "PH.PPMI.QRPH": "QR Ph",
    "SG.COM.NETS": "NETS",
    "SG.PAYNOW": "PayNow",
    "SG.SGQR": "SGQR",
}

# Objects 02 to 25 carry one network's own merchant number.
_NETWORK_IDS = {
    "Visa": range(2, 4),
    "Mastercard": range(4, 6),
    "Discover": range(9, 11),
    "American Express": range(11, 13),
    "JCB": range(13, 15),
    "UnionPay": range(15, 17),
}


def scheme_of_guid(guid: str) -> str:
    """The scheme's usual name for a GUID or application identifier, "" when unknown."""
    wanted = guid.upper()
    starts = [start for start in _SCHEMES if wanted.startswith(start)]
    return _SCHEMES[max(starts, key=len)] if starts else ""


def network_of_id(identifier: int) -> str:
    """The network that objects 02 to 25 are reserved for, "" when that is EMVCo."""
    return next((name for name, ids in _NETWORK_IDS.items() if identifier in ids), "")
