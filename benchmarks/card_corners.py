"""How exactly cards are located: corner errors, recall, false cards, orientation, milliseconds.

    python benchmarks/card_corners.py [--cards 200] [--data ../shared/data/cards] [--pictures FOLDER]

Synthetic frames of 1280 × 720, 720 × 1280 and 960 × 720 with fonts, faces and seeds that training has not seen: a
face drawn at 8 px/mm, warped by a random camera (tilt to 50°, any turn, 30 to 95 % of the frame's width), fingers
over it at times, degraded moderately. Negatives: scenes with papers, phones and the like or with nothing ("false"),
and with cards of a bank card's size that bear no card number ("other cards": the locator may propose them, it finds
a card's shape; the layout network looks for a number). An error is the mean over the four corners, best of the four
cyclic orders, in parts of the card's diagonal; a card is found when its score reaches the threshold and the error
is below 5 %. Median and p95 are of all cards whose score does. ``--data`` adds real pictures with known quads.
"Cards told" is what a user of the engine meets: negatives in which the recognizer, sent to what was proposed, reads
a number that fusion would tell of (in a stream only a second look does, and confirms it only then).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from scanapp.detectors.card import CardDetector, locate
from scanapp.detectors.card_pose import CardPose
from scanapp.frame import Bgr, Frame
from scanapp.fusion.card import CardFusion
from scanapp.geometry import Gray, Quad, as_quad, bounds, clip_box, expand
from scanapp.lab.faces_cache import has_card_size
from scanapp.lab.poses import Points, random_pose, rectangle, through
from scanapp.observe import sharpness
from scanapp.recognizers.card import LOOK, CardRecognizer
from scanapp.results import View
from scanapp.synth.cards.art_hand import hold
from scanapp.synth.cards.backgrounds import background
from scanapp.synth.cards.camera import degrade
from scanapp.synth.cards.face import card_face
from scanapp.synth.cards.glyphs import FontSet
from scanapp.synth.cards.maps import Face
from scanapp.synth.cards.negatives import other_face
from scanapp.synth.cards.shade import FaceLight, shade

SIZES = ((1280, 720), (720, 1280), (960, 720))
PPMM = 8.0
SEED = 41_000
NEAR = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One frame; quad is None where no bank card with a number is; shaped: something of a card's size is there."""

    gray: Gray
    quad: Quad | None
    title: str = ""
    shaped: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """error, parts of the diagonal (1 when nothing was found); turns by which the answer is wrong."""

    score: float
    error: float
    turns: int
    ms: float


Finder = Callable[[Gray], CardPose | None]


def main() -> int:
    """Print the tables; 2 when the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cards", type=int, default=200, help="cards, and as many negatives (default 200)")
    parser.add_argument("--threshold", type=float, default=CardDetector().threshold)
    parser.add_argument("--data", type=Path, help="a folder with manifest.jsonl and real pictures")
    parser.add_argument("--pictures", type=Path, help="write the worst cases here")
    arguments = parser.parse_args()
    if arguments.data and not (arguments.data / "manifest.jsonl").is_file():
        print(f"{arguments.data}: no manifest.jsonl there", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    cards = [card_case(index) for index in range(arguments.cards)]
    others = [negative_case(index) for index in range(arguments.cards)]
    report(f"{len(cards)} synthetic cards, {len(others)} negatives", cards, others, arguments)
    if arguments.data:
        real = list(real_cases(arguments.data))
        report(
            f"{arguments.data.name}: pictures with a known quad",
            [case for case in real if case.quad is not None],
            [case for case in real if case.quad is None],
            arguments,
            each=True,
        )
    return 0


def report(
    title: str, cards: list[Case], others: list[Case], arguments: argparse.Namespace, *, each: bool = False
) -> None:
    """One row a method."""
    threshold: float = arguments.threshold
    table = Table(title=title)
    for column in ("method", "median", "p95", "recall", "false", "other cards", "upright", "ms"):
        table.add_column(column, justify="right")
    console = Console(width=116)
    for name, find in finders().items():
        found = [outcome(case, find) for case in cards]
        wrong = [outcome(case, find) for case in others if not case.shaped]
        alike = [outcome(case, find) for case in others if case.shaped]
        sure = [one for one in found if one.score >= threshold]
        errors = np.array([one.error for one in sure if one.error < NEAR] or [1.0])
        everywhere = np.array([one.error for one in sure] or [1.0])
        upright = [one.turns == 0 for one in sure if one.error < NEAR]
        table.add_row(
            name,
            f"{100 * np.median(everywhere):.2f} %",
            f"{100 * np.quantile(everywhere, 0.95):.2f} %",
            f"{len(errors) if sure else 0} of {len(cards)}",
            f"{sum(one.score >= threshold for one in wrong)} of {len(wrong)}",
            f"{sum(one.score >= threshold for one in alike)} of {len(alike)}",
            f"{100 * np.mean(upright) if upright else 0:.1f} %",
            f"{np.quantile([one.ms for one in found], 0.2):.2f}",
        )
        if each:
            for case, one in zip(cards, found, strict=True):
                figures = f"score {one.score:.2f} error {100 * one.error:6.2f} % turns {one.turns}"
                console.print(f"{name:9} {case.title:44} {figures}")
        if arguments.pictures:
            save_worst(arguments.pictures, name, cards, others, find, threshold)
    console.print(table)
    told = [case.title for case in others if told_of(case)]
    console.print(f"cards told: {len(told)} of {len(others)} negatives {' '.join(sorted(told))}")


def told_of(case: Case) -> bool:
    """Whether a card's number is told of after one look at what the detector proposes."""
    frame = Frame(case.gray)
    fusion = CardFusion()
    for found in _detector().detect(frame):
        focus = sharpness(frame, found.quad)
        for reading in _recognizer().recognize(View(frame, found.quad, LOOK, sharpness=focus)):
            fusion.add(reading, pts=0.0, sharpness=focus)
    return fusion.answer() is not None


