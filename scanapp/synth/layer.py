"""One surface as the camera sees it in one frame: motion blur, rolling shutter, light, defocus.

The mapping from pixels to texels is computed on a grid of every eighth pixel and interpolated between; at each
grid row with that row's own camera pose, once for every part of the exposure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.lens import Camera
from scanapp.synth.lighting import highlight, illumination
from scanapp.synth.motion import Floats
from scanapp.synth.optics import confusion, defocus
from scanapp.synth.relief import Sheen, sheen, sheen_nodes
from scanapp.synth.scene import Light, Surface
from scanapp.synth.shapes import Hits, Shape
from scanapp.synth.texture import Texture

Float32 = NDArray[np.float32]

STEP = 8
"""Pixels between grid nodes."""

_OPAQUE = 0.9999
_STEEP = 1.5
_FARTHEST = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Premultiplied linear light of one surface: ``rgba`` (h, w, 4) float32 at (``x``, ``y``) in the frame."""

    x: int
    y: int
    rgba: Float32

    def over(self, picture: Float32) -> None:
        """Paint on ``picture`` (height, width, 3) float32, in place."""
        height, width = self.rgba.shape[:2]
        area = picture[self.y : self.y + height, self.x : self.x + width]
        if float(self.rgba[..., 3].min()) > _OPAQUE:
            area[...] = self.rgba[..., :3]
            return
        area *= 1 - self.rgba[..., 3:]
        area += self.rgba[..., :3]


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """The grid's rays at one part of one frame's exposure."""

    eyes: Floats
    rays: Floats
    times: Floats


class Grid:
    """Nodes every `STEP` pixels, one more on each side than the frame needs."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.xs: Floats = (np.arange(-1.0, -(-camera.width // STEP) + 1) + 0.5) * STEP - 0.5
        self.ys: Floats = (np.arange(-1.0, -(-camera.height // STEP) + 1) + 0.5) * STEP - 0.5

    def rays(self, frame: float, part: float) -> Rays:
        """Rays at ``part`` (0 to 1) of the exposure of ``frame``."""
        times = self.camera.row_times(frame, self.ys, part)
        return Rays(*self.camera.rays(self.xs, self.ys, times), times)


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of the grid, and the pixels that it covers."""

    top: int
    bottom: int
    left: int
    right: int
    width: int
    height: int

    @property
    def x(self) -> int:
        return self.left * STEP

    @property
    def y(self) -> int:
        return self.top * STEP

    def zoom(self, nodes: NDArray[np.floating]) -> Float32:
        """Values at grid nodes (rows, columns, …) interpolated to the window's pixels."""
        part = np.ascontiguousarray(nodes[self.top : self.bottom + 2, self.left : self.right + 2], np.float32)
        full = cv2.resize(part, (part.shape[1] * STEP, part.shape[0] * STEP), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[STEP : STEP + self.height, STEP : STEP + self.width])


