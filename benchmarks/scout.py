"""What the scout finds and costs: each kind on composed pictures, and beside the hand-made detectors on real ones.

    python benchmarks/scout.py [--cache FOLDER] [--data ../shared/data] [--side 224 288 320] [--variant NAME ...]

Composed: pictures of other seeds than those that were trained on, with held-out faces of cards, and with pieces and
backgrounds of their own, which these make (the faces are those of training; every sixteenth was held out):

    scanapp lab data scout --count 900 --seed 900001 --split test --name pieces-test
    scanapp lab data faces --backgrounds 600 --seed 900011 --photos OTHERS --cache TEST
    (TEST/backgrounds is then to lie as backgrounds-test beside pieces-test)

A thing is found when a region of its kind, grown by 1.2, covers 0.8 of what is seen of it and is no more than six
times as large; a false alarm is a picture without the kind and with a region of it.

Real: codes that zxing-cpp reads on the whole picture (proposed when 0.8 of its quad lies in one of the 6 best
proposals grown by 1.2), lines of receipts (0.8 of the quad in a block), cards (IoU of half with a proposal);
pictures of objects and groceries, where every proposal of a code or a text is counted as false; CPU milliseconds a
1080p frame on one thread, all detectors in turns, the thumbnail of half the size made beforehand for all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from common import Bar, Report, parser, quiet_threads
from proposals import TOP, clip_frames, code_quad, detect, first, manifest, read_gray, sample

from scanapp.detectors import texture
from scanapp.detectors.card import CardDetector
from scanapp.detectors.card_network import LONG_SIDE, SHAPES
from scanapp.detectors.linear_code import LinearCodeDetector
from scanapp.detectors.matrix_code import MatrixCodeDetector
from scanapp.detectors.scout import SIDE, SIDES, ScoutDetector
from scanapp.detectors.scout_regions import KINDS
from scanapp.detectors.text_lines import TextLineDetector
from scanapp.frame import Frame
from scanapp.geometry import Gray, as_quad, coverage, expand, iou
from scanapp.inference import ModelStore, Session, open_model
from scanapp.inference.manifest import AUTO
from scanapp.lab.backgrounds_cache import open_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.composites import Composer
from scanapp.lab.faces_cache import FacesCache
from scanapp.lab.scout_pieces import open_pieces
from scanapp.lab.scout_scenes import ScoutComposer, ScoutSample
from scanapp.lab.scout_score import THRESHOLDS, tallies
from scanapp.results import Detector

SEED = 900_021
ENOUGH = 0.95
MOST_MS = 1.5
Finders = dict[str, Sequence[Detector]]


def main() -> int:
    """Print the tables; 2 when there is neither a cache nor data."""
    arguments = _arguments()
    quiet_threads()
    report = Report("scout")
    variants = arguments.variant or [entry.variant for entry in ModelStore().variants("scout")]
    if not variants:
        print("no model 'scout' is listed in models/manifest.toml", file=sys.stderr)
        return 2
    folder = cache_folder(arguments.cache)
    composed, real = (folder / "pieces-test").is_dir(), (arguments.data / "codes" / "manifest.jsonl").is_file()
    if not composed and not real:
        print(f"{folder}: no pieces-test there, and {arguments.data}: no codes; see --help", file=sys.stderr)
        return 2
    if composed:
        report_composed(report, folder, variants, arguments.pictures)
    if real:
        finders = hand_made() | {
            f"scout {variant} {side}": (ScoutDetector(variant=variant, side=side),)
            for variant in (arguments.variant or [AUTO])
            for side in arguments.side
        }
        report_real(report, arguments.data, finders)
        report_cost(report, arguments.data, finders)
    report.write(arguments.json)
    return 0


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--cache", default="", help="holds faces, backgrounds-test, pieces-test (the user's cache)")
    made.add_argument("--data", type=Path, default=Path("../shared/data"))
    made.add_argument("--pictures", type=int, default=600, help="composed pictures")
    made.add_argument("--side", type=int, nargs="+", default=[LONG_SIDE, SIDE], choices=SIDES)
    made.add_argument(
        "--variant", nargs="+", help="of the model (all that are listed; on real data the default one)"
    )
    return made.parse_args()


def hand_made() -> Finders:
    """The detectors that the scout is to replace; cards by their outline, and by the locator's network."""
    return {
        "codes and text": (LinearCodeDetector(), MatrixCodeDetector(), TextLineDetector()),
        "cards by edges": (CardDetector(method="edges"),),
        "cards by locator": (CardDetector(),),
    }


def report_composed(report: Report, folder: Path, variants: Sequence[str], count: int) -> None:
    """Recall and false alarms of each kind, by variant, at the thresholds that were shipped."""
    samples = list(_samples(folder, count))
    zero = THRESHOLDS.index(0.0)
    sessions = {variant: open_model("scout", variant=variant) for variant in variants}
    ms = _network_ms({**sessions, "locator": open_model("card_locator")})
    rows = []
    for variant, session in sessions.items():
        found = tallies((one, _kinds(session, one.sample.image)) for one in samples)
        rows.append(
            {"variant": variant, "ms, 224 × 128": ms[variant]}
            | {kind: float(found[kind].recall[zero]) for kind in KINDS}
            | {f"{kind}: false": float(found[kind].alarms[zero]) for kind in KINDS}
        )
        if variant == "middle":
            for kind in KINDS:
                recall = float(found[kind].recall[zero])
                report.hold(Bar(f"{kind}: recall, {variant}", recall, ENOUGH, at_least=True))
            report.hold(Bar(f"the network alone, {variant}", ms[variant], MOST_MS, " ms"))
    report.table(f"composed pictures: {count}, recall and pictures with a false alarm", rows)
    report.say(f"things asked for: {', '.join(f'{kind} {found[kind].things}' for kind in KINDS)}")
    report.say(f"the locator's network in the same run: {ms['locator']:.2f} ms")


