"""`Matcher`: which product of a catalogue a picture shows, with a probability, or that it shows none of them.

The products of the shortlist and "none of these" share the probability (a softmax of weighted evidence). A GTIN
settles it; words of the label move the odds between variants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.items import Features, Item
from scanapp.catalog.picture import Picture
from scanapp.recognizers.products.evidence import Evidence, gathered
from scanapp.recognizers.products.label import label_scores
from scanapp.recognizers.products.weights import FITTED, Weights

SHOWN = 3
"""Products that are named beside an answer."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product and the probability that it is the one."""

    item: Item
    share: float


@dataclass(frozen=True, slots=True)
class Match:
    """Candidates, likeliest first, and the probability that it is none of them; ``settled``: by a GTIN."""

    candidates: tuple[Candidate, ...]
    unknown: float
    settled: bool = False

    @property
    def best(self) -> Candidate | None:
        """The likeliest product, if any is likelier than none."""
        first = self.candidates[0] if self.candidates else None
        return first if first is not None and first.share >= self.unknown else None


class Matcher:
    """Matches pictures with a catalogue. ``weights``: see `scanapp.recognizers.products.weights`."""

    def __init__(self, catalog: Catalog, weights: Weights = FITTED) -> None:
        self.catalog = catalog
        self.weights = weights

    def match(self, picture: Picture, *, gtins: Sequence[str] = (), words: str = "") -> Match:
        """What a picture (H, W, 3) BGR of one thing shows.

        gtins  numbers of barcodes read on it
        words  text read on it
        Raises ModelError, CatalogError.
        """
        named = [item for gtin in gtins for item in self.catalog.by_gtin(gtin)]
        if len({item.sku for item in named}) == 1:
            return Match((Candidate(named[0], 1.0),), 0.0, settled=True)
        return self.judge(self.catalog.measure(picture), words=words)

    def judge(self, query: Features, *, words: str = "") -> Match:
        """The same for features that are there already."""
        evidence = gathered(query, self.catalog)
        items = [self.catalog.item(one.sku) for one in evidence]
        pairs = [(item, one) for item, one in zip(items, evidence, strict=True) if item is not None]
        if not pairs:
            return Match((), 1.0)
        scores = [self._score(one) for _, one in pairs]
        if words:
            more = label_scores(words, [item for item, _ in pairs])
            scores = [score + extra for score, extra in zip(scores, more, strict=True)]
        shares, unknown = _shares(scores, self.weights.unknown)
        found = [Candidate(item, share) for (item, _), share in zip(pairs, shares, strict=True)]
        return Match(tuple(sorted(found, key=lambda one: (-one.share, one.item.sku))), unknown)

    def _score(self, evidence: Evidence) -> float:
        return float(self.weights.row() @ evidence.row())


def _shares(scores: Sequence[float], unknown: float) -> tuple[list[float], float]:
    """Softmax with "none of these"."""
    logits = np.array([*scores, unknown])
    powers = np.exp(logits - logits.max())
    shares = powers / powers.sum()
    return shares[:-1].tolist(), float(shares[-1])
