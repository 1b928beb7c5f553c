"""Card numbers over made views: read in one, fused over several, confirmed, wrongly confirmed.

    python benchmarks/cards.py [--split test] [--level moderate] [--count 400] [--views 8] [--minutes 20]
    python benchmarks/cards.py --split validation --level severe --explore

Invented cards in fonts that training never shows are seen by a hand-held camera in 1280×720 frames: every view has
its own light, pose (tilted up to 35°, one card in four on its side or upside down), background, fingers and camera
fault. "moderate" shows the card 450 to 900 px long, "severe" 260 to 400 px (see `scanapp.synth.cards.camera`). Each
view goes through the detector, the recognizer and the fusion as in the engine.

    exact      the best number is the card's; in one view as the reader has it, "told" as fusion has it after this
               view alone, with what is known of numbers as such
    confirmed  within so many views a number was confirmed; wrong: one that is not the card's
    95 %       one-sided upper bound of Clopper and Pearson on the share of wrong ones among the cards

What the views gave is kept in a file (--cache), so that a run can be stopped, resumed, and fused in other ways
without rendering again; it is refused when networks or settings have changed. Thresholds are chosen on
``--split validation --explore``, whose cards the test split does not share, and stay as they are for the test.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from card_views.chain import Seen
from card_views.fused import Run, character_vote, run, upper_bound, whole_vote
from card_views.options import add_card_options
from card_views.store import collect
from common import Bar, Report, parser, quiet_threads

from scanapp.fusion.card import TEMPERATURE, THRESHOLD
from scanapp.inference.store import default_root
from scanapp.payloads.card_number import CardNumber

AFTER = (1, 2, 3, 5, 8)
CACHE = Path.home() / ".cache" / "scanapp" / "bench"
BARS = {"moderate": (0.97, 5, 0.997, None), "severe": (None, 8, None, 0.90)}
"""By level: exact in one view; views; exact over these; confirmed within these."""
WRONG = 0.001

Cards = Mapping[int, Sequence[Seen]]


def main() -> None:
    """Collect views, fuse them, hold the figures against their bars."""
    options = _options()
    quiet_threads()
    report = Report("cards")
    cache = options.cache or CACHE / f"cards-{options.split}-{options.level}-{options.seed}.jsonl"
    cards = collect(
        cache,
        split=options.split,
        seed=options.seed,
        level=options.level,
        count=options.count,
        views=options.views,
        minutes=options.minutes,
        models=default_root(),
    )
    report.say(
        f"{len(cards)} of {options.count} cards, {options.views} views each, {options.level}; views in {cache}"
    )
    if cards:
        _single(report, cards)
        if options.explore:
            _explore(report, cards)
        else:
            _fused(report, cards, options)
    report.write(options.json)


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    add_card_options(arguments, count=400)
    arguments.add_argument("--views", type=int, default=8, metavar="N", help="views of each card")
    arguments.add_argument("--minutes", type=float, default=20.0, metavar="M", help="stop making views after this")
    arguments.add_argument("--cache", type=Path, metavar="FILE", help=f"views already seen (default: in {CACHE})")
    arguments.add_argument("--explore", action="store_true", help="try temperatures and thresholds")
    return arguments.parse_args()


def _single(report: Report, cards: Cards) -> None:
    """What one view gives, by kind of card, and why views fail."""
    every = [seen for views in cards.values() for seen in views]
    rows = []
    for name, chosen in [("all", every), *_by_kind(every)]:
        causes = Counter(seen.cause for seen in chosen)
        rows.append(
            {
                "cards": name,
                "views": len(chosen),
                "exact %": 100 * causes[""] / len(chosen),
                "told %": 100 * _alone(chosen),
                **{f"{cause} %": 100 * causes[cause] / len(chosen) for cause in CAUSES},
            }
        )
    report.table("one view", rows)
    for what, errors in (("detected", [s.corner for s in every]), ("refined", [s.refined for s in every])):
        known = [error for error in errors if error is not None]
        if known:
            half, most = np.quantile(known, [0.5, 0.95])
            report.say(f"corners as {what}: off by {100 * half:.2f} % of the diagonal, p95 {100 * most:.2f} %")


def _alone(chosen: Sequence[Seen]) -> float:
    """Share of views after which alone fusion has the card's number."""
    return sum(run([seen], {}).keys[0] == seen.truth for seen in chosen) / len(chosen)


CAUSES = ("not located", "no number line", "wrong digits")


def _by_kind(every: Sequence[Seen]) -> list[tuple[str, list[Seen]]]:
    kinds: dict[str, list[Seen]] = {}
    for seen in every:
        kinds.setdefault(f"{seen.style} {seen.layout}", []).append(seen)
    return sorted(kinds.items(), key=lambda item: -len(item[1]))


