"""Signs before a number that were read with it: a contactless mark looks like a 4, a border like a 1.

They are read as surely as digits. What gives them away: without them the digits stand in the groups of a card, and
issuer, length and check digit fit; with them they do not. Of what stands behind a number nothing is taken off: a
last group may be longer than the others, and one number in ten passes the check digit by chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scanapp.payloads.bank_card import log_prior
from scanapp.recognizers.cards.number import LIKELY, ODD, Number, rated

GROUPINGS = frozenset(
    {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 5), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (6, 13), (6, 12), (6, 10)}
)
"""Sizes of the groups in which cards show their digits."""
APART = 1.3
"""Distance of neighbours from which a new group begins, over that within groups."""
MOST = 2
"""Signs that are taken off."""


def without_foreign(number: Number | None) -> Number | None:
    """``number`` without the signs before it that are none of its digits; as it is where there is no proof."""
    if number is None or len(number.rows) > 1 or log_prior(number.digits) >= ODD:
        return number
    (row,) = number.rows
    if grouped(row.columns) in GROUPINGS:
        return number
    for count in range(1, MOST + 1):
        if grouped(row.columns[count:]) in GROUPINGS and log_prior(number.digits[count:]) >= LIKELY:
            return rated([row.without_first(count)]) or number
    return number


def grouped(places: Sequence[int]) -> tuple[int, ...]:
    """How many characters stand in each group, by their middles from left to right."""
    if len(places) < 2:
        return (len(places),)
    steps = np.diff(places)
    ends = np.flatnonzero(steps > APART * float(np.median(steps))) + 1
    return tuple(np.diff([0, *ends.tolist(), len(places)]).tolist())
