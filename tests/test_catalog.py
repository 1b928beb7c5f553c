"""`Catalog` from a program: readers beside a writer, large ones, what is never half done."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from scanapp.catalog import index as index_module
from scanapp.catalog.catalog import Catalog
from scanapp.catalog.colour import LENGTH
from scanapp.catalog.database import NAME, Database
from scanapp.catalog.items import Features, Item
from scanapp.catalog.local import LocalFeatures, local_features
from scanapp.catalog.one_thread import product
from scanapp.errors import CatalogError
from scanapp.recognizers.products.verify import agreeing, matched

NOTHING = LocalFeatures(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.int8))


def features(seed: int) -> Features:
    vector = np.random.default_rng(seed).normal(size=128).astype(np.float32)
    return Features(vector / np.linalg.norm(vector), np.zeros(LENGTH, np.float32), NOTHING)


def fill(catalog: Catalog, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        catalog.add_measured(Item(f"sku{number}", f"Thing {number}"), [("", f"d{number}", features(number))])


def test_a_reader_sees_what_a_writer_adds_meanwhile(tmp_path: Path) -> None:
    with Catalog(tmp_path, create=True) as writer, Catalog(tmp_path) as reader:
        fill(writer, 3)
        assert reader.nearest(features(2).vector, 1)[0].sku == "sku2"
        fill(writer, 3, start=3)
        assert reader.nearest(features(5).vector, 1)[0].sku == "sku5"
        writer.remove("sku5")
        assert reader.nearest(features(5).vector, 10)[0].sku != "sku5"


def test_a_second_writer_waits_and_is_told(tmp_path: Path) -> None:
    with Catalog(tmp_path, create=True), Catalog(tmp_path, patience_s=0.05) as second:
        first = Database(tmp_path / NAME)
        with first.writing(), pytest.raises(CatalogError, match="another program is writing"):
            fill(second, 1)
        fill(second, 1)
        assert second.counts() == (1, 1)
        first.close()


def test_an_item_is_added_whole_or_not_at_all(tmp_path: Path) -> None:
    with Catalog(tmp_path, create=True) as catalog:
        broken = Features(features(1).vector, np.zeros(3, np.float32), None)  # type: ignore[arg-type]
        with pytest.raises(AttributeError):
            catalog.add_measured(Item("a", "A"), [("", "1", features(1)), ("", "2", broken)])
        assert catalog.counts() == (0, 0)


@pytest.mark.skipif(not index_module.graph_available(), reason="usearch is not installed (extra 'products')")
def test_a_graph_out_of_step_is_made_anew_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanapp.catalog.catalog.EXACT", 20)
    with Catalog(tmp_path, create=True) as catalog:
        fill(catalog, 40)
        assert catalog.nearest(features(33).vector, 1)[0].sku == "sku33"
    (graph,) = tmp_path.glob("vectors-*.usearch")
    said: list[str] = []
    with Catalog(tmp_path, say=said.append) as catalog:
        assert catalog.nearest(features(7).vector, 1)[0].sku == "sku7"
        assert not said
        fill(catalog, 2, start=40)
        assert catalog.nearest(features(41).vector, 1)[0].sku == "sku41"
        assert not said
    (graph,) = tmp_path.glob("vectors-*.usearch")
    graph.write_bytes(graph.read_bytes()[:100])
    with Catalog(tmp_path, say=said.append) as catalog:
        assert catalog.nearest(features(7).vector, 1)[0].sku == "sku7"
    assert len(said) == 1
    assert "made anew: its file was cut short" in said[0]


def test_gtins_of_any_length_are_the_same_number(tmp_path: Path) -> None:
    with Catalog(tmp_path, create=True) as catalog:
        catalog.add_measured(Item("cola", "Cola", "05449000000996"), [("", "1", features(1))])
        assert [item.sku for item in catalog.by_gtin("5449000000996")] == ["cola"]
        assert catalog.by_gtin("4006381333931") == []


@pytest.mark.parametrize("gtin", ["123", "5449000000997", "544900000099x", "٥449000000996"])
def test_a_gtin_must_be_one(gtin: str) -> None:
    with pytest.raises(CatalogError, match="no GTIN"):
        Item("a", "A", gtin)


def test_local_features_survive_the_database() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    found = local_features(picture)
    again = LocalFeatures.from_bytes(found.to_bytes())
    assert len(found) > 50
    assert np.array_equal(again.patches, found.patches)
    assert np.abs(again.places - found.places).max() < 0.1
    with pytest.raises(ValueError, match="local features"):
        LocalFeatures.from_bytes(b"123")


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (63, 5), (64, 1), (1000, 40), (3, 70_000)])
def test_products_in_blocks_are_the_products(rows: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    left = rng.normal(size=(rows, 128)).astype(np.float32)
    right = rng.normal(size=(128, columns)).astype(np.float32)
    assert np.allclose(product(left, right), left @ right, atol=1e-3)
    assert np.allclose(product(left, right[:, 0]), left @ right[:, 0], atol=1e-3)


def test_patches_of_the_middle_are_kept_first() -> None:
    """A busy picture has more patches than are kept: its corners go first."""
    rng = np.random.default_rng(2)
    picture = cv2.resize(rng.integers(0, 256, (80, 80, 3), np.uint8), (240, 240), interpolation=cv2.INTER_CUBIC)
    found = local_features(np.asarray(picture, np.uint8))
    assert len(found) == 300
    away = np.linalg.norm(found.places - 120, axis=1)
    assert away[:50].mean() < away[-50:].mean()
    assert np.linalg.norm(found.patches / 127, axis=1) == pytest.approx(1.0, abs=0.05)


def test_the_same_print_is_matched_patch_by_patch() -> None:
    """Two references in one call, one of them with few patches: every pair is the patch itself."""
    rng = np.random.default_rng(3)
    picture = cv2.resize(rng.integers(0, 256, (60, 60, 3), np.uint8), (240, 240), interpolation=cv2.INTER_CUBIC)
    whole = local_features(np.asarray(picture, np.uint8))
    few = LocalFeatures(whole.places[10:50], whole.patches[10:50])
    of_whole, of_few, of_none = matched(whole, [whole, few, NOTHING])
    assert len(of_whole) > 200
    assert np.array_equal(of_whole[:, 0], of_whole[:, 1])
    assert len(of_few) > 25
    assert np.array_equal(of_few[:, 0], of_few[:, 1] + 10)
    assert len(of_none) == 0
    assert agreeing(whole, few, of_few) == len(of_few)
