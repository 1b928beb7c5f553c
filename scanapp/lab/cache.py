"""Where caches and runs lie when nothing else is said, and how caches of pictures are kept.

A cache of pictures is a folder of three files: uint8 pictures of one size, structured rows with a field ``ready``,
and what made them, as JSON. Rows become ready in order, so that rendering can be stopped and taken up again, and
training may read what is there while the rest is being made.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from scanapp.errors import UsageError
from scanapp.replay.write import write_whole


def cache_folder(given: str = "") -> Path:
    """``given``, or scanapp/lab in the user's cache folder."""
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "scanapp" / "lab"


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """The files of one kind of cache.

    pictures, rows, about  their names
    size      (height, width) of a picture
    row       dtype of a row
    command   of ``scanapp lab data`` that makes one
    """

    pictures: str
    rows: str
    about: str
    size: tuple[int, int]
    row: np.dtype[Any]
    command: str

    def open(self, folder: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
        """Pictures (N, height, width) and rows (N,), mapped from disk; UsageError when there are none."""
        try:
            rows = np.load(folder / self.rows, mmap_mode="r")
            pictures = np.memmap(folder / self.pictures, np.uint8, "r", shape=(len(rows), *self.size))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{folder}: no cache of {self.command}; make one with 'scanapp lab data {self.command}'"
            ) from error
        return pictures, rows

    def begin(self, folder: Path, made: dict[str, Any]) -> tuple[np.memmap[Any, Any], np.memmap[Any, Any]]:
        """The same to be written, ``made["count"]`` of them; UsageError when the folder's were made otherwise."""
        about = folder / self.about
        if not about.exists():
            folder.mkdir(parents=True, exist_ok=True)
            np.save(folder / self.rows, np.zeros(made["count"], self.row))
            with open(folder / self.pictures, "wb") as file:
                file.truncate(made["count"] * self.size[0] * self.size[1])
            write_whole(about, (json.dumps(made) + "\n").encode())
        elif json.loads(about.read_text()) != made:
            raise UsageError(
                f"{folder}: holds a cache made otherwise ({about.read_text().strip()}); remove it first"
            )
        rows = cast("np.memmap[Any, Any]", np.load(folder / self.rows, mmap_mode="r+"))
        return np.memmap(folder / self.pictures, np.uint8, "r+", shape=(made["count"], *self.size)), rows


def ready(rows: npt.NDArray[Any]) -> int:
    """How many rows may be read."""
    return bisect_left(rows["ready"], 1, key=lambda done: 1 - int(done))
