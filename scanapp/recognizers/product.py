"""`ProductRecognizer`: which product of the catalogue a view shows, or that it shows none of them.

Features of the view → shortlist → evidence → probabilities (`scanapp.recognizers.products`); a barcode in the view
settles it, the words on the label break ties. A product that is not known gives a reading, too: its name is
"unknown", and the nearest ones are its alternatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from scanapp.catalog.folder import VARIABLE, catalog_folder
from scanapp.catalog.made import open_catalog
from scanapp.errors import RecognizerError, UsageError
from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.recognizers.code import CodeRecognizer
from scanapp.recognizers.products.match import SHOWN, Candidate, Match, Matcher
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import Effort, Reading, View, whole_view

UNKNOWN = "unknown"
GROW = 1.04
SMALLEST = 24
"""Pixels of the shorter side below which nothing is told apart."""
RETAIL = ("EAN13", "EAN8", "UPCA", "UPCE", "ITF", "DataBar")
LOOK, LABEL = 0, 1
LABEL_SIDE = 256
"""Words on a label are found on at most so many pixels squared: what tells variants apart is printed large."""
TIE = 0.15
"""Share from which a second product is a rival."""


class ProductRecognizer:
    """Recognises products by a catalogue. Cheap to construct; catalogue and network open at the first view.

    catalog    folder of the catalogue, or a CSV file to make one from (see `scanapp.catalog.importing`); empty:
               what SCANAPP_CATALOG names, else the user's own
    label      read the large words on the label where products are hard to tell apart (about 100 ms a look)
    codes      look for barcodes of products whose GTIN the catalogue knows
    threads    onnxruntime's threads for one network
    matcher    a matcher that is open already, in place of ``catalog``

    `recognize` raises RecognizerError for an empty catalogue, CatalogError, ModelError.
    """

    name = "product"
    kinds = frozenset({"product"})

    def __init__(
        self,
        *,
        catalog: str = "",
        label: bool = True,
        codes: bool = True,
        threads: int = 1,
        matcher: Matcher | None = None,
    ) -> None:
        if threads < 1:
            raise UsageError(f"product recognizer: threads ≥ 1 is needed, got {threads}")
        words = Effort("label", 110.0, 0.1, asked=True)
        self.efforts: tuple[Effort, ...] = (Effort("look", cost_ms=30.0, gain=0.8), words)[: 1 + label]
        self._folder = catalog_folder(catalog)
        self._matcher = matcher
        self._codes = CodeRecognizer(formats=RETAIL) if codes else None
        # what asks for its words shows some: there is no need of a glance
        self._text = TextRecognizer(max_side=LABEL_SIDE, threads=threads, glance=False) if label else None

    def warm_up(self) -> None:
        """Open catalogue and network now. Raises CatalogError, ModelError, RecognizerError."""
        self._open().catalog.measure(np.zeros((8, 8, 3), np.uint8))

    def recognize(self, view: View) -> Sequence[Reading]:
        """One reading of what fills the view; none where it is too small."""
        matcher = self._open()
        picture, to_frame = view.crop_bgr(1.0 if view.whole else GROW)
        height, width = picture.shape[:2]
        if min(height, width) < SMALLEST:
            return []
        try:
            gtins = self._gtins(view, matcher)
            words = self._words(view) if view.effort >= LABEL else ""
            match = matcher.match(picture, gtins=gtins, words=words)
        except cv2.error as error:
            raise RecognizerError(f"product: the view {width}x{height} cannot be compared: {error}") from error
        x, y = to_frame[:2, 2]
        quad = box_quad(x, y, x + width, y + height) if view.whole else view.quad
        return [reading(match, quad, "label" if words else "look")]

    def read_still(self, frame: Frame) -> Sequence[Reading]:
        """What fills the picture; the label is read where two products are close."""
        (first,) = self.recognize(whole_view(frame)) or (None,)
        if first is None:
            return []
        if self._text is None or not _tied(first):
            return [first]
        return self.recognize(whole_view(frame, LABEL))

    def _open(self) -> Matcher:
        if self._matcher is None:
            self._matcher = Matcher(open_catalog(self._folder))
        if not self._matcher.catalog.counts()[1]:
            raise RecognizerError(
                f"product: the catalogue {self._matcher.catalog.folder} is empty; teach it something with "
                f"'scanapp catalog add PICTURE... --sku SKU --name NAME', or name another with {VARIABLE}"
            )
        return self._matcher

    def _gtins(self, view: View, matcher: Matcher) -> list[str]:
        if self._codes is None or not matcher.catalog.has_gtins():
            return []
        found = self._codes.recognize(View(view.frame, view.quad, 0, whole=view.whole))
        payloads = [one.value.get("payload") for one in found]
        return [str(one["gtin"]) for one in payloads if isinstance(one, dict) and one.get("gtin")]

    def _words(self, view: View) -> str:
        if self._text is None:
            return ""
        found = self._text.recognize(View(view.frame, view.quad, 0, whole=view.whole))
        return " ".join(str(one.value.get("text", "")) for one in found)


def reading(match: Match, quad: Any, method: str) -> Reading:
    """A match as a reading of kind ``product``."""
    best = match.best
    others = [_row(one) for one in match.candidates if one is not best][:SHOWN]
    if best is None:
        value = {"sku": "", "name": UNKNOWN, "score": round(match.unknown, 3), "alternatives": others}
        return Reading("product", UNKNOWN, value, quad, match.unknown, 0.0, method)
    value = {**_row(best), "alternatives": others}
    proof = 1.0 if match.settled else 0.5
    return Reading(
        "product", f"sku:{best.item.sku}", value, quad, best.share, proof, "gtin" if match.settled else method
    )


def _row(candidate: Candidate) -> dict[str, Any]:
    return {"sku": candidate.item.sku, "name": candidate.item.name, "score": round(candidate.share, 3)}


def _tied(first: Reading) -> bool:
    others = first.value["alternatives"]
    return bool(others) and first.method != "gtin" and float(others[0]["score"]) >= TIE


__all__ = ["UNKNOWN", "ProductRecognizer", "reading"]
