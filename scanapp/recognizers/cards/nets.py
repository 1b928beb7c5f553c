"""The two networks of the card recognizer behind arrays: layout of a sheet, characters of line crops."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scanapp.geometry import Gray
from scanapp.inference import open_model
from scanapp.inference.manifest import AUTO

Floats = NDArray[np.float32]


class Runs(Protocol):
    """What of `scanapp.inference.Session` is needed."""

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """All outputs by name."""


class CardNets:
    """Layout and reader, ready to run.

    lines  how many lines may be read before `spent`
    """

    def __init__(self, layout: Runs, reader: Runs, lines: float = math.inf) -> None:
        self._layout = layout
        self._reader = reader
        self._left = lines

    @classmethod
    def opened(cls, threads: int = 1, *, layout: str = AUTO, reader: str = AUTO) -> CardNets:
        """The store's networks in these variants; sessions are shared in the process. Raises ModelError."""
        return cls(
            open_model("card_layout", variant=layout, threads=threads),
            open_model("card_reader", variant=reader, threads=threads),
        )

    def within(self, lines: float) -> CardNets:
        """The same networks for one look that should read about so many lines."""
        return CardNets(self._layout, self._reader, lines)

    @property
    def limited(self) -> bool:
        """Whether this is one look of many."""
        return math.isfinite(self._left)

    @property
    def spent(self) -> bool:
        """Whether the look has read its lines: what has been begun may be finished, nothing more be tried."""
        return self._left <= 0

    def layout(self, sheet: Gray) -> tuple[Floats, Floats]:
        """``(184, 288)`` uint8 → the fields' logits ``(3, 46, 72)``, the turns' log-probabilities ``(4,)``."""
        found = self._layout.run({"card": _luma([sheet])})
        turn = found["turn"][0].astype(np.float64)
        return found["fields"][0], (turn - np.logaddexp.reduce(turn)).astype(np.float32)

    def read(self, crops: Sequence[Gray]) -> Floats:
        """``(32, 320)`` uint8 crops → ``(n, 80, 12)`` log-probabilities of each frame's class."""
        if not crops:
            return np.zeros((0, 80, 12), dtype=np.float32)
        self._left -= len(crops)
        logp: Floats = self._reader.run({"lines": _luma(crops)})["logp"]
        return logp


def _luma(pictures: Sequence[Gray]) -> Floats:
    """``(n, 1, h, w)`` float32, 0 to 1."""
    return np.stack(pictures)[:, None].astype(np.float32) * np.float32(1 / 255)
