"""Packages of invented brands: how they are drawn, turned and photographed, and what the truth says of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from stdnum import ean
from typer.testing import CliRunner

from scanapp.cli.synth import app
from scanapp.synth import CameraPath, Key, Light, Optics, Scene, Surface, Tremor, Turn, scenes
from scanapp.synth.art import Plain
from scanapp.synth.packages.assortment import EARL_GREY, ENGLISH, KNOWN, LEMON, OATS, STRANGERS
from scanapp.synth.packages.body import body
from scanapp.synth.packages.design import Design, invented
from scanapp.synth.packages.panels import STRIP_AT
from scanapp.synth.packages.pictures import COLUMNS, TABLE, picture
from scanapp.synth.render import Studio
from scanapp.synth.truth import trace

SAMPLES = Path(__file__).parent.parent / "sample_videos"
PRODUCTS = [name for name in scenes.names() if scenes.get(name).pipeline in ("product.toml", "basket.toml")]
CALM = Optics(noise=0.0, sharpen=0.0, aperture=0.0, vignette=0.0)


def filmed(design: Design, turns: Any = (), seconds: float = 0.1, **more: Any) -> Scene:
    return Scene(
        "test",
        (Surface(Plain(900, 900, (250, 250, 250)), at=(0, 0, 300)), *body(design, (0, 0, 0), turns, id="item")),
        CameraPath((Key(0, (0, 0, -420), (0, 0, 0)),), Tremor(0, 0)),
        seconds=seconds,
        size=(480, 480),
        optics=CALM,
        light=Light(level=0.6, ambient=1.0),
        kinds=("product",),
        **more,
    )


def rgb(scene: Scene, frame: int = 0) -> NDArray[np.float32]:
    return np.asarray(Studio(scene).light(frame), np.float32)


def item_of(scene: Scene) -> dict[str, Any]:
    truth = trace(scene, "x.mp4", Studio(scene).textures)
    objects = truth["objects"]
    assert isinstance(objects, list)
    (thing,) = objects
    assert isinstance(thing, dict)
    return thing


def test_every_number_in_the_shop_is_an_ean_of_its_own() -> None:
    designs = [*KNOWN, *(invented(number) for number in range(30))]
    assert all(ean.is_valid(design.gtin) and design.gtin.startswith("2") for design in designs)
    assert len({design.gtin for design in designs}) == len(designs)
    assert len({design.sku for design in KNOWN}) == len(KNOWN) >= 12
    assert {design.form for design in KNOWN} == {"box", "can"}
    assert all(design.sku == "" for design in STRANGERS)


def test_a_number_gives_the_same_design_again() -> None:
    assert invented(7) == invented(7)
    assert len({invented(number).name for number in range(60)}) > 50


def test_variants_differ_in_the_words_of_their_strip_alone() -> None:
    one, other = (rgb(filmed(design)) for design in (ENGLISH, EARL_GREY))
    rows = np.flatnonzero((np.abs(one - other).max(axis=2) > 0.02).any(axis=1))
    height = ENGLISH.size[1]
    scale = 480 / 2 / np.tan(np.radians(31)) / (420 - ENGLISH.size[2] / 2)
    middle = 239.5 + (STRIP_AT - 0.5) * height * scale
    assert len(rows) > 5
    assert abs(rows.mean() - middle) < 4
    assert np.ptp(rows) < 0.12 * height * scale


def test_a_box_shows_the_panels_that_face_the_camera_and_no_others() -> None:
    front, back = rgb(filmed(OATS)), rgb(filmed(OATS, (180, 0, 0)))
    flank = rgb(filmed(OATS, (90, 0, 0)))
    ground = front[5, 5]
    width = [int((np.abs(view - ground).max(axis=2) > 0.1)[240].sum()) for view in (front, flank, back)]
    assert width[1] / width[0] == pytest.approx(OATS.size[2] / OATS.size[0], rel=0.25)
    assert abs(width[2] - width[0]) < 4
    assert np.abs(front - back).max() > 0.1


def test_the_truth_knows_when_a_front_is_turned_away() -> None:
    turns = (Turn(0.0, (0, 0, 0)), Turn(1.0, (180, 0, 0)))
    thing = item_of(filmed(OATS, turns, seconds=1.0))
    assert thing["value"] == {"sku": "1003", "name": OATS.name}
    assert thing["required"]
    ((first, last),) = thing["visible"]
    assert first == 0.0
    assert 0.3 < last < 0.6


def test_a_can_turns_its_front_away_too() -> None:
    assert item_of(filmed(LEMON))["visible"]
    assert not item_of(filmed(LEMON, (120, 0, 0)))["visible"]


def test_a_turned_body_keeps_its_place_and_its_size() -> None:
    quads = [np.array(item_of(filmed(OATS, (0, 0, roll)))["quads"][0][1]) for roll in (0, 30)]
    assert quads[0].mean(axis=0) == pytest.approx(quads[1].mean(axis=0), abs=1.0)
    sides = [np.linalg.norm(quad[1] - quad[0]) for quad in quads]
    assert sides[0] == pytest.approx(sides[1], rel=0.01)
    assert np.degrees(np.arctan2(*(quads[1][1] - quads[1][0])[::-1])) == pytest.approx(30, abs=1)


def test_what_no_catalogue_has_is_in_the_truth_and_need_not_be_found() -> None:
    thing = item_of(filmed(STRANGERS[0]))
    assert thing["value"]["sku"] == ""
    assert not thing["required"]
    assert thing["visible"]


def test_a_picture_is_cut_to_the_package() -> None:
    view = picture(OATS, (0, 0, 0))
    assert max(view.shape) <= 340
    assert view.shape[1] / view.shape[0] == pytest.approx(OATS.size[0] / OATS.size[1], rel=0.1)


def test_the_command_writes_pictures_and_a_table(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["packages", "--out", str(tmp_path / "shop"), "--count", "1", "--seed", "3", "--views", "2"]
    )
    assert done.exit_code == 0, done.output
    with (tmp_path / "shop" / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["sku"] for row in rows] == ["X0003"] * 2
    assert all(cv2.imread(str(tmp_path / "shop" / row["picture"])) is not None for row in rows)


def test_the_shipped_table_holds_the_shop() -> None:
    with (SAMPLES / "catalogue" / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {(row["sku"], row["name"], row["gtin"], row["label"]) for row in rows}
    assert told == {(design.sku, design.name, design.gtin, design.variant) for design in KNOWN}
    assert all((SAMPLES / "catalogue" / row["picture"]).is_file() for row in rows)
    assert sum(file.stat().st_size for file in (SAMPLES / "catalogue").iterdir()) < 1_000_000


@pytest.mark.parametrize("name", PRODUCTS)
def test_scenes_show_what_the_catalogue_knows_or_nobody(name: str) -> None:
    truth = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))
    known = {design.sku for design in KNOWN}
    skus = {thing["value"]["sku"] for thing in truth["objects"]}
    assert skus == ({""} if name == "product_unknown" else skus & known)
    assert truth["kinds"] == (["product", "basket"] if name == "basket_tray" else ["product"])


def test_there_are_five_scenes_of_products() -> None:
    assert len(PRODUCTS) == 5
    shelf = scenes.get("product_shelf")
    items = {label.id for surface in shelf.surfaces for label in surface.labels if label.id.startswith("item")}
    assert len({id.removesuffix("_code") for id in items}) == 6
    assert replace(shelf, seed=1).surfaces == shelf.surfaces