@lru_cache(maxsize=1)
def _detector() -> CardDetector:
    return CardDetector(method="network")


@lru_cache(maxsize=1)
def _recognizer() -> CardRecognizer:
    return CardRecognizer(holder=False)


def finders() -> dict[str, Finder]:
    """What is compared: the network alone, its answer refined on a crop, the classical method."""
    network, edges = CardDetector(threshold=0.0, method="network"), CardDetector(threshold=0.0, method="edges")

    def once(detector: CardDetector) -> Finder:
        def find(gray: Gray) -> CardPose | None:
            best = detector.detect(Frame(gray))
            return CardPose(best[0].quad, best[0].score, 1.0, False) if best else None

        return find

    def refined(gray: Gray) -> CardPose | None:
        first = once(network)(gray)
        if first is None:
            return None
        x0, y0, x1, y1 = clip_box(bounds(expand(first.quad, 1.25)), gray.shape[1], gray.shape[0])
        second = locate(gray[y0:y1, x0:x1]) if x1 > x0 and y1 > y0 else None
        if second is None:
            return first
        return CardPose(as_quad(second.quad + np.array([x0, y0])), first.score, second.orientation, second.portrait)

    return {"network": once(network), "+ locate": refined, "edges": once(edges)}


def outcome(case: Case, find: Finder) -> Outcome:
    """What ``find`` makes of a case."""
    started = time.process_time()
    pose = find(case.gray)
    ms = 1e3 * (time.process_time() - started)
    if pose is None or case.quad is None:
        return Outcome(pose.score if pose else 0.0, 1.0, 0, ms)
    errors = [float(np.linalg.norm(np.roll(pose.quad, k, axis=0) - case.quad, axis=1).mean()) for k in range(4)]
    diagonals = np.linalg.norm(case.quad[2:] - case.quad[:2], axis=1)
    return Outcome(pose.score, min(errors) / float(diagonals.mean()), int(np.argmin(errors)), ms)


