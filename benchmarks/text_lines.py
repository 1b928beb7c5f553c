"""Text lines of receipts and made signs: scanapp's recognizer beside rapidocr's default, each in its own process.

    python benchmarks/text_lines.py [--data ../shared/data/text] [--engines scanapp,rapidocr] [--max-side 736]

The data folder holds ``manifest.jsonl`` (``{"file", "lines": [{"quad": [x0, y0, …], "text"}]}``). Columns:

    lines    lines in the truth
    recall   lines found: at least half of the characters of the line's group are right
    exact    lines whose group is right to the last character, spaces, letter case and full-width forms aside
    CER      edit distance over the truth's characters, a missed line counting in full
    extra    characters in boxes that touch no true line, over the truth's characters
    CPU s    process time a picture, models loaded, pictures decoded
    peak     the process's peak resident memory, MB

A *group* is what remains when a line is cut differently from the truth: boxes that cover each other by half are
taken together and compared as one text.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scanapp.fonts import font
from scanapp.frame import Frame
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import whole_view

Image8 = NDArray[np.uint8]
Box = tuple[float, float, float, float]

SIGNS = (
    ("入口 ENTRANCE", "营业时间 09:00-21:30", "请勿吸烟 谢谢合作"),
    ("EXIT 14B", "Platform 2 to Airport", "Mind the gap"),
    ("南京东路 123号", "地铁二号线", "换乘 10 号线"),
    ("Café Müller", "Espresso 2,80 €", "Crème brûlée 6,50 €"),
    ("严禁烟火", "消防通道", "电话 119"),
)
TURNS = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class Text:
    """One line, true or read: its axis-aligned box in pixels and its text."""

    box: Box
    text: str


@dataclass
class Score:
    """Counts over pictures."""

    lines: int = 0
    found: int = 0
    exact: int = 0
    chars: int = 0
    errors: int = 0
    extra: int = 0
    cpu: list[float] = field(default_factory=list)
    peak_mb: float = 0.0


def main() -> None:
    """Run each engine in its own process and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/text"))
    parser.add_argument("--engines", default="scanapp,rapidocr")
    parser.add_argument("--max-side", type=int, default=None, help="scanapp's detection size")
    parser.add_argument("--effort", type=int, default=0, help="scanapp's rung")
    parser.add_argument("--worker", choices=("scanapp", "rapidocr"), help=argparse.SUPPRESS)
    parser.add_argument("--wrong", action="store_true", help="print each group that is not exact")
    options = parser.parse_args()
    if options.worker:
        work(options)
        return
    truths = load_truth(options.data)
    print("engine     set        lines  recall   exact     CER   extra  CPU s   peak")
    for engine in options.engines.split(","):
        report(engine, options, truths)


def report(engine: str, options: argparse.Namespace, truths: dict[str, list[Text]]) -> None:
    """Score one engine's output, a row a set."""
    command = [
        sys.executable,
        __file__,
        "--worker",
        engine,
        "--data",
        str(options.data),
        "--effort",
        str(options.effort),
    ]
    if options.max_side:
        command += ["--max-side", str(options.max_side)]
    scores: dict[str, Score] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for row in map(json.loads, worker.stdout):
            true = truths.get(row["file"]) or [Text(tuple(t["box"]), t["text"]) for t in row["truth"]]
            read = [Text(tuple(t["box"]), t["text"]) for t in row["lines"]]
            add(scores.setdefault(row["set"], Score()), row, true, read, options.wrong)
    if worker.returncode:
        raise SystemExit(f"{engine}: its process ended with {worker.returncode}")
    for name, score in scores.items():
        print(
            f"{engine:10} {name:10} {score.lines:5} {score.found / score.lines:7.3f} "
            f"{score.exact / score.lines:7.3f} "
            f"{score.errors / score.chars:7.4f} {score.extra / score.chars:7.4f} {np.mean(score.cpu):6.2f} "
            f"{score.peak_mb:6.0f}"
        )


def add(score: Score, row: dict[str, Any], true: Sequence[Text], read: Sequence[Text], wrong: bool) -> None:
    """Count one picture."""
    score.cpu.append(row["cpu_s"])
    score.peak_mb = max(score.peak_mb, row["peak_mb"])
    for expected, got in groups(true, read):
        want, have = level("".join(t.text for t in expected)), level("".join(t.text for t in got))
        if not expected:
            score.extra += len(have)
            continue
        distance = min(edit_distance(want, have), len(want))
        score.lines += len(expected)
        score.chars += len(want)
        score.errors += distance
        score.found += len(expected) * (2 * distance <= len(want))
        score.exact += len(expected) * (want == have)
        if wrong and want != have:
            print(f"  {row['file']}: {want!r} read as {have!r}")