def render_layer(
    surface: Surface, shape: Shape, texture: Texture, grid: Grid, exposure: list[Rays], light: Light, focus: float
) -> Layer | None:
    """The surface over one frame's ``exposure``, None where it is out of view; ``focus`` in millimetres."""
    seen = [shape.hit(rays.eyes, rays.rays, rays.times) for rays in exposure]
    inside = np.logical_or.reduce([_inside(hits, texture) for hits in seen])
    window = _window(inside, grid.camera)
    if window is None:
        return None
    middle, hits = exposure[len(exposure) // 2], seen[len(seen) // 2]
    level = texture.choose(_scale(hits, inside) if surface.labels else _mean_scale(hits, inside))
    steep = not surface.bend and _is_steep(hits, inside)
    total, samples = np.zeros((window.height, window.width, 4), np.float32), 0
    relief = _sheen(surface, shape, light, hits, middle, window) if texture.embossed else None
    for one in seen:
        for x, y in _slanting(one, texture, level, window) if steep else _facing(one, texture, level, window):
            sample = cv2.remap(texture.level(level), x, y, cv2.INTER_LINEAR)
            if relief is not None:
                bumps = cv2.remap(texture.relief(level), x, y, cv2.INTER_LINEAR)
                sample = relief.lit(np.asarray(sample, np.uint16), np.asarray(bumps, np.float32))
            cv2.accumulate(sample, total)
            samples += 1
    total *= 1 / (65535 * samples)
    if surface.bend:
        total *= _rim(hits, inside, window)[..., None]
    if relief is None:
        _light(total, surface, light, hits, middle, window)
    distance = _distance(hits, inside, middle)
    camera = grid.camera
    return Layer(window.x, window.y, defocus(total, confusion(camera.optics, camera, focus, distance)))


def _inside(hits: Hits, texture: Texture) -> NDArray[np.bool_]:
    return np.asarray((np.abs(hits.uv) <= texture.half).all(axis=-1) & hits.ahead & (hits.rim <= 1.0))


def _window(inside: NDArray[np.bool_], camera: Camera) -> _Window | None:
    """The grid cells around the nodes that hit, two more on each side for blur and for small things."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return None
    last_row, last_column = inside.shape[0] - 2, inside.shape[1] - 2
    top, left = max(0, int(rows[0]) - 4), max(0, int(columns[0]) - 4)
    bottom, right = min(last_row, int(rows[-1]) + 3), min(last_column, int(columns[-1]) + 3)
    width = min(right * STEP, camera.width) - left * STEP
    height = min(bottom * STEP, camera.height) - top * STEP
    return _Window(top, bottom, left, right, width, height) if width > 0 and height > 0 else None


def _scale(hits: Hits, inside: NDArray[np.bool_]) -> float:
    """Pixels a millimetre where the surface is seen largest (its 90th percentile): keeps print sharp."""
    across, down = _steps(hits, inside)
    return float(1 / max(np.percentile(np.minimum(across, down), 10), 1e-6)) if len(across) else 1.0


def _mean_scale(hits: Hits, inside: NDArray[np.bool_]) -> float:
    """Pixels a millimetre of the whole surface, both ways: keeps a floor seen at a slant from flickering."""
    across, down = _steps(hits, inside)
    return float(1 / max(np.median(np.sqrt(across * down)), 1e-6)) if len(across) else 1.0


def _steps(hits: Hits, inside: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Millimetres a pixel to the right and down, (n,) each, at the nodes that hit."""
    known = inside[:-1, :-1]
    across = np.linalg.norm(np.diff(hits.uv, axis=1), axis=-1)[:-1][known] / STEP
    down = np.linalg.norm(np.diff(hits.uv, axis=0), axis=-1)[:, :-1][known] / STEP
    return across, down


def _is_steep(hits: Hits, inside: NDArray[np.bool_]) -> bool:
    """Whether distances differ so much that places are no longer linear between grid nodes."""
    reach = hits.reach[inside & hits.ahead]
    return bool(len(reach) and reach.max() > _STEEP * reach.min())


def _facing(hits: Hits, texture: Texture, level: int, window: _Window) -> Iterator[tuple[Float32, Float32]]:
    """Texel coordinates (x, y) of the window's pixels: interpolated between the nodes."""
    place = np.where(hits.ahead[..., None], texture.place(hits.uv, level), np.float32(-1e4))
    x, y = cv2.split(window.zoom(np.clip(place, -1e4, 3e4)))
    yield np.asarray(x, np.float32), np.asarray(y, np.float32)


def _slanting(hits: Hits, texture: Texture, level: int, window: _Window) -> Iterator[tuple[Float32, Float32]]:
    """The same for a floor: three samples a pixel one above the other, because its far edge would be jagged.

    Homogeneous coordinates of a plane are linear in the picture, up to and beyond its horizon.
    """
    nearness = 1 / hits.reach
    nodes = np.dstack([texture.place(hits.uv, level) * nearness[..., None], nearness])
    a_pixel_down = np.gradient(nodes, axis=0) / STEP
    for shift in (-1 / 3, 0.0, 1 / 3):
        x, y, near = cv2.split(window.zoom(nodes + shift * a_pixel_down))
        ahead = near > _FARTHEST
        near = np.where(ahead, near, np.float32(1.0))
        x, y = (np.where(ahead, np.clip(axis / near, -1e4, 3e4), np.float32(-1e4)) for axis in (x, y))
        yield np.asarray(x, np.float32), np.asarray(y, np.float32)


def _rim(hits: Hits, inside: NDArray[np.bool_], window: _Window) -> Float32:
    """Opacity at a bent surface's silhouette, one pixel wide."""
    pixel = 1 / _scale(hits, inside)
    return np.asarray(np.clip(0.5 - window.zoom(hits.rim) / pixel, 0.0, 1.0), np.float32)


def _light(total: Float32, surface: Surface, light: Light, hits: Hits, middle: Rays, window: _Window) -> None:
    time = float(middle.times.mean())
    level = illumination(light, hits, time)
    factor = window.zoom(
        np.stack([level * light.tint[0], level * light.tint[1], level * light.tint[2], np.ones_like(level)], -1)
    )
    cv2.multiply(total, factor, dst=total)
    if surface.gloss:
        shine = window.zoom(highlight(light, hits, middle.eyes, surface.gloss, surface.polish, time))
        total[..., :3] += (shine * total[..., 3])[..., None]


def _sheen(surface: Surface, shape: Shape, light: Light, hits: Hits, middle: Rays, window: _Window) -> Sheen:
    nodes = sheen_nodes(light, hits, middle.eyes, shape.turn, float(middle.times.mean()))
    planes = [window.zoom(nodes[..., first : first + 4]) for first in (0, 4, 8)]
    return sheen(np.concatenate(planes, axis=-1), surface, light)


def _distance(hits: Hits, inside: NDArray[np.bool_], rays: Rays) -> float:
    """Mean distance of what is seen, in millimetres."""
    away = np.linalg.norm(hits.world - rays.eyes[:, None, :], axis=-1)
    return float(away[inside].mean())
