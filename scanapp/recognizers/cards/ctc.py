"""From the reader's frame posteriors to characters with their alternatives.

The best path (Graves et al. 2006) is taken where it is sure; where it is not, a prefix beam search (Hannun et al.
2014) sums over alignments, since the likeliest path need not belong to the likeliest string. The chosen string is
laid over the frames by forced alignment (Viterbi), which cuts the line into one window a character. Within its
window a character's alternatives get their exact CTC probability: of all paths through the window that spell
nothing, and of those that spell one character. So a doubtful stroke shows as "" against a digit, and fusion can
weigh a deletion like any other choice.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scanapp.results import CharPosterior

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BLANK = 0
CHARSET = ("", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "/")
"""Characters by class of the reader's output."""
ALTERNATIVES = 5
LEAST = 1e-5
"""A probability of nothing: alternatives below it are not kept."""
NEARLY = 0.15
"""A stretch between two characters that holds one at least this likely becomes a position, its best answer ""."""
BEAM = 12
CLEARLY = 0.998
"""A frame that is blank with this probability adds nothing to any string: most of a line's frames are."""
DOUBTFUL = 0.9
"""Weakest position below which other strings than the best path's are searched."""
_FLOOR = -30.0
_BRANCHES, _RARE = 5, 1e-3
"""Classes that a frame may add to a string: at most so many, none less likely."""

_Beams = dict[tuple[int, ...], tuple[float, float]]
"""Probability of each string, ending in a blank and ending in its last character, up to a common factor."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One line as read.

    chars   one posterior a position, best first; positions whose best answer is "" hold a near miss
    places  the frame in which each position peaks
    scores  (frames, 12) log-probabilities that it was read from
    """

    chars: tuple[CharPosterior, ...] = field(repr=False)
    places: tuple[int, ...]
    scores: Doubles = field(repr=False, compare=False)

    @property
    def frames(self) -> int:
        """How many frames the line has."""
        return len(self.scores)

    @property
    def text(self) -> str:
        """The likeliest characters."""
        return "".join(posterior[0][0] for posterior in self.chars)

    @property
    def weakest(self) -> float:
        """The smallest probability of any position's best answer; 0 for an empty line."""
        return min((posterior[0][1] for posterior in self.chars), default=0.0)

    @property
    def confidence(self) -> float:
        """Geometric mean of the best answers' probabilities; 0 for an empty line."""
        if not self.chars:
            return 0.0
        logs = [math.log(max(posterior[0][1], LEAST)) for posterior in self.chars]
        return math.exp(sum(logs) / len(logs))


def decode(logp: Floats, *, slash: bool = True, beam: bool = True) -> Decoded:
    """``(frames, 12)`` log-probabilities → the likeliest line.

    slash  whether "/" may occur; without it its share goes to the other classes
    beam   search over strings where the best path is unsure (about a millisecond)
    """
    scores = _without_slash(logp) if not slash else np.maximum(logp.astype(np.float64), _FLOOR)
    path = _best_path(scores)
    decoded = _decoded(scores, [frame for _, frame in path])
    if beam and decoded.weakest < DOUBTFUL:
        likeliest = _likeliest(scores, path, decoded)
        if likeliest != tuple(c for c, _ in path):
            decoded = _decoded(scores, _aligned(scores, likeliest))
    return decoded


def _likeliest(logp: Doubles, path: Sequence[tuple[int, int]], decoded: Decoded) -> tuple[int, ...]:
    """The likeliest string (as classes), searched for only where ``decoded``, the best path's, is in doubt.

    Frames that are blank for certain cut the line into stretches that hold a string each, whatever their neighbours
    hold; most have a digit that nobody doubts.
    """
    doubts = [place for place, char in zip(decoded.places, decoded.chars, strict=True) if char[0][1] < DOUBTFUL]
    beams: dict[tuple[int, ...], float] = {(): 1.0}
    for start, end in _runs(logp[:, BLANK] <= math.log(CLEARLY)):
        if any(start <= place < end for place in doubts):
            found = [(string, math.exp(score)) for string, score in prefix_beam(logp[start:end])]
        else:
            found = [(tuple(c for c, frame in path if start <= frame < end), 1.0)]
        grown: dict[tuple[int, ...], float] = {}
        for prefix, before in beams.items():
            for string, share in found:
                whole = prefix + string
                grown[whole] = grown.get(whole, 0.0) + before * share
        ranked = sorted(grown.items(), key=lambda item: (-item[1], item[0]))[:BEAM]
        beams = {string: share / ranked[0][1] for string, share in ranked}
    return next(iter(beams))


