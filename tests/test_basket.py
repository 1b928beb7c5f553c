"""Counting what is in view: the basket's events, through the engine's public face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from scanapp import Detection, Event, Frame, Reading, Scanner, View
from scanapp.errors import PipelineError
from scanapp.geometry import Quad, area, box_quad, coverage
from scanapp.pipeline import Counting, load_pipeline, parse_pipeline
from scanapp.testing import ScriptedDetector, ScriptedRecognizer, ScriptedSource

TEXT = (
    '[basket]\nsettle_s = 0.5\n[policy]\nlost_after_s = 0.6\n[[recognize]]\nuse = "code"\nbudget_ms_per_s = 900\n'
)
FPS = 20.0
TEA, JAM = "1001", "1002"
NAMES = {TEA: "Tea", JAM: "Jam"}
Laid = Mapping[int, str]
"""Place on the tray → SKU."""


def place(number: int) -> Quad:
    return box_quad(20 + 90 * number, 30, 90 + 90 * number, 110)


def picture(laid: Laid) -> Frame:
    """A tray; each SKU has a print of its own."""
    image = np.full((140, 400), 200, np.uint8)
    for number, sku in laid.items():
        x0, y0 = (int(value) for value in place(number)[0])
        print_ = np.random.default_rng(int(sku)).integers(0, 255, (8, 7), dtype=np.uint8)
        image[y0 : y0 + 80, x0 : x0 + 70] = np.kron(print_, np.ones((10, 10), np.uint8))
    return Frame(image)


def run(scenes: Sequence[tuple[float, Laid]], text: str = TEXT) -> list[Event]:
    """The events of a tray that holds each of ``scenes`` for so many seconds."""
    frames: list[Frame] = []
    truth: dict[int, Laid] = {}
    for seconds, laid in scenes:
        for _ in range(round(seconds * FPS)):
            truth[len(frames)] = laid
            frames.append(Frame(picture(laid).gray, index=len(frames), pts=len(frames) / FPS))

    def detect(frame: Frame) -> list[Detection]:
        return [Detection("product", place(number), 0.9) for number in truth[frame.index]]

    def read(view: View) -> list[Reading]:
        return [
            Reading("product", sku, {"sku": sku, "name": NAMES[sku]}, place(number), 0.95, 1.0, "scripted")
            for number, sku in truth[view.frame.index].items()
            if coverage(view.quad, place(number)) > 0.5 and area(view.quad) > 0
        ]

    recognizer = ScriptedRecognizer(read, kinds=("product",))
    detectors = [ScriptedDetector(detect, kinds=("product",))]
    scanner = Scanner(parse_pipeline(text), detectors=detectors, recognizers=[recognizer])
    return list(scanner.replay(ScriptedSource(frames)))


def baskets(events: Sequence[Event]) -> list[Mapping[str, int]]:
    return [event.value["counts"] for event in events if event.kind == "basket" and event.value]


def test_each_change_that_stands_is_told_once() -> None:
    events = run([(1.5, {}), (2, {0: TEA}), (2, {0: TEA, 2: JAM}), (2.5, {2: JAM})])
    assert baskets(events) == [{TEA: 1}, {TEA: 1, JAM: 1}, {JAM: 1}]
    told = [event for event in events if event.kind == "basket"]
    assert {event.type for event in told} == {"updated"}
    assert [event.value["change"] for event in told if event.value] == [{TEA: 1}, {JAM: 1}, {TEA: -1}]
    assert [event.value["total"] for event in told if event.value] == [1, 2, 1]
    assert told[1].value
    assert told[1].value["text"] == "1 × Tea, 1 × Jam"
    assert 3.5 < told[1].pts < 5.5


def test_equal_things_are_counted_although_only_one_is_confirmed() -> None:
    events = run([(0.5, {}), (2.5, {0: TEA, 1: TEA, 3: TEA})])
    assert baskets(events)[-1] == {TEA: 3}
    assert sum(event.type == "confirmed" for event in events) == 1


def test_a_glimpse_is_not_told() -> None:
    assert baskets(run([(2, {0: TEA}), (0.4, {}), (2, {0: TEA})])) == [{TEA: 1}]


def test_an_emptied_basket_is_told_and_the_end_of_the_stream_is_no_change() -> None:
    events = run([(2, {0: TEA}), (2.5, {})])
    assert baskets(events) == [{TEA: 1}, {}]
    assert baskets(run([(2, {0: TEA})])) == [{TEA: 1}]


def test_without_a_basket_nothing_is_counted() -> None:
    events = run([(2, {0: TEA})], TEXT.replace("[basket]\nsettle_s = 0.5\n", ""))
    assert baskets(events) == []
    assert "confirmed" in [event.type for event in events]


def test_the_event_as_json_says_what_changed() -> None:
    (event,) = [event for event in run([(2, {0: TEA})]) if event.kind == "basket"]
    row = event.to_dict()
    assert row["type"] == "updated"
    assert row["kind"] == "basket"
    assert "quad" not in row
    assert row["value"] == {"counts": {TEA: 1}, "total": 1, "change": {TEA: 1}, "text": "1 × Tea"}


def test_the_shipped_pipeline_counts_products_by_sku() -> None:
    pipeline = load_pipeline("basket")
    assert pipeline.basket == Counting("product", "sku", 0.6)
    assert [stage.use for stage in pipeline.detect] == ["tray"]
    assert load_pipeline("product").basket is None


@pytest.mark.parametrize(
    ("table", "words"),
    [("colour = 1", "unknown key 'colour'"), ("settle_s = -1", "at least 0"), ("by = 3", "must be a text")],
)
def test_a_wrong_basket_table_is_refused(table: str, words: str) -> None:
    with pytest.raises(PipelineError, match=rf"\[basket\].*{words}"):
        parse_pipeline(f'[basket]\n{table}\n[[recognize]]\nuse = "code"\n', source="shop.toml")
