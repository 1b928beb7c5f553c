"""Whole numbers judged by the reader's own frames: a second opinion where positions are in doubt.

`card_slots` adds up posteriors position by position, which needs every view laid over the others: where views are
so poor that digits are missing or doubled, the laying itself errs. The frames of a CTC reader say of any string how
likely it is (Graves et al. 2006), whatever the likeliest one was, and views need not be aligned. So a few dozen
candidates, from all views together and from each by itself, are asked of every view, and what it says added up:
n-best rescoring (Ostendorf et al. 1991) over several views of one number instead of several readers of one view.

As in `card_slots` no view says more than a floor against a string, and what all views together say beyond their
average is bounded by `Trust.repeated` for each character that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scanapp.fusion.card_beam import Candidate, candidates
from scanapp.fusion.card_evidence import DIGITS, Look, Trust
from scanapp.fusion.card_slots import Slots, added_up

TEMPERATURE = 2.0
"""By which a view's log-likelihoods are divided: neighbouring frames err together."""
FLOOR = 8.0
"""The most that a view says against a string, natural-log units after tempering."""
FUSED, OWN, MOST = 12, 8, 48
"""Candidates of all views together, of each by itself, and in all."""
SURE_BLANK = 0.9999
_SMALLEST = 1e-300

Floats = NDArray[np.float64]
Prior = Callable[[str], float]


class Strings:
    """Candidates for one card's number, and how likely each view makes them."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._asked: dict[int, dict[str, float]] = {}
        self._own: dict[int, tuple[str, ...]] = {}

    def ranked(
        self, looks: Sequence[Look], slots: Slots, fused: Sequence[Candidate], prior: Prior
    ) -> list[Candidate]:
        """The candidates by all ``looks``, best first, ``score`` as in `card_beam`; none where a look's frames are
        missing. The first one has its path through ``slots``.

        fused  what the looks' positions give, best first
        prior  log-prior of a complete string
        """
        if any(look.frames is None for look in looks):
            return []
        self._forget({look.number for look in looks})
        texts = self._texts(looks, fused, prior)
        if not texts:
            return []
        weights = np.array([look.share for look in looks])
        told = np.array([self._told(look, texts) for look in looks])
        told -= told.max(axis=1, keepdims=True)
        added = weights @ np.maximum(told / TEMPERATURE, -FLOOR)
        mean = weights @ told / weights.sum()
        priors = np.array([prior(text) for text in texts])
        best = int((added + priors).argmax())
        differing = np.array([_differing(texts[best], text) for text in texts])
        against = np.minimum(
            added[best] - added, np.maximum(mean[best] - mean, 0.0) + self._trust.repeated * differing
        )
        found = [Candidate(text, float(score), ()) for text, score in zip(texts, priors - against, strict=True)]
        found.sort(key=lambda candidate: (-candidate.score, candidate.text))
        paths = {candidate.text: candidate.path for candidate in fused}
        while found:
            path = paths.get(found[0].text) or spelled(slots, found[0].text)
            if path is not None:
                return [replace(found[0], path=path), *found[1:]]
            found.pop(0)
        return []

    def _texts(self, looks: Sequence[Look], fused: Sequence[Candidate], prior: Prior) -> list[str]:
        texts = dict.fromkeys(candidate.text for candidate in fused[:FUSED])
        for look in looks:
            if look.number not in self._own:
                own = candidates(added_up([look], DIGITS, self._trust, [1.0]), prior)
                self._own[look.number] = tuple(candidate.text for candidate in own[:OWN])
            texts |= dict.fromkeys(self._own[look.number])
        return list(texts)[:MOST]

    def _told(self, look: Look, texts: Sequence[str]) -> list[float]:
        known = self._asked.get(look.number, {})
        new = [text for text in texts if text not in known]
        if new and look.frames is not None:
            known |= dict(zip(new, likelihoods(look.frames, new).tolist(), strict=True))
        self._asked[look.number] = {text: known[text] for text in texts}
        return [known[text] for text in texts]

    def _forget(self, kept: set[int]) -> None:
        """Of looks that are not asked any more: a card may lie in view for hours."""
        self._asked = {number: told for number, told in self._asked.items() if number in kept}
        self._own = {number: texts for number, texts in self._own.items() if number in kept}


def likelihoods(frames: NDArray[np.float32], texts: Sequence[str]) -> Floats:
    """``(n,)`` natural logs of how likely ``frames`` make each of ``n`` strings of digits: the forward sum over all
    CTC paths that spell it.

    frames  as in `Line.frames`; the alphabet begins with the digits
    """
    classes = frames.shape[1]
    states = np.full((len(texts), 2 * max(map(len, texts)) + 1), classes)
    for row, text in zip(states, texts, strict=True):
        row[: 2 * len(text) + 1] = 0
        row[1 : 2 * len(text) : 2] = [1 + int(char) for char in text]
    leaps = np.zeros(states.shape)
    leaps[:, 2:] = (states[:, 2:] != 0) & (states[:, 2:] != states[:, :-2])
    shares = np.concatenate([np.exp(frames.astype(np.float64)), np.zeros((len(frames), 1))], axis=1)
    blank = shares[:, 0] > SURE_BLANK  # of a stretch of these one is as good as all
    emitted = shares[np.concatenate([[True], ~(blank[1:] & blank[:-1])])][:, states]
    # two columns more on the left, always nought: the state before, and the one before that
    forward = np.zeros((len(texts), states.shape[1] + 2))
    forward[:, 2:4] = emitted[0, :, :2]
    logs = np.zeros(len(texts))
    for emit in emitted[1:]:
        grown = (forward[:, 2:] + forward[:, 1:-1] + leaps * forward[:, :-2]) * emit
        most = grown.max(axis=1) + _SMALLEST
        forward[:, 2:] = grown / most[:, None]
        logs += np.log(most)
    rows, ends = np.arange(len(texts)), 2 * np.array([len(text) for text in texts])
    return np.asarray(logs + np.log(forward[rows, ends + 2] + forward[rows, ends + 1] + _SMALLEST))


def spelled(slots: Slots, text: str) -> tuple[int, ...] | None:
    """The likeliest column to take in each slot so that ``text`` is spelled; None where there are too few slots."""
    scores, nothing = slots.scores, len(slots.alphabet)
    taken = [slots.alphabet.index(char) for char in text]
    if len(taken) > len(scores):
        return None
    best = np.full(len(taken) + 1, -np.inf)
    best[0] = 0.0
    takes = np.zeros((len(scores), len(taken) + 1), np.bool_)
    for place, row in enumerate(scores):
        shown = np.concatenate([[-np.inf], best[:-1] + row[taken]])
        passed = best + row[nothing]
        takes[place] = shown > passed
        best = np.maximum(shown, passed)
    path, left = [], len(taken)
    for place in range(len(scores) - 1, -1, -1):
        if takes[place, left]:
            left -= 1
            path.append(taken[left])
        else:
            path.append(nothing)
    return tuple(path[::-1])


def _differing(one: str, other: str) -> int:
    """Characters in which two strings differ, at least; of other lengths: those that one lacks, and one more."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True))
    return 1 + abs(len(one) - len(other))