def _runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and end of each stretch of chosen frames."""
    steps = np.flatnonzero(np.diff(chosen, prepend=False, append=False)).tolist()
    return list(zip(steps[::2], steps[1::2], strict=True))


def best_path(logp: Doubles) -> list[int]:
    """Classes of the likeliest path, repeats merged, blanks removed."""
    return [c for c, _ in _best_path(logp)]


def _best_path(logp: Doubles) -> list[tuple[int, int]]:
    """Each character's class and surest frame."""
    best = logp.argmax(axis=1)
    edges = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist(), len(best)]
    runs = [(int(best[start]), start, end) for start, end in pairwise(edges)]
    return [(c, start + int(logp[start:end, c].argmax())) for c, start, end in runs if c != BLANK]


def prefix_beam(logp: Doubles, width: int = BEAM) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest strings (as classes) with their log-probabilities, best first."""
    beams: _Beams = {(): (1.0, 0.0)}
    scale = 0.0
    for frame in np.exp(logp):
        if frame[BLANK] > CLEARLY:
            beams = {
                prefix: ((blank + other) * float(frame[BLANK]), 0.0) for prefix, (blank, other) in beams.items()
            }
            continue
        likely = [int(c) for c in np.argsort(-frame)[:_BRANCHES] if c != BLANK and frame[c] > _RARE]
        shares = frame.tolist()
        grown: _Beams = {}
        for prefix, (blank, other) in beams.items():
            last = prefix[-1] if prefix else BLANK
            _add(grown, prefix, (blank + other) * shares[BLANK], other * shares[last] if prefix else 0.0)
            for c in likely:
                _add(grown, (*prefix, c), 0.0, (blank if c == last else blank + other) * shares[c])
        ranked = sorted(grown.items(), key=lambda item: (-sum(item[1]), item[0]))[:width]
        most = sum(ranked[0][1])
        scale += math.log(most)
        beams = {prefix: (blank / most, other / most) for prefix, (blank, other) in ranked}
    return [(prefix, math.log(sum(both)) + scale) for prefix, both in beams.items() if sum(both) > 0]


def _add(beams: _Beams, prefix: tuple[int, ...], blank: float, other: float) -> None:
    before = beams.get(prefix)
    beams[prefix] = (blank, other) if before is None else (before[0] + blank, before[1] + other)


def _without_slash(logp: Floats) -> Doubles:
    kept = np.array(logp, dtype=np.float64)
    kept[:, CHARSET.index("/")] = -np.inf
    kept -= np.logaddexp.reduce(kept, axis=1, keepdims=True)
    return np.maximum(kept, _FLOOR)


def _decoded(logp: Doubles, peaks: Sequence[int]) -> Decoded:
    spots = sorted([(peak, False) for peak in peaks] + [(peak, True) for peak in _near_misses(logp, peaks)])
    places = [peak for peak, _ in spots]
    chars = [
        # A near miss was not worth a place in the best string: its character comes second.
        _second(posterior) if missed and posterior[0][0] else posterior
        for posterior, (_, missed) in zip(_segment_posteriors(logp, _cuts(logp, places)), spots, strict=True)
    ]
    return Decoded(tuple(chars), tuple(places), logp)


def _aligned(logp: Doubles, classes: Sequence[int]) -> list[int]:
    """The surest frame of each character of the likeliest path that spells ``classes``."""
    if not classes:
        return []
    states = [BLANK]
    for c in classes:
        states += [c, BLANK]
    count = len(states)
    emit = logp[:, states]
    jump = np.array([i >= 2 and states[i] != BLANK and states[i] != states[i - 2] for i in range(count)])
    score = np.full(count, -np.inf)
    score[:2] = emit[0, :2]
    came = np.zeros((len(logp), count), dtype=np.int8)
    for t in range(1, len(logp)):
        step = np.concatenate(([-np.inf], score[:-1]))
        leap = np.where(jump, np.concatenate(([-np.inf, -np.inf], score[:-2])), -np.inf)
        ways = np.stack([score, step, leap])
        came[t] = ways.argmax(axis=0)
        score = ways.max(axis=0) + emit[t]
    state = count - 1 if score[-1] >= score[-2] else count - 2
    best: list[tuple[float, int]] = [(-np.inf, 0)] * len(classes)
    for t in range(len(logp) - 1, -1, -1):
        if state % 2:
            best[state // 2] = max(best[state // 2], (float(emit[t, state]), t))
        state -= int(came[t, state])
    return [frame for _, frame in best]


def _near_misses(logp: Doubles, peaks: Sequence[int]) -> list[int]:
    """Frames that nearly hold a character, clear of the chosen ones (in their order) on both sides."""
    blank = logp[:, BLANK]
    found = []
    for start, end in _runs(blank < np.log1p(-NEARLY)):
        next_peak = bisect_left(peaks, start - 1)
        if next_peak == len(peaks) or peaks[next_peak] > end:
            found.append(start + int(blank[start:end].argmin()))
    return found


def _cuts(logp: Doubles, peaks: Sequence[int]) -> list[int]:
    """Window borders: between two peaks where a blank is surest, the line's ends outside; none without peaks."""
    if not peaks:
        return []
    cuts = [0]
    for left, right in pairwise(peaks):
        between = logp[left + 1 : right + 1, BLANK]
        cuts.append(left + 1 + int(between.argmax()))
    return [*cuts, len(logp)]


