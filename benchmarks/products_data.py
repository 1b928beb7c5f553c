"""What `products.py` and `products_fit.py` share: the grocery pictures, their features, and who is asked what.

Features are measured once a picture and kept in a file beside the embedder's version (``--cache``).
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import ROOT

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.embedder import Embedder
from scanapp.catalog.items import Features, Item, measure
from scanapp.errors import ScanError
from scanapp.sources.images import load_image

PRODUCTS = ROOT.parent / "shared" / "data" / "products"
SEEDS = (1, 2, 3)
ASKED = 10
"""Pictures of each held-out class that are asked."""
HELD_OUT_STEP = 2, 5
"""Every fifth class by name within fruit, vegetables and packages was kept from the embedder's training."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture: index in the manifest, the class it shows, its split and kind of class."""

    index: int
    file: Path
    name: str
    split: str
    macro: str


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture's features as a query and, where it may be one, as a reference."""

    query: Features
    reference: Features


@dataclass(frozen=True, slots=True)
class Question:
    """Which photos are references of the catalogue, and which are asked."""

    title: str
    references: tuple[Photo, ...]
    queries: tuple[Photo, ...]


def add_options(arguments: argparse.ArgumentParser) -> None:
    """The options that both scripts take."""
    arguments.add_argument("--data", type=Path, default=PRODUCTS, metavar="FOLDER", help="pictures and manifest")
    arguments.add_argument(
        "--split", default="val", help="the split that is asked (fit on val, report what you like)"
    )
    arguments.add_argument("--cache", type=Path, default=None, metavar="FILE", help="keep measured features here")


def photos(folder: Path) -> list[Photo]:
    """All pictures of the manifest; empty without one."""
    try:
        lines = (folder / "manifest.jsonl").read_text().splitlines()
    except OSError:
        return []
    rows = [json.loads(line) for line in lines]
    return [
        Photo(index, folder / row["file"], row["class"], row["split"], row["macro"])
        for index, row in enumerate(rows)
    ]


def measured(some: Sequence[Photo], cache: Path | None) -> dict[int, Seen]:
    """Features by the photos' index; a picture that cannot be read has none."""
    embedder = Embedder()
    known: dict[int, Seen] = {}
    if cache is not None and cache.exists():
        version, known = pickle.loads(cache.read_bytes())
        known = known if version == embedder.version else {}
    missing = [photo for photo in some if photo.index not in known]
    for photo in missing:
        try:
            picture = load_image(photo.file).bgr
        except ScanError:
            continue
        query = measure(picture, embedder)
        vector = embedder.embed(picture, mirrored=True)
        known[photo.index] = Seen(query, Features(vector, query.colours, query.local))
    if cache is not None and missing:
        cache.write_bytes(pickle.dumps((embedder.version, known)))
    return known


def held_out(some: Iterable[Photo]) -> frozenset[str]:
    """The classes that the embedder never saw: `scanapp.lab.tasks.product_embedder.held_out`."""
    names = sorted({(photo.macro, photo.name) for photo in some})
    start, step = HELD_OUT_STEP
    return frozenset(name for _, name in names[start::step])


def drawn(some: Iterable[Photo], count: int, seed: int) -> tuple[Photo, ...]:
    """``count`` photos of each class, at random."""
    shuffled = list(some)
    np.random.default_rng(seed).shuffle(shuffled)  # type: ignore[arg-type]
    taken: dict[str, list[Photo]] = {}
    for photo in shuffled:
        if len(taken.setdefault(photo.name, [])) < count:
            taken[photo.name].append(photo)
    return tuple(photo for each in taken.values() for photo in each)


def questions(everyone: Sequence[Photo], split: str) -> dict[str, list[Question]]:
    """The rows of the table, each with its draws."""
    train = [photo for photo in everyone if photo.split == "train"]
    asked = tuple(photo for photo in everyone if photo.split == split)
    away = held_out(everyone)
    packaged = tuple(photo for photo in asked if photo.macro == "Packages")
    boxes = [photo for photo in train if photo.macro == "Packages"]
    iconic = tuple(photo for photo in everyone if photo.split == "iconic" and photo.macro == "Packages")
    rows = {"81 classes, all pictures": [Question("", tuple(train), asked)]}
    rows["held-out classes, 5 pictures"] = []
    for seed in SEEDS:
        few = drawn((photo for photo in train if photo.name in away), 5, seed)
        rest = drawn((p for p in (*train, *asked) if p.name in away and p not in set(few)), ASKED, seed)
        rows["held-out classes, 5 pictures"].append(Question("", few, rest))
    rows["packaged, 5 pictures"] = [Question("", drawn(boxes, 5, seed), packaged) for seed in SEEDS]
    rows["packaged, 1 iconic picture"] = [Question("", iconic, packaged)]
    return rows


def halves(everyone: Sequence[Photo], split: str) -> list[Question]:
    """Open set: half of the classes are in the catalogue, all are asked; three draws."""
    names = sorted({photo.name for photo in everyone})
    asked = tuple(photo for photo in everyone if photo.split == split)
    train = [photo for photo in everyone if photo.split == "train"]
    found = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(names))
        kept = {names[place] for place in order[: len(names) // 2]}
        found.append(Question("", tuple(photo for photo in train if photo.name in kept), asked))
    return found


@contextmanager
def catalogue(references: Iterable[Photo], seen: dict[int, Seen]) -> Iterator[Catalog]:
    """A real catalogue of these references, in a folder that is gone afterwards."""
    by_name: dict[str, list[Photo]] = {}
    for photo in references:
        if photo.index in seen:
            by_name.setdefault(photo.name, []).append(photo)
    with TemporaryDirectory(prefix="scanapp-products-") as folder, Catalog(folder, create=True) as made:
        for name, some in sorted(by_name.items()):
            rows = [("", str(photo.index), seen[photo.index].reference) for photo in some]
            made.add_measured(Item(name, name.replace("-", " ")), rows)
        yield made


Top = Callable[[Features], str]
"""Names the class of a picture."""


def top1(queries: Sequence[Photo], seen: dict[int, Seen], name: Top) -> float:
    """The share of queries that are named right."""
    return float(np.mean([name(seen[photo.index].query) == photo.name for photo in queries if photo.index in seen]))
