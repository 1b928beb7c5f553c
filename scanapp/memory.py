"""What has been reported, so that nothing is reported twice while it is in view.

A confirmed value is remembered with the last moment that it was seen. Read again within the forget time it is
the same thing come back from behind a hand or out of a blur; later it is news.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from difflib import SequenceMatcher

TEXT_ALIKE = 0.8
_KEPT = 4096


class Memory:
    """Reported values by kind and key. ``forget_s`` seconds after the last sight a value is forgotten."""

    def __init__(self, forget_s: float) -> None:
        self._forget_s = forget_s
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def see(self, kind: str, key: str, pts: float) -> None:
        """A reported value is in view at ``pts``."""
        self._seen[kind, key] = pts
        self._seen.move_to_end((kind, key))
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    def knows(self, kind: str, key: str, pts: float) -> bool:
        """Whether it was reported and has been seen within the forget time. Text needs to be alike only."""
        last = self._seen.get((kind, key))
        if last is not None:
            return pts - last <= self._forget_s
        if kind != "text":
            return False
        return any(
            pts - seen <= self._forget_s and _alike(key, other)
            for (other_kind, other), seen in self._seen.items()
            if other_kind == kind
        )


def _alike(a: str, b: str) -> bool:
    """One is most of the other: a text read again is seldom cut at the same line."""
    first, second = _bare(a), _bare(b)
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    if shorter in longer:
        return True
    matcher = SequenceMatcher(None, shorter, longer, autojunk=False)
    if matcher.real_quick_ratio() < TEXT_ALIKE * 0.5:
        return False
    common = sum(block.size for block in matcher.get_matching_blocks())
    return common >= TEXT_ALIKE * len(shorter)


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
