"""Batches of number lines as the reader meets them: 32×320, placed, jittered and soiled once more at each draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch

from scanapp.lab.lines_cache import TALL, WIDE, LinesCache
from scanapp.lab.nets.reader import COLUMNS, HEIGHT, WIDTH
from scanapp.lab.run import Batch

IGNORE = -100
_PEN = np.ones((2, 2), np.uint8)
_PLACE_Y, _PLACE_X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
FRAMED = 0.2
"""Share of roomy lines around which a frame is drawn, as some designs have it: its sides look like ones."""
STEP = WIDTH / COLUMNS
"""Pixels between columns; column t looks at x = t · STEP."""
TRIES = 24
"""Rows drawn to find one without a number; about one in twelve has none."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """How much a drawn line differs from the cached one.

    height  of the characters in the 32 px, from … to
    tilt    standard deviation of shear and rotation, degrees
    soil    chance of further blur, noise, JPEG and the like
    bend    chance that strokes are bent a little: shapes that no font of the cache has
    room    chance that the cut is longer than the line at one end or both: what stands beside a number (a chip, a
            logo, a frame) must not be read with it
    turn    chance that a long line is shown upside down, as one without characters
    busy    chance that artwork of another card shines through
    """

    height: tuple[float, float] = (14.0, 26.0)
    tilt: float = 1.2
    soil: float = 0.5
    bend: float = 0.0
    room: float = 0.0
    turn: float = 0.0
    busy: float = 0.0


STEADY = Jitter((18.0, 22.0), 0.4, 0.0)
"""For evaluation: a crop as the recognizer cuts it."""
LONG = 12
"""Characters from which a line upside down is told from one that is not: 1, 8 and 0 alone look the same."""


def batch(cache: LinesCache, indices: npt.NDArray[np.int64], jitter: Jitter, rng: np.random.Generator) -> Batch:
    """Rows ``indices`` of the cache.

    lines    (n, 1, 32, 320) float32 luma 0 … 1
    columns  (n, 80) int64: class of each column, IGNORE where it is ambiguous
    targets  (n, 24) int64: classes, 0 after the end; lengths (n,) int64
    """
    lines = np.empty((len(indices), 1, HEIGHT, WIDTH), np.uint8)
    columns = np.zeros((len(indices), COLUMNS), np.int64)
    blank = np.zeros(len(indices), np.bool_)
    for place, index in enumerate(indices):
        row = cache.rows[index]
        roomy = rng.random() < jitter.room if jitter.room else False
        onto = placement(row, jitter, rng, roomy=roomy)
        picture = cut(cache.pixels[index], row, onto, rng.uniform(14, 70) if roomy else 14)
        if roomy and rng.random() < FRAMED:
            picture = _framed(picture, row, onto, rng)
        if jitter.busy and rng.random() < jitter.busy:
            picture = _busy(picture, cache, rng)
        if jitter.bend and rng.random() < jitter.bend:
            picture = _bent(picture, rng)
        if rng.random() < jitter.soil:
            picture = _soiled(picture, rng)
        lines[place, 0] = picture
        columns[place] = column_classes(row, onto)
        if jitter.turn and int(row["length"]) >= LONG and rng.random() < jitter.turn:
            lines[place, 0] = picture[::-1, ::-1]
            columns[place], blank[place] = 0, True
    rows = cache.rows[indices]
    return {
        "lines": torch.from_numpy(lines.astype(np.float32) / 255.0),
        "columns": torch.from_numpy(columns),
        "targets": torch.from_numpy(np.where(blank[:, None], 0, rows["chars"].astype(np.int64))),
        "lengths": torch.from_numpy(np.where(blank, 0, rows["length"].astype(np.int64))),
    }


def placement(
    row: Any, jitter: Jitter, rng: np.random.Generator, *, roomy: bool = False
) -> npt.NDArray[np.float64]:
    """(2, 3) from the cached picture to the reader's input: ``jitter.height`` high, some 8 px from the left.

    roomy  with up to all that the cached picture has before and after the line
    """
    start, end = float(row["start"]), float(row["end"])
    down = rng.uniform(*jitter.height) / float(row["height"])
    left = max(0.5, rng.normal(8, 3 if jitter.soil else 1.5))
    right = max(0.5, rng.normal(8, 3 if jitter.soil else 1.5))
    across = down / float(row["squeeze"]) * np.exp(rng.normal(0, 0.12 if jitter.soil else 0.02))
    across = min(across, (WIDTH - left - right) / (end - start))
    if roomy:
        left = max(left, rng.uniform(0, start) * across)
        right = max(right, rng.uniform(0, WIDE - end) * across)
        across = min(across, (WIDTH - left - right) / (end - start))
    shear, turn = np.tan(np.deg2rad(rng.normal(0, jitter.tilt, 2).clip(-3, 3)))
    middle_x, middle_y = (start + end) / 2, TALL / 2
    drift = rng.normal(0, 0.06) * HEIGHT if jitter.soil else rng.normal(0, 0.02) * HEIGHT
    return np.array(
        [
            [across, across * shear, left - across * start - across * shear * middle_y],
            [down * turn, down, HEIGHT / 2 + drift - down * middle_y - down * turn * middle_x],
        ]
    )


def cut(
    picture: npt.NDArray[np.uint8], row: Any, onto: npt.NDArray[np.float64], margin: float = 14
) -> npt.NDArray[np.uint8]:
    """The reader's input (32, 320); ``margin`` cached pixels right of the line's end the edge is repeated."""
    found = cv2.warpAffine(picture, onto, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    last = round(onto[0, 0] * min(float(row["end"]) + margin, WIDE - 1) + onto[0, 2])
    if 8 < last < WIDTH - 1:
        found[:, last:] = found[:, last - 1 : last]
    return np.asarray(found, np.uint8)


def column_classes(row: Any, onto: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """(80,) classes: a character's where its middle is near, blank where none is, IGNORE between."""
    result = np.zeros(COLUMNS, np.int64)
    length = int(row["length"])
    if length == 0:
        return result
    centres = onto[0, 0] * row["centres"][:length] + onto[0, 1] * TALL / 2 + onto[0, 2]
    gaps = np.diff(centres)
    pitch = float(gaps.min()) if length > 1 else 16.0
    distance = np.abs(np.arange(COLUMNS)[:, None] * STEP - centres[None, :])
    nearest = distance.argmin(1)
    near = distance.min(1)
    result[near <= 0.33 * pitch] = IGNORE
    sure = near <= max(2.0, 0.14 * pitch)
    result[sure] = row["chars"][:length][nearest[sure]]
    return result


