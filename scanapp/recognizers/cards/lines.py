"""Boxes read: crops of several lines through the reader at once, each with variants if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanapp.geometry import transform_points
from scanapp.recognizers.cards.crops import HEIGHT, PLAIN, LineCrop, Variant, line_crop
from scanapp.recognizers.cards.ctc import BLANK, CHARSET, Decoded, best_path, decode
from scanapp.recognizers.cards.expiry import is_date
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.nets import CardNets, Floats
from scanapp.recognizers.cards.sheet import Upright

USUAL_PITCH = 0.8
"""Of characters, over their height."""


@dataclass(frozen=True, slots=True, eq=False)
class LineRead:
    """One line: where it is on the upright sheet, how it was cut out, what it says.

    dated  whether the line of a number is a date once a slash may occur: the layout network takes the expiry below
           a stacked number for a group of it now and then
    """

    box: FieldBox
    crop: LineCrop
    decoded: Decoded
    dated: bool = False

    def reaches(self) -> tuple[float, float]:
        """Columns of the crop between its ends and the first and last character's middle, in character pitches.

        Below about a half, the end character is not whole, and another may be missing.
        """
        columns = self.columns
        if len(columns) < 3:
            return np.inf, np.inf
        spacing = self._spacing
        return float(columns[0] * self._scale / spacing), float(
            (self.crop.used - columns[-1] * self._scale) / spacing
        )

    def tightened(self, least: float = 0.0) -> FieldBox:
        """The box from the first to the last character that has at least this probability."""
        sure = [place for place, char in enumerate(self._characters) if char[1] >= least]
        return self.between(sure[0], sure[-1] + 1) if sure else self.box

    @property
    def pitch(self) -> float:
        """From one character's middle to the next one's, sheet pixels; of a single one what is usual."""
        if len(self.columns) < 2:
            return USUAL_PITCH * self.box.height
        return float(self._spacing * np.hypot(*self.crop.to_sheet[:2, 0]))

    def between(self, first: int, end: int) -> FieldBox:
        """The box of the characters ``first`` up to ``end``, not counting positions that hold none."""
        columns, half = self.columns, self._spacing / 2
        left, right = columns[first] * self._scale - half, columns[end - 1] * self._scale + half
        ends = [[left, HEIGHT / 2], [right, HEIGHT / 2]]
        start, stop = transform_points(self.crop.to_sheet, ends).astype(np.float64)
        x, y = (start + stop) / 2
        return replace(self.box, x=float(x), y=float(y), length=float(np.hypot(*(stop - start))))

    def without_first(self, count: int) -> LineRead:
        """The line as if nothing stood where its first ``count`` characters are; it has more of them."""
        columns, scores = self.columns, self.decoded.scores.copy()
        start = (columns[count - 1] + columns[count] + 1) // 2
        scores[:start] = -np.inf
        scores[:start, BLANK] = 0.0
        decoded = decode(scores.astype(np.float32), slash=self.box.field != "pan")
        return replace(self, box=self.between(count, len(columns)), decoded=decoded)

    @property
    def _scale(self) -> float:
        """Columns of the crop a frame of the reader."""
        return float(self.crop.picture.shape[1] / self.decoded.frames)

    @property
    def _spacing(self) -> float:
        """From one character's middle to the next one's, columns of the crop."""
        return self._scale * (float(np.median(np.diff(self.columns))) if len(self.columns) > 1 else 4.0)

    @property
    def columns(self) -> list[int]:
        """Frames in which the characters peak, from left to right."""
        return [place for place, _ in self._characters]

    @property
    def _characters(self) -> list[tuple[int, float]]:
        """Frame and probability of each character."""
        spots = zip(self.decoded.places, self.decoded.chars, strict=True)
        return [(place, char[0][1]) for place, char in spots if char[0][0]]


def read_lines(
    nets: CardNets,
    upright: Upright,
    boxes: Sequence[FieldBox],
    variants: Sequence[Variant] = (PLAIN,),
    *,
    beam: bool = True,
) -> list[LineRead]:
    """What each box says. Several variants are averaged frame by frame (their log-probabilities): they must not
    move characters along the line. ``beam`` as in `decode`.
    """
    if not boxes:
        return []
    crops = [[line_crop(upright, box, variant) for variant in variants] for box in boxes]
    logp = nets.read([crop.picture for row in crops for crop in row])
    logp = logp.reshape(len(boxes), len(variants), *logp.shape[1:])
    if len(variants) > 1:
        logp = logp.mean(axis=1, keepdims=True)
        logp = logp - np.logaddexp.reduce(logp, axis=-1, keepdims=True)
    return [_line(box, row[0], scores[0], beam) for box, row, scores in zip(boxes, crops, logp, strict=True)]


def _line(box: FieldBox, crop: LineCrop, logp: Floats, beam: bool) -> LineRead:
    if box.field != "pan":
        return LineRead(box, crop, decode(logp, beam=beam))
    plain = "".join(CHARSET[c] for c in best_path(logp.astype(np.float64)))
    return LineRead(box, crop, decode(logp, slash=False, beam=beam), is_date(plain))