def _samples(folder: Path, count: int) -> Iterator[ScoutSample]:
    cards = Composer(
        FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds-test"), held_out=True
    )
    composer = ScoutComposer(cards, open_pieces(folder / "pieces-test"))
    for index in range(count):
        shape = SHAPES[index % len(SHAPES)] if index % 2 else SHAPES[0]
        yield composer.sample(np.random.default_rng((SEED, index)), *shape)


def _kinds(session: Session, image: Gray) -> np.ndarray:
    return session.run({"image": image[None, None].astype(np.float32) / np.float32(255)})["kinds"][0]


def _network_ms(sessions: dict[str, Session]) -> dict[str, float]:
    """The 20th percentile of each network's runs, taken in turns; CPU of this thread, which is all they use."""
    feeds = {"image": np.random.default_rng(1).random((1, 1, 128, 224), np.float32)}
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(60):
        for name, session in sessions.items():
            for _ in range(3):
                started = time.thread_time()
                session.run(feeds)
                times[name].append((time.thread_time() - started) * 1e3)
    return {name: float(np.percentile(taken, 20)) for name, taken in times.items()}


Case = tuple[Gray, list[np.ndarray]]


def report_real(report: Report, data: Path, finders: Finders) -> None:
    """Recall of codes, lines of text and cards, and how much is proposed for nothing."""
    rows: dict[str, dict[str, object]] = {name: {"proposals": name} for name in finders}
    sources = {"code": _codes(data / "codes"), "text": _lines(data / "text"), "card": _cards(data / "cards")}
    for kind, cases in sources.items():
        asked = 0
        hits: dict[str, list[bool]] = {name: [] for name in finders}
        counts: dict[str, list[int]] = {name: [] for name in finders}
        for gray, quads in cases:
            asked += len(quads)
            for name, detectors in finders.items():
                found = [one.quad for one in detect(detectors, Frame.from_image(gray)) if one.kind == kind]
                counts[name].append(len(found))
                hits[name] += [_covered(quad, found, kind) for quad in quads]
        report.say(f"{kind}: {asked} asked for")
        for name, row in rows.items():
            row |= {kind: float(np.mean(hits[name])), f"{kind}: proposals": float(np.mean(counts[name]))}
    for name, counted in _false(data, finders).items():
        rows[name] |= counted
    report.table("real pictures: what is covered, and proposals a picture", list(rows.values()))
    for name in (name for name in rows if name.startswith("scout")):
        for kind in sources:
            best = max(float(str(row[kind])) for other, row in rows.items() if not other.startswith("scout"))
            report.hold(Bar(f"{kind}: covered by {name}", float(str(rows[name][kind])), best, at_least=True))


def _covered(quad: np.ndarray, found: list[np.ndarray], kind: str) -> bool:
    if kind == "code":
        return any(coverage(quad, expand(one, 1.2)) >= 0.8 for one in found[:TOP])
    if kind == "text":
        return any(coverage(quad, one) >= 0.8 for one in found)
    return any(iou(quad, one) >= 0.5 for one in found)


def _codes(folder: Path) -> Iterator[Case]:
    for entry in manifest(folder):
        gray = read_gray(folder / entry["file"])
        quads = [code_quad(code) for code in zxingcpp.read_barcodes(gray)]
        if quads:
            yield gray, quads


def _lines(folder: Path) -> Iterator[Case]:
    for entry in manifest(folder):
        yield (
            read_gray(folder / entry["file"]),
            [as_quad(np.reshape(line["quad"], (4, 2))) for line in entry["lines"]],
        )


def _cards(folder: Path) -> Iterator[Case]:
    for entry in manifest(folder):
        if entry.get("quad"):
            yield read_gray(folder / entry["file"]), [as_quad(entry["quad"])]


def _false(data: Path, finders: Finders) -> dict[str, dict[str, float]]:
    """Proposals of codes, texts and cards a picture of objects and groceries."""
    kinds = ("code", "text", "card")
    counts = {name: dict.fromkeys(kinds, 0) for name in finders}
    total = 0
    for folder in ("objects", "products"):
        for gray in sample(data / folder, 150):
            total += 1
            for name, detectors in finders.items():
                for one in detect(detectors, Frame.from_image(gray)):
                    counts[name][one.kind] += 1
    return {name: {f"false {kind}": some[kind] / total for kind in kinds} for name, some in counts.items()}


def report_cost(report: Report, data: Path, finders: Finders) -> None:
    """Best of 60 runs on 1080p frames, all in turns."""
    scenes = {
        "flat": np.full((1080, 1920), 120, np.uint8),
        "receipt": first(data / "text"),
        "qr clip": next(clip_frames(data / "videos" / "qrcode.mp4", 100)),
    }
    rows = []
    for name, image in scenes.items():
        frame = Frame.from_image(
            np.asarray(cv2.resize(image, (1920, 1080), interpolation=cv2.INTER_AREA), np.uint8)
        )
        frame.thumb(LONG_SIDE)
        best = dict.fromkeys(finders, np.inf)
        for _ in range(60):
            for finder, detectors in finders.items():
                texture.forget()
                started = time.thread_time()
                detect(detectors, frame)
                best[finder] = min(best[finder], (time.thread_time() - started) * 1e3)
        rows.append({"ms a 1080p frame": name} | best)
    report.table("CPU ms, one thread, best of 60", rows)


if __name__ == "__main__":
    sys.exit(main())