def _segment_posteriors(logp: Doubles, cuts: Sequence[int]) -> list[CharPosterior]:
    """For each stretch between ``cuts``, of the paths that spell nothing or one character: what they spell."""
    if not cuts:
        return []
    # Stretches are filled up to one length, a power of two, with frames that are blank for certain.
    longest = max(end - start for start, end in pairwise(cuts))
    frames = np.zeros((len(cuts) - 1, 1 << (longest - 1).bit_length(), logp.shape[1]))
    frames[:, :, BLANK] = 1.0
    shares = np.exp(logp)
    for i, (start, end) in enumerate(pairwise(cuts)):
        frames[i, : end - start] = shares[start:end]
    return _ranked_rows(_spelt(frames))


def _spelt(frames: Doubles) -> Doubles:
    """``(n, t, classes)`` → ``(n, classes)`` probabilities of blank* c+ blank* over t frames; blank: of none.

    Neighbouring pieces of a stretch are put together until one is left; t is a power of two.
    """
    blank = frames[:, :, BLANK, None]
    # Of each piece and character: c+ alone, blank* c+ to its end, c+ blank* from its beginning, blank* c+ blank*.
    full = begun = ended = one = frames
    first, second = slice(0, None, 2), slice(1, None, 2)
    while one.shape[1] > 1:
        one = (
            one[:, first] * blank[:, second] + blank[:, first] * one[:, second] + begun[:, first] * ended[:, second]
        )
        begun = begun[:, first] * full[:, second] + blank[:, first] * begun[:, second]
        ended = ended[:, first] * blank[:, second] + full[:, first] * ended[:, second]
        full = full[:, first] * full[:, second]
        blank = blank[:, first] * blank[:, second]
    total = one[:, 0].copy()
    total[:, BLANK] = blank[:, 0, 0]
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-300), dtype=np.float64)


def _ranked_rows(rows: Doubles) -> list[CharPosterior]:
    """The likeliest characters of ``(n, 12)`` probabilities, best first."""
    orders = np.argsort(-rows, axis=1, kind="stable")[:, :ALTERNATIVES].tolist()
    return [
        tuple((CHARSET[c], round(values[c], 6)) for i, c in enumerate(order) if i == 0 or values[c] >= LEAST)
        for order, values in zip(orders, rows.tolist(), strict=True)
    ]


def ranked(shares: Doubles) -> CharPosterior:
    """The likeliest characters of ``(12,)`` probabilities, best first."""
    return _ranked_rows(shares[None])[0]


def _second(posterior: CharPosterior) -> CharPosterior:
    """``posterior`` with "" first, its probability as high as the best's."""
    nothing = next((p for char, p in posterior if not char), 0.0)
    best = posterior[0][1]
    total = best + nothing
    others = tuple((char, p) for char, p in posterior[1:] if char)
    return (("", round(total / 2, 6)), (posterior[0][0], round(total / 2, 6)), *others)
