"""streamvision's InferencePipeline with a handler and a sink that do nothing: CPU microseconds a frame.

    VENV/bin/python benchmarks/peer_streamvision.py [--video FILE]

Needs streamvision (and what that installs) and nothing of scanapp: `engine_overhead.py` runs it in
streamvision's own virtual environment. The last line is a JSON list of rows.

ready frames  a producer that returns the same 1080p picture each time
video         a recording, less `cv2.VideoCapture` reading it alone
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from streamvision.camera.entities import SourceProperties, VideoFrameProducer  # type: ignore[import-not-found]
from streamvision.stream.pipeline import InferencePipeline  # type: ignore[import-not-found]


class ReadyFrames(VideoFrameProducer):  # type: ignore[misc]
    """The same picture ``count`` times, as a file would give it: none is dropped."""

    def __init__(self, count: int) -> None:
        self._image = np.full((1080, 1920, 3), 112, np.uint8)
        self._left = self._count = count

    def isOpened(self) -> bool:  # noqa: N802 - the name is the interface's
        return True

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def retrieve(self) -> tuple[bool, Any]:
        return True, self._image

    def release(self) -> None:
        self._left = 0

    def discover_source_properties(self) -> SourceProperties:
        return SourceProperties(
            width=1920, height=1080, total_frames=self._count, is_file=True, fps=30.0, is_reconnectable=False
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--frames", type=int, default=1000, metavar="N", help="ready frames a measurement")
    arguments.add_argument("--repeats", type=int, default=5, metavar="N", help="the least of so many counts")
    arguments.add_argument("--video", help="a recording, for overhead above decoding")
    options = arguments.parse_args()
    logging.disable(logging.WARNING)
    cv2.setNumThreads(1)
    rows = [_row("ready frames 1920×1080", [_cost(ReadyFrames, options.frames) for _ in range(options.repeats)])]
    if options.video:
        pairs = [(_cost_of_file(options.video), _decoding(options.video)) for _ in range(options.repeats)]
        decoding = min(alone for _, alone in pairs)
        rows.append(_row(f"video, less decoding ({decoding:.0f} µs)", [cost - decoding for cost, _ in pairs]))
    print(json.dumps(rows))


def _row(what: str, costs: list[float]) -> dict[str, object]:
    return {"frames": what, "all µs": min(costs), "each time": " ".join(f"{cost:.0f}" for cost in costs)}


def _cost(make: Callable[[int], VideoFrameProducer], count: int) -> float:
    return _through_pipeline(lambda: make(count), count)


def _cost_of_file(path: str) -> float:
    return _through_pipeline(path, int(cv2.VideoCapture(path).get(cv2.CAP_PROP_FRAME_COUNT)))


def _through_pipeline(reference: Any, count: int) -> float:
    seen = 0

    def handle(frames: list[Any]) -> list[dict[str, Any]]:
        nonlocal seen
        seen += len(frames)
        return [{} for _ in frames]

    pipeline = InferencePipeline.init_with_custom_logic(
        video_reference=reference, on_video_frame=handle, on_prediction=lambda _prediction, _frame: None
    )
    before = time.process_time()
    pipeline.start()
    pipeline.join()
    spent = time.process_time() - before
    if seen != count:
        raise RuntimeError(f"the pipeline has shown {seen} of {count} frames to its handler")
    return spent * 1e6 / seen


def _decoding(path: str) -> float:
    capture = cv2.VideoCapture(path)
    count, before = 0, time.process_time()
    while capture.read()[0]:
        count += 1
    spent = time.process_time() - before
    capture.release()
    return spent * 1e6 / max(count, 1)


if __name__ == "__main__":
    main()
