"""How much each part of the evidence counts, and when it is enough: fitted on validation pictures alone.

``python benchmarks/products_fit.py`` prints such lines. The likelihood of the right answer over queries of known
and unknown products (half of them taken out of the catalogue) is made as high as it gets. Colours got nothing: they
are in the embedder's vector already. No threshold with more than a handful of answers reached the 97 % that the
script asks of ``sure``: 0.9 was chosen by hand, and docs/products.md says what it lets through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Weights:
    """likeness, several, colour, agreeing: see `Evidence.row`; unknown: the score of "none of these"; sure:
    probability from which a single look may be believed.
    """

    likeness: float
    several: float
    colour: float
    agreeing: float
    unknown: float
    sure: float

    def row(self) -> npt.NDArray[np.float64]:
        """(4,) in the order of `Evidence.row`."""
        return np.array([self.likeness, self.several, self.colour, self.agreeing])


FITTED = Weights(likeness=3.54, several=5.36, colour=0.0, agreeing=2.55, unknown=6.63, sure=0.9)
