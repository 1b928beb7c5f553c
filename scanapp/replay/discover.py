"""Recordings to replay, from files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from scanapp.errors import UsageError

VIDEO_SUFFIXES = (
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv"),
    *(".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv"),
)
SIDECARS = (".truth.json", ".golden.jsonl")
MPEG_TS_PACKET, MPEG_TS_SYNC = 188, 0x47


def discover(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The recordings in ``paths``, each once: files as they are, folders searched through and through, sorted.

    Truth and golden files are passed over, so that ``folder/*`` works. UsageError for a path that does not exist, a
    folder without a recording, or nothing at all.
    """
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        for recording in _recordings(path):
            found.setdefault(os.path.realpath(recording), recording)
    if not found:
        raise UsageError("no recording to replay: name a video file, or a folder that holds some")
    return list(found.values())


def _recordings(path: Path) -> list[Path]:
    if path.is_dir():
        return _in_folder(path)
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    return [] if path.name.endswith(SIDECARS) else [path]


def _in_folder(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in names if not name.startswith(".")]
    videos = sorted(path for path in found if _is_video(path))
    if not videos:
        kinds = ", ".join(VIDEO_SUFFIXES)
        raise UsageError(f"{folder}: no recording in this folder (expected files ending in {kinds})")
    return videos


def _is_video(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in VIDEO_SUFFIXES and (suffix != ".ts" or _is_transport_stream(path))


def _is_transport_stream(path: Path) -> bool:
    """TypeScript sources end in .ts, too."""
    try:
        with open(path, "rb") as file:
            head = file.read(MPEG_TS_PACKET + 1)
    except OSError:
        return True
    return len(head) <= MPEG_TS_PACKET or head[0] == head[MPEG_TS_PACKET] == MPEG_TS_SYNC


def _unreadable(error: OSError) -> None:
    raise UsageError(f"{error.filename}: cannot be searched: {error.strerror}") from error
