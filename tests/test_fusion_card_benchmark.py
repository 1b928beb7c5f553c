"""The card benchmark: its scenes, its file, its sums. The networks are played by a stand-in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fusion_card_views import chars_of

from scanapp.errors import UsageError
from scanapp.geometry import bounds, expand
from scanapp.results import Line, Reading
from scanapp.synth.cards.glyphs import FontSet

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a part of the benchmark."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)

    def load(name: str) -> Any:
        return __import__(name, fromlist=["x"])

    yield load
    for name in set(sys.modules) - before:
        if name.startswith(("card_views", "cards")):
            sys.modules.pop(name)


def test_scenes_show_the_whole_card_and_repeat_exactly(parts: Any) -> None:
    scene = parts("card_views.scene")
    fonts = FontSet.test()
    for level, shortest, longest in (("moderate", 300, 950), ("severe", 170, 420)):
        card = scene.Card.drawn("validation", 0, 1, fonts)
        (made,) = card.views(level, 1, 2)
        (again,) = scene.Card.drawn("validation", 0, 1, fonts).views(level, 1, 2)
        assert np.array_equal(made.image, again.image)
        assert made.image.shape == (720, 1280, 3)
        x0, y0, x1, y1 = bounds(made.quad)
        assert min(x0, y0) > 0
        assert x1 < 1280
        assert y1 < 720
        sides = np.linalg.norm(np.roll(made.quad, -1, axis=0) - made.quad, axis=1)
        assert shortest < sides.max() < longest * 1.2
        inside = np.zeros((720, 1280), np.uint8)
        cv2.fillConvexPoly(inside, np.int32(expand(made.quad, 0.9)), 1)
        assert made.image[inside > 0].std() > 3
    assert scene.Card.drawn("test", 0, 1, fonts).face.pan != card.face.pan


def test_views_are_kept_resumed_and_refused_for_other_settings(
    parts: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store, fused = parts("card_views.store"), parts("card_views.fused")
    number = parts("card_views.scene").Card.drawn("test", 3, 0, FontSet.test()).face.pan
    looks = []

    class StandIn:
        def look(self, made: Any) -> Any:
            looks.append(made)
            lines = (Line(expand(made.quad, 0.5), chars_of(number, 0.999), "pan"),)
            return made.quad, Reading("card", number, {}, made.quad, lines=lines), 0.5

    monkeypatch.setattr(store, "Chain", StandIn)
    path = tmp_path / "kept" / "views.jsonl"
    wanted = {"split": "test", "seed": 3, "level": "severe", "minutes": 1.0, "models": tmp_path}
    first = store.collect(path, count=1, views=2, **wanted)
    assert len(looks) == 2
    path.write_text(path.read_text(encoding="utf-8") + '{"card": 0, "vi', encoding="utf-8")
    cards = store.collect(path, count=2, views=3, **wanted)
    assert len(looks) == 2 + 1 + 3
    assert cards[0][0] == first[0][0]
    assert [seen.cause for seen in cards[0]] == [""] * 3
    assert [seen.cause for seen in cards[1]] == ["wrong digits"] * 3
    assert cards[0][0].corner == pytest.approx(0.0)
    assert store.collect(path, count=2, views=3, **wanted).keys() == {0, 1}
    assert len(looks) == 6
    with pytest.raises(UsageError, match="other settings"):
        store.collect(path, count=2, views=3, **wanted | {"seed": 4})
    one = fused.run(cards[0], {})
    assert one.keys == (number,) * 3
    assert one.confirmed(3.0) == 2
    assert not one.wrong(3.0)
    assert fused.run(cards[1], {}).wrong(3.0)
    assert fused.whole_vote(cards[0]) == fused.character_vote(cards[0]) == number


def test_votes(parts: Any) -> None:
    fused = parts("card_views.fused")

    class View:
        def __init__(self, text: str) -> None:
            self.text = text

    views = [View(text) for text in ("1234", "1235", "1294", "8234", "123", "")]
    assert fused.character_vote(views) == "1234"
    assert fused.whole_vote([*views, View("1294")]) == "1294"
    assert fused.whole_vote([View("")]) == fused.character_vote([View("")]) == ""


@pytest.mark.parametrize(
    ("wrong", "trials", "bound"), [(0, 1000, 0.00299), (0, 3000, 0.000998), (1, 100, 0.04656), (5, 5, 1.0)]
)
def test_the_bound_on_a_share(parts: Any, wrong: int, trials: int, bound: float) -> None:
    assert parts("card_views.fused").upper_bound(wrong, trials) == pytest.approx(bound, rel=2e-3)
