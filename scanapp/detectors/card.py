"""`CardDetector`: bank cards in a frame's thumbnail, four corners in upright order."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from scanapp.detectors.card_edges import find_by_edges
from scanapp.detectors.card_network import LONG_SIDE, CardNetwork
from scanapp.detectors.card_pose import CardPose, is_portrait, shape_error
from scanapp.detectors.card_refine import refine
from scanapp.devices.cost import extra_ms
from scanapp.errors import ModelError, UsageError, did_you_mean
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, as_quad, bounds, clip_box, expand, iou
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
HINT = 0.05
"""Score from which the network looks again, from nearer: on a thumbnail a small, dark or covered card is a hint."""
NEARER, SAME = 1.75, 0.3
"""What the second look takes in, in sizes of the first one's quad; overlap of the two that mean one card."""
SURE = 0.9
"""Score from which the first look needs no second one: so many cards are found, with as few wrong corners."""
SHAPED = (1.43, -9.24, -0.34)
"""Logistic regression, on validation frames, of "the corners are right" on `shape_features`. Papers and phones are
other rectangles, and so is a card with a wrong corner."""
ODDS = 3.0
"""A card that is missed weighs as much as so many things that are none."""
LEAST = 24
"""Pixels of a part's short side below which there is nothing to look at."""

Box = tuple[int, int, int, int]


class CardDetector:
    """Proposes the one most card-like thing in the frame.

    What the network takes for a card on the thumbnail, but not surely, it looks at again from nearer; the second
    look places the corners and decides. It costs as much again, where there is something to look at.

    Loyalty cards and the like are proposed, too: at a thumbnail's size nothing else can be told.

    threshold  0 to 1: raising it drops small, covered and doubtful cards, and sheets and screens in a card's shape
    method     "network"; "edges": outlines without a network, which cannot tell which way is up and take any sheet
               of a card's proportions for one; "auto": the network, or edges where the model store has none
    closer     where that shows no card, look once more at the part of the frame about what is nearest to one: finds
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
        first = self._look(frame, (0, 0, frame.width, frame.height), self._side)
        found = self._shaped(self._nearer(frame, first), frame)
        if self.closer and (found is None or found.score < self.threshold):
            found = self._shaped(self._closer(frame, first), frame)
        if found is None or found.score < self.threshold:
            return []
        return [Detection("card", found.quad, min(1.0, found.score))]

    @property
    def _side(self) -> int:
        return EDGES_SIDE if self._network is None else LONG_SIDE

    def _nearer(self, frame: Frame, hint: CardPose | None) -> CardPose | None:
        """The card that shows from nearer where the first look saw a hint of one; what is sure stays as it is."""
        if self._network is None or (hint is not None and hint.score >= SURE):
            return hint
        if hint is None or hint.score < HINT:
            return None
        box = clip_box(bounds(expand(hint.quad, NEARER)), frame.width, frame.height)
        short, long = sorted((box[2] - box[0], box[3] - box[1]))
        if short < LEAST:
            return None
        # halved as often as leaves the part larger than the network's input
        side = math.ceil(1.5 * LONG_SIDE * max(frame.width, frame.height) / long)
        found = self._look(frame, box, side)
        return found if found is not None and iou(found.quad, hint.quad) >= SAME else None

    def _shaped(self, found: CardPose | None, frame: Frame) -> CardPose | None:
        """The same, as sure as the shape of what it shows allows; what edges find has a card's shape already."""
        if found is None or self._network is None:
            return found
        features = shape_features(found.score, found.quad, frame)
        evidence = sum(weight * value for weight, value in zip(SHAPED, features, strict=True)) + math.log(ODDS)
        return replace(found, score=1 / (1 + math.exp(-evidence)))

    def _closer(self, frame: Frame, hint: CardPose | None) -> CardPose | None:
        """The most card-like thing in the part of the frame about ``hint``, if whole.

        Edges see an outline or none, so without a hint from them it is the middle that is looked at.
        """
        if hint is None and self._network is not None:
            return None
        if hint is not None and hint.score < NOTHING:
            return None
        whole = np.array([frame.width, frame.height])
        size = np.round(PART * whole)
        middle = whole / 2 if hint is None else hint.quad.mean(axis=0)
        x, y = (int(at) for at in np.clip(np.round(middle - size / 2), 0, whole - size))
        box = (x, y, x + int(size[0]), y + int(size[1]))
        found = self._look(frame, box, 2 * self._side)
        return found if found is not None and _whole(found.quad, box, frame) else None

    def _look(self, frame: Frame, box: Box, side: int) -> CardPose | None:
        """The most card-like thing in ``box`` of the frame's thumbnail of this size, in frame pixels."""
        small, scale = frame.thumb(side), frame.thumb_scale(side)
        x0, y0, x1, y1 = box[0] // scale, box[1] // scale, -(-box[2] // scale), -(-box[3] // scale)
        part = np.ascontiguousarray(small[y0:y1, x0:x1])
        found = find_by_edges(part) if self._network is None else self._network.find(part)
        if found is None:
            return None
        offset = np.array([x0, y0], np.float32)
        return replace(found, quad=as_quad((found.quad + offset) * np.float32(scale)))


def shape_features(score: float, quad: Quad, frame: Frame) -> tuple[float, float, float]:
    """How sure the network is (logit), how far ``quad`` is from a card's proportions, and one."""
    kept = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept)), shape_error(quad, frame.width, frame.height), 1.0


def _whole(quad: Quad, box: Box, frame: Frame) -> bool:
    """Whether ``quad`` keeps clear of where ``box`` was cut out of the frame: a sheet of paper, cut there, has a
    card's shape now and then.
    """
    for axis, end in enumerate((frame.width, frame.height)):
        near, far = box[axis], box[axis + 2]
        clear = CLEARANCE * (far - near)
        if quad[:, axis].min() < near + clear and near > 0:
            return False
        if quad[:, axis].max() > far - clear and far < end:
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
