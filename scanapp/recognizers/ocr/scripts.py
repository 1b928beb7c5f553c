"""A page's own characters as a prior for its doubtful ones.

The recogniser knows 18,708 characters and confuses look-alikes across scripts: a faint 0 is half a θ, a smudge is a
Chinese character on an English receipt. The sure characters of the page say which scripts it is written in; a
script that none of them backs loses weight where it is in doubt (a sure θ stays what it is).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from scanapp.results import CharPosterior

SURE = 0.9
SUPPORT = 0.03
"""A script that has this part of the page's sure characters is one of the page's."""
PENALTY = 0.1

Chars = tuple[CharPosterior, ...]


def with_page_prior(lines: Sequence[Chars], keep: int) -> list[Chars]:
    """The same lines, doubtful characters weighted by the page's scripts; ``keep`` alternatives each."""
    counts = Counter(script(p[0][0]) for line in lines for p in line if p[0][1] >= SURE)
    counts.pop("", None)
    backed = {name for name, count in counts.items() if count >= SUPPORT * counts.total()}
    if not backed:
        return [tuple(p[:keep] for p in line) for line in lines]
    return [tuple(_weighted(p, backed)[:keep] for p in line) for line in lines]


def _weighted(posterior: CharPosterior, backed: Iterable[str]) -> CharPosterior:
    if posterior[0][1] >= SURE:
        return posterior
    weights = [p if script(c) in ("", *backed) else p * PENALTY for c, p in posterior]
    scale = sum(p for _, p in posterior) / sum(weights)
    ranked = sorted(zip((c for c, _ in posterior), weights, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return tuple((c, round(weight * scale, 6)) for c, weight in ranked)


@lru_cache(maxsize=20000)
def script(char: str) -> str:
    """One of "ascii", "LATIN", "GREEK", "CJK", … or "" for nothing and spaces (at home in any script)."""
    if not char.strip():
        return ""
    if char.isascii():
        return "ascii"
    if unicodedata.east_asian_width(char) in "WF":
        return "CJK"
    return unicodedata.name(char, "other").split()[0]
