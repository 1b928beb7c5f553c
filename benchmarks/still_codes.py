"""Codes in still pictures: our ladder beside zxing-cpp's defaults, on pictures with known contents.

    python benchmarks/still_codes.py                     the score, ours and zxing-cpp's, with CPU seconds
    python benchmarks/still_codes.py --rungs             and what each rung reads alone and adds in order
    python benchmarks/still_codes.py --cost              and what each rung costs on regions and whole frames
    python benchmarks/still_codes.py --false FOLDER...   and how often something is read in pictures without codes
    python benchmarks/still_codes.py --out FILE          and the predictions as JSON lines, for tools/score_codes.py

The data folder has a ``manifest.jsonl`` with ``file``, ``kind`` and ``expected_text``; ``score_codes.py`` next to
it (``../../tools``) does the counting. One process, one thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import zxingcpp

from scanapp.frame import Frame
from scanapp.recognizers.code import CodeRecognizer
from scanapp.recognizers.codes.ladder import LADDER, Look
from scanapp.recognizers.codes.patch import Patch

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_DATA = ROOT.parent / "shared" / "data" / "codes"
IDENTITY = np.eye(3)

Row = dict[str, Any]
Codes = list[dict[str, str]]


def main() -> None:
    arguments = _arguments()
    cv2.setNumThreads(1)
    if not (arguments.data / "manifest.jsonl").is_file():
        sys.exit(f"{arguments.data}: no manifest.jsonl there; give the folder of code pictures by --data")
    scorer = _scorer(arguments.scorer)
    manifest = (arguments.data / "manifest.jsonl").read_text(encoding="utf8")
    rows = [json.loads(line) for line in manifest.splitlines()]
    frames = [Frame.from_image(cv2.imread(str(arguments.data / row["file"]))) for row in rows]
    recognizer = CodeRecognizer()

    peers = {"zxing-cpp defaults": _defaults, "scanapp": lambda frame: _ours(frame, recognizer)}
    answers: dict[str, list[Codes]] = {}
    for name, read in peers.items():
        answers[name], seconds = _timed(frames, read)
        worst, median = max(seconds), float(np.median(seconds))
        print(
            f"{name:20s} {_score(scorer, rows, answers[name])}  CPU {sum(seconds):.1f} s"
            f" (median {1000 * median:.1f} ms, worst {1000 * worst:.0f} ms a picture)"
        )
    _by_set(scorer, rows, answers)
    if arguments.out:
        _write(arguments.out, rows, answers["scanapp"])
    if arguments.rungs:
        _rung_table(scorer, rows, frames)
    if arguments.cost:
        _cost_table()
    for folder in arguments.false:
        _false_reads(folder, recognizer, arguments.limit)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder with manifest.jsonl")
    parser.add_argument("--scorer", type=Path, default=None, help="score_codes.py (default: DATA/../../tools)")
    parser.add_argument("--out", type=Path, help="write our predictions here")
    parser.add_argument("--rungs", action="store_true", help="measure every rung alone")
    parser.add_argument("--cost", action="store_true", help="measure CPU a rung on made pictures")
    parser.add_argument("--false", type=Path, nargs="*", default=[], help="folders of pictures without codes")
    parser.add_argument("--limit", type=int, default=400, help="at most so many pictures a folder")
    arguments = parser.parse_args()
    arguments.scorer = arguments.scorer or arguments.data.parent.parent / "tools" / "score_codes.py"
    return arguments


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_codes", path)
    if spec is None or spec.loader is None or not path.is_file():
        sys.exit(f"{path}: the scoring script is not there; give it by --scorer")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _defaults(frame: Frame) -> Codes:
    return [{"text": b.text, "hex": b.bytes.hex()} for b in zxingcpp.read_barcodes(frame.bgr)]


def _ours(frame: Frame, recognizer: CodeRecognizer) -> Codes:
    readings = recognizer.read_still(frame)
    return [{"text": r.value["text"], "hex": r.value["hex"], "format": r.value["format"]} for r in readings]


def _timed(frames: Iterable[Frame], read: Any) -> tuple[list[Codes], list[float]]:
    answers, seconds = [], []
    for frame in frames:
        start = time.process_time()
        answers.append(read(frame))
        seconds.append(time.process_time() - start)
    return answers, seconds


def _score(scorer: ModuleType, rows: list[Row], answers: list[Codes]) -> str:
    right = expected = wrong = false = negatives = 0
    for row, codes in zip(rows, answers, strict=True):
        if row["kind"] == "negative":
            negatives += 1
            false += bool(codes)
        elif row["expected_text"] is not None:
            r, e, w = scorer.score(row, codes)
            right, expected, wrong = right + r, expected + e, wrong + (w if r == 0 else 0)
    return f"right {right}/{expected}  wrong {wrong}  negatives read {false}/{negatives}"


def _by_set(scorer: ModuleType, rows: list[Row], answers: dict[str, list[Codes]]) -> None:
    counts: dict[str, Counter[str]] = {}
    for name, given in answers.items():
        for row, codes in zip(rows, given, strict=True):
            if row["kind"] != "negative" and row["expected_text"] is not None:
                right, expected, wrong = scorer.score(row, codes)
                count = counts.setdefault(f"{row['source']}/{row['set']}", Counter())
                count[name] += right
                count[f"{name} wrong"] += wrong if right == 0 else 0
                count["expected"] += expected
    print(f"\n{'set':36s} {'pictures':>8s} {'zxing-cpp':>10s} {'scanapp':>8s} {'wrong':>6s}")
    for name, count in sorted(counts.items()):
        pictures = count["expected"] // 2
        print(
            f"{name:36s} {pictures:8d} {count['zxing-cpp defaults']:10d} {count['scanapp']:8d}"
            f" {count['scanapp wrong']:6d}"
        )


def _write(path: Path, rows: list[Row], answers: list[Codes]) -> None:
    with path.open("w", encoding="utf8") as out:
        for row, codes in zip(rows, answers, strict=True):
            out.write(json.dumps({"file": row["file"], "codes": codes}) + "\n")


def _rung_table(scorer: ModuleType, rows: list[Row], frames: list[Frame]) -> None:
    solved: set[int] = set()
    positives = [i for i, row in enumerate(rows) if row["kind"] != "negative" and row["expected_text"] is not None]
    print(
        f"\n{'rung':12s} {'alone':>6s} {'adds':>5s} {'misread':>8s} {'negatives':>9s}"
        f" {'ms median':>10s} {'ms mean':>8s}"
    )
    for rung in LADDER:
        answers, seconds = _timed(frames, lambda frame, rung=rung: _one_rung(frame, rung))
        right = {i for i in positives if scorer.score(rows[i], answers[i])[0]}
        misread = sum(scorer.score(rows[i], answers[i])[2] for i in positives)
        negatives = sum(bool(codes) for row, codes in zip(rows, answers, strict=True) if row["kind"] == "negative")
        print(
            f"{rung.effort.name:12s} {len(right):6d} {len(right - solved):5d} {misread:8d} {negatives:9d}"
            f" {1000 * float(np.median(seconds)):10.1f} {1000 * float(np.mean(seconds)):8.1f}"
        )
        solved |= right


def _one_rung(frame: Frame, rung: Any) -> Codes:
    symbols = {symbol.key: symbol for symbol in rung.read(Look(Patch(frame.gray, IDENTITY)))}.values()
    return [{"text": s.text, "hex": s.data.hex(), "format": s.format} for s in symbols]


def _cost_table() -> None:
    """Least CPU of five calls a rung, on made pictures: regions of 300×300 and a desk of 1920×1080."""
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.integers(0, 255, (300, 300), dtype=np.uint8), (0, 0), 2.0) * 3
    desk = cv2.resize(rng.integers(60, 200, (34, 60), dtype=np.uint8), (1920, 1080), interpolation=cv2.INTER_CUBIC)
    for line in range(20):
        cv2.putText(
            desk, "a page of printed words " * 4, (30, 60 + 50 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 20, 2
        )
    linear = cv2.GaussianBlur(_made("9780804816632", "EAN13"), (0, 0), 2.5)
    pictures = {
        "blurred EAN": linear,
        "QR": _made("https://example.org", "QRCode"),
        "texture": texture,
        "desk": desk,
    }
    titles = (f"{name} {picture.shape[1]}x{picture.shape[0]}" for name, picture in pictures.items())
    print(f"\n{'CPU ms':12s} " + " ".join(f"{title:>20s}" for title in titles))
    for rung in LADDER:
        costs = []
        for picture in pictures.values():
            frame = Frame.from_image(picture)
            costs.append(min(_timed([frame] * 5, lambda frame, rung=rung: _one_rung(frame, rung))[1]))
        print(f"{rung.effort.name:12s} " + " ".join(f"{1000 * cost:20.1f}" for cost in costs))


def _made(text: str, name: str) -> Any:
    """A 300×300 region with a symbol of 2 or 8 pixels a module."""
    scale = 2 if name == "EAN13" else 8
    symbol = np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.__members__[name]).to_image(scale=scale))
    height, width = min(300, symbol.shape[0]), min(300, symbol.shape[1])
    page = np.full((300, 300), 230, np.uint8)
    y, x = (300 - height) // 2, (300 - width) // 2
    page[y : y + height, x : x + width] = symbol[:height, :width]
    return page


def _false_reads(folder: Path, recognizer: CodeRecognizer, limit: int) -> None:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    paths = paths[:: max(1, len(paths) // limit)][:limit]
    pictures, read = 0, []
    for path in paths:
        image = cv2.imread(str(path))
        if image is None:
            continue
        pictures += 1
        for code in _ours(Frame.from_image(image), recognizer):
            read.append(f"{path.name}: {code['format']} {code['text']!r}")
    print(f"\n{folder.name}: {len(read)} codes read in {pictures} pictures")
    print("\n".join(f"  {line}" for line in read))


if __name__ == "__main__":
    main()
