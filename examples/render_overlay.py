"""Draws the overlay of one moment of a recording: how the README's picture was made.

    python examples/render_overlay.py sample_videos/shelf_codes.mp4 --at 3.2 --out docs/images/overlay.png

The recording is replayed exactly, so the same command gives the same picture.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
from PIL import Image

from scanapp import Scanner, Snapshot
from scanapp.views.overlay import OverlayPainter


def render(video: Path, at: float, out: Path, *, pipeline: str = "everything", width: int = 960) -> None:
    """Write the annotated frame at ``at`` seconds (the last one before it) to ``out``, ``width`` pixels wide."""
    painter = OverlayPainter(max_side=width)
    pictures: list[object] = []

    def paint(snapshot: Snapshot) -> None:
        if snapshot.frame.pts <= at:
            pictures[:] = [painter.paint(snapshot)]

    scanner = Scanner(pipeline)
    scanner.snapshots.subscribe(paint)
    for event in scanner.replay(video):
        if event.pts > at:
            break
    if not pictures:
        raise SystemExit(f"{video}: no frame at {at:g} s")
    rgb = cv2.cvtColor(pictures[0], cv2.COLOR_BGR2RGB)  # type: ignore[call-overload]
    # A palette makes the file a quarter of the size; noise needs no exact colours.
    Image.fromarray(rgb).quantize(192, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("video", type=Path)
    parser.add_argument("--at", type=float, default=3.2, metavar="SECONDS")
    parser.add_argument("--out", type=Path, default=Path("overlay.png"))
    parser.add_argument("--pipeline", default="everything")
    parser.add_argument("--width", type=int, default=960)
    chosen = parser.parse_args()
    render(chosen.video, chosen.at, chosen.out, pipeline=chosen.pipeline, width=chosen.width)
