"""CTC decoding that keeps what each character could also have been.

The best path (Graves et al. 2006: the likeliest class of every step, repeats merged, blanks removed) gives the
positions; the distribution at the peak of each run gives that position's alternatives, with the blank as ""
(no character here). A step that is blank but nearly held a character becomes a position whose best answer is "",
so that another view can add a space or a thin letter that this one was unsure of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scanapp.recognizers.ocr.models import Floats
from scanapp.results import CharPosterior

BLANK = 0
ALTERNATIVES = 8
LEAST = 1e-4
NEARLY = 0.15
"""A blank step that leaves at least this much to one character becomes a position."""


def decode(
    posteriors: Floats, charset: Sequence[str], alternatives: int = ALTERNATIVES
) -> tuple[CharPosterior, ...]:
    """``(steps, classes)`` probabilities → one posterior a character, best first; outer spaces cut."""
    best = posteriors.argmax(axis=1)
    steps = sorted([*_peaks(posteriors, best), *_near_misses(posteriors, best)])
    chars = [_posterior(posteriors[step], charset, alternatives) for step in steps]
    return _without_outer_spaces(chars)


def _peaks(posteriors: Floats, best: NDArray[np.intp]) -> Iterator[int]:
    """The surest step of each run of one character."""
    for start, end in _runs(best):
        if best[start] != BLANK:
            yield start + int(posteriors[start:end, best[start]].argmax())


def _near_misses(posteriors: Floats, best: NDArray[np.intp]) -> Iterator[int]:
    """In each run of blanks the step that comes nearest to a character, unless it is a neighbour's shoulder."""
    for start, end in _runs(best):
        if best[start] != BLANK:
            continue
        window = posteriors[start:end]
        step = int(window[:, BLANK].argmin())
        character = int(window[step, 1:].argmax()) + 1
        if window[step, character] < NEARLY:
            continue
        before = best[start - 1] if start > 0 else BLANK
        after = best[end] if end < len(best) else BLANK
        if character not in (before, after):
            yield start + step


def _runs(best: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(best)) + 1
    bounds = [0, *(int(edge) for edge in edges), len(best)]
    yield from pairwise(bounds)


def _posterior(step: Floats, charset: Sequence[str], alternatives: int) -> CharPosterior:
    alternatives = min(alternatives, len(step))
    likeliest = np.argpartition(step, -alternatives)[-alternatives:]
    merged: dict[str, float] = {}
    for i in likeliest:
        merged[charset[i]] = merged.get(charset[i], 0.0) + float(step[i])
    ranked = sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((char, round(p, 6)) for i, (char, p) in enumerate(ranked) if i == 0 or p >= LEAST)


def _without_outer_spaces(chars: list[CharPosterior]) -> tuple[CharPosterior, ...]:
    kept = [i for i, posterior in enumerate(chars) if posterior[0][0].strip()]
    return tuple(chars[kept[0] : kept[-1] + 1]) if kept else ()
