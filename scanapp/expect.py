"""When a scan has found all that it was sent for."""

from __future__ import annotations

import re

from scanapp.pipeline import Expect
from scanapp.results import Answer


class Expectation:
    """Counts confirmed answers against what the pipeline expects."""

    def __init__(self, expect: Expect) -> None:
        self._expect = expect
        self._missing = [re.compile(pattern) for pattern in expect.texts]
        self._count = 0

    @property
    def complete(self) -> bool:
        """Whether the scan may end."""
        if self._expect.mode == "all" or self._count == 0:
            return False
        if self._expect.mode == "one":
            return True
        return not self._missing and self._count >= self._expect.count

    def confirmed(self, answer: Answer) -> None:
        """One more thing is confirmed; a text ticks off the first pattern that it matches as a whole."""
        self._count += 1
        text = str(answer.value.get("text", ""))
        for pattern in self._missing:
            if pattern.fullmatch(text):
                self._missing.remove(pattern)
                return
