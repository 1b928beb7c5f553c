"""`ImageSource`: still pictures, one after the other; `load_image` for a single one."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from scanapp.errors import SourceError, UsageError
from scanapp.frame import Frame
from scanapp.sanitize import printable
from scanapp.sources.base import Notice, SourceInfo

SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("avif", "bmp", "dib", "gif", "heic", "heif", "jfif", "jp2", "jpeg", "jpg"),
        *("pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"),
    )
)
MAX_PIXELS = 89_000_000
"""Larger pictures are refused (a small file can claim any size): 89 megapixels are 360 MB decoded."""


def load_image(path: str | Path, *, index: int = 0, pts: float = 0.0) -> Frame:
    """The picture in a file, upright (EXIF), transparency on white, 16 bits cut to 8; an animation's first frame.

    SourceError when the file cannot be read, is no picture, is damaged or too large.
    """
    name = printable(str(path), 200)
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{name}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise SourceError(f"{name} is a folder, not a picture") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not data:
        raise SourceError(f"{name} is empty (0 bytes)")
    return Frame.from_image(_decode(data, name), index=index, pts=pts)


def list_images(paths: Iterable[str | Path]) -> list[Path]:
    """Files as given, folders as the pictures in them (by suffix, not recursive, ``img2`` before ``img10``).

    SourceError for a folder without pictures, and when nothing is given.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [file for file in path.iterdir() if is_image(file) and not file.name.startswith(".")]
            if not inside:
                raise SourceError(f"{printable(str(path))} holds no pictures ({', '.join(sorted(SUFFIXES))})")
            found += sorted(inside, key=_natural)
        else:
            found.append(path)
    if not found:
        raise SourceError("no pictures given; name image files or a folder of them")
    return found


def is_image(path: str | Path) -> bool:
    """Whether the name ends like a picture's."""
    return Path(path).suffix.lower() in SUFFIXES


class ImageSource:
    """Picture files and folders as a recording with ``fps`` pictures a second.

    A file that cannot be read is passed over with a "skipped" notice; SourceError when none at all could be.
    """

    def __init__(self, paths: str | Path | Iterable[str | Path], fps: float = 1.0) -> None:
        if not 0 < fps < float("inf"):
            raise UsageError(f"fps is pictures a second, more than 0, got {fps}")
        self._paths = list_images([paths] if isinstance(paths, str | Path) else paths)
        self._fps = fps
        self._closed = False
        first = self._paths[0]
        name = str(first) if len(self._paths) == 1 else f"{len(self._paths)} pictures from {first.parent}"
        count = len(self._paths)
        self._info = SourceInfo(name=printable(name), live=False, fps=fps, frames=count, duration=count / fps)

    @property
    def info(self) -> SourceInfo:
        """``frames`` counts files; no size, since each picture may have its own."""
        return self._info

    def __iter__(self) -> Iterator[Frame | Notice]:
        """One frame a readable file."""
        index = 0
        for path in self._paths:
            if self._closed:
                return
            try:
                frame = load_image(path, index=index, pts=index / self._fps)
            except SourceError as error:
                yield Notice("skipped", str(error))
                continue
            index += 1
            yield frame
        if not index:
            raise SourceError(f"{self._info.name}: none of {len(self._paths)} could be read as a picture")

    def close(self) -> None:
        """End the iteration before its next picture."""
        self._closed = True


def _decode(data: bytes, name: str) -> NDArray[np.uint8]:
    _register_heif()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)  # damaged EXIF and the like: the pixels matter
        try:
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise SourceError(_too_large(name))
                return _to_bgr(ImageOps.exif_transpose(picture))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise SourceError(_too_large(name)) from error
        except UnidentifiedImageError as error:
            raise SourceError(f"{name} is not a picture in a known format (PNG, JPEG, WebP, TIFF, …)") from error
        except SourceError:
            raise
        except (
            Exception
        ) as error:  # decoders of damaged files raise anything: OSError, SyntaxError, struct.error, …
            raise SourceError(f"{name} is damaged: {printable(str(error), 120)}") from error


def _to_bgr(picture: Image.Image) -> NDArray[np.uint8]:
    """(h, w) gray or (h, w, 3|4) BGR(A)."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _from_deep(np.asarray(picture))
    if picture.mode in ("1", "L"):
        return np.array(picture.convert("L"))
    if picture.has_transparency_data:
        return np.ascontiguousarray(np.asarray(picture.convert("RGBA"))[:, :, [2, 1, 0, 3]])
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def _from_deep(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Gray of more than 8 bits: 16-bit scale, or whatever the values span where they exceed that."""
    top = 65535.0 if values.dtype.kind in "ui" else max(1.0, float(np.nanmax(values, initial=1.0)))
    scaled = np.nan_to_num(values.astype(np.float64), nan=0.0) * (255.0 / max(top, float(values.max(initial=0))))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _register_heif() -> None:
    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener  # type: ignore[import-not-found,unused-ignore]

        register_heif_opener()


def _too_large(name: str) -> str:
    return f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels; shrink it first"


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Numbers in names compare as numbers."""
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts] + [(0, 0, path.name)]
