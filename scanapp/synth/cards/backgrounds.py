"""Scenes behind a card, for teaching a locator: surfaces, rooms, clutter, photographs; fingers over its edges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from scanapp.errors import SourceError
from scanapp.synth.cards import art_scene as scene
from scanapp.synth.cards.art_colour import Picture, Rng, colour, shaded, slope
from scanapp.synth.cards.art_hand import fingers, hold
from scanapp.synth.cards.artwork import PAINTERS, Painter

__all__ = ["BACKGROUNDS", "background", "fingers", "hold"]

_ART = ("plain", "gradient", "carbon", "brushed", "stripes", "grass", "pebbles", "clouds", "marble", "fur", "cloth")
BACKGROUNDS: dict[str, tuple[Painter, float]] = {
    "wood": (scene.wood, 3.0),
    "tiles": (scene.tiles, 1.0),
    "carpet": (scene.carpet, 1.0),
    "page": (scene.page, 1.5),
    "keyboard": (scene.keyboard, 1.0),
    "screen": (scene.screen, 1.0),
    "room": (scene.room, 3.0),
    "skin": (scene.skin, 1.5),
    **{name: (PAINTERS[name], 0.6) for name in _ART},
}
_PHOTO_SIDE = 640


def background(
    rng: np.random.Generator, width: int, height: int, *, photos: Sequence[Path] = (), kind: str | None = None
) -> Picture:
    """(height, width, 3) uint8 BGR: a scene of a ``kind`` in `BACKGROUNDS` (any by default), turned, with clutter.

    With ``photos`` half of the scenes are crops of these files. Raises SourceError for a file that is no picture.
    """
    if kind is None and len(photos) and rng.random() < 0.5:
        sheet = _crop(rng, _photo(str(photos[int(rng.integers(len(photos)))])), width, height)
        return _lit(rng, sheet)
    names = list(BACKGROUNDS)
    weights = np.array([BACKGROUNDS[name][1] for name in names])
    name = kind or str(rng.choice(names, p=weights / weights.sum()))
    scale = min(1.0, 320 / max(width, height)) if rng.random() < 0.8 else min(1.0, 480 / max(width, height))
    small = (max(32, round(width * scale)), max(32, round(height * scale)))
    sheet = BACKGROUNDS[name][0](rng, *small)
    if rng.random() < 0.6:
        sheet = _tilted(rng, sheet)
    if rng.random() < 0.55:
        sheet = _cluttered(rng, sheet)
    if rng.random() < 0.4:
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), rng.uniform(0.4, 3.0) * small[0] / 320), np.uint8)
    sheet = _lit(rng, sheet)
    if small == (width, height):
        return sheet
    return np.asarray(cv2.resize(sheet, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


@lru_cache(maxsize=96)
def _photo(path: str) -> Picture:
    """A photograph, its longer side at most 640 px."""
    found = cv2.imread(path, cv2.IMREAD_COLOR)
    if found is None:
        raise SourceError(f"{path}: not a picture that can be read; leave it out of the backgrounds")
    scale = min(1.0, _PHOTO_SIDE / max(found.shape[:2]))
    if scale < 1:
        found = cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)


def _crop(rng: Rng, photo: Picture, width: int, height: int) -> Picture:
    """A part of the photograph in the view's shape, mirrored at times."""
    tall, wide = photo.shape[:2]
    share = min(wide / width, tall / height) * rng.uniform(0.4, 1.0)
    w, h = max(2, min(wide, int(width * share))), max(2, min(tall, int(height * share)))
    x, y = int(rng.integers(0, wide - w + 1)), int(rng.integers(0, tall - h + 1))
    part = photo[y : y + h, x : x + w]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    how = cv2.INTER_AREA if share > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=how), np.uint8)


def _tilted(rng: Rng, sheet: Picture) -> Picture:
    """Turned by any angle and seen at a slant, mirrored beyond its edges."""
    height, width = sheet.shape[:2]
    turn, zoom = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.3)
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    slant = np.array([[cos, -sin, 0], [sin, cos, 0], [*(rng.normal(0, 0.4, 2) / width), 1]])
    matrix = middle @ slant @ np.linalg.inv(middle)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(sheet, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


def _cluttered(rng: Rng, sheet: Picture) -> Picture:
    """Things lying about: boxes, pens, cups, sheets, each with a shadow on one side."""
    height, width = sheet.shape[:2]
    away = rng.normal(0, 0.012, 2) * width
    for _ in range(int(rng.integers(1, 9))):
        centre = rng.random(2) * (width, height)
        size = width * rng.uniform(0.02, 0.45) * np.array([1.0, rng.choice([0.08, rng.uniform(0.1, 1.0)])])
        turn = rng.uniform(0, 360)
        ink = colour(rng, None, 0.6 * rng.random())
        if rng.random() < 0.7:
            outline = cv2.boxPoints((centre.tolist(), size.tolist(), turn))
            cv2.fillConvexPoly(sheet, (outline + away).astype(np.int32), _darker(sheet, centre), cv2.LINE_AA)
            cv2.fillConvexPoly(sheet, outline.astype(np.int32), ink, cv2.LINE_AA)
        else:
            axes = (int(size[0] / 2), int(size[0] / 2 * rng.uniform(0.6, 1)))
            at = centre.astype(int).tolist()
            cv2.ellipse(
                sheet,
                (centre + away).astype(int).tolist(),
                axes,
                turn,
                0,
                360,
                _darker(sheet, centre),
                -1,
                cv2.LINE_AA,
            )
            cv2.ellipse(sheet, at, axes, turn, 0, 360, ink, -1, cv2.LINE_AA)
            rim = (max(1, int(axes[0] * 0.8)), max(1, int(axes[1] * 0.8)))
            cv2.ellipse(sheet, at, rim, turn, 0, 360, colour(rng, None, 0.3), -1, cv2.LINE_AA)
    return sheet


def _darker(sheet: Picture, at: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[int]:
    """The colour at a place, in shadow."""
    height, width = sheet.shape[:2]
    here = sheet[min(height - 1, int(at[1])), min(width - 1, int(at[0]))]
    return [int(v * 0.55) for v in here]


def _lit(rng: Rng, sheet: Picture) -> Picture:
    """Uneven light over the scene."""
    height, width = sheet.shape[:2]
    if rng.random() < 0.4:
        return sheet
    return shaded(sheet, np.asarray(rng.uniform(-0.5, 0.5) * (slope(rng, width, height) - 0.5), np.float32))
