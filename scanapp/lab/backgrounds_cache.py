"""Luma pictures of what lies behind cards, kept in a memory map: drawn ones, and photos where a folder is given.

    FOLDER/backgrounds.u8    uint8 (N, 256, 256)
    FOLDER/backgrounds.json  what made it

Picture i is a function of (seed, i), and of the photos' names and pixels where they are used.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.errors import UsageError
from scanapp.replay.write import write_whole
from scanapp.synth.cards.artwork import artwork
from scanapp.synth.cards.backgrounds import background

SIDE = 256
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}

Gray = npt.NDArray[np.uint8]


def open_backgrounds(folder: Path) -> Gray:
    """The pictures (N, 256, 256) in ``folder``; UsageError when there are none."""
    try:
        count = json.loads((folder / "backgrounds.json").read_text())["count"]
        return np.memmap(folder / "backgrounds.u8", np.uint8, "r", shape=(count, SIDE, SIDE))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{folder}: no cache of backgrounds; make one with 'scanapp lab data faces'") from error


def render_backgrounds(folder: Path, count: int, *, seed: int, photos: Path | None = None) -> None:
    """Writes ``count`` pictures into ``folder``, half of them from photos where ``photos`` names a folder."""
    files = sorted(path for path in photos.rglob("*") if path.suffix in PHOTO_SUFFIXES) if photos else []
    if photos and not files:
        raise UsageError(f"{photos}: no pictures ({', '.join(sorted(PHOTO_SUFFIXES))}) in this folder")
    folder.mkdir(parents=True, exist_ok=True)
    pictures = np.memmap(folder / "backgrounds.u8", np.uint8, "w+", shape=(count, SIDE, SIDE))
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        # a plain sheet behind a card looks like another card's face: some of both
        drawn = artwork(rng, SIDE, SIDE) if rng.random() < 0.1 else background(rng, SIDE, SIDE, photos=files)
        pictures[index] = cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY)
    pictures.flush()
    made = {"seed": seed, "count": count, "photos": len(files)}
    write_whole(folder / "backgrounds.json", (json.dumps(made) + "\n").encode())
