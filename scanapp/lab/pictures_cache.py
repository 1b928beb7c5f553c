"""Colour pictures of things with the names of what they show, kept in a memory map: what the embedder learns from.

    FOLDER/pictures.u8    uint8 (N, 128, 128, 3) BGR, whole pictures, grey where they are not square
    FOLDER/pictures.json  one row a picture: group, split, class, coarse

Made from folders that each hold a ``manifest.jsonl``: one JSON object a line with ``file`` and ``class``, and where
there are any ``split`` and ``coarse_class``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.catalog.picture import squared
from scanapp.errors import UsageError
from scanapp.replay.write import write_whole

SIDE = 128


@dataclass(frozen=True, slots=True)
class Label:
    """group: which folder; split: train where there is none; coarse: the class where there is no coarser."""

    group: str
    split: str
    name: str
    coarse: str
    macro: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PicturesCache:
    """pictures (N, 128, 128, 3) uint8 BGR mapped from disk, and their labels."""

    pictures: npt.NDArray[np.uint8]
    labels: tuple[Label, ...]

    @classmethod
    def open(cls, folder: Path) -> PicturesCache:
        """The cache in ``folder``; UsageError when there is none."""
        try:
            labels = tuple(Label(**row) for row in json.loads((folder / "pictures.json").read_text()))
            shape = (len(labels), SIDE, SIDE, 3)
            return cls(np.memmap(folder / "pictures.u8", np.uint8, "r", shape=shape), labels)
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(
                f"{folder}: no cache of pictures; make one with 'scanapp lab data pictures'"
            ) from error

    def where(self, group: str, *splits: str) -> list[int]:
        """Indices of a group's pictures in these splits."""
        return [i for i, label in enumerate(self.labels) if label.group == group and label.split in splits]


def gather_pictures(
    folder: Path,
    sources: Mapping[str, Path],
    progress: Callable[[int, int], None] = lambda _done, _wanted: None,
) -> None:
    """Writes the cache from folders with manifests; UsageError names what cannot be read."""
    rows = [(group, source, row) for group, source in sources.items() for row in _manifest(source)]
    folder.mkdir(parents=True, exist_ok=True)
    pictures = np.memmap(folder / "pictures.u8", np.uint8, "w+", shape=(len(rows), SIDE, SIDE, 3))
    for index, (_group, source, row) in enumerate(rows):
        picture = cv2.imread(str(source / row["file"]), cv2.IMREAD_COLOR)
        if picture is None:
            raise UsageError(f"{source / row['file']}: not a picture that can be read")
        pictures[index] = squared(np.asarray(picture, np.uint8), SIDE)
        progress(index + 1, len(rows))
    pictures.flush()
    write_labels(folder, [_label(group, row) for group, _source, row in rows])


def write_labels(folder: Path, labels: list[Label]) -> None:
    """The cache's pictures.json."""
    write_whole(folder / "pictures.json", json.dumps([asdict(label) for label in labels]).encode())


def _manifest(source: Path) -> list[dict[str, Any]]:
    try:
        lines = (source / "manifest.jsonl").read_text().splitlines()
        return [row for row in map(json.loads, lines) if row["file"] and row["class"]]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{source}: no manifest.jsonl with file and class is there ({error})") from error


def _label(group: str, row: dict[str, Any]) -> Label:
    name = row["class"]
    return Label(group, row.get("split", "train"), name, row.get("coarse_class", name), row.get("macro", ""))