def card_case(index: int, *, seed: int = SEED, fonts: FontSet | None = None) -> Case:
    """Frame number ``index`` with a bank card; ``fonts``: the test's, where it is not said."""
    rng = np.random.default_rng((seed, index))
    size = SIZES[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    face = card_face(rng, ppmm=PPMM, fonts=fonts or _fonts())
    scene = background(rng, *size)
    pose = random_pose(rng, size, face.size_mm, share=(0.3, 0.95), cut=0.0, stretch=0.0)
    quad = as_quad(through(pose, rectangle(*face.size_mm)))
    return Case(_taken(rng, _laid(rng, scene, face, pose), quad), quad)


def negative_case(index: int, *, seed: int = SEED, fonts: FontSet | None = None) -> Case:
    """Frame number ``index`` without a bank card's number: a scene, in three of five with another card or paper."""
    rng = np.random.default_rng((seed + 1, index))
    size = SIZES[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    scene = background(rng, *size)
    quad = as_quad(rectangle(*size))
    title, shaped = "scene", False
    if rng.random() < 0.6:
        face = other_face(rng, ppmm=PPMM, fonts=fonts or _fonts())
        title, shaped = face.layout, has_card_size(face)
        pose = random_pose(rng, size, face.size_mm, share=(0.3, 0.95), cut=0.0, stretch=0.0)
        quad = as_quad(through(pose, rectangle(*face.size_mm)))
        scene = _laid(rng, scene, face, pose)
    return Case(_taken(rng, scene, quad), None, title, shaped)


def _laid(rng: np.random.Generator, scene: Bgr, face: Face, pose: Points) -> Bgr:
    """The face in the scene: rounded corners, a soft shadow, a hand at times."""
    lit = shade(face, light=FaceLight.random(rng))
    height, width = scene.shape[:2]
    small = cv2.GaussianBlur(lit, (0, 0), 0.8)
    to_pixels = pose @ np.diag([1 / PPMM, 1 / PPMM, 1.0])
    seen = cv2.warpPerspective(
        small, to_pixels, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = _rounded(face.size_mm, pose, (width, height))
    shadow = cv2.GaussianBlur(mask, (0, 0), rng.uniform(2, 14)) * np.float32(rng.uniform(0, 0.6))
    shift = np.array([[1, 0, rng.normal(0, 8)], [0, 1, rng.normal(0, 8)]])
    dark = scene * (1 - cv2.warpAffine(shadow, shift, (width, height)))[..., None]
    mixed = np.asarray(dark + (seen - dark) * mask[..., None], np.uint8)
    if rng.random() < 0.35:
        mixed = hold(rng, mixed, as_quad(through(pose, rectangle(*face.size_mm))))[0]
    return mixed


def _rounded(size_mm: tuple[float, float], pose: Points, frame: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w) coverage 0 … 1 by a card with corners of 3.18 mm."""
    arc = np.deg2rad(np.linspace(0, 90, 8))
    bend = 3.18 * (1 - np.column_stack([np.cos(arc), np.sin(arc)]))
    wide, tall = size_mm
    corners = [bend, ([wide, 0] + bend * [-1, 1])[::-1], [wide, tall] - bend, ([0, tall] + bend * [1, -1])[::-1]]
    outline = through(pose, np.concatenate(corners))
    large = np.zeros((frame[1] * 2, frame[0] * 2), np.uint8)
    cv2.fillPoly(large, [np.round((outline * 2 - 0.5) * 16).astype(np.int32)], 255, shift=4)
    return np.asarray(cv2.resize(large, frame, interpolation=cv2.INTER_AREA) / np.float32(255), np.float32)


def _taken(rng: np.random.Generator, scene: Bgr, quad: Quad) -> Gray:
    width = float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1])))
    seen = degrade(scene, rng, "moderate", card_px=width)
    return np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), np.uint8)


@lru_cache(maxsize=1)
def _fonts() -> FontSet:
    return FontSet.test()


def real_cases(folder: Path) -> Iterator[Case]:
    """Pictures of a manifest; those without a number or without a quad count as negatives and as unknown."""
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        picture = cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        gray = np.asarray(picture, np.uint8)
        if row.get("quad"):
            yield Case(gray, as_quad(row["quad"]), f"{row['file']} {row['kind']}")
        elif not row.get("pan"):
            yield Case(gray, None, row["file"])


def save_worst(
    folder: Path, name: str, cards: list[Case], others: list[Case], find: Finder, threshold: float
) -> None:
    """The twelve cards with the largest errors and the surest negatives, as one picture a method."""
    folder.mkdir(parents=True, exist_ok=True)
    rated = [(outcome(case, find), case) for case in cards]
    rated.sort(key=lambda pair: -(pair[0].error + (pair[0].score < threshold)))
    false = sorted(((outcome(case, find), case) for case in others), key=lambda pair: -pair[0].score)
    tiles = [_tile(case, find, one) for one, case in rated[:12] + false[:12]]
    rows = [np.hstack(tiles[index : index + 6]) for index in range(0, len(tiles) - len(tiles) % 6, 6)]
    if rows:
        cv2.imwrite(str(folder / f"{name.strip('+ ')}.png"), np.vstack(rows))


def _tile(case: Case, find: Finder, one: Outcome) -> Bgr:
    shown = cv2.cvtColor(case.gray, cv2.COLOR_GRAY2BGR)
    thick = max(2, max(case.gray.shape) // 300)
    pose = find(case.gray)
    for quad, ink in ((case.quad, (0, 200, 0)), (pose.quad if pose else None, (0, 0, 255))):
        if quad is not None:
            cv2.polylines(shown, [np.round(quad).astype(np.int32)], True, ink, thick)
            cv2.circle(shown, tuple(np.round(quad[0]).astype(int).tolist()), 4 * thick, ink, thick)
    scale = min(300 / shown.shape[1], 220 / shown.shape[0])
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((220, 300, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    label = f"{one.score:.2f} {100 * one.error:.1f}% {case.title}"
    cv2.putText(tile, label, (4, 214), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 255, 255), 1)
    return tile


if __name__ == "__main__":
    raise SystemExit(main())
