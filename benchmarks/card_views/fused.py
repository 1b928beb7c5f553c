"""Fusion over collected views: methods compared, what is confirmed after how many views, what of it is wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from card_views.chain import Seen
from scanapp.fusion.card import CardFusion

GAP_S = 0.2
"""Seconds between two views: they are independent by construction."""


@dataclass(frozen=True, slots=True)
class Run:
    """One card, view after view.

    keys   the best number after each view, "" while there is none
    leads  its `CardFusion.lead` after each view, natural-log units
    """

    truth: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    leads: tuple[float, ...]

    def confirmed(self, threshold: float) -> int:
        """Views after which a number is first confirmed, 0: never."""
        return next((i for i, lead in enumerate(self.leads, 1) if lead >= threshold), 0)

    def wrong(self, threshold: float) -> bool:
        """Whether the number that is confirmed first is not the card's."""
        views = self.confirmed(threshold)
        return views > 0 and self.keys[views - 1] != self.truth


def run(views: Sequence[Seen], options: Mapping[str, Any]) -> Run:
    """Fuse the views of one card in their order, as the engine would."""
    fusion = CardFusion(**options)
    keys, leads = [], []
    for i, seen in enumerate(views):
        fusion.add(seen.reading(), pts=GAP_S * i, sharpness=seen.focus)
        keys.append(fusion.best)
        leads.append(fusion.lead)
    return Run(views[0].truth, tuple(keys), tuple(leads))


def whole_vote(views: Sequence[Seen]) -> str:
    """The number that most views read; of equals the first."""
    texts = [text for text in (seen.text for seen in views) if text]
    return Counter(texts).most_common(1)[0][0] if texts else ""


def character_vote(views: Sequence[Seen]) -> str:
    """The character that most views read at each place, among the views of the commonest length."""
    texts = [text for text in (seen.text for seen in views) if text]
    if not texts:
        return ""
    length = Counter(map(len, texts)).most_common(1)[0][0]
    columns = zip(*(text for text in texts if len(text) == length), strict=True)
    return "".join(Counter(column).most_common(1)[0][0] for column in columns)


def upper_bound(wrong: int, trials: int, level: float = 0.95) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934) for ``wrong`` of ``trials``."""
    if wrong >= trials:
        return 1.0
    low, high = wrong / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, trials, middle) > 1 - level else (low, middle)
    return high


def _at_most(wrong: int, trials: int, share: float) -> float:
    """Probability of at most ``wrong`` among ``trials``."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(wrong >= trials)
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
        for k in range(wrong + 1)
    ]
    return sum(math.exp(log) for log in logs)
