"""Footage with nothing to read: CPU of the whole cascade over CPU of decoding alone, and where it goes.

    python benchmarks/idle.py
    python benchmarks/idle.py --pipeline codes my_shop_at_night.mp4
    python benchmarks/idle.py --clips clips      keep the clips that are made, for the next run

Without videos it takes the shipped idle desk; the aerial film of the shared data at 1080p, where it is present;
and a still room at 1080p with the noise of a small sensor. Decoding and cascade take turns, the least of the
repetitions of each counts. "charged" is what the budget was charged for a look, "CPU" what it cost here: where
the second is much the larger, budgets do not hold. "rest" is what no stage accounts for: the engine itself, and
what decoding costs more in company.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from common import (
    DATA,
    FULL_HD,
    SAMPLES,
    Bar,
    Report,
    add_clip_folder,
    armed,
    clip_folder,
    decode_cpu,
    fitted,
    frames_of,
    metered,
    parser,
    quiet_threads,
    write_clip,
)

from scanapp.frame import Bgr
from scanapp.results import Reading, Recognizer, View
from scanapp.scanner import Scanner

LIMIT = 2.0
FILM = "boofcv_mosaic_airplane01.mjpeg"


class Account:
    """A recognizer that notes what each look is charged for and what it costs (CPU of its own thread)."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name, self.kinds, self.efforts = recognizer.name, recognizer.kinds, recognizer.efforts
        self.looks: dict[str, list[tuple[float, float]]] = {}

    def recognize(self, view: View) -> Sequence[Reading]:
        """As the recognizer does."""
        effort = self.efforts[view.effort]
        before = time.thread_time()
        try:
            return self._recognizer.recognize(view)
        finally:
            spent = (time.thread_time() - before) * 1e3
            self.looks.setdefault(f"{self.name}: {effort.name}", []).append((effort.cost_of(view), spent))


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("videos", nargs="*", type=Path, help="recordings with nothing to read")
    arguments.add_argument("--pipeline", default="everything")
    arguments.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="the shared videos")
    arguments.add_argument("--repeats", type=int, default=3, metavar="N", help="the least of so many counts")
    arguments.add_argument("--seconds", type=float, default=6.0, help="length of the clips that are made")
    add_clip_folder(arguments)
    options = arguments.parse_args()
    quiet_threads()
    report = Report("idle")
    recognizers = [Account(recognizer) for recognizer in armed(options.pipeline)]
    scanner = Scanner(options.pipeline, recognizers=list(recognizers))
    with clip_folder(options.clips) as folder:
        for video in options.videos or _usual(report, options.data, folder, options.seconds):
            measure(report, scanner, video, options.repeats)
            report.table(f"{video.name}: looks, mean and most milliseconds", _looks(recognizers))
    report.write(options.json)


def measure(report: Report, scanner: Scanner, video: Path, repeats: int) -> float:
    """One recording; returns cascade over decoding."""
    decoding = cascade = float("inf")
    stages: dict[str, float] = {}
    calls: dict[str, int] = {}
    frames, said = 0, ""
    for _ in range(repeats):
        alone, frames = decode_cpu(video)
        with metered() as meter:
            events = list(scanner.replay(video))
        decoding = min(decoding, alone)
        if meter.cpu_s < cascade:
            cascade, stages, calls = meter.cpu_s, scanner.stats.cpu_ms(), scanner.stats.calls()
        kinds = [event.type for event in events if event.type != "summary"]
        said = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))) or "no events"
    rows = _breakdown(stages, calls, decoding * 1e3, cascade * 1e3, frames)
    report.table(f"{video.name}: {frames} frames, pipeline {scanner.pipeline.name}, {said}", rows)
    report.hold(Bar(f"{video.name}: CPU of the cascade over decoding", cascade / max(decoding, 1e-9), LIMIT))
    return cascade / max(decoding, 1e-9)


def _breakdown(
    stages: dict[str, float], calls: dict[str, int], decoding_ms: float, cascade_ms: float, frames: int
) -> list[dict[str, object]]:
    work = {name: ms for name, ms in stages.items() if name not in ("decode", "engine")}
    rest = cascade_ms - decoding_ms - sum(work.values())

    def row(stage: str, ms: float, count: int | None) -> dict[str, object]:
        each = ms / count if count else None
        share = ms / max(decoding_ms, 1e-9)
        return {"stage": stage, "calls": count, "ms a call": each, "ms a frame": ms / frames, "of decoding": share}

    return [
        row("decoding alone", decoding_ms, frames),
        *(row(name, ms, calls[name]) for name, ms in sorted(work.items(), key=lambda item: -item[1])),
        row("rest", rest, None),
        row("cascade, all", cascade_ms, frames),
    ]


def _looks(accounts: Sequence[Account]) -> list[dict[str, object]]:
    """One row a rung, since the last call."""
    rows: list[dict[str, object]] = []
    for account in accounts:
        for look, costs in account.looks.items():
            charged, spent = np.array(costs).T
            row: dict[str, object] = {"look": look, "times, all repetitions": len(costs)}
            row |= {"charged": float(charged.mean()), "CPU": float(spent.mean()), "CPU, most": float(spent.max())}
            rows.append(row)
        account.looks.clear()
    return rows


def _usual(report: Report, data: Path, folder: Path, seconds: float) -> Iterator[Path]:
    desk, film = SAMPLES / "idle_desk.mp4", data / FILM
    if desk.is_file():
        yield desk
    else:
        report.say(f"{desk.name}: left out, it is not there")
    if film.is_file():
        grown = (fitted(frame.bgr) for frame in frames_of(film))
        limit = round(30 * seconds)
        yield write_clip(
            folder / "airplane_1080p.mp4", (image for image, _ in zip(grown, range(limit), strict=False))
        )
    else:
        report.say(f"{FILM}: left out, it is not in {data}")
    yield write_clip(folder / "noisy_room_1080p.mp4", noisy_room(round(30 * seconds)))


def noisy_room(count: int) -> Iterator[Bgr]:
    """A still room without writing, and a sensor's noise (σ 3 of 255) that is new in each frame."""
    rng = np.random.default_rng(11)
    width, height = FULL_HD
    room = cv2.GaussianBlur(rng.integers(60, 190, (height // 60, width // 60, 3), dtype=np.uint8), (0, 0), 0.8)
    room = cv2.resize(room, FULL_HD, interpolation=cv2.INTER_CUBIC)
    for x0, y0, x1, y1, gray in ((150, 300, 620, 900, 70), (760, 500, 1300, 640, 180), (1420, 120, 1800, 820, 110)):
        cv2.rectangle(room, (x0, y0), (x1, y1), (gray, gray + 10, gray + 20), -1)
    noise = rng.normal(0, 3, (height + 64, width + 64)).astype(np.float32)
    for _ in range(count):
        y, x = (int(v) for v in rng.integers(0, 64, 2))
        grain = noise[y : y + height, x : x + width, None]
        yield np.asarray(np.clip(room + grain, 0, 255), dtype=np.uint8)


if __name__ == "__main__":
    main()
