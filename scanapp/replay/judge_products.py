"""Products against the truth: compared by SKU, each once in each stay in view.

An item that no catalogue has (its SKU in the truth is empty) must not be confirmed as anything; since no product of
the scene has the SKU that it is taken for, that is "not in the scene". A confirmation without a SKU claims nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanapp.replay.judge_values import Manner, judge_values
from scanapp.replay.rows import Row
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Judgement


def judge_products(rows: Sequence[Row], truth: Truth, forget_s: float) -> Judgement:
    """``rows`` are the confirmed product events, in order of the log."""
    known = tuple(thing for thing in truth.objects if thing.kind != "product" or thing.value["sku"])
    claims = [row for row in rows if _key(row["value"])]
    return judge_values(claims, replace(truth, objects=known), forget_s, _PRODUCTS)


def _key(value: Row) -> str:
    return str(value.get("sku") or "")


def _shown(value: Row) -> str:
    return f"{_key(value)} {value.get('name', '')}".rstrip()


_PRODUCTS = Manner("product", _key, _shown)
