"""The reference pictures in a catalogue's folder, kept so that another network can look at them again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np

from scanapp.catalog.picture import Picture
from scanapp.errors import CatalogError

FOLDER = "pictures"
SIDE = 480
"""Pixels of the long side that are kept: twice what the features look at."""
_QUALITY = 90


def digest_of(picture: Picture) -> str:
    """SHA-256 of the pixels as they are kept: the same picture added twice counts once."""
    return hashlib.sha256(reduced(picture).tobytes()).hexdigest()


def reduced(picture: Picture) -> Picture:
    """At most 480 pixels long; never enlarged."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(picture)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def keep(root: Path, picture: Picture, digest: str) -> str:
    """Writes a picture whole or not at all; its name in the folder. CatalogError when it cannot be written."""
    name = f"{FOLDER}/{digest[:2]}/{digest[:24]}.jpg"
    path = root / name
    if path.exists():
        return name
    done, data = cv2.imencode(".jpg", reduced(picture), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise CatalogError(f"{path}: OpenCV cannot write this picture of {picture.shape}")
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data.tobytes())
        draft.replace(path)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be written: {error.strerror or error}; free some space") from error
    finally:
        draft.unlink(missing_ok=True)
    return name


def load(root: Path, name: str) -> Picture | None:
    """A kept picture (H, W, 3) BGR, None when it is missing or damaged."""
    try:
        data = np.fromfile(root / name, np.uint8)
    except OSError:
        return None
    found = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    return None if found is None else np.asarray(found, np.uint8)


def orphans(root: Path, known: set[str]) -> list[Path]:
    """Files in the pictures' folder that no reference names: left by a crash, or another program's."""
    found = (path for path in (root / FOLDER).rglob("*") if path.is_file())
    return sorted(path for path in found if path.relative_to(root).as_posix() not in known)
