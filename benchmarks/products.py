"""Products by a few pictures: how often the right one, what each part of the evidence gives, and what it costs.

    python benchmarks/products.py [--split val] [--large 100000] [--cache FILE] [--json FILE]

Grocery photos (GroceryStoreDataset, 240 px). Rows: all classes with all training pictures as references; classes
that the embedder never saw, five pictures each, among themselves; packaged goods with five pictures, and with one
from the maker. Rows with draws show the mean of three. Columns: the nearest reference by colour histogram, by the
number of RootSIFT patches in one arrangement (left out where there are too many references for it), by the
embedder's vector; and everything together, as the recognizer does it.

"open set": half of the classes are taken out of the catalogue (three draws), all are asked;
an answer counts as confirmed from the fitted probability on. Costs are CPU milliseconds on one thread. "while an
item is held": scenes of the sample videos through the cascade, all threads, less what decoding alone takes; as they
are shipped, 12 frames a second, and filmed anew at a camera's 30: looks have a budget a second, not a frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import SAMPLES, Bar, Report, parser, quiet_threads
from products_data import (
    Photo,
    Question,
    Seen,
    add_options,
    catalogue,
    drawn,
    halves,
    measured,
    photos,
    questions,
    top1,
)

from scanapp.bench.measure import measure
from scanapp.catalog.catalog import Catalog
from scanapp.catalog.index import graph_available
from scanapp.catalog.items import Features, Item
from scanapp.recognizers.products.match import Matcher
from scanapp.recognizers.products.verify import agreeing, matched
from scanapp.sources.images import load_image
from scanapp.synth import render, scenes

BARS = {
    "81 classes, all pictures": 0.65,
    "held-out classes, 5 pictures": 0.60,
    "packaged, 5 pictures": 0.78,
    "packaged, 1 iconic picture": 0.72,
}
MOST_FOR_PATCHES = 200
COLUMNS = ("colour histogram", "RootSIFT alone", "embedder alone", "everything")
QUERY_MS, SEARCH_MS, ADDED, FRAME_MS = 40.0, 20.0, 100.0, 10.0
CAMERA_FPS = 30
HELD = ("product_in_hand", "product_variants", "product_unknown")


def main() -> None:
    """Three tables and the bars."""
    arguments = parser(__doc__)
    add_options(arguments)
    arguments.add_argument("--large", type=int, default=100_000, metavar="N", help="references; 0: leave this out")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("products")
    everyone = photos(options.data)
    if everyone:
        _pictures(report, everyone, options.split, options.cache)
    else:
        report.say(f"{options.data}: no pictures are there; accuracy and queries are left out")
    _video(report)
    if options.large:
        _large(report, options.large)
    report.write(options.json)


def _pictures(report: Report, everyone: Sequence[Photo], split: str, cache: Path | None) -> None:
    asked = [photo for photo in everyone if photo.split in ("train", "iconic", split)]
    seen = measured(asked, cache)
    rows = []
    for title, draws in questions(everyone, split).items():
        scores = [_scores(question, seen) for question in draws]
        means = {column: float(np.mean([one[column] for one in scores])) for column in COLUMNS}
        count = len(draws[0].queries)
        rows.append({"top-1": title, "references": len(draws[0].references), "queries": count, **means})
    report.table(f"first answer right, {split}", rows)
    for row in rows:
        value = row["everything"]
        assert isinstance(value, float)
        report.hold(Bar(str(row["top-1"]), value, BARS[str(row["top-1"])], at_least=True))
    _open_set(report, halves(everyone, split), seen)
    _query(report, everyone, seen)


def _scores(question: Question, seen: dict[int, Seen]) -> dict[str, float]:
    """The share of right first answers, by column."""
    known = [(photo.name, seen[photo.index].reference) for photo in question.references if photo.index in seen]
    names = [name for name, _ in known]
    shades = np.stack([one.colours for _, one in known])
    vectors = np.stack([one.vector for _, one in known])

    def by_patches(query: Features) -> str:
        pairs = matched(query.local, [one.local for _, one in known])
        firm = [agreeing(query.local, one.local, some) for (_, one), some in zip(known, pairs, strict=True)]
        ranks = [(count, len(some)) for count, some in zip(firm, pairs, strict=True)]
        return names[max(range(len(ranks)), key=lambda place: ranks[place])]

    with catalogue(question.references, seen) as made:
        matcher = Matcher(made)

        def together(query: Features) -> str:
            found = matcher.judge(query).candidates
            return found[0].item.sku if found else ""

        ways: dict[str, Callable[[Features], str]] = {
            "colour histogram": lambda query: names[int((shades @ query.colours).argmax())],
            "RootSIFT alone": by_patches,
            "embedder alone": lambda query: names[int((vectors @ query.vector).argmax())],
            "everything": together,
        }
        return {
            column: top1(question.queries, seen, way)
            if column != "RootSIFT alone" or len(known) <= MOST_FOR_PATCHES
            else float("nan")
            for column, way in ways.items()
        }


def _open_set(report: Report, draws: Iterable[Question], seen: dict[int, Seen]) -> None:
    """Confirmed answers with half of the classes taken out."""
    right = confirmed = askable = 0
    strangers = invented = 0
    for question in draws:
        known = {photo.name for photo in question.references}
        with catalogue(question.references, seen) as made:
            matcher = Matcher(made)
            for photo in question.queries:
                if photo.index not in seen:
                    continue
                best = matcher.judge(seen[photo.index].query).best
                told = best is not None and best.share >= matcher.weights.sure
                askable += photo.name in known
                strangers += photo.name not in known
                confirmed += told
                right += told and best is not None and best.item.sku == photo.name
                invented += told and photo.name not in known
    precision, recall = right / max(1, confirmed), right / max(1, askable)
    row = {"confirmed": confirmed, "precision": precision, "recall": recall}
    report.table("open set, one look", [{**row, "strangers": strangers, "strangers named": invented}])
    report.hold(Bar("open set: precision of confirmed answers", precision, 0.95, at_least=True))
    report.hold(Bar("open set: recall", recall, 0.5, at_least=True))


def _query(report: Report, everyone: Sequence[Photo], seen: dict[int, Seen]) -> None:
    """One query with five references of each packaged product, from pixels to answer."""
    train = [photo for photo in everyone if photo.split == "train" and photo.macro == "Packages"]
    references = drawn(train, 5, 1)
    pictures = [load_image(photo.file).bgr for photo in train[:: max(1, len(train) // 40)]]
    with catalogue(references, seen) as made:
        matcher = Matcher(made)
        for picture in pictures[:5]:
            matcher.match(picture)
        spent = [_cpu_ms(lambda picture=picture: matcher.match(picture)) for picture in pictures]
        measuring = [_cpu_ms(lambda picture=picture: made.measure(picture)) for picture in pictures]
    middle = float(np.median(spent))
    rows = [{"references": len(references), "query ms": middle, "of it features": float(np.median(measuring))}]
    report.table("one query, CPU", rows)
    report.hold(Bar(f"one query with {len(references)} references", middle, QUERY_MS, " ms"))


def _video(report: Report) -> None:
    """What a frame costs while an item is held."""
    rows: list[dict[str, object]] = []
    with TemporaryDirectory(prefix="scanapp-held-") as folder:
        for name in HELD:
            filmed = Path(folder) / f"{name}.mp4"
            render(scenes.get(name).at_rate(CAMERA_FPS), filmed)
            rows += [_held(SAMPLES / f"{name}.mp4", scenes.get(name).fps), _held(filmed, CAMERA_FPS)]
    report.table("while an item is held, CPU ms a frame", rows)
    for row in rows:
        over = row["over"]
        assert isinstance(over, float)
        report.hold(Bar(f"{row['recording']}, {row['fps']} fps: a frame", over, FRAME_MS, " ms"))


def _held(video: Path, fps: int) -> dict[str, object]:
    """One recording's row."""
    found = measure(
        video,
        str(SAMPLES / "product.toml"),
        brute_every=0,
        workers=1,
        on_progress=lambda _what, _done, _all: None,
    )
    decoding = found.decode.cpu_s / found.frames * 1e3
    spent = found.cascade.cpu_s / found.frames * 1e3
    return {
        "recording": video.stem,
        "fps": fps,
        "decoding ms": decoding,
        "cascade ms": spent,
        "over": spent - decoding,
    }


