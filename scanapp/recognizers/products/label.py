"""Words on a package that tell variants apart: "Zero", "Vanilla", "1.5 %".

Only words that some candidates have and others lack say anything. A word counts as read when it stands in the text
with at most a fifth of its letters wrong, since labels are bent and readers err.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from scanapp.catalog.items import Item

PER_WORD = 2.5
"""Logits that a rare word read on the package adds."""
ALIKE = 0.8
SHORTEST = 3
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")


def label_scores(words: str, items: Sequence[Item]) -> list[float]:
    """What the text read on a package adds to each item's score."""
    read = _words(words)
    labels = [_words(item.label or item.name) for item in items]
    telling = {word: sum(word in label for label in labels) for label in labels for word in label}
    seen = {word for word, count in telling.items() if count < len(items) and _is_read(word, read)}
    rarity = {word: math.log(len(items) / telling[word]) / math.log(max(2, len(items))) for word in seen}
    return [PER_WORD * sum(rarity[word] for word in label & seen) for label in labels]


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return {word for word in _WORD.findall(plain) if len(word) >= SHORTEST or word[0].isdigit()}


def _is_read(word: str, read: set[str]) -> bool:
    if word in read:
        return True
    if len(word) < 5:
        return False
    return any(
        abs(len(word) - len(other)) <= 2 and SequenceMatcher(None, word, other, autojunk=False).ratio() >= ALIKE
        for other in read
    )
