"""How much each part of the evidence counts, and when it is enough: fitted on validation pictures alone.

Made by ``python benchmarks/products_fit.py``, which prints these lines: the likelihood of the right answer over
queries of known and unknown products (half of them taken out of the catalogue) is made as high as it gets.
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


FITTED = Weights(likeness=14.0, colour=5.0, agreeing=1.6, unknown=14.5, sure=0.85)
