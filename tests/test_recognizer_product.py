"""`ProductRecognizer` and `Matcher` on drawn packages: known, unknown, variants, barcodes, the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_catalog_cli import label_picture, seen_again

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.items import Item
from scanapp.errors import CatalogError, RecognizerError
from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.recognizers.product import ProductRecognizer
from scanapp.recognizers.products.label import label_scores
from scanapp.recognizers.products.match import Matcher
from scanapp.results import View, whole_view


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "catalogue", create=True) as made:
        for seed, (sku, gtin) in enumerate((("oat", ""), ("cola", "5449000000996"), ("peas", ""))):
            made.add(Item(sku, sku.title(), gtin), [label_picture(seed)])
        yield made


def test_a_turned_package_in_a_corner_of_a_frame(catalog: Catalog) -> None:
    scene = np.full((480, 640, 3), 128, np.uint8)
    scene[200:400, 300:500] = seen_again(label_picture(1), 20)
    (found,) = ProductRecognizer(matcher=Matcher(catalog)).recognize(
        View(Frame.from_image(scene), box_quad(300, 200, 500, 400))
    )
    assert found.key == "sku:cola"
    assert found.value["name"] == "Cola"
    assert found.confidence > 0.8
    assert found.value["score"] == round(found.confidence, 3)


def test_a_barcode_settles_what_looks_like_another(catalog: Catalog) -> None:
    import zxingcpp

    picture = cv2.resize(label_picture(2), (600, 600))
    bars = zxingcpp.create_barcode("5449000000996", zxingcpp.BarcodeFormat.EAN13).to_image(scale=2)
    bars = np.asarray(bars)
    height, width = bars.shape[:2]
    picture[580 - height : 580, 20 : 20 + width] = bars.reshape(height, width, 1)
    (found,) = ProductRecognizer(matcher=Matcher(catalog)).recognize(whole_view(Frame.from_image(picture)))
    assert (found.key, found.method, found.strength) == ("sku:cola", "gtin", 1.0)
    (looked,) = ProductRecognizer(matcher=Matcher(catalog), codes=False).recognize(
        whole_view(Frame.from_image(picture))
    )
    assert looked.key == "sku:peas"


def test_words_on_the_label_break_ties() -> None:
    variants = [Item("1", "Fizz Lemon 0.5 l"), Item("2", "Fizz Cherry 0.5 l")]
    lemon, cherry = label_scores("FIZZ 0.5 L CHERRV soft drink", variants)
    assert cherry > lemon == 0
    assert label_scores("FIZZ", variants) == [0, 0]


def test_the_label_of_variants_is_read(tmp_path: Path) -> None:
    base = label_picture(4, 400)
    cv2.rectangle(base, (40, 150), (360, 250), (255, 255, 255), -1)

    def labelled(word: str) -> np.ndarray:
        picture = base.copy()
        cv2.putText(picture, word, (55, 222), cv2.FONT_HERSHEY_SIMPLEX, 2.1, (0, 0, 0), 5, cv2.LINE_AA)
        return picture

    with Catalog(tmp_path, create=True) as made:
        for word in ("CHERRY", "LEMON"):
            made.add(Item(word, f"Fizz {word.title()}"), [labelled(word)])
        recognizer = ProductRecognizer(matcher=Matcher(made))
        for word in ("CHERRY", "LEMON"):
            (found,) = recognizer.read_still(Frame.from_image(seen_again(labelled(word), 3)))
            assert found.key == f"sku:{word}"


def test_an_empty_and_a_missing_catalogue_say_what_to_do(tmp_path: Path) -> None:
    frame = Frame.from_image(label_picture(1))
    with Catalog(tmp_path / "empty", create=True) as empty, pytest.raises(RecognizerError, match="is empty"):
        ProductRecognizer(matcher=Matcher(empty)).recognize(whole_view(frame))
    with pytest.raises(CatalogError, match="no catalogue is there"):
        ProductRecognizer(catalog=str(tmp_path / "none")).recognize(whole_view(frame))


def test_the_same_view_gives_the_same_reading(catalog: Catalog) -> None:
    view = whole_view(Frame.from_image(seen_again(label_picture(0))))
    first, second = (ProductRecognizer(matcher=Matcher(catalog)).recognize(view)[0] for _ in range(2))
    assert first.value == second.value