def _fused(report: Report, cards: Cards, options: argparse.Namespace) -> None:
    """Methods side by side, then what is confirmed, with the shipped settings."""
    runs = [run(views, {}) for views in cards.values()]
    unaided = [run(views, {"luhn": "ignore"}) for views in cards.values()]
    after = [count for count in AFTER if count <= options.views]
    methods: dict[str, Callable[[int], float]] = {
        "vote on whole numbers": lambda n: _share(cards, lambda views: whole_vote(views[:n])),
        "vote per character": lambda n: _share(cards, lambda views: character_vote(views[:n])),
        "log-probabilities, no prior": lambda n: _exact(unaided, n),
        "log-probabilities": lambda n: _exact(runs, n),
    }
    report.table(
        f"exact %, {options.level}",
        [{"method": name, **{f"{n} views": 100 * share(n) for n in after}} for name, share in methods.items()],
    )
    report.table(f"confirmed at {THRESHOLD:g}", [_confirmed(runs, THRESHOLD, n) for n in after])
    _by_check_digit(report, runs, options.views)
    _hold(report, cards, runs, options)


def _by_check_digit(report: Report, runs: Sequence[Run], views: int) -> None:
    """Specimens apart: numbers that fail the check digit need far more evidence, and many stay unconfirmed."""
    rows = []
    for name, fits in (("fits", True), ("fails", False)):
        chosen = [one for one in runs if CardNumber(one.truth).luhn_ok == fits]
        if chosen:
            rows.append({"check digit": name, "cards": len(chosen), **_confirmed(chosen, THRESHOLD, views)})
    report.table("confirmed, by the check digit of the card's number", rows)


def _hold(report: Report, cards: Cards, runs: Sequence[Run], options: argparse.Namespace) -> None:
    if options.level not in BARS:
        return
    one, views, exact, confirmed = BARS[options.level]
    views = min(views, options.views)
    every = [seen for seen_views in cards.values() for seen in seen_views]
    if one is not None:
        report.hold(Bar("exact in one view", sum(not s.cause for s in every) / len(every), one, at_least=True))
    if exact is not None:
        report.hold(Bar(f"exact over {views} views", _exact(runs, views), exact, at_least=True))
    if confirmed is not None:
        share = sum(0 < r.confirmed(THRESHOLD) <= views for r in runs) / len(runs)
        report.hold(Bar(f"confirmed within {views} views", share, confirmed, at_least=True))
    wrong = sum(r.wrong(THRESHOLD) for r in runs)
    report.hold(Bar("wrong accepts, share of cards", wrong / len(runs), WRONG))
    report.say(
        f"{wrong} wrong of {len(runs)} cards: at most {upper_bound(wrong, len(runs)):.5f} with 95 % confidence"
    )


def _explore(report: Report, cards: Cards) -> None:
    """Temperatures and thresholds: for choosing, on validation cards only."""
    rows = []
    last = max(len(views) for views in cards.values())
    for temperature in (1.0, 1.5, 2.5):
        runs = [run(views, {"temperature": temperature}) for views in cards.values()]
        worst = max((_worst(r) for r in runs), default=0.0)
        report.say(f"temperature {temperature:g}: the strongest wrong number leads by {worst:.1f}")
        for threshold, n in product((4.0, 6.0, 8.0, 9.0, 10.0, 12.0), sorted({min(3, last), min(5, last), last})):
            rows.append({"temperature": temperature, "threshold": threshold, **_confirmed(runs, threshold, n)})
    report.table("what if", rows)
    report.say(f"shipped: temperature {TEMPERATURE:g}, threshold {THRESHOLD:g}")


def _worst(one: Run) -> float:
    """The largest lead of a wrong number at any time."""
    return max((lead for key, lead in zip(one.keys, one.leads, strict=True) if key != one.truth), default=0.0)


def _confirmed(runs: Sequence[Run], threshold: float, views: int) -> dict[str, float]:
    done = [(r.confirmed(threshold), r.wrong(threshold)) for r in runs]
    within = [(n, wrong) for n, wrong in done if 0 < n <= views]
    wrong_count = sum(wrong for _, wrong in within)
    return {
        "views": views,
        "exact %": 100 * _exact(runs, views),
        "confirmed %": 100 * len(within) / len(runs),
        "after, mean": float(np.mean([n for n, _ in within])) if within else float("nan"),
        "wrong": wrong_count,
        "95 % bound": upper_bound(wrong_count, len(runs)),
    }


def _exact(runs: Sequence[Run], views: int) -> float:
    return sum(r.keys[views - 1] == r.truth for r in runs) / len(runs)


def _share(cards: Cards, read: Callable[[Sequence[Seen]], str]) -> float:
    return sum(read(views) == views[0].truth for views in cards.values()) / len(cards)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
