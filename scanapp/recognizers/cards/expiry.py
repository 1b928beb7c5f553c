"""The date in an expiry line: month and year of the last one, since "valid from" stands before "valid thru"."""

from __future__ import annotations

import re

_DATE = re.compile(r"(?=(0[1-9]|1[0-2])/(20\d\d(?!\d)|\d\d(?!\d/|\d\d/)))")


def parse_expiry(text: str) -> str | None:
    """``"2029-08"`` of ``"08/29"``, ``"08/2029"`` or ``"01/2508/29"``; None where there is no date."""
    dates = [(match.group(1), match.group(2)) for match in _DATE.finditer(text)]
    if not dates:
        return None
    month, year = dates[-1]
    return f"{year if len(year) == 4 else '20' + year}-{month}"
