"""The three maps of a face while it is being drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Canvas"]


@dataclass(slots=True, eq=False)
class Canvas:
    """``albedo`` (H, W, 3) uint8 BGR, ``height`` (H, W) float32 mm, ``metal`` (H, W) float32 0…1; drawn in
    place."""

    albedo: NDArray[np.uint8]
    height: NDArray[np.float32]
    metal: NDArray[np.float32]
    ppmm: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height.shape[0], self.height.shape[1]
