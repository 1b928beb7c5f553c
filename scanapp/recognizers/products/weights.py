"""How much each part of the evidence counts, and when it is enough: fitted on validation pictures alone.

``python benchmarks/products_fit.py`` prints such lines; these come from one draw of each of its questions. The
likelihood of the right answer over queries of known and unknown products (half of them taken out of the catalogue)
is made as high as it gets. No threshold reached the 97 % that the script asks of ``sure``: 0.9 was chosen by hand,
and docs/products.md says what it lets through.
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


FITTED = Weights(likeness=4.06, several=5.17, colour=1.34, agreeing=3.11, unknown=8.09, sure=0.9)
