"""What the benchmarks share: bars, tables, sample videos, clips made on the spot, processor time.

Times are this machine's, and other programs may be running: compare them within one run. CPU times are those of all
threads; where something is repeated, the least of the repetitions counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from scanapp.bench.measure import confirmed_values
from scanapp.bench.meter import Meter, metered
from scanapp.frame import Bgr, Frame
from scanapp.pipeline import load_pipeline
from scanapp.results import Recognizer
from scanapp.scanner import Scanner
from scanapp.sources.open import open_source

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_videos"
DATA = ROOT.parent / "shared" / "data" / "videos"
VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".mjpeg"})
FULL_HD = 1920, 1080

__all__ = [
    "DATA",
    "FULL_HD",
    "ROOT",
    "SAMPLES",
    "Bar",
    "Meter",
    "Report",
    "Row",
    "add_clip_folder",
    "armed",
    "armed_scanner",
    "clip_folder",
    "confirmed_values",
    "decode_cpu",
    "fitted",
    "frames_of",
    "least",
    "metered",
    "parser",
    "quiet_threads",
    "sample_videos",
    "write_clip",
]

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure held against what it should be. ``at_least``: more is better, otherwise less is."""

    what: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the figure is good enough; one that is not a number is not."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "pass" if self.passed else "MISS"
        return f"{verdict}  {self.what}: {self.value:.4g}{self.unit} (bar {sign} {self.limit:g}{self.unit})"


@dataclass(slots=True)
class Report:
    """Collects tables, remarks and bars, prints each as it comes, and writes them all as JSON at the end."""

    name: str
    tables: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    _console: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False, markup=False))

    def table(self, title: str, rows: Sequence[Row]) -> None:
        """Print rows with equal keys; numbers are shown with few digits and kept in full."""
        self.tables[title] = [dict(row) for row in rows]
        if not rows:
            return
        table = Table(title=title, title_justify="left")
        for key, value in rows[0].items():
            table.add_column(key, justify="right" if isinstance(value, int | float) else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_shown(value) for value in row.values()))
        Console(width=None if self._console.is_terminal else 200, highlight=False).print(table)

    def say(self, line: str) -> None:
        """Print a remark, such as why something was left out."""
        self.remarks.append(line)
        self._console.print(line)

    def hold(self, bar: Bar) -> None:
        """Print a figure beside its bar."""
        self.bars.append(bar)
        self._console.print(str(bar))

    def write(self, path: Path | None) -> None:
        """The whole report as one JSON object; nothing without a path."""
        if path is None:
            return
        bars = [asdict(bar) | {"passed": bar.passed} for bar in self.bars]
        whole = {"benchmark": self.name, "tables": self.tables, "bars": bars, "remarks": self.remarks}
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return "–" if value is None else str(value)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser that explains the script by its docstring and knows ``--json``."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="also write everything here as JSON")
    return made


def quiet_threads() -> None:
    """OpenCV on one thread, so that CPU times do not hold its threads' waiting."""
    cv2.setNumThreads(1)


def sample_videos(folder: Path = SAMPLES) -> list[Path]:
    """The recordings in a folder, by name; none when there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)


def frames_of(path: Path) -> Iterator[Frame]:
    """The frames of a recording, without its notices."""
    return (item for item in open_source(path) if isinstance(item, Frame))


def decode_cpu(path: Path) -> tuple[float, int]:
    """CPU seconds of decoding alone, through the sources that scanapp uses, and the number of frames."""
    with metered() as meter:
        count = sum(1 for _ in frames_of(path))
    return meter.cpu_s, count


def least(repeats: int, measure: Callable[[], float]) -> float:
    """The least of several measurements: what other programs add is never negative."""
    return min(measure() for _ in range(repeats))


def armed(pipeline: str) -> list[Recognizer]:
    """The recognizers of a pipeline with their models loaded, before any clock starts."""
    recognizers = load_pipeline(pipeline).make_recognizers()
    for recognizer in recognizers:
        load = getattr(recognizer, "warm_up", None)
        if load is not None:
            load()
    return recognizers


def armed_scanner(pipeline: str) -> Scanner:
    """A scanner whose models are loaded."""
    return Scanner(pipeline, recognizers=armed(pipeline))


def add_clip_folder(arguments: argparse.ArgumentParser) -> None:
    """The option of `clip_folder`."""
    arguments.add_argument(
        "--clips", type=Path, metavar="FOLDER", help="keep the clips made for this here, and use them the next time"
    )


@contextmanager
def clip_folder(kept: Path | None) -> Iterator[Path]:
    """Where made clips go: a folder that is kept, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="scanapp-bench-") as name:
        yield Path(name)


def fitted(image: Bgr, size: tuple[int, int] = FULL_HD) -> NDArray[np.uint8]:
    """The picture enlarged or shrunk to cover (width, height), the rest cut off evenly."""
    width, height = size
    scale = max(width / image.shape[1], height / image.shape[0])
    grown = cv2.resize(
        image,
        (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale))),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    x, y = (grown.shape[1] - width) // 2, (grown.shape[0] - height) // 2
    return np.ascontiguousarray(grown[y : y + height, x : x + width], dtype=np.uint8)


def write_clip(
    path: Path, images: Iterable[NDArray[Any]], *, fps: int = 30, crf: int = 23, preset: str = "veryfast"
) -> Path:
    """H.264 4:2:0 of equally large BGR pictures, as a phone or a camera would record them; returns ``path``.

    A file that is there already is taken as it is, and the pictures are not made.
    """
    if path.exists():
        return path
    part = path.with_name(f"unfinished-{path.name}")
    with av.open(str(part), "w") as container:
        stream: Any = None
        for number, image in enumerate(images):
            if stream is None:
                options = {"crf": str(crf), "preset": preset}
                stream = container.add_stream("libx264", rate=fps, options=options)
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.time_base = Fraction(1, fps)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(picture))
        if stream is None:
            raise ValueError(f"{path}: no pictures to write")
        container.mux(stream.encode())
    return part.replace(path)
