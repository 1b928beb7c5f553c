"""Reader and fusion alone over thousands of numbers: exact, confirmed, wrongly confirmed, with a confidence bound.

    python benchmarks/card_fusion_lines.py [--faces 3000] [--seed 900101] [--split test] [--cache FOLDER]

`benchmarks/cards.py` runs the whole chain over whole frames, which takes a second or two a card: too long for the
3,000 cards that it takes to show one wrong number in a thousand. Here each card's number is photographed line by
line (`scanapp lab data cards`: own light, tilt, blur, noise, glare, cut with an error), read by the shipped reader
and fused as in the engine; locator and layout are left out. Faces of which fewer than two views show the whole
number in one line are left out too. Views of a card alternate between two lights, so they are less
independent than those of a moving hand. Needs the lab extra. Rendering takes 0.15 s a face; ``--cache`` keeps it.

    views      clean and moderate ones ("mild"), or all with the severe ones among them ("all")
    exact %    the best number after all views is the card's
    confirmed  of the cards; after: views until then, mean
    wrong      confirmed numbers that are not the card's; bound: one-sided 95 % of Clopper and Pearson
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import torch
except ImportError:
    raise SystemExit("this script needs the lab extra: pip install -e '.[lab]'") from None
import numpy as np
from card_views.chain import Seen, packed
from card_views.fused import Run, run, upper_bound
from common import Bar, Report, parser, quiet_threads

from scanapp.fusion.card import THRESHOLD
from scanapp.inference import open_model
from scanapp.lab.line_batches import STEADY, batch
from scanapp.lab.line_score import printed
from scanapp.lab.lines_cache import KINDS, LEVELS, PER_FACE, LinesCache, render_lines
from scanapp.payloads.card_number import CardNumber
from scanapp.recognizers.cards.answer import LEGIBLE
from scanapp.recognizers.cards.ctc import decode
from scanapp.recognizers.cards.number import LONGEST, SHORTEST

CHUNK = 32
SEVERE = LEVELS.index("severe")
WRONG = 0.001


def main() -> None:
    """Render, read, fuse, print one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--faces", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=900101)
    arguments.add_argument("--split", choices=("test", "training"), default="test")
    arguments.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the rendered lines here")
    arguments.add_argument("--ready", action="store_true", help="take what the cache holds, without rendering more")
    arguments.add_argument("--variant", default="auto")
    options = arguments.parse_args()
    quiet_threads()
    torch.set_num_threads(1)
    report = Report("card_fusion_lines")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        if not options.ready:
            render_lines(folder, options.faces * PER_FACE, seed=options.seed, split=options.split)
        cards = list(seen_faces(LinesCache.open(folder), options.variant))
    mild = [[seen for seen, level in card if level != SEVERE] for card in cards]
    every = [[seen for seen, _ in card] for card in cards]
    rows = [row("mild", mild), row("all", every)]
    report.table(f"{len(cards)} faces, {options.split} fonts, threshold {THRESHOLD:g}", rows)
    for name, fits in (("passes", True), ("fails", False)):
        chosen = [card for card in every if card and CardNumber(card[0].truth).luhn_ok == fits]
        report.table(f"all views of cards whose number {name} the check digit", [row("all", chosen)])
    for one in rows:
        report.hold(Bar(f"{one['views']}: wrong accepts, 95 % bound", float(str(one["95 % bound"])), WRONG))
    report.write(options.json)


def row(name: str, cards: list[list[Seen]]) -> dict[str, object]:
    """One line of the table: cards with two views or more."""
    runs: list[Run] = [run(views, {}) for views in cards if len(views) > 1]
    done = [one.confirmed(THRESHOLD) for one in runs]
    wrong = sum(one.wrong(THRESHOLD) for one in runs)
    return {
        "views": name,
        "cards": len(runs),
        "of them": float(np.mean([len(views) for views in cards if len(views) > 1])),
        "exact %": 100 * float(np.mean([one.keys[-1] == one.truth for one in runs])),
        "confirmed %": 100 * float(np.mean([after > 0 for after in done])),
        "after": float(np.mean([after for after in done if after])),
        "wrong": wrong,
        "95 % bound": upper_bound(wrong, len(runs)),
    }


def seen_faces(cache: LinesCache, variant: str) -> Iterator[list[tuple[Seen, int]]]:
    """For each face its views of the whole number in one line, each with its level."""
    session = open_model("card_reader", variant=variant, threads=1)
    wanted = np.flatnonzero(cache.rows["kind"][: cache.ready] == KINDS.index("pan"))
    truth = printed(cache.rows[: cache.ready])
    faces: dict[int, list[tuple[Seen, int]]] = {}
    for first in range(0, len(wanted), CHUNK):
        indices = wanted[first : first + CHUNK]
        lines = batch(cache, indices, STEADY, np.random.default_rng((7, first)))["lines"].numpy()
        for index, logp in zip(indices.tolist(), session.run({"lines": lines})["logp"], strict=True):
            face = faces.setdefault(index // PER_FACE, [])
            level = int(cache.rows["level"][index])
            face.append((_seen(logp, truth[index], index), level))
    # stacked numbers are printed in groups: a longer line may still be there, of another field
    yield from (face for face in faces.values() if len({seen.truth for seen, _ in face}) == 1)


def _seen(logp: Any, truth: str, index: int) -> Seen:
    """One line as `CardFusion` gets it from a look at the whole card."""
    read = decode(logp, slash=False)
    told = SHORTEST <= len(read.text) <= LONGEST and read.confidence >= LEGIBLE
    # each view somewhere else: fusion takes views of one place and time for one view
    place = [[x + 40.0 * index, y] for x, y in ((0.0, 0.0), (320.0, 0.0), (320.0, 32.0), (0.0, 32.0))]
    chars = [[[char, round(p, 6)] for char, p in position] for position in read.chars]
    return Seen(
        card=index // PER_FACE,
        view=index % PER_FACE,
        truth=truth,
        expiry="",
        holder="",
        style="",
        layout="",
        cause="" if read.text == truth else "wrong digits",
        corner=None,
        refined=None,
        advice="",
        focus=1.0,
        quad=place,
        lines=[["pan", place, chars, packed(read.scores)]] if told else [],
    )


if __name__ == "__main__":
    main()
