"""One surface as a picture: ground and labels, in linear light, at several sizes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.art.canvas import Rgba
from scanapp.synth.relief import relief_of
from scanapp.synth.scene import Label, Surface

Linear = NDArray[np.uint16]

_MAX_SIDE = 6000
_MAX_PIXELS = 24_000_000
_STEP = 2**0.5


def srgb_to_linear(values: NDArray[Any]) -> NDArray[np.float32]:
    """8-bit sRGB to linear light, 0 to 1 (IEC 61966-2-1)."""
    share = values.astype(np.float32) / 255
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4), np.float32)


class Texture:
    """The pixels of a surface, its shadow included.

    ``level(k)`` is (h, w, 4) uint16: linear red, green, blue multiplied by alpha, and alpha; √2 smaller each k.
    """

    def __init__(self, surface: Surface, ppmm: float, rng: np.random.Generator) -> None:
        width, height = surface.ground.size
        self.border = 3 * surface.shadow
        ppmm = min(ppmm, _MAX_SIDE / (max(width, height) + 2 * self.border))
        self.ppmm = min(ppmm, (_MAX_PIXELS / ((width + 2 * self.border) * (height + 2 * self.border))) ** 0.5)
        self.half = (width / 2 + self.border, height / 2 + self.border)
        sheet = compose(surface, self.ppmm, rng)
        self._levels = [_with_shadow(_premultiplied(sheet), surface.shadow * self.ppmm)]
        embossed = relief_of(surface)
        self._reliefs = [] if embossed is None else [_bordered(embossed.relief(self.ppmm), self._levels[0].shape)]

    def choose(self, pixels_per_mm: float) -> int:
        """The level whose texels are just not larger than the picture's pixels."""
        return max(0, int(np.floor(np.log(self.ppmm / max(pixels_per_mm, 1e-6)) / np.log(_STEP) + 1e-9)))

    def level(self, k: int) -> Linear:
        """See the class."""
        while len(self._levels) <= k:
            number = len(self._levels)
            base = self._levels[number - 2] if number >= 2 else self._levels[0]
            shrink = 0.5 if number >= 2 else 1 / _STEP
            size = tuple(max(4, round(n * shrink)) for n in (base.shape[1], base.shape[0]))
            self._levels.append(np.asarray(cv2.resize(base, size, interpolation=cv2.INTER_AREA), np.uint16))
        return self._levels[k]

    @property
    def embossed(self) -> bool:
        """Whether the surface has relief."""
        return bool(self._reliefs)

    def relief(self, k: int) -> NDArray[np.float32]:
        """(h, w, 3) float32 slopes and metal (see `Embossed`), pixel by pixel with ``level(k)``."""
        while len(self._reliefs) <= k:
            size = self.level(len(self._reliefs)).shape
            small = cv2.resize(self._reliefs[-1], (size[1], size[0]), interpolation=cv2.INTER_AREA)
            self._reliefs.append(np.asarray(small, np.float32))
        return self._reliefs[k]

    def place(self, uv: NDArray[np.float64], k: int) -> NDArray[np.float32]:
        """Texel coordinates (…, 2) float32 in ``level(k)`` of places on the surface (…, 2) in millimetres."""
        shape = self.level(k).shape
        scale = np.array([shape[1] / (2 * self.half[0]), shape[0] / (2 * self.half[1])])
        return np.asarray((uv + self.half) * scale - 0.5, np.float32)

    def alpha(self, uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Opacity (n,) at places (n, 2), 0 outside."""
        texels = np.round(self.place(uv, 0)).astype(int)
        height, width = self._levels[0].shape[:2]
        inside = ((texels >= 0) & (texels < (width, height))).all(axis=1)
        x, y = np.clip(texels, 0, (width - 1, height - 1)).T
        return np.where(inside, self._levels[0][y, x, 3] / 65535, 0.0)


def compose(surface: Surface, ppmm: float, rng: np.random.Generator) -> Rgba:
    """Ground and labels of a surface as (h, w, 4) uint8 RGBA."""
    sheet = surface.ground.paint(ppmm, rng)
    for label in surface.labels:
        _stick(sheet, label, ppmm, rng)
    if surface.corner:
        sheet[..., 3] = np.minimum(sheet[..., 3], _rounded(sheet.shape[:2], surface.corner * ppmm))
    return sheet


def label_transform(label: Label) -> NDArray[np.float64]:
    """(2, 3) from millimetres in the artwork (from its top left) to millimetres on the surface."""
    angle = np.radians(label.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array(label.at) - turn @ (np.array(label.art.size) / 2)
    return np.column_stack([turn, shift])


def _stick(sheet: Rgba, label: Label, ppmm: float, rng: np.random.Generator) -> None:
    art = label.art.paint(ppmm, rng)
    height, width = sheet.shape[:2]
    to_surface = label_transform(label)
    scale = np.array(label.art.size) / (art.shape[1], art.shape[0])
    matrix = np.column_stack([to_surface[:, :2] * scale, to_surface[:, 2]]) * ppmm
    matrix[:, 2] += (width / 2 - 0.5, height / 2 - 0.5) + matrix[:, :2] @ (0.5, 0.5)
    corners = matrix @ np.array([[0, art.shape[1], art.shape[1], 0], [0, 0, art.shape[0], art.shape[0]], [1.0] * 4])
    x0, y0 = np.maximum(np.floor(corners.min(axis=1)).astype(int) - 2, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=1)).astype(int) + 3, (width, height))
    if x0 >= x1 or y0 >= y1:
        return
    matrix[:, 2] -= (x0, y0)
    straight = art.astype(np.float32)
    straight[..., :3] *= straight[..., 3:] / 255
    patch = cv2.warpAffine(straight, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    share = patch[..., 3:] / 255
    under = sheet[y0:y1, x0:x1].astype(np.float32)
    alpha = under[..., 3:] / 255
    out = share + alpha * (1 - share)
    color = patch[..., :3] + under[..., :3] * alpha * (1 - share)
    sheet[y0:y1, x0:x1, :3] = np.clip(np.round(color / np.maximum(out, 1e-4)), 0, 255)
    sheet[y0:y1, x0:x1, 3:] = np.round(out * 255)


def _rounded(shape: tuple[int, int], radius: float) -> NDArray[np.uint8]:
    y = np.abs(np.arange(shape[0]) - (shape[0] - 1) / 2) - (shape[0] / 2 - radius)
    x = np.abs(np.arange(shape[1]) - (shape[1] - 1) / 2) - (shape[1] / 2 - radius)
    away = np.hypot(np.maximum(y, 0)[:, None], np.maximum(x, 0)[None, :])
    return np.asarray(np.clip((radius - away + 0.5) * 255, 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _light_table() -> NDArray[np.float32]:
    return srgb_to_linear(np.arange(256))


def _premultiplied(sheet: Rgba) -> Linear:
    alpha = sheet[..., 3:].astype(np.float32) / 255
    linear = np.empty(sheet.shape, np.uint16)
    linear[..., :3] = np.round(_light_table()[sheet[..., :3]] * alpha * 65535)
    linear[..., 3:] = np.round(alpha * 65535)
    return linear


def _bordered(relief: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The relief in the middle of a sheet of ``shape``, which its shadow made larger; level and matt around it."""
    down, right = (shape[0] - relief.shape[0]) // 2, (shape[1] - relief.shape[1]) // 2
    return np.asarray(
        cv2.copyMakeBorder(relief, down, down, right, right, cv2.BORDER_CONSTANT, value=(0, 0, 0)), np.float32
    )


def _with_shadow(linear: Linear, radius: float) -> Linear:
    """The sheet with ``3 · radius`` pixels of margin, and its blurred silhouette under it, shifted down right."""
    if radius <= 0:
        return linear
    border = round(3 * radius)
    sheet = cv2.copyMakeBorder(linear, border, border, border, border, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    shrink = max(1.0, radius / 4)
    size = max(4, round(sheet.shape[1] / shrink)), max(4, round(sheet.shape[0] / shrink))
    small = cv2.resize(sheet[..., 3].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sigma = radius / shrink
    shift = np.array([[1, 0, 0.5 * sigma], [0, 1, 0.8 * sigma]])
    soft = cv2.GaussianBlur(cv2.warpAffine(small, shift, size), (0, 0), sigma)
    shadow = 0.55 * cv2.resize(soft, (sheet.shape[1], sheet.shape[0]), interpolation=cv2.INTER_LINEAR)
    alpha = sheet[..., 3].astype(np.float32)
    sheet[..., 3] = np.round(alpha + (1 - alpha / 65535) * shadow)
    return np.asarray(sheet, np.uint16)
