"""Made views of cards as still pictures: `scanapp read` has one view and all the time it wants.

    python benchmarks/card_stills.py [--split test] [--level moderate] [--count 150]

One view of each card of `cards.py`, through `CardRecognizer.read_still`. Exact: the card's number; wrong: another
one; withheld: none was believed. Why views fail otherwise is `cards.py`'s business.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from card_views.fused import upper_bound
from card_views.options import add_card_options
from card_views.scene import Card
from common import Bar, Report, parser, quiet_threads

from scanapp.frame import Frame
from scanapp.recognizers.card import CardRecognizer
from scanapp.synth.cards.glyphs import FontSet

WRONG = 0.0


def main() -> None:
    """Read one view of each card."""
    options = _options()
    quiet_threads()
    report = Report("card_stills")
    reader = CardRecognizer(holder=False)
    reader.warm_up()
    fonts = FontSet.test()
    found: dict[str, Counter[str]] = {}
    spent = 0.0
    for number in range(options.count):
        card = Card.drawn(options.split, options.seed, number, fonts)
        (made,) = card.views(options.level, 0, 1)
        start = time.process_time()
        read = next((one.key for one in reader.read_still(Frame.from_image(made.image))), "")
        spent += time.process_time() - start
        outcome = "exact" if read == card.face.pan else "wrong" if read else "withheld"
        for group in ("all", f"{len(card.face.pan)} digits"):
            found.setdefault(group, Counter())[outcome] += 1
    report.table(
        f"one {options.level} view as a still picture, {options.split}",
        [
            {
                "cards": group,
                "pictures": counts.total(),
                **{f"{what} %": 100 * counts[what] / counts.total() for what in ("exact", "wrong", "withheld")},
            }
            for group, counts in sorted(found.items(), key=lambda item: -item[1].total())
        ],
    )
    wrong = found["all"]["wrong"]
    report.say(f"{1000 * spent / options.count:.0f} ms of CPU a picture")
    report.say(f"{wrong} wrong: at most {upper_bound(wrong, options.count):.4f} with 95 % confidence")
    report.hold(Bar("wrong, share of pictures", wrong / options.count, WRONG))
    report.write(options.json)


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    add_card_options(arguments, count=150)
    return arguments.parse_args()


if __name__ == "__main__":
    main()
