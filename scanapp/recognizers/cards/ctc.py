"""From the reader's frame posteriors to characters with their alternatives.

The best path (Graves et al. 2006) is taken where it is sure; where it is not, a prefix beam search (Hannun et al.
2014) sums over alignments, since the likeliest path need not belong to the likeliest string. The chosen string is
laid over the frames by forced alignment (Viterbi), which cuts the line into one window a character. Within its
window a character's alternatives get their exact CTC probability: of all paths through the window that spell
nothing, and of those that spell one character. So a doubtful stroke shows as "" against a digit, and fusion can
weigh a deletion like any other choice.
"""

from __future__ import annotations

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
_FLOOR = -30.0

_Beams = dict[tuple[int, ...], tuple[float, float]]
"""Log-probability of each string, ending in a blank and ending in its last character."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One line as read.

    chars   one posterior a position, best first; positions whose best answer is "" hold a near miss
    places  the frame in which each position peaks
    frames  how many frames the line has
    """

    chars: tuple[CharPosterior, ...] = field(repr=False)
    places: tuple[int, ...]
    frames: int

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
        return float(np.exp(np.mean([np.log(max(posterior[0][1], LEAST)) for posterior in self.chars])))


def decode(logp: Floats, *, slash: bool = True, beam: bool = True) -> Decoded:
    """``(frames, 12)`` log-probabilities → the likeliest line.

    slash  whether "/" may occur; without it its share goes to the other classes
    beam   search over strings where the best path is unsure (about a millisecond)
    """
    scores = _without_slash(logp) if not slash else np.maximum(logp.astype(np.float64), _FLOOR)
    classes = best_path(scores)
    decoded = _decoded(scores, classes)
    if beam and decoded.weakest < 0.9:
        searched = prefix_beam(scores)
        if searched and searched[0][0] != tuple(classes):
            decoded = _decoded(scores, list(searched[0][0]))
    return decoded


def best_path(logp: Doubles) -> list[int]:
    """Classes of the likeliest path, repeats merged, blanks removed."""
    best = logp.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    return [int(best[i]) for i in starts if best[i] != BLANK]


def prefix_beam(logp: Doubles, width: int = BEAM) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest strings (as classes) with their log-probabilities, best first."""
    beams: _Beams = {(): (0.0, -np.inf)}
    for frame in logp:
        likely = [int(c) for c in np.flatnonzero(frame > -7.0) if c != BLANK]
        grown: _Beams = {}
        for prefix, (blank, other) in beams.items():
            both = np.logaddexp(blank, other)
            last = prefix[-1] if prefix else BLANK
            stay = other + frame[last] if prefix else -np.inf
            _add(grown, prefix, both + frame[BLANK], stay)
            for c in likely:
                _add(grown, (*prefix, c), -np.inf, (blank if c == last else both) + frame[c])
        ranked = sorted(grown.items(), key=lambda item: (-np.logaddexp(*item[1]), item[0]))
        beams = dict(ranked[:width])
    return [(prefix, float(np.logaddexp(*both))) for prefix, both in beams.items()]


def _add(beams: _Beams, prefix: tuple[int, ...], blank: float, other: float) -> None:
    before = beams.get(prefix, (-np.inf, -np.inf))
    beams[prefix] = float(np.logaddexp(before[0], blank)), float(np.logaddexp(before[1], other))


def _without_slash(logp: Floats) -> Doubles:
    kept = np.array(logp, dtype=np.float64)
    kept[:, CHARSET.index("/")] = -np.inf
    kept -= np.logaddexp.reduce(kept, axis=1, keepdims=True)
    return np.maximum(kept, _FLOOR)


def _decoded(logp: Doubles, classes: Sequence[int]) -> Decoded:
    peaks = _aligned(logp, classes)
    spots = [(peak, False) for peak in peaks] + [(peak, True) for peak in _near_misses(logp, peaks)]
    spots.sort()
    cuts = _cuts(logp, [peak for peak, _ in spots])
    chars, places = [], []
    for i, (peak, missed) in enumerate(spots):
        posterior = _segment_posterior(logp[cuts[i] : cuts[i + 1]])
        if missed and posterior[0][0]:
            # A second character in so short a stretch was not worth a place on the best string: it stays second.
            posterior = _second(posterior)
        chars.append(posterior)
        places.append(peak)
    return Decoded(tuple(chars), tuple(places), len(logp))


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
    """Frames that nearly hold a character, clear of the chosen ones on both sides."""
    blank = logp[:, BLANK]
    nearly = np.flatnonzero(blank < np.log1p(-NEARLY))
    found = []
    for run in np.split(nearly, np.flatnonzero(np.diff(nearly) > 1) + 1):
        if len(run) == 0 or any(run[0] - 1 <= peak <= run[-1] + 1 for peak in peaks):
            continue
        found.append(int(run[blank[run].argmin()]))
    return found


def _cuts(logp: Doubles, peaks: Sequence[int]) -> list[int]:
    """Window borders: between two peaks where a blank is surest, the line's ends outside."""
    cuts = [0]
    for left, right in pairwise(peaks):
        between = logp[left + 1 : right + 1, BLANK]
        cuts.append(left + 1 + int(between.argmax()))
    return [*cuts, len(logp)]


def _segment_posterior(logp: Doubles) -> CharPosterior:
    """Of the paths through these frames that spell nothing or one character: what they spell, best first."""
    blank = logp[:, BLANK]
    before = np.concatenate(([0.0], np.cumsum(blank)))
    after = before[-1] - before
    # total[c]: log-probability of blank* c+ blank*, by running over where the character ends.
    run = np.full(logp.shape[1], -np.inf)
    total = np.full(logp.shape[1], -np.inf)
    for t, frame in enumerate(logp):
        run = np.logaddexp(run, before[t]) + frame
        total = np.logaddexp(total, run + after[t + 1])
    total[BLANK] = before[-1]
    return ranked(np.exp(total - np.logaddexp.reduce(total)))


def ranked(shares: Doubles) -> CharPosterior:
    """The likeliest characters of ``(12,)`` probabilities, best first."""
    order = sorted(range(len(shares)), key=lambda c: (-shares[c], c))[:ALTERNATIVES]
    kept = [(CHARSET[c], round(float(shares[c]), 6)) for i, c in enumerate(order) if i == 0 or shares[c] >= LEAST]
    return tuple(kept)


def _second(posterior: CharPosterior) -> CharPosterior:
    """``posterior`` with "" first, its probability as high as the best's."""
    nothing = next((p for char, p in posterior if not char), 0.0)
    best = posterior[0][1]
    total = best + nothing
    others = tuple((char, p) for char, p in posterior[1:] if char)
    return (("", round(total / 2, 6)), (posterior[0][0], round(total / 2, 6)), *others)
