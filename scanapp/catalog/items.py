"""The words of a catalogue: `Item`, `Reference`, and what is measured on a picture: `Features`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanapp.catalog.colour import colours
from scanapp.catalog.embedder import Embedder
from scanapp.catalog.local import LocalFeatures, local_features
from scanapp.catalog.picture import Picture
from scanapp.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Item:
    """A product. sku: your own key for it; gtin: 8 to 14 digits or empty; label: words on it that tell it from its
    variants, empty: those of the name.
    """

    sku: str
    name: str
    gtin: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not self.sku.strip() or len(self.sku) > 200:
            raise CatalogError(f"a product needs an SKU of 1 to 200 characters, got {self.sku[:40]!r}")
        if self.gtin and not valid_gtin(self.gtin):
            raise CatalogError(
                f"{self.sku}: '{self.gtin[:20]}' is no GTIN: 8, 12, 13 or 14 digits with a check digit that fits"
            )


def valid_gtin(digits: str) -> bool:
    """8, 12, 13 or 14 digits, the last of which checks the others."""
    if len(digits) not in (8, 12, 13, 14) or not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits[:-1])))
    return (weighted + int(digits[-1])) % 10 == 0


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference picture of an item. file: in the catalogue's folder; digest: SHA-256 of the picture given."""

    id: int
    sku: str
    file: str
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What one picture is compared by.

    vector  (128,) float32, length 1
    colours (1152,) float32, see `scanapp.catalog.colour`
    local   patches of its print
    """

    vector: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    local: LocalFeatures


def measure(picture: Picture, embedder: Embedder, *, reference: bool = False) -> Features:
    """The features of a picture (H, W, 3) BGR; ``reference``: with more care. Raises ModelError."""
    shades = colours(picture)
    return Features(embedder.embed(picture, mirrored=reference, shades=shades), shades, local_features(picture))