def _framed(
    picture: npt.NDArray[np.uint8], row: Any, onto: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """A thin frame around the line, some pixels off; its upper and lower sides may lie outside of the picture."""
    left, right = (onto[0, 0] * float(row[end]) + onto[0, 1] * TALL / 2 + onto[0, 2] for end in ("start", "end"))
    tall = onto[1, 1] * float(row["height"])
    away, above = rng.uniform(3, 9), rng.uniform(2, 12)
    x0, x1 = round(left - away), round(right + away)
    y0, y1 = (round(HEIGHT / 2 + sign * (tall / 2 + above)) for sign in (-1, 1))
    drawn = picture.copy()
    cv2.rectangle(drawn, (x0, y0), (x1, y1), float(rng.integers(256)), int(rng.integers(1, 3)), cv2.LINE_AA)
    return np.asarray(cv2.addWeighted(picture, 0.3, drawn, 0.7, 0), np.uint8)


def _bent(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Elastic distortion (Simard et al., 2003): smooth random shifts of up to about two pixels."""
    reach = rng.uniform(0.3, 1.0)
    x, y = (
        cv2.resize(
            rng.standard_normal((HEIGHT // 8 + 1, WIDTH // 8 + 1), np.float32) * np.float32(reach), (WIDTH, HEIGHT)
        )
        for _ in range(2)
    )
    return np.asarray(
        cv2.remap(picture, _PLACE_X + x, _PLACE_Y + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _busy(picture: npt.NDArray[np.uint8], cache: LinesCache, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """With the artwork of a place without a number, a tenth to four tenths of it, over all of the line."""
    tries = rng.integers(cache.ready, size=TRIES)
    bare = tries[cache.rows["length"][tries] == 0]
    if not len(bare):
        return picture
    artwork = cv2.resize(cache.pixels[bare[0]], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        artwork = artwork[::-1]
    share = rng.uniform(0.1, 0.4)
    # the brightness stays; characters become fainter by as much as the artwork comes up
    mixed = (1.0 - share) * picture + share * rng.choice((1.0, 2.0)) * (artwork - float(artwork.mean()))
    return np.asarray(np.clip(mixed + share * float(picture.mean()), 0, 255), np.uint8)


def _half_shadow(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """An edge of a shadow or a reflection, sharp or soft, at any angle across the line."""
    angle, soft = rng.uniform(-np.pi, np.pi), rng.uniform(0.5, 12)
    along = (_PLACE_X - rng.uniform(0, WIDTH)) * np.float32(np.cos(angle)) + (_PLACE_Y - HEIGHT / 2) * np.float32(
        np.sin(angle)
    )
    lit = 1.0 / (1.0 + np.exp(np.clip(-along / np.float32(soft), -30, 30)))
    return np.asarray(np.clip(picture * (1.0 + lit * rng.uniform(-0.6, 0.6)), 0, 255), np.uint8)


def _fading(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Strokes that fade along the line, as relief does where the light falls along it."""
    kept = cv2.resize(rng.uniform(0.25, 1.0, (1, 6)).astype(np.float32), (WIDTH, 1))
    ground = cv2.GaussianBlur(picture, (0, 0), 6)
    return np.asarray(np.clip(ground + (picture.astype(np.float32) - ground) * kept, 0, 255), np.uint8)


def _soiled(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A little of what cameras, lights and codecs do; each draw picks some."""
    if rng.random() < 0.25:
        picture = np.asarray(255 - picture, np.uint8)
    if rng.random() < 0.15:
        # thinner or thicker strokes than any of the fonts has
        thin = cv2.erode if rng.random() < 0.5 else cv2.dilate
        picture = np.asarray(thin(picture, _PEN), np.uint8)
    if rng.random() < 0.15:
        picture = _half_shadow(picture, rng)
    if rng.random() < 0.12:
        picture = _fading(picture, rng)
    if rng.random() < 0.5:
        table = 255.0 * (np.arange(256) / 255.0) ** np.exp(rng.normal(0, 0.4))
        grey = rng.uniform(30, 225)
        table = grey + (table - grey) * rng.uniform(0.3, 1.15)
        picture = np.asarray(cv2.LUT(picture, np.clip(table, 0, 255).astype(np.uint8)), np.uint8)
    if rng.random() < 0.25:
        across, down = rng.uniform(0.3, 1.3, 2)
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), across, sigmaY=down), np.uint8)
    if rng.random() < 0.4:
        grain = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1, 14))
        picture = np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)
    if rng.random() < 0.15:
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])[1]
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    if rng.random() < 0.06:
        # a finger's edge, a scratch, a spot of glare: not everything can be read
        x, wide = int(rng.integers(WIDTH)), int(rng.integers(2, 9))
        picture = picture.copy()
        picture[:, x : x + wide] = rng.integers(256)
    return picture
