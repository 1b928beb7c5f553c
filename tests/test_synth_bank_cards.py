"""Bank cards in scenes: what is printed, how light falls on relief, and what the truth says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from stdnum import luhn

from scanapp.synth import CameraPath, Key, Label, Light, Move, Optics, Scene, Surface, Tremor, scenes
from scanapp.synth.art import BankCard, CardLine, Plain
from scanapp.synth.art.bank_card import LONG, RELIEF, SHORT, embossed
from scanapp.synth.relief import relief_of, slopes
from scanapp.synth.render import Studio
from scanapp.synth.scenes.refused_cards import RECEIPT
from scanapp.synth.texture import Texture
from scanapp.synth.truth import trace

CARDS = [name for name in scenes.names() if name.startswith("card_")]
REFUSED = ("card_no_number", "card_receipt")
PUBLISHED = {
    "5200828282828210", "4000056655665556", "2223003122003222", "6011000990139424", "4012888888881881",
    "378282246310005", "5105105105105100", "3566002020360505", "4242424242424242",
}  # fmt: skip
"""Test numbers of the networks, as Stripe, PayPal and Adyen publish them for developers."""
CALM = Optics(noise=0.0, sharpen=0.0, aperture=0.0, vignette=0.0)


GREY = (70, 80, 90)
NUMBER = (slice(256, 290), slice(90, 550))
"""Where the number stands in `scene`: 5.9 pixels a millimetre."""


def plastic(foil: float = 0.8) -> BankCard:
    """A grey card on which only what is raised shows."""
    look: dict[str, Any] = {"foil": (GREY, foil), "ink": GREY, "wear": 0.0, "chip": False, "mark": False}
    lines = ("4242 4242 4242 4242", "02/29", "RAY SPECIMEN", "GODWIT")
    return embossed(*lines, art="plain", seed=3, tone=(GREY, 1.0), **look)


def scene(card: BankCard, lamp: tuple[float, float, float] = (-300.0, -300.0, -400.0), **more: Any) -> Scene:
    surface = Surface(Plain(*card.size, alpha=0), (Label(card, id="card"),), gloss=0.3, polish=100, corner=3)
    return Scene(
        "test",
        (Surface(Plain(400, 300), at=(0, 0, 20)), surface),
        seen_from((8.0, 8.0, -90.0)),
        seconds=0.1,
        size=(640, 480),
        optics=CALM,
        light=Light(at=lamp, level=0.4),
        **more,
    )


def seen_from(eye: tuple[float, float, float]) -> CameraPath:
    return CameraPath((Key(0, eye, (0, 0, 0)),), Tremor(0.0, 0.0))


def luma(made: Scene, frame: int = 0) -> NDArray[np.float32]:
    return np.asarray(Studio(made).light(frame).mean(axis=2), np.float32)


def printed(name: str) -> list[Any]:
    arts = [label.art for surface in scenes.get(name).surfaces for label in surface.labels]
    return [truth for art in arts for truth in art.truth() if truth.kind == "card"]


def test_there_are_ten_scenes_of_cards() -> None:
    assert len(CARDS) == 10
    assert {scenes.get(name).pipeline for name in CARDS} == {"card_binding"}


@pytest.mark.parametrize("name", CARDS)
def test_numbers_are_published_ones(name: str) -> None:
    truths = printed(name)
    assert len(truths) == (0 if name in REFUSED else 2 if name == "card_two" else 1)
    for truth in truths:
        assert truth.value["pan"] in PUBLISHED
        assert "SPECIMEN" in truth.value["holder"]
        assert len(truth.value["expiry"]) == 7


def test_the_receipt_has_a_number_that_only_its_place_gives_away() -> None:
    voucher = next(line.replace(" ", "") for line in RECEIPT if line.startswith("9826"))
    assert len(voucher) == 16
    assert luhn.is_valid(voucher)


def test_groups_of_a_stacked_number_are_one_number() -> None:
    rows = tuple(CardLine("pan", row, (40.0, 20.0 + 6 * k), 3.6, "ocrb") for k, row in enumerate(("4242",) * 4))
    (truth,) = BankCard(rows).truth()
    assert truth.value == {"pan": "4242" * 4}
    assert truth.part is not None
    assert truth.part[3] - truth.part[1] > 18


def test_the_numbers_place_is_where_its_ink_is() -> None:
    card = plastic()
    (truth,) = card.truth()
    assert truth.part is not None
    x0, y0, x1, y1 = (round(10 * side) for side in truth.part)
    height = np.abs(card.relief(10.0)[..., :2]).max(axis=2)
    assert height[y0:y1, x0:x1].max() > 0.5
    assert height[: y0 - 5].max() < 0.05, "the bank's name is printed flat"
    assert y1 - y0 == pytest.approx(41, abs=3)


def test_a_line_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        BankCard((CardLine("pan", "4242 4242 4242 4242", (50.0, 30.0), 4.1, "embossed"),)).truth()


def test_slopes_are_those_of_the_height() -> None:
    x = np.arange(200, dtype=np.float32) / 20
    across, down = slopes(np.tile(0.3 * x, (80, 1)), 20.0)
    assert across[20:60, 20:180] == pytest.approx(0.3, abs=1e-3)
    assert np.abs(down[20:60]).max() < 1e-4


def test_relief_is_taken_from_what_covers_the_surface() -> None:
    card = plastic()
    ground = Plain(LONG, SHORT, alpha=0)
    assert relief_of(Surface(ground, (Label(card),))) is card
    assert relief_of(Surface(ground, (Label(card, at=(3, 0)),))) is None
    assert relief_of(Surface(ground)) is None
    texture = Texture(Surface(ground, (Label(card),), shadow=1.0), 8.0, np.random.default_rng(0))
    assert texture.embossed
    for level in range(4):
        assert texture.relief(level).shape[:2] == texture.level(level).shape[:2]
    assert RELIEF == 0.46


def details(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    part = picture[NUMBER]
    return np.asarray(part - cv2.GaussianBlur(part, (0, 0), 12), np.float32)


def test_embossed_digits_have_a_lit_and_a_shaded_side_that_change_with_the_lamp() -> None:
    card = plastic(foil=0.0)
    one, other = (details(luma(scene(card, (side, 0.0, -300.0)))) for side in (-400.0, 400.0))
    assert one.std() > 0.003, "bare relief shows"
    assert float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())) < 0.3


def test_foil_changes_with_the_camera() -> None:
    made = scene(plastic())
    moved = replace(made, camera=seen_from((34.0, -20.0, -86.0)))
    brightest = [float(np.percentile(details(luma(one)), 98)) for one in (made, moved)]
    assert max(brightest) > 1.3 * min(brightest)


def test_a_lamp_that_moves_takes_its_highlight_with_it() -> None:
    made = scene(plastic(), (0.0, 0.0, -300.0))
    light = Light(at=(0, 0, -300), level=0.4, moves=(Move(0.0, (-60, 0, 0)), Move(0.1, (60, 0, 0))))
    swept, still = Studio(replace(made, light=light)), Studio(made)
    first, later = (int(swept.light(frame)[330:380].mean(axis=(0, 2)).argmax()) for frame in (0, 2))
    assert later - first > 40
    first, later = (int(still.light(frame)[330:380].mean(axis=(0, 2)).argmax()) for frame in (0, 2))
    assert later == first


def truth_of(made: Scene) -> dict[str, Any]:
    traced: Any = trace(made, "x.mp4", Studio(made).textures)
    objects: list[dict[str, Any]] = traced["objects"]
    return objects[0]


def test_a_card_is_visible_as_a_whole_and_readable_by_its_number() -> None:
    made = scene(plastic())
    near = truth_of(made)
    assert near["kind"] == "card"
    assert near["visible"] == near["readable"] == [[0.0, 0.067]]
    far = replace(made, camera=seen_from((10.0, 10.0, -200.0)))
    assert truth_of(far)["readable"] == []
    over = Surface(Plain(20, 14, (200, 160, 140)), at=(0.0, 27.0, -1.0))
    held = replace(made, surfaces=(*made.surfaces, over))
    assert truth_of(held)["readable"] == near["readable"], "a thumb on the edge does no harm"
    covered = replace(made, surfaces=(*made.surfaces, replace(over, at=(0.0, 5.0, -1.0))))
    assert truth_of(covered)["visible"] == []


def test_a_highlight_on_the_number_makes_it_unreadable() -> None:
    made = scene(plastic(), (-8.0, 0.0, -90.0))
    assert truth_of(made)["visible"]
    shiny = replace(made.surfaces[1], gloss=0.8, polish=40)
    assert truth_of(replace(made, surfaces=(made.surfaces[0], shiny)))["readable"] == []