def _large(report: Report, count: int) -> None:
    """A catalogue of made vectors: five near each other a product."""
    rng = np.random.default_rng(1)
    middles = rng.normal(size=(count // 5, 128)).repeat(5, 0)
    vectors = (middles + 0.6 * rng.normal(size=middles.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    local = measured_on_noise(rng)
    with TemporaryDirectory(prefix="scanapp-large-") as folder:
        with Catalog(folder, create=True) as made:
            begun = time.process_time()
            for number in range(0, len(vectors), 5):
                rows = [
                    ("", str(place), Features(vectors[place], local.colours, local.local))
                    for place in range(number, number + 5)
                ]
                made.add_measured(Item(f"sku{number}", f"Thing {number}"), rows)
            adding = time.process_time() - begun
            begun = time.process_time()
            made.nearest(vectors[0], 1)
            indexing = time.process_time() - begun
            asked = vectors[rng.integers(0, len(vectors), 60)] + 0.02 * rng.normal(size=(60, 128)).astype(
                np.float32
            )
            spent = [_cpu_ms(lambda vector=vector: made.nearest(vector, 400)) for vector in asked]
            exact = [set(np.argsort(-(vectors @ vector))[:10].tolist()) for vector in asked]
            found = [{hit.reference - 1 for hit in made.nearest(vector, 400)[:10]} for vector in asked]
        begun = time.process_time()
        with Catalog(folder) as again:
            again.nearest(vectors[0], 1)
            opening = time.process_time() - begun
    rate = len(vectors) / (adding + indexing)
    rows = [
        {
            "references": len(vectors),
            "index": "usearch graph" if graph_available() else "all compared",
            "search ms": float(np.median(spent)),
            "share of the ten nearest found": float(
                np.mean([len(a & b) / 10 for a, b in zip(exact, found, strict=True)])
            ),
            "added a second": rate,
            "opening s": opening,
        }
    ]
    report.table("a large catalogue, CPU", rows)
    report.hold(Bar(f"search in {len(vectors)} references", float(np.median(spent)), SEARCH_MS, " ms"))
    report.hold(Bar("references added a second, without measuring", rate, ADDED, at_least=True))


def measured_on_noise(rng: np.random.Generator) -> Features:
    """What lies in the database beside the vectors: 40 patches, so that the disk is not what is measured."""
    from scanapp.catalog.colour import colours
    from scanapp.catalog.local import LocalFeatures, local_features

    noise = rng.integers(0, 256, (240, 240, 3), np.uint8)
    local = local_features(noise)
    return Features(np.zeros(128, np.float32), colours(noise), LocalFeatures(local.places[:40], local.patches[:40]))


def _cpu_ms(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return (time.process_time() - begun) * 1e3


if __name__ == "__main__":
    main()
