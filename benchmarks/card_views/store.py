"""What views gave, one JSON line each, so that a run can be resumed, and fused in other ways."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from card_views.chain import Chain, Seen, corner_error, judged, packed
from card_views.scene import Card
from scanapp.errors import UsageError
from scanapp.results import Line
from scanapp.synth.cards.glyphs import FontSet


def collect(
    path: Path, *, split: str, seed: int, level: str, count: int, views: int, minutes: float, models: Path
) -> dict[int, list[Seen]]:
    """Views of ``count`` cards, those in ``path`` taken from there, the others made until ``minutes`` are over.

    Returns the cards of which all views are there. Raises UsageError for a file of other settings or networks.
    """
    made_of = {"split": split, "seed": seed, "level": level, "networks": _networks(models), "frames": True}
    have = _begun(path, made_of)
    missing = [number for number in range(count) if len(have.get(number, ())) < views]
    if missing:
        fonts, chain, end = FontSet.test(), Chain(), time.monotonic() + 60 * minutes
        with path.open("a", encoding="utf-8") as file:
            for number in missing:
                if time.monotonic() > end:
                    break
                for seen in _looked_at(chain, Card.drawn(split, seed, number, fonts), number, level, views, have):
                    file.write(json.dumps(seen.to_dict(), ensure_ascii=False) + "\n")
                file.flush()
    return {n: rows[:views] for n, rows in sorted(have.items()) if n < count and len(rows) >= views}


def _looked_at(
    chain: Chain, card: Card, number: int, level: str, views: int, have: dict[int, list[Seen]]
) -> Iterator[Seen]:
    rows = have[number]
    for view, made in enumerate(card.views(level, len(rows), views), len(rows)):
        quad, reading, focus = chain.look(made)
        place = reading.quad if reading is not None else None
        seen = Seen(
            card=number,
            view=view,
            truth=card.face.pan,
            expiry=card.text("expiry"),
            holder=card.text("holder"),
            style=card.face.style,
            layout=card.face.layout,
            cause=judged(made, quad, reading, card.face.pan),
            corner=corner_error(quad, made.quad),
            refined=corner_error(place, made.quad),
            advice=reading.advice if reading is not None else "",
            focus=round(focus, 4),
            quad=(made.quad if place is None else place).tolist(),
            lines=[_plain(line) for line in reading.lines] if reading is not None else [],
        )
        rows.append(seen)
        yield seen


def _plain(line: Line) -> list[Any]:
    chars = [[[char, round(p, 6)] for char, p in position] for position in line.chars]
    return [line.name, line.quad.tolist(), chars, packed(line.frames)]


def _begun(path: Path, made_of: dict[str, Any]) -> dict[int, list[Seen]]:
    """The views in the file, which is begun where there is none; a last line cut short is made anew."""
    have: dict[int, list[Seen]] = defaultdict(list)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made_of) + "\n", encoding="utf-8")
        return have
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if not lines or json.loads(lines[0]) != made_of:
        raise UsageError(f"{path}: made with other settings or networks than {made_of}; name another file")
    whole = [line for line in lines[1:] if line.endswith("\n")]
    if len(whole) < len(lines) - 1:
        path.write_text("".join([lines[0], *whole]), encoding="utf-8")
    for line in whole:
        seen = Seen.from_dict(json.loads(line))
        have[seen.card].append(seen)
    return have


def _networks(models: Path) -> str:
    """A name for the card networks as they are, so that views of older ones are not mixed in."""
    digest = hashlib.sha256()
    for path in sorted(models.glob("card_*/*.onnx")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
