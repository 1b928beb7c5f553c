"""`CardDetector`: bank cards in a frame's thumbnail, four corners in upright order."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.card_edges import find_by_edges
from scanapp.detectors.card_network import LONG_SIDE, CardNetwork
from scanapp.detectors.card_pose import CardPose, is_portrait
from scanapp.detectors.card_refine import refine
from scanapp.devices.cost import extra_ms
from scanapp.errors import ModelError, UsageError, did_you_mean
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, as_quad
from scanapp.inference import open_model
from scanapp.inference.manifest import AUTO
from scanapp.inference.use import NetworkUse
from scanapp.results import Detection

__all__ = ["CardDetector", "CardPose", "locate"]

Method = Literal["auto", "network", "edges"]
EDGES_SIDE = 256
REFINED_SIDE = 640
"""Pixels of the picture in which `locate` looks for the exact edges: more costs time and gains nothing."""
CLEAR = 2.5
"""How clear all four edges must be, see `refine`, before they are believed more than the network."""
PART = 0.62
"""Of the frame's sides: the part that is looked at once more. Placed by what the whole frame shows best it finds as
many small cards as five parts do that cover the frame (31 of 51 that the whole frame does not show)."""
NOTHING = 0.01
"""Score of the nearest thing to a card below which nothing is looked at once more: of half of the frames without a
card, and of 2 of those 31."""
CLEARANCE = 0.03
"""Share of a part's side by which a card must keep clear of a cut."""


class CardDetector:
    """Proposes the one most card-like thing in the frame.

    Loyalty cards and the like are proposed, too: at a thumbnail's size nothing else can be told.

    threshold  0 to 1: raising it drops small, covered and doubtful cards, and sheets and screens in a card's shape
    method     "network"; "edges": outlines without a network, which cannot tell which way is up and take any sheet
               of a card's proportions for one; "auto": the network, or edges where the model store has none
    closer     where the whole frame shows no card, look once more at the part that shows the nearest to one: finds
               cards that are small in the frame, for up to twice the cost while there is none
    variant    of the network, as in the model store: a larger one finds more, a smaller one is faster
    threads    onnxruntime's threads for it
    """

    name = "card"
    kinds = frozenset({"card"})
    cost_ms = 3.0
    networks: tuple[NetworkUse, ...] = (NetworkUse("card_locator", option="variant"),)

    def __init__(
        self,
        *,
        threshold: float = 0.5,
        method: Method = "auto",
        closer: bool = False,
        variant: str = AUTO,
        threads: int = 1,
    ) -> None:
        if method not in get_args(Method):
            raise UsageError(f"card detector: unknown method '{method}'{did_you_mean(method, get_args(Method))}")
        self.threshold = threshold
        self.closer = closer
        self._network = None
        if method == "edges":
            self.networks = ()
        else:
            self._network = _network(
                needed=method == "network" or variant != AUTO, variant=variant, threads=threads
            )
            self.cost_ms += extra_ms(self.networks, {"variant": variant})
        if closer:
            self.cost_ms *= 2

    def detect(self, frame: Frame) -> list[Detection]:
        """The card, or nothing."""
        side = EDGES_SIDE if self._network is None else LONG_SIDE
        scale = frame.thumb_scale(side)
        found = self._find(frame.thumb(side))
        if self.closer and self._doubtful(found):
            middle = np.array([frame.width, frame.height]) / 2 if found is None else found.quad.mean(axis=0) * scale
            scale = frame.thumb_scale(2 * side)
            found = self._closer(frame.thumb(2 * side), middle / scale)
        if found is None or found.score < self.threshold:
            return []
        return [Detection("card", as_quad(found.quad * scale), min(1.0, found.score))]

    def _find(self, thumb: Gray) -> CardPose | None:
        return find_by_edges(thumb) if self._network is None else self._network.find(thumb)

    def _doubtful(self, found: CardPose | None) -> bool:
        """Whether a closer look may show a card; edges, which see an outline or none, cannot tell."""
        if found is None:
            return self._network is None
        return NOTHING <= found.score < self.threshold

    def _closer(self, thumb: Gray, middle: NDArray[np.float64]) -> CardPose | None:
        """The most card-like thing in the part of ``thumb`` about ``middle``, in its pixels, if whole."""
        height, width = thumb.shape
        size = np.round(PART * np.array([width, height]))
        x, y = (int(at) for at in np.clip(np.round(middle - size / 2), 0, [width, height] - size))
        part = thumb[y : y + int(size[1]), x : x + int(size[0])]
        found = self._find(np.ascontiguousarray(part))
        if found is None or not _whole(found.quad, part, (x, y), (width, height)):
            return None
        return replace(found, quad=as_quad(found.quad + np.array([x, y], np.float32)))


def _whole(quad: Quad, part: Gray, offset: tuple[int, int], frame: tuple[int, int]) -> bool:
    """Whether ``quad`` keeps clear of where ``part`` was cut out of the frame: a sheet of paper, cut there, has a
    card's shape now and then.
    """
    for axis, side in enumerate(part.shape[::-1]):
        low, high = quad[:, axis].min() / side, quad[:, axis].max() / side
        if low < CLEARANCE and offset[axis] > 0:
            return False
        if high > 1 - CLEARANCE and offset[axis] + side < frame[axis]:
            return False
    return True


def locate(picture: Gray, *, exact: bool = True) -> CardPose | None:
    """The card in ``picture`` (h, w) luma, in its pixels, by the network where there is one; or None.

    picture  a crop of a frame about a detection, with some of the surroundings (a tenth of the card on each side)
    exact    move the corners onto the edges that are clear, to a fraction of a pixel
    """
    network = _network(needed=False)
    frame = Frame(picture)
    side = EDGES_SIDE if network is None else LONG_SIDE
    thumb = frame.thumb(side)
    pose = find_by_edges(thumb) if network is None else network.find(thumb)
    if pose is None:
        return None
    scale = frame.thumb_scale(side)
    pose = CardPose(as_quad(pose.quad * scale), pose.score, pose.orientation, pose.portrait)
    return _exact(frame, pose) if exact else pose


def _exact(frame: Frame, pose: CardPose) -> CardPose:
    scale = frame.thumb_scale(REFINED_SIDE)
    diagonal = float(np.linalg.norm(pose.quad[2] - pose.quad[0]))
    quad, clearness = refine(frame.thumb(REFINED_SIDE), as_quad(pose.quad / scale), 0.02 * diagonal / scale)
    if clearness < CLEAR:
        return pose
    moved = as_quad(quad * scale)
    return CardPose(moved, pose.score, pose.orientation, is_portrait(moved, frame.width, frame.height))


@lru_cache(maxsize=16)
def _network(*, needed: bool, variant: str = AUTO, threads: int = 1) -> CardNetwork | None:
    try:
        return CardNetwork(open_model("card_locator", variant=variant, threads=threads))
    except ModelError:
        if needed:
            raise
        return None
