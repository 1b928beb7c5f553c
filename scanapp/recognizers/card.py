"""`CardRecognizer`: number, expiry and holder of the bank card in a view, with per-character alternatives.

Card quad → small rectified sheet → layout network (which lines are where, which way is up) → line crops straight
from the frame → CTC reader → one `Reading`. The parts are in `scanapp.recognizers.cards`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2

from scanapp.devices.cost import extra_ms
from scanapp.errors import GeometryError, RecognizerError, UsageError
from scanapp.frame import Frame
from scanapp.geometry import expand, iou
from scanapp.inference.manifest import AUTO
from scanapp.inference.use import NetworkUse
from scanapp.recognizers.cards.answer import Holder, reading
from scanapp.recognizers.cards.dates import with_date
from scanapp.recognizers.cards.holder import read_holder
from scanapp.recognizers.cards.known import read_known
from scanapp.recognizers.cards.look import CardLook, convincing, look
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.places import Locate, Place, refined
from scanapp.recognizers.cards.still import look_at_still
from scanapp.recognizers.cards.strips import COARSE
from scanapp.recognizers.ocr.models import shared_models
from scanapp.results import Effort, Reading, View

LOOK, DATE, AGAIN, FIELDS = 0, 1, 2, 3
LINES = (16, 8, 12, 8)
"""Lines, by effort, after which a look for the number tries nothing more: in a stream another view says more than
another cut of this one."""
DATED = (DATE, FIELDS)
"""Efforts that read the expiry, too: it never delays the number."""
STRIPS = 5
"""Where the layout network shows no number, so many strips across the card are read."""
WORDS = 12
"""Cuts in which an expiry is looked for, where the layout network shows none."""
MOVED = 0.9
"""Overlap of the locator's card with the track's below which they are two opinions."""
TURNS = 3
"""Ways up to try where the first shows no number: the layout network is not always right."""
REGROWN = 1.05
"""The card's corners may be a little off: a second effort looks at it larger."""


class CardRecognizer:
    """Reads bank cards. Cheap to construct; networks open at the first `recognize` or at `warm_up`.

    threads  onnxruntime's threads for one network
    holder   read the holder's name too, at the effort "fields" and on still pictures
    layout, reader  variants of the networks, as in the model store
    nets, locate  the networks and the card locator to use; None: the shipped ones
    """

    name = "card"
    kinds = frozenset({"card"})
    efforts: tuple[Effort, ...] = (
        Effort("look", cost_ms=8.0, gain=0.7),
        Effort("date", cost_ms=15.0, gain=0.1),
        Effort("again", cost_ms=50.0, gain=0.3),
        Effort("fields", cost_ms=50.0, gain=0.05),
    )
    networks = (NetworkUse("card_layout", option="layout"), NetworkUse("card_reader", option="reader", runs=3.0))

    def __init__(
        self,
        *,
        threads: int = 1,
        holder: bool = True,
        layout: str = AUTO,
        reader: str = AUTO,
        nets: CardNets | None = None,
        locate: Locate | None = None,
    ) -> None:
        if threads < 1:
            raise UsageError(f"card recognizer: threads ≥ 1 is needed, got {threads}")
        self._threads = threads
        self._holder = holder
        self._nets = nets
        self._locate = locate
        self._variants = {"layout": layout, "reader": reader}
        if extra := extra_ms(self.networks, self._variants):
            self.efforts = tuple(replace(effort, cost_ms=effort.cost_ms + extra) for effort in self.efforts)

    def warm_up(self) -> None:
        """Open the networks now. Raises ModelError when they are missing or damaged."""
        self._open()

    def recognize(self, view: View) -> Sequence[Reading]:
        """At most one reading: the card's, or one with nothing but advice. Raises ModelError, RecognizerError."""
        nets, locate = self._open()
        effort = max(LOOK, min(view.effort, FIELDS))
        try:
            place = refined(view, locate)
            if place is None:
                return []
            seen = _known(view, place, nets) if effort == LOOK else None
            if seen is None:
                seen = _looked(view, place, effort, nets.within(LINES[effort]))
            if effort in DATED:
                seen = with_date(nets, seen, WORDS)
            holder = self._named(seen) if effort == FIELDS else None
            found = reading(seen, self.efforts[effort].name, holder)
        except (cv2.error, GeometryError) as error:
            raise RecognizerError(f"card: the view cannot be read: {error}") from error
        if found is None or (view.whole and not found.key):
            return []
        return [found]

    def read_still(self, frame: Frame) -> Sequence[Reading]:
        """The card in one picture, if its number can be trusted. Raises ModelError, RecognizerError."""
        nets, locate = self._open()
        try:
            seen = look_at_still(frame, nets, locate)
            if seen is not None:
                seen = with_date(nets, seen)
            found = reading(seen, "still", self._named(seen)) if seen is not None else None
        except (cv2.error, GeometryError) as error:
            raise RecognizerError(f"card: the picture cannot be read: {error}") from error
        return [found] if found is not None and found.key else []

    def _named(self, seen: CardLook) -> Holder | None:
        """The holder's name, where one can be read."""
        if not self._holder or seen.number is None or not seen.holders:
            return None
        models = shared_models(self._threads)
        for box in sorted(seen.holders, key=lambda box: -box.score * box.length):
            chars = read_holder(models, seen.upright, box)
            if chars:
                return box, chars
        return None

    def _open(self) -> tuple[CardNets, Locate]:
        if self._nets is None:
            self._nets = CardNets.opened(self._threads, **self._variants)
        if self._locate is None:
            from scanapp.detectors.card import locate

            self._locate = locate
        return self._nets, self._locate


def _known(view: View, place: Place, nets: CardNets) -> CardLook | None:
    """The look by the number's line alone, where an earlier one has shown its place."""
    if view.line is None or view.whole or iou(place.quad, view.quad) < MOVED:
        return None
    return read_known(view.frame, place.quad, view.line, nets)


def _looked(view: View, place: Place, effort: int, nets: CardNets) -> CardLook:
    seen = _seen(view.frame, place, effort, nets)
    moved = not view.whole and iou(place.quad, view.quad) < MOVED
    if moved and not convincing(seen.number) and not nets.spent:
        # The locator and the track disagree, and where the locator pointed nothing was read for certain.
        tracked = _seen(view.frame, Place(view.quad, place.order, seen=False), effort, nets)
        seen = max(seen, tracked, key=lambda one: one.rank)
    return seen


def _seen(frame: Frame, place: Place, effort: int, nets: CardNets) -> CardLook:
    quad = expand(place.quad, REGROWN) if effort == AGAIN else place.quad
    heights = COARSE if effort == AGAIN else ()
    return look(
        frame,
        quad,
        nets,
        order=place.order,
        turns=TURNS,
        heights=heights,
        strips=STRIPS,
        dates=effort in DATED,
    )
