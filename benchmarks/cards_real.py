"""Numbers on real card pictures: scanapp beside rapidocr, on the whole picture and on the rectified card.

    python benchmarks/cards_real.py [--data ../shared/data/cards]

scanapp reads as `scanapp read --pipeline card_binding --reveal` does. rapidocr (its defaults) gets the picture, and
the card rectified with the true corners to 1,027 × 648 pixels, which it could not do by itself. Its answer is every
line of 12 to 19 digits, and stacked groups that stand under each other joined; one of them being right counts as
read: what it would still take to choose is not held against it. "invented" counts numbers on pictures without one.

These pictures are for measuring only: nothing is tuned on them.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import ROOT, Bar, Report, parser, quiet_threads

from scanapp.frame import Bgr
from scanapp.geometry import as_quad, rectify
from scanapp.payloads.card_number import mask_digits
from scanapp.scanner import Scanner

DATA = ROOT.parent / "shared" / "data" / "cards"
CARD_SIZE = 1027, 648
DIGITS = re.compile(r"\d")
LEAST, MOST = 12, 19
VALUES = ("pan", "expiry", "holder")

Truth = Mapping[str, Any]
Read = Callable[[Bgr, Truth], "Found"]


@dataclass(frozen=True, slots=True)
class Found:
    """What one method says of one picture: numbers (any of them may be right), expiry and holder if it tells."""

    numbers: tuple[str, ...]
    expiry: str = ""
    holder: str = ""


def main() -> None:
    """One row a picture, one column a method."""
    options = _options()
    quiet_threads()
    report = Report("cards_real")
    manifest = options.data / "manifest.jsonl"
    if not manifest.is_file():
        report.say(f"left out: no card pictures ({manifest} is absent)")
        report.write(options.json)
        return
    truths = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    methods = _methods(options.engines.split(","), report)
    tallies = {name: _Tally() for name in methods}
    rows = [_row(options.data, truth, methods, tallies, options.reveal) for truth in truths]
    report.table("numbers, picture by picture", rows)
    visible = sum(truth["pan"] is not None for truth in truths)
    report.table("all", [{"method": name, **tally.row(visible)} for name, tally in tallies.items()])
    if "scanapp" in tallies:
        report.hold(Bar("numbers read exactly", tallies["scanapp"].exact, visible, at_least=True))
        report.hold(Bar("numbers invented", tallies["scanapp"].invented, 0))
    report.write(options.json)


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    arguments.add_argument("--engines", default="scanapp,rapidocr")
    arguments.add_argument("--reveal", action="store_true", help="show what was read wrongly in full")
    return arguments.parse_args()


class _Tally:
    """Counts of one method."""

    def __init__(self) -> None:
        self.exact = self.wrong = self.missed = self.invented = self.expiry = self.holder = 0
        self.cpu_s: list[float] = []

    def add(self, found: Found, truth: Truth, cpu_s: float) -> str:
        """Takes a picture in; returns what is shown of it."""
        self.cpu_s.append(cpu_s)
        if truth["pan"] is None:
            self.invented += bool(found.numbers)
            return "invented" if found.numbers else "nothing"
        self.expiry += bool(found.expiry) and found.expiry == _date(truth["expiry"])
        self.holder += bool(found.holder) and found.holder == truth["holder"]
        if truth["pan"] in found.numbers:
            self.exact += 1
            return "exact"
        self.wrong += bool(found.numbers)
        self.missed += not found.numbers
        return "wrong" if found.numbers else "missed"

    def row(self, visible: int) -> dict[str, object]:
        """For the table."""
        return {
            "numbers": visible,
            "exact": self.exact,
            "wrong": self.wrong,
            "missed": self.missed,
            "invented": self.invented,
            "expiry right": self.expiry,
            "holder right": self.holder,
            "CPU s a picture": float(np.mean(self.cpu_s)),
        }


def _row(
    folder: Path, truth: Truth, methods: Mapping[str, Read], tallies: Mapping[str, _Tally], reveal: bool
) -> dict[str, object]:
    image = np.asarray(cv2.imread(str(folder / truth["file"])), dtype=np.uint8)
    row: dict[str, object] = {"picture": truth["file"], "kind": truth["kind"], "number": truth["pan"] is not None}
    for name, read in methods.items():
        start = time.process_time()
        found = read(image, truth)
        said = tallies[name].add(found, truth, time.process_time() - start)
        if said in ("wrong", "invented"):
            said += f" {' '.join(found.numbers if reveal else map(mask_digits, found.numbers))}"
        row[name] = said
    return row


def _methods(engines: Sequence[str], report: Report) -> dict[str, Read]:
    methods: dict[str, Read] = {}
    if "scanapp" in engines:
        scanner = Scanner("card_binding", reveal=True)
        methods["scanapp"] = lambda image, _: _ours(scanner, image)
    if "rapidocr" in engines:
        try:
            import rapidocr
        except ImportError as error:
            report.say(f"left out: rapidocr cannot be imported ({error})")
            return methods
        theirs: Any = rapidocr.RapidOCR(params={"Global.log_level": "critical"})
        methods["rapidocr, picture"] = lambda image, _: Found(_numbers(_lines(theirs, image)))
        methods["rapidocr, rectified"] = lambda image, truth: Found(
            _numbers(_lines(theirs, _upright(image, truth)))
        )
    return methods


def _ours(scanner: Scanner, image: Bgr) -> Found:
    cards = [result.value for result in scanner.read(image) if result.kind == "card"]
    numbers = [_plain(value.get("pan")) for value in cards]
    return Found(
        tuple(number for number in numbers if number),
        *(next((str(value[name]) for value in cards if value.get(name)), "") for name in VALUES[1:]),
    )


def _theirs(engine: Any, image: Bgr) -> Found:
    return Found(_numbers(_lines(engine, image)))


def _plain(number: object) -> str:
    """The digits of a revealed number, whether it still hides itself or not."""
    reveal = getattr(number, "reveal", None)
    return str(reveal() if reveal is not None else number or "")


def _upright(image: Bgr, truth: Truth) -> Bgr:
    """The card cut out by its true corners; the picture itself where there is no card."""
    if truth["quad"] is None:
        return image
    return np.asarray(rectify(image, as_quad(truth["quad"]), *CARD_SIZE)[0], dtype=np.uint8)


def _lines(engine: Any, image: Bgr) -> list[tuple[str, Any]]:
    """(text, box (4, 2)) from the top down."""
    result = engine(image)
    if result.txts is None or result.boxes is None:
        return []
    return sorted(zip(result.txts, result.boxes, strict=True), key=lambda line: float(line[1][0][1]))


def _numbers(lines: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
    """Every line that could be a card's number, and groups of four that stand under each other."""
    texts = [text for text, _ in lines]
    single = ["".join(DIGITS.findall(text)) for text in texts if not re.search(r"[A-Za-z]", text)]
    groups = [text.replace(" ", "") for text in texts]
    groups = [text for text in groups if re.fullmatch(r"\d{4}", text)]
    stacked = ["".join(groups[i : i + 4]) for i in range(len(groups) - 3)]
    found = [text for text in (*single, *stacked) if LEAST <= len(text) <= MOST]
    return tuple(dict.fromkeys(found))


def _date(printed: str | None) -> str:
    """ "2027-12" for "12/27"; a month that does not exist is kept as it stands, and so never right."""
    month, _, year = (printed or "").partition("/")
    return f"20{year}-{month}" if year else ""


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
