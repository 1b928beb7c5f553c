"""What has been reported, so that nothing is reported twice while it is in view.

A confirmed value is remembered with the last moment that it was seen. Read again within the forget time it is
the same thing come back from behind a hand or out of a blur; later it is news. Text is remembered line by line, and
a line read again need only be alike: a page seen again is seldom cut at the same place.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from difflib import SequenceMatcher
from functools import lru_cache

from scanapp.results import Answer

ALIKE = 0.8
"""Share of a line's characters that must stand in the same order in another for the two to be the same line."""
_KEPT = 4096


class Memory:
    """Reported values. ``forget_s`` seconds after the last sight a value is forgotten."""

    def __init__(self, forget_s: float) -> None:
        self._forget_s = forget_s
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def see(self, kind: str, answer: Answer, pts: float) -> None:
        """A reported value is in view at ``pts``."""
        for key in _keys(kind, answer):
            self._seen[kind, key] = max(pts, self._seen.get((kind, key), pts))
            self._seen.move_to_end((kind, key))
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    def knows(self, kind: str, answer: Answer, pts: float) -> bool:
        """Whether all of it was reported and has been seen within the forget time."""
        return all(self._knows_one(kind, key, pts) for key in _keys(kind, answer))

    def _knows_one(self, kind: str, key: str, pts: float) -> bool:
        last = self._seen.get((kind, key))
        if last is not None and pts - last <= self._forget_s:
            return True
        return kind == "text" and any(
            pts - seen <= self._forget_s and _alike(key, other)
            for (other_kind, other), seen in self._seen.items()
            if other_kind == kind
        )


def holds_text(whole: Answer, part: Answer) -> bool:
    """Whether each line of ``part`` stands in ``whole``, about."""
    lines = _keys("text", whole)
    return all(any(_alike(line, other) for other in lines) for line in _keys("text", part))


def _keys(kind: str, answer: Answer) -> tuple[str, ...]:
    return (answer.key,) if kind != "text" else _bare_lines(str(answer.value.get("text", "")))


@lru_cache(maxsize=64)
def _bare_lines(text: str) -> tuple[str, ...]:
    """Kept, since every text in view asks for its lines on every frame."""
    return tuple(line for line in map(_bare, text.split("\n")) if line)


def _alike(line: str, other: str) -> bool:
    """Most of ``line`` stands in ``other``, in the same order."""
    if line in other:
        return True
    matcher = SequenceMatcher(None, line, other, autojunk=False)
    if 2 * min(len(line), len(other)) < ALIKE * len(line):
        return False
    common = sum(block.size for block in matcher.get_matching_blocks())
    return common >= ALIKE * len(line)


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
