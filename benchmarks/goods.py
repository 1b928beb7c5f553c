"""How well goods are proposed, and what that costs: recall, false proposals, milliseconds.

    python benchmarks/goods.py [--data ../shared/data] [--scenes 32]

Scenes: invented packages (`scanapp.synth.packages`), one in a hand or one to five on a table, by lot. A package is
found when one proposal has an IoU of 0.5 with its box, and covered when such a one holds 0.85 of it. Photos: the
middle 40 % of each picture's sides, where its item is, covered to 0.85 by one proposal; a proposal of nearly the
whole picture would do, hence the area. Clips hold no goods. CPU time is of the detector's own thread, beside that
of the text detector on the same frames: machines differ, the ratio hardly does.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from scanapp.detectors import texture
from scanapp.detectors.product import ProductDetector
from scanapp.detectors.product_tray import TrayDetector
from scanapp.detectors.text_lines import TextLineDetector
from scanapp.frame import Frame
from scanapp.geometry import Quad, area, bounds, box_quad, clip_box, coverage, iou
from scanapp.results import Detection, Detector
from scanapp.sources.open import open_source
from scanapp.synth import CameraPath, Key, Scene, Surface, Tremor, Turn
from scanapp.synth.art import Cardboard, Fabric, Laminate, Paper, Plain, Wood
from scanapp.synth.lens import Camera
from scanapp.synth.packages.body import body, footprint
from scanapp.synth.packages.design import invented
from scanapp.synth.render import Studio
from scanapp.synth.scenes import props
from scanapp.synth.scenes.hand import holding
from scanapp.synth.shapes import Shape

SAMPLES = Path(__file__).parent.parent / "sample_videos"
CLIPS = ("idle_desk", "text_page", "card_flat")
GROUNDS = (Wood, Laminate, Fabric, Paper, Cardboard, Plain)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--scenes", type=int, default=32)
    parser.add_argument("--photos", type=int, default=300)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    report_scenes(arguments.scenes)
    report_photos(arguments.data / "products", arguments.photos)
    report_clips()
    return 0


def report_scenes(count: int) -> None:
    """Recall on rendered packages."""
    rng = np.random.default_rng(5)
    for name, make in (("hand", in_hand), ("table", on_table)):
        best: list[float] = []
        covered, proposals = 0, 0
        for number in range(count // 2):
            frame, boxes = make(number, rng)
            found = list(ProductDetector().detect(frame))
            proposals += len(found)
            for box in boxes:
                near = [one for one in found if iou(upright(one), box) >= 0.5]
                best.append(max((iou(upright(one), box) for one in found), default=0.0))
                covered += any(coverage(box, upright(one)) >= 0.85 for one in near)
        found_share = float(np.mean(np.array(best) >= 0.5))
        print(
            f"{name}: {len(best)} packages, found {found_share:.3f}, covered {covered / len(best):.3f}, "
            f"median IoU {np.median(best):.2f}, {proposals / (count // 2):.1f} proposals a picture"
        )


def report_photos(folder: Path, count: int) -> None:
    """Whether the middle of real pictures of groceries is proposed as one."""
    if not (folder / "manifest.jsonl").is_file():
        print(f"photos: skipped, {folder} is not there")
        return
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    rng = np.random.default_rng(1)
    for split in ("train", "iconic"):
        files = [row["file"] for row in rows if row["split"] == split]
        covered, areas, proposals = 0, [], 0
        chosen = [files[k] for k in rng.permutation(len(files))[:count]]
        for file in chosen:
            frame = Frame.from_image(cv2.imread(str(folder / file)))
            found = ProductDetector().detect(frame)
            proposals += len(found)
            wide, high = frame.width, frame.height
            middle = box_quad(0.3 * wide, 0.3 * high, 0.7 * wide, 0.7 * high)
            fits = [one for one in found if coverage(middle, one.quad) >= 0.85]
            covered += bool(fits)
            areas += [min(area(one.quad) for one in fits) / (wide * high)] if fits else []
        print(
            f"photos, {split}: {len(chosen)}, middle covered {covered / len(chosen):.3f}, by a region of "
            f"{np.median(areas):.2f} of the picture, {proposals / len(chosen):.2f} proposals a picture"
        )


def report_clips() -> None:
    """False proposals a look, and CPU milliseconds, on recordings without goods."""
    for name in CLIPS:
        detectors: tuple[Detector, ...] = (ProductDetector(), TrayDetector(), TextLineDetector())
        false = [0, 0]
        costs: list[list[float]] = [[], [], []]
        for frame in looks(SAMPLES / f"{name}.mp4"):
            texture.forget()
            for number, detector in enumerate(detectors):
                took, found = timed(detector, frame)
                costs[number].append(took)
                if number < 2:
                    false[number] += len(found)
        count = len(costs[0])
        shown = ", ".join(f"{np.median(cost):.2f}" for cost in costs)
        print(
            f"{name}: {false[0] / count:.2f} false proposals a look by product, {false[1] / count:.2f} by tray; "
            f"CPU ms (median) of product, tray, text_lines: {shown}"
        )


def looks(path: Path) -> Iterator[Frame]:
    """Every third frame, as the engine would look at them."""
    for number, frame in enumerate(open_source(str(path))):
        if isinstance(frame, Frame) and number % 3 == 0:
            frame.thumb(120)
            yield frame


def timed(detector: Detector, frame: Frame) -> tuple[float, Sequence[Detection]]:
    """Milliseconds of this thread's CPU, and what was found."""
    start = time.thread_time()
    found = detector.detect(frame)
    return (time.thread_time() - start) * 1e3, found


