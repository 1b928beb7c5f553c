"""Reference pictures of packages, and the table that a catalogue is made from."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from scanapp.errors import OutputError
from scanapp.frame import Bgr
from scanapp.sanitize import printable
from scanapp.synth.art import Plain
from scanapp.synth.lens import Camera
from scanapp.synth.packages.body import body
from scanapp.synth.packages.design import Design
from scanapp.synth.render import Studio
from scanapp.synth.scene import CameraPath, Key, Light, Optics, Scene, Surface, Tremor, Vec3
from scanapp.synth.shapes import Shape

VIEWS: tuple[Vec3, ...] = ((0, 0, 0), (28, 8, 2), (-28, -4, -2), (6, 22, 4), (-8, -16, -4))
"""(yaw, pitch, roll) in degrees: the front, both sides, more from below and from above."""
USUAL = 3
"""Pictures that most items need."""
COLUMNS = ("picture", "sku", "name", "gtin", "label")
TABLE = "items.csv"
_SIDE = 560
_LONGEST = 340
_MARGIN = 0.03
_QUALITY = 88

Progress = Callable[[int, int], None]


def picture(design: Design, view: Vec3, seed: int = 0) -> Bgr:
    """One view of a package on a plain ground, cut to it: (h, w, 3) uint8 BGR, long side `_LONGEST` pixels."""
    package = body(design, (0, 0, 0), view)
    away = 2.4 * max(design.size)
    scene = Scene(
        "picture",
        (Surface(Plain(1600, 1600, (206, 204, 198)), at=(0, 0, 300)), *package),
        CameraPath((Key(0, (0, -0.05 * away, -away), (0, 0, 0)),), Tremor(0, 0), hfov=48),
        seconds=0.03,
        size=(_SIDE, _SIDE),
        seed=design.seed + seed,
        optics=Optics(shutter=1 / 200, noise=0.4),
        light=Light(at=(-300, -500, -700), level=0.7, ambient=0.7),
    )
    frame = next(Studio(scene).frames())
    x0, y0, x1, y1 = _extent(scene, package)
    part = np.ascontiguousarray(frame[y0:y1, x0:x1])
    shrink = _LONGEST / max(part.shape[:2])
    if shrink >= 1:
        return part
    size = round(part.shape[1] * shrink), round(part.shape[0] * shrink)
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_pictures(
    designs: Sequence[Design], folder: Path, views: int = USUAL, on_progress: Progress | None = None
) -> Path:
    """``views`` pictures of each design and the table `TABLE` into ``folder``; returns the table's path.

    OutputError when something cannot be written.
    """
    rows = []
    total = len(designs) * views
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for design, number in _each(designs, views):
            name = f"{design.sku}_{number + 1}.jpg"
            view = picture(design, VIEWS[number], number)
            _, coded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            (folder / name).write_bytes(coded.tobytes())
            rows.append((name, design.sku, design.name, design.gtin, design.variant))
            if on_progress is not None:
                on_progress(len(rows), total)
        table = folder / TABLE
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    except OSError as error:
        raise OutputError(f"{printable(str(folder))}: cannot write the pictures: {error.strerror}") from error
    return table


def _each(designs: Sequence[Design], views: int) -> Iterator[tuple[Design, int]]:
    return ((design, number) for design in designs for number in range(views))


def _extent(scene: Scene, package: list[Surface]) -> tuple[int, int, int, int]:
    """The box (x0, y0, x1, y1) of a package in the picture, with a margin."""
    camera = Camera(scene)
    steps = np.linspace(-0.5, 0.5, 17)
    across, down = np.meshgrid(steps, steps)
    places = []
    for panel in package:
        size = np.array(panel.ground.size)
        uv = np.column_stack([across.ravel(), down.ravel()]) * size
        places.append(camera.project(Shape(panel), uv, 0.0))
    pixels = np.concatenate(places)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    margin = _MARGIN * float((high - low).max())
    x0, y0 = np.clip(np.floor(low - margin), 0, _SIDE - 2).astype(int)
    x1, y1 = np.clip(np.ceil(high + margin), (x0 + 1, y0 + 1), _SIDE).astype(int)
    return int(x0), int(y0), int(x1), int(y1)
