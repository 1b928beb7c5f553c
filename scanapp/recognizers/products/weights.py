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
    """likeness, colour, agreeing: see `Evidence.row`; unknown: the score of "none of these"; sure: probability from
    which a single look may be believed.
    """

    likeness: float
    colour: float
    agreeing: float
    unknown: float
    sure: float

    def row(self) -> npt.NDArray[np.float64]:
        """(3,) in the order of `Evidence.row`."""
        return np.array([self.likeness, self.colour, self.agreeing])


FITTED = Weights(likeness=8.6, colour=1.78, agreeing=1.1, unknown=7.25, sure=0.9)