def in_hand(number: int, rng: np.random.Generator) -> tuple[Frame, list[Quad]]:
    """One package in a hand before a room."""
    yaw, pitch, roll = (float(value) for value in rng.uniform(-1, 1, 3) * (30, 15, 15))
    design = invented(2 * number)
    package = body(design, (0, 0, 0), (yaw, pitch, roll))
    wall: Any = tuple(int(value) for value in rng.integers(90, 230, 3))
    room = [props.wall(500, wall), Surface(Wood(1600, 300), at=(0, 170, 420))]
    if number % 2:
        room.append(props.leaves((260, -60, 450)))
    eye = (float(rng.uniform(-30, 30)), float(rng.uniform(-20, 20)), -float(rng.uniform(260, 420)))
    held = holding(design, (0, 0, 0), package, (Turn(0, (yaw, pitch, roll)),))
    return filmed(number, [*room, *held], [package], eye)


def on_table(number: int, rng: np.random.Generator) -> tuple[Frame, list[Quad]]:
    """One to five packages on a ground that differs from scene to scene."""
    surfaces: list[Surface] = [Surface(GROUNDS[number % len(GROUNDS)](1400, 1100))]
    packages = []
    count = 1 + number % 5
    for place in range(count):
        design = invented(100 + number * 7 + place)
        x = (place % 3 - 1) * 170 + float(rng.uniform(-12, 12))
        y = (place // 3 - 0.5 * (count > 3)) * 190 + float(rng.uniform(-10, 10))
        roll = float(rng.uniform(-30, 30))
        package = body(design, (x, y, -2 - design.size[2] / 2), (0, 0, roll))
        surfaces += [footprint(design, (x, y, -1), roll), *package]
        packages.append(package)
    return filmed(number, surfaces, packages, (float(rng.uniform(-40, 40)), 60.0, -620.0))


def filmed(
    seed: int, surfaces: list[Surface], packages: list[list[Surface]], eye: tuple[float, float, float]
) -> tuple[Frame, list[Quad]]:
    """One frame, and the boxes of the packages in it."""
    path = CameraPath((Key(0, eye, (0, 0, 0)),), Tremor(0, 0))
    scene = Scene("goods", tuple(surfaces), path, seconds=0.03, seed=seed)
    camera = Camera(scene)
    boxes = []
    for package in packages:
        pixels = np.concatenate([camera.project(Shape(panel), corners(panel), 0.0) for panel in package])
        box = (*pixels.min(axis=0).tolist(), *pixels.max(axis=0).tolist())
        boxes.append(box_quad(*clip_box(box, *scene.size)))
    return Frame.from_image(next(Studio(scene).frames())), boxes


def corners(panel: Surface) -> Any:
    """(15, 2) places along a panel's edges; of a can's wall only its front half, of which the rest lies behind."""
    wide, high = panel.ground.size
    wide = wide if not panel.bend else np.pi * panel.bend * 0.98
    return np.array([[x * wide / 2, y * high / 2] for x in (-1, -0.5, 0, 0.5, 1) for y in (-1, 0, 1)])


def upright(detection: Detection) -> Quad:
    """The upright box around a proposal."""
    return box_quad(*bounds(detection.quad))


if __name__ == "__main__":
    raise SystemExit(main())
