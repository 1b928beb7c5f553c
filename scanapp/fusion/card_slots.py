"""Views of one printed number, aligned and added up: positions ("slots") with a sum of log-probabilities each.

Method: ROVER (Fiscus 1997) aligns each view with what stands so far by dynamic programming (Needleman and Wunsch
1970; `scanapp.fusion.align`), a position that one of them lacks becoming "nothing here". In place of ROVER's votes
a slot holds the weighted sum of the views' log-probabilities: the Bayesian product of per-position posteriors under
equal priors, the product rule for independent observers (Kittler et al. 1998). Patents exist on combining results
per character over several frames (Smart Engines; Google US10152647B2); what is done here follows those older
publications and nothing later.

The views' order does not matter: the view that the others contradict least is the pivot, the rest follow by weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scanapp.fusion.align import Pair, align
from scanapp.fusion.card_evidence import Chars, Floats, Look, Trust
from scanapp.results import CharPosterior

OTHER = 3
"""Positions that two readings must contradict each other in, both being sure, to be of different numbers."""
SURE = 0.75
COMMON = 0.08
"""Probability that two posteriors hold the same character, below which they contradict each other."""
FEW = 2
ALTERNATIVES = 5


@dataclass(slots=True, eq=False)
class Slots:
    """``n`` positions over an alphabet.

    sums      (n, len(alphabet) + 1) Σ weight × tempered log-probability, the last column for "nothing stands here"
    reads     the same of the log-probabilities as the reader gave them
    support   the same shape: Σ share of the views that by themselves gave this character the first place
    weight    Σ weight
    looks     Σ share of all views: how many different looks stand behind this
    repeated  see `Trust.repeated`
    """

    alphabet: str
    sums: Floats = field(repr=False)
    reads: Floats = field(repr=False)
    support: Floats = field(repr=False)
    weight: float
    looks: float
    repeated: float

    @property
    def scores(self) -> Floats:
        """Log-posteriors, 0 for the best character of each slot.

        What speaks against a character is what all views add up to, if their errors are independent, or what they
        say on average, if the reader errs in all of them alike; which of the two it is cannot be seen, so that the
        smaller one counts, the average with `repeated` for how seldom that is.
        """
        rows, best = np.arange(len(self.sums)), self.sums.argmax(axis=1)
        added = self.sums[rows, best][:, None] - self.sums
        average = np.maximum(self.reads[rows, best][:, None] - self.reads, 0.0) / self.weight
        return np.asarray(-np.minimum(added, average + self.repeated), dtype=np.float64)

    def clarity(self, path: Sequence[int]) -> float:
        """By how much the character that ``path`` takes leads in the views' mean, at the slot where it leads least.

        Natural-log units, of what the reader said before tempering; below 0 where it does not lead at all.
        """
        rows, taken = np.arange(len(path)), np.asarray(path)
        others = self.reads.copy()
        others[rows, taken] = -np.inf
        return float((self.reads[rows, taken] - others.max(axis=1)).min() / self.weight)

    def posteriors(self) -> tuple[CharPosterior, ...]:
        """One posterior a slot, best first; "" is "nothing stands here"."""
        shares = np.exp(self.scores)
        shares /= shares.sum(axis=1, keepdims=True)
        order = np.argsort(-shares, axis=1, kind="stable")[:, :ALTERNATIVES]
        chars = [*self.alphabet, ""]
        return tuple(
            tuple((chars[c], float(row[c])) for c in best) for row, best in zip(shares, order.tolist(), strict=True)
        )


def paired(a: Chars, b: Chars) -> list[Pair]:
    """Like `align`; readings of one length that differ in a digit or two need no search for gaps."""
    if len(a) == len(b) and sum(p[0][0] != q[0][0] for p, q in zip(a, b, strict=True)) <= FEW:
        return [(i, i) for i in range(len(a))]
    return align(a, b)


def contradictions(a: Chars, b: Chars) -> int:
    """Positions at which two readings, both sure, differ.

    A position that only one of them has is no contradiction (a finger, a digit overlooked), but one in each is.
    """
    differ, only_a, only_b = 0, 0, 0
    for i, j in paired(a, b):
        if i is None or j is None:
            only_a += i is not None and _sure(a[i])
            only_b += j is not None and _sure(b[j])
        elif a[i][0][0] != b[j][0][0] and _sure(a[i]) and _sure(b[j]):
            others = dict(b[j])
            differ += sum(p * others.get(char, 0.0) for char, p in a[i]) < COMMON
    return differ + min(only_a, only_b)


def _sure(posterior: CharPosterior) -> bool:
    return posterior[0][0] != "" and posterior[0][1] >= SURE


def agreeing(looks: Sequence[Look], known: dict[tuple[int, int], int] | None = None) -> list[Look]:
    """The views of one number among ``looks``, the pivot first, the others by weight.

    The pivot is the view that the others contradict least (the medoid); views that contradict it in `OTHER` places
    or more are of something else, or hopeless. ``known`` keeps distances between calls, by the looks' numbers.
    """
    known = {} if known is None else known

    def distance(a: Look, b: Look) -> int:
        pair = (min(a.number, b.number), max(a.number, b.number))
        if pair not in known:
            known[pair] = contradictions(a.chars, b.chars)
        return known[pair]

    def strangeness(look: Look) -> tuple[float, float, float]:
        odds = sum(other.share * min(distance(look, other), OTHER) for other in looks if other is not look)
        return odds, -look.quality * look.confidence, look.pts

    pivot = min(looks, key=strangeness)
    same = [look for look in looks if look is not pivot and distance(look, pivot) < OTHER]
    return [pivot, *sorted(same, key=lambda look: (-look.share * look.quality * look.confidence, look.pts))]


def added_up(looks: Sequence[Look], alphabet: str, trust: Trust, weights: Sequence[float]) -> Slots:
    """All ``looks`` (the pivot first) as slots; ``weights`` scale their log-probabilities."""
    first, weight = looks[0], weights[0]
    tops = first.share * _tops(first.logs)
    slots = Slots(alphabet, weight * first.logs, weight * first.read, tops, weight, first.share, trust.repeated)
    lacking = trust.lacking(alphabet)
    for look, weight in zip(looks[1:], weights[1:], strict=True):
        _merge(slots, look, weight, lacking)
    return slots


def _merge(slots: Slots, look: Look, weight: float, lacking: Floats) -> None:
    """One view more: each slot's row, or that of a slot that the views so far lacked, and the view's own row."""
    nothing = _tops(lacking[None])[0]
    tops = _tops(look.logs)
    known, new, held = [], [], []
    for i, j in paired(slots.posteriors(), look.chars):
        gap = slots.weight * lacking
        known.append((slots.sums[i], slots.reads[i]) if i is not None else (gap, gap))
        new.append((look.logs[j], look.read[j]) if j is not None else (lacking, lacking))
        before = slots.support[i] if i is not None else slots.looks * nothing
        held.append(before + look.share * (tops[j] if j is not None else nothing))
    both = np.array(known).reshape(-1, 2, len(lacking)) + weight * np.array(new).reshape(-1, 2, len(lacking))
    slots.sums, slots.reads = both[:, 0], both[:, 1]
    slots.support = np.array(held).reshape(-1, len(lacking))
    slots.weight += weight
    slots.looks += look.share


def _tops(logs: Floats) -> Floats:
    tops = np.zeros_like(logs)
    tops[np.arange(len(logs)), logs.argmax(axis=1)] = 1.0
    return tops
