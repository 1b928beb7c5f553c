"""What all level-1 detectors look at: how often brightness changes, in which direction, how strongly.

A code or a line of text changes between dark and light many times within a short way; the edge of an object
does so once. So for windows at several scales we count *transitions*: total variation over range. Unlike gradient
energy this needs no threshold on contrast, and unlike a structure tensor it costs only absolute differences of
bytes, which OpenCV does 32 pixels at a time.

The thumbnail is made by halving: two exact 2×2 reductions take an eighth of the time of one reduction by four.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.frame import Frame
from scanapp.geometry import Gray

LONGEST_BASE = 1100
"""Most pixels on the long side of the finest level: 1080p is halved, 4K quartered. Half of that again, and an EAN
with 2-pixel modules in a 1080p frame melts into gray; twice that costs four times as much."""
CELL = 8
"""Pixels of a level a cell; windows are 3×3 cells."""
MIN_SIDE = 40
"""No level is made whose long side would be shorter: nothing with several transitions fits in."""
MAX_LEVELS = 4

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Window statistics of one scale. Maps are (rows, columns) float32, one value a cell of CELL × CELL pixels.

    thumb      (height, width) uint8 luma of this level
    scale      frame pixels a pixel of this level
    span       luma range (0 to 255) in the window around the cell
    corners    transitions per pixel along x plus those along y: high in matrix codes and text
    bars       transitions per pixel across bars in any direction: high in linear codes
    coherence  0 (changes in all directions alike) to 1 (all changes in one direction: bars)
    cosine, sine  that direction as a vector of length ``coherence`` at twice its angle, so that it can be averaged
    balance    where the mean lies between darkest (0) and lightest (1)
    """

    thumb: Gray
    scale: int
    span: Map
    corners: Map
    bars: Map
    coherence: Map
    cosine: Map
    sine: Map
    balance: Map


@dataclass(frozen=True, slots=True, eq=False)
class TextureMaps:
    """The levels of one frame, finest first; never empty."""

    levels: tuple[Level, ...]


_newest: tuple[Gray, TextureMaps] | None = None


def texture_maps(frame: Frame) -> TextureMaps:
    """The maps of ``frame``; several detectors that ask for the same frame in turn share them.

    One entry is kept, known by the identity of the frame's thumbnail: it holds that thumbnail, not the frame, until
    the next frame comes. Threads that interleave frames recompute, they never get another frame's maps.
    """
    global _newest
    thumb = frame.thumb(LONGEST_BASE * 2 // 3)
    newest = _newest
    if newest is not None and newest[0] is thumb:
        return newest[1]
    maps = _measure(thumb, frame.thumb_scale(LONGEST_BASE * 2 // 3))
    _newest = (thumb, maps)
    return maps


def forget() -> None:
    """Drop the kept maps, for those who time their making or hold memory dear after the last frame."""
    global _newest
    _newest = None


def _measure(thumb: Gray, scale: int) -> TextureMaps:
    levels = []
    for _ in range(MAX_LEVELS):
        half = _half(thumb)
        levels.append(_level(thumb, half, scale))
        if max(half.shape) < MIN_SIDE or min(half.shape) < 2:
            break
        thumb, scale = half, 2 * scale
    return TextureMaps(tuple(levels))


def _half(pixels: Gray) -> Gray:
    width, height = max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2)
    return np.asarray(cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))


def _level(thumb: Gray, half: Gray, scale: int) -> Level:
    height, width = (-(-side // CELL) * CELL for side in thumb.shape)
    below, beyond = height - thumb.shape[0], width - thumb.shape[1]
    padded = cv2.copyMakeBorder(thumb, 1, below + 1, 0, beyond + 1, cv2.BORDER_REPLICATE)
    here = padded[1 : height + 1, :width]
    right = _window_mean(cv2.absdiff(here, padded[1 : height + 1, 1:]))
    down = _window_mean(cv2.absdiff(here, padded[2:, :width]))
    falling = _window_mean(cv2.absdiff(here, padded[2:, 1:]))
    rising = _window_mean(cv2.absdiff(here, padded[:height, 1:]))
    low, high = _window_range(half, width // 2, height // 2)
    span = high - low
    safe = np.maximum(span, np.float32(1))
    squares = right * right + down * down
    norm: Map = np.reciprocal(np.maximum(squares, np.float32(1e-3)))
    cosine: Map = (right * right - down * down) * norm
    sine: Map = (falling * falling - rising * rising) * (norm / np.float32(2))  # diagonal steps are sqrt(2) long
    return Level(
        thumb=thumb,
        scale=scale,
        span=span,
        corners=(right + down) / safe,
        bars=np.sqrt(squares) / safe,
        coherence=np.sqrt(cosine * cosine + sine * sine),
        cosine=cosine,
        sine=sine,
        balance=(_window_mean(here) - low) / safe,
    )


def _window_mean(pixels: NDArray[Any]) -> Map:
    """Mean over 3×3 cells around each cell; halved thrice, which is the fast way to a mean over 8×8 pixels."""
    for _ in range(3):
        size = pixels.shape[1] // 2, pixels.shape[0] // 2
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.blur(pixels.astype(np.float32), (3, 3)), dtype=np.float32)


def _window_range(half: Gray, width: int, height: int) -> tuple[Map, Map]:
    """Darkest and lightest luma of each window, taken at half size: cheaper, and single hot pixels don't count."""
    below, beyond = max(0, height - half.shape[0]), max(0, width - half.shape[1])
    padded = cv2.copyMakeBorder(half[:height, :width], 0, below, 0, beyond, cv2.BORDER_REPLICATE)
    cell, window = np.ones((CELL // 2, CELL // 2), np.uint8), np.ones((3, 3), np.uint8)
    # anchored at its corner, the kernel at (4 i, 4 j) covers exactly the cell (i, j)
    low = cv2.erode(padded, cell, anchor=(0, 0))[:: CELL // 2, :: CELL // 2]
    high = cv2.dilate(padded, cell, anchor=(0, 0))[:: CELL // 2, :: CELL // 2]
    return cv2.erode(low, window).astype(np.float32), cv2.dilate(high, window).astype(np.float32)
