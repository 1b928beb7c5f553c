"""The date in an expiry line: the last one, since "valid from" stands before "valid thru"."""

from __future__ import annotations

import re

from scanapp.payloads.bank_card import parse_expiry

_WHOLE = re.compile(r"(?:0[1-9]|1[0-2])/(?:20)?\d\d")
_DATE = re.compile(r"(?=((?:0[1-9]|1[0-2])/(?:20\d\d(?!\d)|\d\d(?!\d/|\d\d/))))")


def is_date(text: str) -> bool:
    """Whether the line is a date with its slash, and nothing else."""
    return _WHOLE.fullmatch(text) is not None


def date_in(text: str) -> str | None:
    """``"2029-08"`` of ``"08/29"``, ``"08/2029"``, ``"0829"`` or ``"01/2508/29"``; None where there is no date."""
    dates = [match.group(1) for match in _DATE.finditer(text)]
    return parse_expiry(dates[-1] if dates else text)
