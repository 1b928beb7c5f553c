"""`ScoutDetector`: one network that proposes codes, cards, text and goods, in place of several detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanapp.detectors.card_decode import decode
from scanapp.detectors.card_network import MARGIN, shapes_of, squeezed
from scanapp.detectors.regions import without_overlaps
from scanapp.detectors.scout_regions import Float32, Region, regions
from scanapp.devices.cost import extra_ms
from scanapp.errors import UsageError, did_you_mean
from scanapp.frame import Frame
from scanapp.geometry import as_quad, coverage
from scanapp.inference import open_model
from scanapp.inference.manifest import AUTO
from scanapp.inference.use import NetworkUse
from scanapp.results import Detection

SEEKS = {
    "code_1d": ("code", "linear"),
    "code_2d": ("code", "matrix"),
    "card": ("card", ""),
    "text": ("text", ""),
    "product": ("product", ""),
}
"""Map of the network → kind and hint of what is proposed. Faces are seen, and nobody reads them."""
SIDES = (224, 288, 320)
"""Long sides of the input, network pixels; `SIDE` is the default one."""
SIDE = 320
AGREES = 0.6
"""How much of a card's region its four corners must cover to be believed."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the network says of one picture: maps (n, h/4, w/4) of logits, and picture pixels a network pixel."""

    corners: Float32
    mask: Float32
    kinds: Float32
    scale: tuple[float, float]


class ScoutDetector:
    """Proposes what it was asked to seek, best first.

    seek         kinds to propose: "code", "card", "text", "product"
    min_score    0 to 1: raising it drops small, faint and doubtful things
    max_regions  most proposals of a kind a frame
    side         long side of the network's input, pixels: 320 finds things two thirds as large as 224 does, for
                 twice the cost
    variant      of the network, as in the model store: a larger one finds more, a smaller one is faster
    threads      onnxruntime's threads for it
    """

    name = "scout"
    cost_ms = 2.5
    networks: tuple[NetworkUse, ...] = (NetworkUse("scout", option="variant"),)

    def __init__(
        self,
        *,
        seek: Sequence[str] = ("code", "card", "text"),
        min_score: float = 0.3,
        max_regions: int = 6,
        side: int = SIDE,
        variant: str = AUTO,
        threads: int = 1,
    ) -> None:
        known = {kind for kind, _ in SEEKS.values()}
        for kind in seek:
            if kind not in known:
                raise UsageError(f"scout: cannot seek '{kind}'{did_you_mean(kind, known)}")
        if side not in SIDES:
            raise UsageError(f"scout: side takes one of {', '.join(map(str, SIDES))}, got {side}")
        self.kinds = frozenset(seek)
        self.min_score = min_score
        self.max_regions = max_regions
        self.side = side
        self._shapes = shapes_of(side)
        self._session = open_model("scout", variant=variant, threads=threads)
        self.cost_ms += extra_ms(self.networks, {"variant": variant})

    def detect(self, frame: Frame) -> list[Detection]:
        """Regions of the kinds that are sought."""
        look = self._look(frame)
        to_frame = np.array(look.scale) * frame.thumb_scale(self.side)
        found: dict[str, list[Detection]] = {}
        for region in self._sought(look):
            kind, hint = SEEKS[region.kind]
            quad = as_quad((region.quad - MARGIN) * to_frame)
            found.setdefault(kind, []).append(Detection(kind, quad, region.score, hint))
        kept = [one for some in found.values() for one in without_overlaps(some, most=self.max_regions)]
        return sorted(kept, key=lambda detection: -detection.score)

    def _sought(self, look: Look) -> list[Region]:
        sought = [
            region
            for region in regions(look.kinds)
            if SEEKS.get(region.kind, ("", ""))[0] in self.kinds and region.score >= self.min_score
        ]
        if any(region.kind == "card" for region in sought):
            return _with_corners(sought, look)
        return sought

    def _look(self, frame: Frame) -> Look:
        image, scale = squeezed(frame.thumb(self.side), self._shapes)
        answer = self._session.run({"image": image})
        return Look(answer["corners"][0], answer["mask"][0, 0], answer["kinds"][0], scale)


def _with_corners(sought: list[Region], look: Look) -> list[Region]:
    """The card that has the four corners gets them, in upright order; other cards keep their rectangles."""
    found = decode(look.corners, look.mask, stretch=look.scale[1] / look.scale[0])
    if found is None:
        return sought
    quad = as_quad(found.quad)
    return [
        replace(region, quad=quad) if region.kind == "card" and coverage(region.quad, quad) >= AGREES else region
        for region in sought
    ]
