"""How far one text is from another, when layout does not count."""

from __future__ import annotations

import math
import unicodedata


def plain(text: str) -> str:
    """``text`` after NFKC, without any white space: what is compared of a line."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def character_error_rate(truth: str, seen: str, limit: float = math.inf) -> float:
    """Edits from ``truth`` to ``seen`` per character of ``truth``; infinite when that is more than ``limit``.

    An empty truth is 0 from an empty text and infinitely far from any other.
    """
    if truth == seen:
        return 0.0
    if not truth:
        return math.inf
    most = max(len(truth), len(seen))
    edits = levenshtein(truth, seen, most if math.isinf(limit) else math.floor(limit * len(truth) + 1e-9))
    return math.inf if edits is None else edits / len(truth)


def levenshtein(a: str, b: str, limit: int) -> int | None:
    """Insertions, deletions and replacements that turn ``a`` into ``b``; None when there are more than ``limit``.

    Only the diagonal band that ``limit`` allows is computed (Ukkonen, "Algorithms for approximate string matching",
    1985): pages hold dozens of lines, and nearly all pairs are far apart.
    """
    if abs(len(a) - len(b)) > limit:
        return None
    beyond = limit + 1
    above = [min(j, beyond) for j in range(len(b) + 1)]
    for i, char in enumerate(a, start=1):
        first, last = max(1, i - limit), min(len(b), i + limit)
        row = [beyond] * (len(b) + 1)
        row[0] = min(i, beyond)
        for j in range(first, last + 1):
            row[j] = min(above[j - 1] + (char != b[j - 1]), above[j] + 1, row[j - 1] + 1, beyond)
        if min(row) == beyond:
            return None
        above = row
    return above[-1] if above[-1] <= limit else None
