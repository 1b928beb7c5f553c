"""What speaks for each product of a shortlist: likeness to its references, their colours, their print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.items import Features
from scanapp.catalog.local import LocalFeatures
from scanapp.recognizers.products.verify import agreeing, matched

NEIGHBOURS = 400
"""References that are asked for: with fewer, one product with many pictures would fill the shortlist."""
PRODUCTS = 12
"""Products on the shortlist."""
SEVERAL = 8
"""Nearest references of a product whose likeness is averaged: one lucky neighbour says less than several."""
NEAR = 0.25
"""Products less like the picture than the nearest one by more than this are not compared patch by patch: three
fifths of a shortlist, and on validation pictures answers are as good."""
VIEWS = 3
"""References of each that are compared patch by patch."""
VERIFIED = 16
"""References whose arrangement is checked: those with the most agreeing patches."""
CHANCE = 6
"""Patches that lie in one arrangement by chance: as few say nothing, of fruit in particular."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """For one product. likeness: the best cosine of the embedding; several: the mean of its best eight; colour: of
    the colours, 0 to 1; agreeing: patches of the best reference that lie as on it.
    """

    sku: str
    likeness: float
    several: float
    colour: float
    agreeing: int

    def row(self) -> npt.NDArray[np.float64]:
        """(4,) in the order of the weights; each further patch says less than the one before."""
        return np.array([self.likeness, self.several, self.colour, np.log(max(self.agreeing, CHANCE) / CHANCE)])


def gathered(query: Features, catalog: Catalog) -> list[Evidence]:
    """The shortlist, likeliest by the embedding first; empty for an empty catalogue."""
    by_product: dict[str, list[tuple[float, int]]] = {}
    for hit in catalog.nearest(query.vector, NEIGHBOURS):
        if hit.sku in by_product or len(by_product) < PRODUCTS:
            by_product.setdefault(hit.sku, []).append((hit.likeness, hit.reference))
    known = {number: catalog.features(number) for hits in by_product.values() for _, number in hits[:VIEWS]}
    least = max((hits[0][0] for hits in by_product.values()), default=0.0) - NEAR
    near = [hits for hits in by_product.values() if hits[0][0] >= least]
    firm = _firm(query, {number: known[number].local for hits in near for _, number in hits[:VIEWS]})
    found = []
    for sku, hits in by_product.items():
        numbers = [number for _, number in hits[:VIEWS]]
        several = float(np.mean([likeness for likeness, _ in hits[:SEVERAL]]))
        colour = max(float(query.colours @ known[number].colours) for number in numbers)
        found.append(Evidence(sku, hits[0][0], several, colour, max(firm.get(number, 0) for number in numbers)))
    return found


def _firm(query: Features, known: Mapping[int, LocalFeatures]) -> dict[int, int]:
    """How many patches of a reference lie as on the query, of those that may have many."""
    numbers = list(known)
    pairs = matched(query.local, [known[number] for number in numbers])
    ranked = sorted(range(len(numbers)), key=lambda place: -len(pairs[place]))[:VERIFIED]
    return {numbers[place]: agreeing(query.local, known[numbers[place]], pairs[place]) for place in ranked}
