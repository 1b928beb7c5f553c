"""Reads machine-readable codes: one rung of the ladder a view in a stream, the whole ladder on a still picture."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from scanapp.errors import PipelineError
from scanapp.frame import Frame
from scanapp.payloads import parse_payload
from scanapp.recognizers.codes.agreement import Ballot
from scanapp.recognizers.codes.ladder import LADDER, Look
from scanapp.recognizers.codes.patch import Patch
from scanapp.recognizers.codes.still import read_still
from scanapp.recognizers.codes.symbol import Symbol
from scanapp.recognizers.codes.symbologies import parse_formats
from scanapp.results import Effort, Reading, View

GROW = 1.25
"""Views are cut this much larger than the detector's quad: decoders need the quiet zone."""

MAX_LEAN = 8.0
"""Degrees off the rows and columns at which a linear code is cut out upright instead of as a box."""


class CodeRecognizer:
    """All symbologies of zxing-cpp, with rescues.

    formats       enum names of zxing-cpp to read (``["QRCode", "EAN13"]``, groups like ``"AllLinear"``); None: all
    text_pattern  regular expression that a code's whole text must match
    max_effort    the highest rung to offer; None: all (``efforts`` then lists the whole ladder)

    Raises PipelineError for an unknown symbology, a bad pattern or a rung that there is not.
    """

    name = "code"
    kinds = frozenset({"code"})
    single_shot_efforts = (0, 1)
    """Together what one call of zxing-cpp with its defaults does; brute force in `scanapp bench` takes these."""

    def __init__(
        self,
        *,
        formats: Sequence[str] | None = None,
        text_pattern: str | None = None,
        max_effort: int | None = None,
    ) -> None:
        self.zxing_formats = parse_formats(formats)
        self._pattern = _compiled(text_pattern)
        if max_effort is not None and not 0 <= max_effort < len(LADDER):
            raise PipelineError(f"max_effort = {max_effort}: the ladder has rungs 0 to {len(LADDER) - 1}")
        rungs = LADDER if max_effort is None else LADDER[: max_effort + 1]
        self.efforts: tuple[Effort, ...] = tuple(rung.effort for rung in rungs)

    def recognize(self, view: View) -> list[Reading]:
        """What this view's effort reads, one reading a symbol; efforts beyond the last one repeat the last."""
        rung = LADDER[max(0, min(view.effort, len(self.efforts) - 1))]
        patch = _patch(view)
        ballot = Ballot()
        for symbol in rung.read(Look(patch, self.zxing_formats)):
            if self.wants(symbol):
                ballot.add(symbol, rescued=rung.rescue)
        return [self.reading(leader.symbol, strength=leader.strength) for leader in ballot.leaders()]

    def read_still(self, view: View | Frame) -> list[Reading]:
        """The whole ladder on one picture, answers by agreement (see `scanapp.recognizers.codes.still`)."""
        return read_still(view, self)

    def wants(self, symbol: Symbol) -> bool:
        """Whether the symbol's text is of the asked kind."""
        return self._pattern is None or self._pattern.fullmatch(symbol.text) is not None

    def reading(self, symbol: Symbol, *, strength: float, confidence: float = 1.0) -> Reading:
        """The symbol as a reading, its payload parsed."""
        payload = parse_payload(
            symbol.text, format=symbol.format, data=symbol.data, symbology_identifier=symbol.identifier
        )
        value = {"format": symbol.format, "text": symbol.text, "hex": symbol.data.hex(), "payload": payload}
        return Reading(
            "code", symbol.key, value, symbol.quad, confidence=confidence, strength=strength, method=symbol.method
        )


def _patch(view: View) -> Patch:
    """The view's pixels; bars that lean are set upright, because decoders scan along rows and columns."""
    if view.whole:
        return Patch(*view.crop())
    along = view.quad[1] - view.quad[0]
    lean = abs((np.degrees(np.arctan2(along[1], along[0])) + 45) % 90 - 45)
    if view.hint == "linear" and lean > MAX_LEAN:
        return Patch(*view.rectified(GROW))
    return Patch(*view.crop(GROW))


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise PipelineError(f"text_pattern = {pattern!r} is no regular expression: {error}") from error
