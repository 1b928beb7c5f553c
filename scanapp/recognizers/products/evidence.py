"""What speaks for each product of a shortlist: likeness to its references, their colours, their print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.items import Features
from scanapp.recognizers.products.verify import agreeing, matched

NEIGHBOURS = 400
"""References that are asked for: with fewer, one product with many pictures would fill the shortlist."""
PRODUCTS = 24
"""Products on the shortlist."""
VIEWS = 2
"""References of each that are compared patch by patch."""
VERIFIED = 10
"""References whose arrangement is checked: those with the most agreeing patches."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """For one product. likeness: the best cosine of the embedding; colour: of the colours, 0 to 1; agreeing:
    patches of the best reference that lie as on it.
    """

    sku: str
    likeness: float
    colour: float
    agreeing: int

    def row(self) -> npt.NDArray[np.float64]:
        """(3,) in the order of the weights; each further patch says less than the one before."""
        return np.array([self.likeness, self.colour, np.log1p(self.agreeing)])


def gathered(query: Features, catalog: Catalog) -> list[Evidence]:
    """The shortlist, likeliest by the embedding first; empty for an empty catalogue."""
    by_product: dict[str, list[tuple[float, int]]] = {}
    for hit in catalog.nearest(query.vector, NEIGHBOURS):
        if hit.sku in by_product or len(by_product) < PRODUCTS:
            by_product.setdefault(hit.sku, []).append((hit.likeness, hit.reference))
    chosen = [(sku, number) for sku, hits in by_product.items() for _, number in hits[:VIEWS]]
    known = {number: catalog.features(number) for _, number in chosen}
    pairs = matched(query.local, [known[number].local for _, number in chosen])
    ranked = sorted(range(len(chosen)), key=lambda place: -len(pairs[place]))[:VERIFIED]
    firm = {
        chosen[place][1]: agreeing(query.local, known[chosen[place][1]].local, pairs[place]) for place in ranked
    }
    found = []
    for sku, hits in by_product.items():
        numbers = [number for _, number in hits[:VIEWS]]
        colour = max(float(query.colours @ known[number].colours) for number in numbers)
        found.append(Evidence(sku, hits[0][0], colour, max(firm.get(number, 0) for number in numbers)))
    return found