def groups(true: Sequence[Text], read: Sequence[Text]) -> Iterator[tuple[list[Text], list[Text]]]:
    """Lines that cover each other by half, as (true, read), each from left to right."""
    owner = list(range(len(true) + len(read)))

    def root(i: int) -> int:
        while owner[i] != i:
            i = owner[i]
        return i

    for i, line in enumerate(true):
        for j, other in enumerate(read, len(true)):
            if overlap(line.box, other.box) >= 0.5:
                owner[root(j)] = root(i)
    for group in sorted({root(i) for i in range(len(owner))}):
        members = [i for i in range(len(owner)) if root(i) == group]
        yield (
            _left_to_right([true[i] for i in members if i < len(true)]),
            _left_to_right([read[i - len(true)] for i in members if i >= len(true)]),
        )


def overlap(a: Box, b: Box) -> float:
    """Intersection over the smaller one's area."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])), 1e-6)


def level(text: str) -> str:
    """Letter case, spaces and full-width forms aside."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def edit_distance(a: str, b: str) -> int:
    """Levenshtein's."""
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (x != y)))
        previous = row
    return previous[-1]


def _left_to_right(lines: list[Text]) -> list[Text]:
    return sorted(lines, key=lambda line: line.box[0])


def load_truth(folder: Path) -> dict[str, list[Text]]:
    """Lines by file; empty (only the signs are measured then) where the data is absent."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        print(f"{manifest} is not there: receipts are left out", file=sys.stderr)
        return {}
    rows = map(json.loads, manifest.read_text().splitlines())
    return {row["file"]: [Text(_bounds(line["quad"]), line["text"]) for line in row["lines"]] for row in rows}


def _bounds(flat: Sequence[float]) -> Box:
    return min(flat[0::2]), min(flat[1::2]), max(flat[0::2]), max(flat[1::2])


def work(options: argparse.Namespace) -> None:
    """One engine over all pictures, a JSON line each; in its own process so that the peak memory is its own."""
    read = engine(options)
    files = sorted(load_truth(options.data))
    for name in files:
        emit(read, "receipts", name, cv2.imread(str(options.data / name)), [])
    for name, turn, image, truth in signs():
        emit(read, f"signs {turn}", name, image, truth)


def emit(read: Callable[[Image8], list[Text]], group: str, name: str, image: Any, truth: list[Text]) -> None:
    """Read one picture and print what came."""
    start = time.process_time()
    lines = read(image)
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"set": group, "file": name, "cpu_s": cpu, "peak_mb": peak}
    row["lines"] = [{"box": line.box, "text": line.text} for line in lines]
    row["truth"] = [{"box": line.box, "text": line.text} for line in truth]
    print(json.dumps(row), flush=True)


def engine(options: argparse.Namespace) -> Callable[[Image8], list[Text]]:
    """A function from a BGR picture to its lines, with models loaded."""
    if options.worker == "scanapp":
        recognizer = TextRecognizer(max_side=options.max_side) if options.max_side else TextRecognizer()
        recognizer.warm_up()

        def ours(image: Image8) -> list[Text]:
            readings = recognizer.recognize(whole_view(Frame.from_image(image), options.effort))
            return [Text(_bounds(line.quad.ravel().tolist()), line.text) for r in readings for line in r.lines]

        return ours
    import rapidocr

    theirs: Any = rapidocr.RapidOCR(params={"Global.log_level": "critical"})

    def default(image: Image8) -> list[Text]:
        found = theirs(image)
        if found.boxes is None:
            return []
        return [Text(_bounds(b.ravel().tolist()), t) for b, t in zip(found.boxes, found.txts, strict=True)]

    default(np.full((64, 64, 3), 255, dtype=np.uint8))
    return default


def signs() -> Iterator[tuple[str, int, Image8, list[Text]]]:
    """Made signs at four turns, slightly blurred and noisy."""
    for number, lines in enumerate(SIGNS):
        picture, truth = sign(lines, np.random.default_rng(number))
        for turn, how in TURNS.items():
            image = picture if how is None else cv2.rotate(picture, how)
            turned = [Text(_turned(t.box, turn, picture.shape), t.text) for t in truth]
            yield f"sign{number}-{turn}", turn, np.asarray(image, dtype=np.uint8), turned


def sign(lines: Sequence[str], rng: np.random.Generator) -> tuple[Image8, list[Text]]:
    """Light lines on a dark board, 640×400."""
    image = Image.new("RGB", (640, 400), (30, 60, 90))
    draw = ImageDraw.Draw(image)
    truth = []
    for row, text in enumerate(lines):
        at = (60, 60 + 100 * row)
        draw.text(at, text, font=font(40), fill=(240, 240, 230))
        truth.append(Text(tuple(float(v) for v in draw.textbbox(at, text, font=font(40))), text))  # type: ignore[arg-type]
    soft = cv2.GaussianBlur(np.array(image)[:, :, ::-1], (0, 0), 1.0)
    noisy = soft + rng.normal(0, 6, soft.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), truth


def _turned(box: Box, turn: int, shape: tuple[int, ...]) -> Box:
    height, width = shape[:2]
    x0, y0, x1, y1 = box
    if turn == 90:
        return height - y1, x0, height - y0, x1
    if turn == 180:
        return width - x1, height - y1, width - x0, height - y0
    if turn == 270:
        return y0, width - x1, y1, width - x0
    return box


if __name__ == "__main__":
    main()
