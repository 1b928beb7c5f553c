"""`ProductFusion`: confirmed or withheld, over views."""

from __future__ import annotations

import itertools

from scanapp.fusion.product import ProductFusion
from scanapp.geometry import box_quad
from scanapp.results import Reading

QUAD = box_quad(0, 0, 100, 100)


def view(sku: str, share: float, *others: tuple[str, float], strength: float = 0.5) -> Reading:
    """One look: ``sku`` with ``share``, empty for unknown."""
    rows = [{"sku": other, "name": other.upper(), "score": score} for other, score in others]
    value = {"sku": sku, "name": sku.upper() or "unknown", "score": share, "alternatives": rows}
    return Reading("product", f"sku:{sku}" if sku else "unknown", value, QUAD, share, strength if sku else 0.0)


def fused(*views: Reading, gap: float = 0.2) -> ProductFusion:
    fusion = ProductFusion()
    for number, one in enumerate(views):
        fusion.add(one, pts=gap * number, sharpness=1.0)
    return fusion


def test_two_sure_views_confirm() -> None:
    answer = fused(view("cola", 0.95), view("cola", 0.97, ("zero", 0.02))).answer()
    assert answer is not None
    assert answer.confirmed
    assert answer.settled
    assert answer.value["sku"] == "cola"
    assert answer.value["name"] == "COLA"
    assert answer.frames_used == 2


def test_one_view_does_not_nor_do_two_at_the_same_moment() -> None:
    assert not fused(view("cola", 0.99)).answer().confirmed  # type: ignore[union-attr]
    assert not fused(view("cola", 0.99), view("cola", 0.99), gap=0.01).answer().confirmed  # type: ignore[union-attr]


def test_variants_that_cannot_be_told_apart_are_withheld_and_the_label_wanted() -> None:
    views = [view("cola", 0.55, ("zero", 0.44)), view("zero", 0.55, ("cola", 0.44))] * 6
    answer = fused(*views).answer()
    assert answer is not None
    assert not answer.confirmed
    assert answer.wants == "label"


def test_the_unknown_is_never_confirmed_and_names_the_nearest() -> None:
    answer = fused(*[view("", 0.9, ("cola", 0.06))] * 14).answer()
    assert answer is not None
    assert not answer.confirmed
    assert answer.settled
    assert answer.confidence == 0.0
    assert answer.value["name"] == "unknown"
    assert answer.value["alternatives"][0]["sku"] == "cola"


def test_the_label_counts_more_than_the_back_that_was_seen_first() -> None:
    answer = fused(*[view("", 0.8, ("cola", 0.1))] * 6, *[view("cola", 0.98)] * 6).answer()
    assert answer is not None
    assert answer.confirmed
    assert answer.value["sku"] == "cola"


def test_a_barcode_settles_it_at_once() -> None:
    answer = fused(view("cola", 0.5, ("zero", 0.45)), view("zero", 1.0, strength=1.0)).answer()
    assert answer is not None
    assert answer.confirmed
    assert answer.value["sku"] == "zero"


def test_an_exchanged_thing_takes_two_plain_contradictions() -> None:
    fusion = fused(view("cola", 0.95), view("cola", 0.97))
    assert not fusion.contradicts(view("zero", 0.95))
    assert not fusion.contradicts(view("cola", 0.95))
    assert not fusion.contradicts(view("zero", 0.95))
    assert fusion.contradicts(view("zero", 0.95))


def test_a_thing_that_was_taken_away_is_over_after_two_looks_at_nothing_known() -> None:
    fusion = fused(view("cola", 0.95), view("cola", 0.97))
    assert not fusion.contradicts(view("", 0.6, ("cola", 0.35))), "its back may look like that"
    assert not fusion.contradicts(view("", 0.9))
    assert not fusion.contradicts(view("cola", 0.95))
    assert not fusion.contradicts(view("", 0.9))
    assert fusion.contradicts(view("", 0.9))


def test_what_nobody_knows_is_looked_at_less_and_less() -> None:
    pauses = [fused(*[view("", 0.9)] * count).answer().pause_s for count in range(1, 5)]  # type: ignore[union-attr]
    assert pauses[0] > 0
    assert all(later == 2 * sooner for sooner, later in itertools.pairwise(pauses))
    assert fused(view("cola", 0.95)).answer().pause_s == 0  # type: ignore[union-attr]


def test_the_empty_place_says_nothing_against_what_is_held_into_it() -> None:
    answer = fused(*[view("", 0.9)] * 4, view("cola", 0.95), view("cola", 0.97)).answer()
    assert answer is not None
    assert answer.confirmed
    assert answer.frames_used == 2


def test_a_confirmed_thing_that_looks_like_its_variant_has_its_words_read() -> None:
    fusion = fused(view("cola", 0.95), view("cola", 0.97))
    fusion.add(view("zero", 0.5, ("cola", 0.45)), pts=2.0, sharpness=1.0)
    answer = fusion.answer()
    assert answer is not None
    assert answer.value["sku"] == "cola"
    assert answer.wants == "label"
    fusion.add(view("cola", 0.6, ("zero", 0.35)), pts=3.0, sharpness=1.0)
    assert fusion.answer().wants == ""  # type: ignore[union-attr]
