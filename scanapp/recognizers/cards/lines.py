"""Boxes read: crops of several lines through the reader at once, each with variants if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanapp.geometry import transform_points
from scanapp.recognizers.cards.crops import HEIGHT, PLAIN, LineCrop, Variant, line_crop
from scanapp.recognizers.cards.ctc import BLANK, Decoded, decode
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.sheet import Upright

USUAL_PITCH = 0.8
"""Of characters, over their height."""


@dataclass(frozen=True, slots=True, eq=False)
class LineRead:
    """One line: where it is on the upright sheet, how it was cut out, what it says."""

    box: FieldBox
    crop: LineCrop
    decoded: Decoded

    def reaches(self) -> tuple[float, float]:
        """Columns of the crop between its ends and the first and last character's middle, in character pitches.

        Below about a half, the end character is not whole, and another may be missing.
        """
        places = np.array(self.columns)
        if len(places) < 3:
            return np.inf, np.inf
        columns = places * self.crop.picture.shape[1] / self.decoded.frames
        pitch = float(np.median(np.diff(columns)))
        return float(columns[0] / pitch), float((self.crop.used - columns[-1]) / pitch)

    def tightened(self, least: float = 0.0) -> FieldBox:
        """The box from the first to the last character that has at least this probability."""
        sure = [place for place, char in enumerate(self._characters) if char[1] >= least]
        return self.between(sure[0], sure[-1] + 1) if sure else self.box

    @property
    def pitch(self) -> float:
        """From one character's middle to the next one's, sheet pixels; of a single one what is usual."""
        if len(self.columns) < 2:
            return USUAL_PITCH * self.box.height
        frames = float(np.median(np.diff(self.columns)))
        scale = self.crop.picture.shape[1] / self.decoded.frames
        return float(frames * scale * np.hypot(*self.crop.to_sheet[:2, 0]))

    def between(self, first: int, end: int) -> FieldBox:
        """The box of the characters ``first`` up to ``end``, not counting positions that hold none."""
        places = self.columns
        scale = self.crop.picture.shape[1] / self.decoded.frames
        half = (float(np.median(np.diff(places))) if len(places) > 1 else 4.0) * scale / 2
        ends = [[places[first] * scale - half, HEIGHT / 2], [places[end - 1] * scale + half, HEIGHT / 2]]
        start, stop = transform_points(self.crop.to_sheet, ends).astype(np.float64)
        x, y = (start + stop) / 2
        return replace(self.box, x=float(x), y=float(y), length=float(np.hypot(*(stop - start))))

    def only(self, first: int, end: int) -> LineRead:
        """The line as if nothing stood outside of the characters ``first`` up to ``end``."""
        scores, columns = self.decoded.scores.copy(), self.columns
        start = (columns[first - 1] + columns[first] + 1) // 2 if first else 0
        stop = (columns[end - 1] + columns[end] + 1) // 2 if end < len(columns) else len(scores)
        outside = np.r_[0:start, stop : len(scores)]
        scores[outside] = -np.inf
        scores[outside, BLANK] = 0.0
        decoded = decode(scores.astype(np.float32), slash=self.box.field != "pan")
        return replace(self, box=self.between(first, end), decoded=decoded)

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
    return [
        LineRead(box, row[0], decode(scores[0], slash=box.field != "pan", beam=beam))
        for box, row, scores in zip(boxes, crops, logp, strict=True)
    ]
