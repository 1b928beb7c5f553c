"""The judge: products by SKU, what no catalogue has, and what a basket holds over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from scanapp.errors import ReplayError
from scanapp.events import Event
from scanapp.replay.judge import judge
from scanapp.replay.testing import basket_event, product_event, summary_event
from scanapp.replay.truth import Interval, Truth, TruthObject, parse_truth
from scanapp.replay.verdicts import Judgement

FPS = 30.0


def item(sku: str, *visible: Interval, id: str = "", name: str = "Thing") -> TruthObject:
    value = {"sku": sku, "name": name}
    return TruthObject(id or sku or "stranger", "product", value, required=bool(sku), visible=visible or None)


def judged(
    things: Sequence[TruthObject], events: Sequence[Event], kinds: tuple[str, ...] = ("product", "basket")
) -> Judgement:
    rows = [json.loads(event.to_json()) for event in [*events, summary_event(300)]]
    return judge(rows, Truth(tuple(things), fps=FPS, kinds=kinds), 3.0)


def counted(*told: tuple[float, Mapping[str, int]], things: Sequence[TruthObject]) -> Judgement:
    return judged(things, [basket_event(counts, pts) for pts, counts in told], kinds=("basket",))


def test_products_are_compared_by_sku_whatever_they_are_called() -> None:
    judgement = judged([item("1001", (1, 5))], [product_event("1001", 2.0, name="Another")], kinds=("product",))
    assert judgement.ok
    assert judgement.verdicts[0].latency == 1.0


def test_a_variant_of_the_right_sort_is_wrong() -> None:
    judgement = judged([item("1001", (1, 5))], [product_event("1002", 2.0)], kinds=("product",))
    assert [(w.value, w.why) for w in judgement.wrong] == [("1002 Thing", "not in the scene")]
    assert [v.object_id for v in judgement.missed] == ["1001"]


def test_what_no_catalogue_has_must_not_be_taken_for_anything() -> None:
    stranger = item("", (1, 5), name="Juice")
    assert judged([stranger], []).ok
    assert judged([stranger], [product_event("", 2.0, name="unknown")]).ok
    assert not judged([stranger], [product_event("1001", 2.0)]).ok


def test_it_is_not_counted_either() -> None:
    assert counted(things=[item("", (1, 9))]).verdicts == ()
    assert counted((2.0, {"1001": 1}), things=[item("", (1, 9))]).wrong


THINGS = [item("a", (0, 10)), item("b", (3, 10), id="b1"), item("b", (6, 10), id="b2")]


def test_a_basket_told_in_time_is_right() -> None:
    told = [(0.8, {"a": 1}), (4.0, {"a": 1, "b": 1}), (7.2, {"a": 1, "b": 2})]
    judgement = counted(*told, things=THINGS)
    assert judgement.ok
    assert [verdict.latency for verdict in judgement.verdicts] == [0.8, 1.0, 1.2]
    assert [verdict.value for verdict in judgement.verdicts] == ["1 × a", "1 × a, 1 × b", "1 × a, 2 × b"]


def test_a_change_that_is_never_told_is_missed() -> None:
    judgement = counted((0.8, {"a": 1}), (4.0, {"a": 1, "b": 1}), things=THINGS)
    assert [verdict.value for verdict in judgement.missed] == ["1 × a, 2 × b"]


def test_a_count_that_was_never_right_is_wrong() -> None:
    judgement = counted((0.8, {"a": 2}), (4.0, {"a": 1, "b": 1}), (7.2, {"a": 1, "b": 2}), things=THINGS)
    assert [(finding.value, finding.why) for finding in judgement.wrong] == [("2 × a", "2 of a, there is 1")]
    late = counted((0.8, {"a": 1}), (4.0, {"a": 1, "b": 1}), (9.5, {"a": 1, "b": 1}), things=THINGS)
    assert [finding.pts for finding in late.wrong] == [9.5]


def test_steps_on_the_way_to_a_count_are_right() -> None:
    both = [item("a", (0, 9)), item("b", (0, 9))]
    assert counted((0.5, {"a": 1}), (1.0, {"a": 1, "b": 1}), things=both).ok


def test_a_thing_that_leaves_must_leave_the_count() -> None:
    gone = [item("a", (0, 4)), item("b", (0, 12))]
    assert counted((0.5, {"a": 1, "b": 1}), (5.5, {"b": 1}), things=gone).ok
    assert counted((0.5, {"a": 1, "b": 1}), things=gone).missed


def test_a_thing_covered_for_a_moment_has_not_left() -> None:
    covered = [item("a", (0, 4), (5.5, 12)), item("b", (0, 12))]
    assert counted((0.5, {"a": 1, "b": 1}), things=covered).ok


def test_baskets_are_judged_only_where_the_truth_says_so() -> None:
    plain = Truth((item("a", (0, 10)),), fps=FPS)
    assert "basket" not in plain.kinds
    rows = [json.loads(product_event("a", 1.0).to_json())]
    assert judge(rows, plain).ok
    assert not judge(rows, replace(plain, kinds=("product", "basket"))).ok


def parsed(**more: Any) -> Truth:
    thing = {"kind": "product", "value": {"sku": "1", "name": "Tea"}, **more.pop("thing", {})}
    return parse_truth({"schema": 1, "objects": [thing], **more}, "x.truth.json")


def test_a_truth_file_may_list_products() -> None:
    (thing,) = parsed(kinds=["product", "basket"]).objects
    assert (thing.kind, thing.value) == ("product", {"sku": "1", "name": "Tea"})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"thing": {"value": {"name": "Tea"}}}, r"objects\[0\].value.sku: missing"),
        ({"thing": {"kind": "basket"}}, r"objects\[0\].kind: expected a known kind"),
        ({"kinds": ["products"]}, "did you mean 'product'"),
    ],
)
def test_a_wrong_one_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ReplayError, match=words):
        parsed(**more)
