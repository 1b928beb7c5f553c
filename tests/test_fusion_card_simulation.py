"""Card fusion against votes, on simulated readers whose errors repeat from view to view."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from fusion_card_views import Chars, completed, view

from scanapp.fusion.card import CardFusion
from scanapp.fusion.card_evidence import DIGITS
from scanapp.results import Reading


@dataclass(frozen=True)
class Reader:
    """Draws posteriors.

    skill     the right digit's lead over the noise
    repeated  share of the noise that is the card's own (worn foil, artwork behind a digit): the same in every view
    sure      sharpens, beyond what is justified
    """

    skill: float
    repeated: float = 0.0
    sure: float = 2.0

    def card(self, pan: str, views: int, rng: np.random.Generator) -> list[Reading]:
        own = rng.normal(0, 1, (len(pan), 10))
        return [view(self._chars(pan, own, rng), shift=9.0 * i) for i in range(views)]

    def _chars(self, pan: str, own: np.ndarray, rng: np.random.Generator) -> Chars:
        noise = np.sqrt(self.repeated) * own + np.sqrt(1 - self.repeated) * rng.normal(0, 1, own.shape)
        noise[np.arange(len(pan)), [int(c) for c in pan]] += self.skill
        shares = np.exp(self.sure * (noise - noise.max(axis=1, keepdims=True)))
        shares *= 0.98 / shares.sum(axis=1, keepdims=True)
        return tuple(
            tuple(
                sorted(
                    [(DIGITS[i], float(row[i])) for i in np.argsort(-row)[:4]] + [("", 0.02)], key=lambda p: -p[1]
                )
            )
            for row in shares
        )


def exact(reader: Reader, count: int, views: int, seed: int) -> tuple[float, float, float, int, float]:
    """Share of numbers right by whole strings, by votes a character, by fusion; wrong and all confirmed ones."""
    rng = np.random.default_rng(seed)
    tallies = np.zeros(5)
    for _ in range(count):
        pan = completed("4" + "".join(rng.choice(list(DIGITS), 14)))
        readings = reader.card(pan, views, rng)
        texts = [reading.key for reading in readings]
        columns = zip(*texts, strict=True)
        fusion = CardFusion(luhn="ignore")
        for i, reading in enumerate(readings):
            fusion.add(reading, pts=0.2 * i, sharpness=0.8)
        answer = fusion.answer()
        key, confirmed = (answer.key, answer.confirmed) if answer is not None else ("", False)
        tallies += (
            Counter(texts).most_common(1)[0][0] == pan,
            "".join(Counter(column).most_common(1)[0][0] for column in columns) == pan,
            key == pan,
            confirmed and key != pan,
            confirmed,
        )
    whole, chars, fused, wrong, confirmed_count = tallies
    return whole / count, chars / count, fused / count, int(wrong), confirmed_count / count


@pytest.mark.parametrize("skill", [3.6, 3.0], ids=["moderate", "severe"])
def test_log_probabilities_beat_votes_by_character_beat_votes_on_whole_numbers(skill: float) -> None:
    whole, chars, fused, wrong, _ = exact(Reader(skill), 30, 3, seed=1)
    assert whole < chars < fused
    assert not wrong


def test_more_views_confirm_more_and_nothing_wrong() -> None:
    shares = []
    for views in (3, 5):
        *_, wrong, confirmed = exact(Reader(4.5), 25, views, seed=2)
        assert not wrong
        shares.append(confirmed)
    assert shares == sorted(shares)
    assert shares[-1] > 0.6


def test_errors_that_every_view_repeats_are_not_confirmed_on_few_views() -> None:
    *_, fused, wrong, confirmed = exact(Reader(3.3, repeated=0.4), 30, 4, seed=3)
    assert wrong <= 1
    assert fused < 1.0
    assert confirmed < fused
