"""How well the level-1 detectors propose regions, and what they cost: recall, false proposals, milliseconds.

    python benchmarks/proposals.py [--data ../shared/data]

Codes: pictures in which zxing-cpp, run with its defaults on the whole picture, finds codes; a code counts as
proposed when 0.8 of zxing's quad lies in one of the 6 best proposals grown by 1.2. Text: lines of transcribed
receipts with 0.8 of their quad in a block. False proposals: pictures and clips without codes (some show text).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanapp.detectors import texture
from scanapp.detectors.linear_code import LinearCodeDetector
from scanapp.detectors.matrix_code import MatrixCodeDetector
from scanapp.detectors.text_lines import TextLineDetector
from scanapp.frame import Frame
from scanapp.geometry import Gray, Quad, area, as_quad, coverage, expand
from scanapp.results import Detection, Detector

CODES: tuple[Detector, ...] = (LinearCodeDetector(), MatrixCodeDetector())
TEXT: tuple[Detector, ...] = (TextLineDetector(),)
TOP = 6


def main() -> int:
    """Print the tables; 2 when the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pictures", type=int, default=300, help="natural pictures a source (default 300)")
    arguments = parser.parse_args()
    if not (arguments.data / "codes" / "manifest.jsonl").is_file():
        print(f"{arguments.data}: no codes/manifest.jsonl there; give the data folder with --data", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    report_codes(arguments.data / "codes")
    report_lines(arguments.data / "text")
    report_false(arguments.data, arguments.pictures)
    report_cost(arguments.data)
    return 0


def report_codes(folder: Path) -> None:
    """Recall and tightness by symbology."""
    found: dict[str, list[bool]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    proposals = []
    for entry in manifest(folder):
        gray = read_gray(folder / entry["file"])
        truth = [(str(code.format), code_quad(code)) for code in zxingcpp.read_barcodes(gray)]
        if not truth:
            continue
        detections = detect(CODES, Frame.from_image(gray))
        proposals.append(len(detections))
        for name, quad in truth:
            hits = [d for d in detections[:TOP] if coverage(quad, expand(d.quad, 1.2)) >= 0.8]
            found[name].append(bool(hits))
            if hits:
                ratios[name].append(min(area(d.quad) for d in hits) / max(1.0, area(quad)))
    print(
        f"{'code':28}{'codes':>6}{'recall':>8}{'area':>7}   (area: smallest proposal that covers it / zxing's quad)"
    )
    for name in sorted(found, key=lambda name: -len(found[name])):
        print(row(name, found[name], ratios[name]))
    print(row("all", list(chain(*found.values())), list(chain(*ratios.values()))))
    print(f"proposals a picture: {np.mean(proposals):.2f} in {len(proposals)} pictures")


def report_lines(folder: Path) -> None:
    """Recall of text lines."""
    covered, blocks = [], []
    for entry in manifest(folder):
        detections = detect(TEXT, Frame.from_image(read_gray(folder / entry["file"])))
        blocks.append(len(detections))
        for line in entry["lines"]:
            quad = as_quad(np.reshape(line["quad"], (4, 2)))
            covered.append(any(coverage(quad, d.quad) >= 0.8 for d in detections))
    print(f"\ntext lines: {np.mean(covered):.4f} of {len(covered)} covered, {np.mean(blocks):.2f} blocks a picture")


def report_false(data: Path, pictures: int) -> None:
    """Proposals a picture where there is no code."""
    print(f"\n{'false proposals a picture':28}{'pictures':>9}{'linear':>8}{'matrix':>8}{'codes':>8}{'text':>8}")
    sources = {
        "objects": sample(data / "objects", pictures),
        "products": sample(data / "products", pictures),
        **{clip.stem: clip_frames(clip) for clip in sorted((data / "videos").glob("*.mjpeg"))},
    }
    for name, images in sources.items():
        counts = []
        for gray in images:
            frame = Frame.from_image(gray)
            linear, matrix, text = (len(d.detect(frame)) for d in (*CODES, *TEXT))
            counts.append((linear, matrix, linear + matrix, text))
        means = "".join(f"{value:8.2f}" for value in np.mean(counts, axis=0))
        print(f"{name:28}{len(counts):9}{means}")


def report_cost(data: Path) -> None:
    """Best of 40 runs, one thread, on 1080p frames; the base thumbnail is made beforehand."""
    print(f"\n{'ms a 1080p frame':28}{'maps':>8}{'linear':>8}{'matrix':>8}{'text':>8}{'sum':>8}")
    scenes = {
        "flat": np.full((1080, 1920), 120, np.uint8),
        "receipt": first(data / "text"),
        "qr clip": next(clip_frames(data / "videos" / "qrcode.mp4", 100)),
        "12 products": np.vstack(
            [np.hstack([cv2.resize(image, (480, 360)) for image in images]) for images in rows(data / "products")]
        ),
    }
    for name, image in scenes.items():
        gray = np.asarray(cv2.resize(image, (1920, 1080), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        frame = Frame.from_image(gray)
        texture.texture_maps(frame)
        best = np.full(4, np.inf)
        for _ in range(40):
            texture.forget()
            best = np.minimum(best, timed(frame))
        print(f"{name:28}" + "".join(f"{value:8.2f}" for value in (*best, best.sum())))


def timed(frame: Frame) -> NDArray[np.float64]:
    """Milliseconds of the maps and of each detector."""
    times = [time.perf_counter()]
    texture.texture_maps(frame)
    times.append(time.perf_counter())
    for detector in (*CODES, *TEXT):
        detector.detect(frame)
        times.append(time.perf_counter())
    return np.diff(times) * 1000


def detect(detectors: Iterable[Detector], frame: Frame) -> list[Detection]:
    """All detectors' proposals, best first."""
    return sorted((d for detector in detectors for d in detector.detect(frame)), key=lambda d: -d.score)


def code_quad(code: zxingcpp.Barcode) -> Quad:
    """zxing's position; a scan line without height gets 4 pixels."""
    at = code.position
    corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
    quad = as_quad([[corner.x, corner.y] for corner in corners])
    if area(quad) >= 30:
        return quad
    along = quad[1] - quad[0]
    across = np.array([-along[1], along[0]]) * (2 / max(1e-6, float(np.hypot(*along))))
    return as_quad([quad[0] - across, quad[1] - across, quad[1] + across, quad[0] + across])


def row(name: str, found: list[bool], ratios: list[float]) -> str:
    """One line of the table of codes."""
    ratio = f"{np.median(ratios):7.2f}" if ratios else f"{'-':>7}"
    return f"{name:28}{len(found):6}{np.mean(found):8.3f}{ratio}"


def manifest(folder: Path) -> list[dict[str, Any]]:
    """The entries of a folder's manifest.jsonl."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def sample(folder: Path, count: int) -> Iterator[Gray]:
    """``count`` pictures of a folder, always the same ones."""
    files = sorted(folder.rglob("*.jpg"))
    for file in random.Random(3).sample(files, min(count, len(files))):
        yield read_gray(file)


def rows(folder: Path) -> list[list[Gray]]:
    """Three rows of four pictures."""
    images = list(sample(folder, 12))
    return [images[i : i + 4] for i in (0, 4, 8)]


def first(folder: Path) -> Gray:
    """The sixth picture of a manifest, cut to a landscape frame."""
    image = read_gray(folder / str(manifest(folder)[5]["file"]))
    return image[: image.shape[1] * 9 // 16]


def clip_frames(path: Path, start: int = 0, step: int = 10) -> Iterator[Gray]:
    """Every tenth frame of a recording, as luma."""
    clip = cv2.VideoCapture(str(path))
    index = 0
    while True:
        ok, image = clip.read()
        if not ok:
            return
        if index >= start and (index - start) % step == 0:
            yield np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        index += 1


def read_gray(path: Path) -> Gray:
    """A picture's luma; SystemExit when it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise SystemExit(f"{path}: not a picture that can be read")
    return np.asarray(image, dtype=np.uint8)


if __name__ == "__main__":
    sys.exit(main())
