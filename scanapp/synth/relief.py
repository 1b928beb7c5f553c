"""Relief and metal on a surface: embossed digits that the light models, foil that mirrors the room.

An artwork may have relief beside its colours (`Embossed`). Its slopes tilt the surface's normal from pixel to
pixel, so that highlights wander over it as the camera and the lamp move. Blinn's half-vector highlights (1977); the
room that metal mirrors is a soft pattern of bright and dark, since only its moving matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.lighting import direct_light, illumination, lamp_at
from scanapp.synth.motion import Floats
from scanapp.synth.scene import Art, Light, Surface
from scanapp.synth.shapes import Hits

Float32 = NDArray[np.float32]

_BLINN = 4.0
"""Blinn's exponent for a highlight as wide as Phong's."""
_FOIL_POLISH = 60.0
_FOIL_GLOSS = 1.6
_MIRRORED = 1.15
_GRAZING = 0.08


@runtime_checkable
class Embossed(Protocol):
    """An artwork with relief."""

    def relief(self, ppmm: float) -> Float32:
        """(height·ppmm, width·ppmm, 3) float32: slopes to the right and down (mm a mm), and metal, 0 to 1."""


def relief_of(surface: Surface) -> Embossed | None:
    """The artwork that gives a surface its relief: its ground, or a label that covers it exactly."""
    arts: list[Art] = [surface.ground]
    arts += [label.art for label in surface.labels if label.at == (0.0, 0.0) and not label.turn]
    covering = (art for art in arts if art.size == surface.ground.size)
    return next((art for art in covering if isinstance(art, Embossed)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Sheen:
    """The light on one surface in one frame, to be laid on colours and relief of the same pixels.

    level   (h, w) brightness of the level surface
    share   (h, w) part of it that comes from the lamp itself
    lamp    (h, w, 3) unit vectors to the lamp, in the surface's axes: right, down, towards the viewer
    half    (h, w, 3) unit vectors half-way between lamp and viewer
    viewer  (h, w, 3) unit vectors to the camera
    """

    level: Float32
    share: Float32
    lamp: Float32
    half: Float32
    viewer: Float32
    surface: Surface
    light: Light

    def lit(self, colors: NDArray[np.uint16], relief: Float32) -> Float32:
        """Premultiplied colours (h, w, 4) uint16 in this light, (h, w, 4) float32, 65535 is white."""
        sx, sy, metal = (np.ascontiguousarray(relief[..., k]) for k in range(3))
        length = cv2.sqrt(sx * sx + sy * sy + np.float32(1))
        facing = np.maximum(self.lamp[..., 2], np.float32(_GRAZING))
        slant = np.maximum(_along(self.lamp, sx, sy), np.float32(0)) / (length * facing)
        matt = 1 - self.share + self.share * np.minimum(slant, np.float32(3))
        power = self.level * (matt + metal * (self._mirrored(sx, sy) - matt))
        near = np.clip(_along(self.half, sx, sy) / length, 0, 1)
        power += metal * self._gloss(near, _FOIL_GLOSS, _FOIL_POLISH)
        out = np.asarray(colors, np.float32)
        shine = self._gloss(near, self.surface.gloss, self.surface.polish) * out[..., 3]
        for channel in range(3):
            out[..., channel] = out[..., channel] * (power * np.float32(self.light.tint[channel])) + shine
        return out

    def _gloss(self, near: Float32, strength: float, polish: float) -> Float32:
        return np.asarray(np.float32(4 * self.light.level * strength) * cv2.pow(near, _BLINN * polish), np.float32)

    def _mirrored(self, sx: Float32, sy: Float32) -> Float32:
        """What foil shows of the room, about 1: bright and dark patches by where the mirrored ray goes."""
        x = self.viewer[..., 0] + 2 * sx
        y = self.viewer[..., 1] + 2 * sy
        wave = np.sin(np.float32(9.0) * x + np.float32(3.0) * y) + np.float32(0.6) * np.sin(
            np.float32(-4.0) * x + np.float32(11.0) * y + np.float32(1.0)
        )
        return np.asarray(_MIRRORED * (0.66 + 0.42 * wave), np.float32)


def sheen_nodes(light: Light, hits: Hits, eyes: Floats, turn: Floats, t: float) -> Floats:
    """(rows, columns, 11) level, share, and the three vectors of `Sheen` at the grid's nodes."""
    level = illumination(light, hits, t)
    direct = (1 - light.ambient) * direct_light(light, hits, t)
    share = direct / (light.ambient + direct)
    to_lamp = _unit(lamp_at(light, t) - hits.world)
    to_eye = _unit(eyes[:, None, :] - hits.world)
    towards = np.array([1.0, 1.0, float(np.sign((hits.normal @ turn)[..., 2].mean()))])
    vectors = [_unit(vector) @ turn * towards for vector in (to_lamp, to_lamp + to_eye, to_eye)]
    return np.concatenate([level[..., None], share[..., None], *vectors], axis=-1)


def sheen(nodes: Float32, surface: Surface, light: Light) -> Sheen:
    """`sheen_nodes`, interpolated to pixels, ready for use."""
    return Sheen(nodes[..., 0], nodes[..., 1], nodes[..., 2:5], nodes[..., 5:8], nodes[..., 8:11], surface, light)


def slopes(height: Float32, ppmm: float, soften: float = 0.05) -> tuple[Float32, Float32]:
    """Slopes of a height map (mm) to the right and down, softened by ``soften`` mm."""
    smooth = cv2.GaussianBlur(height, (0, 0), max(0.5, soften * ppmm))
    scale = ppmm / 8
    return (
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=scale), np.float32),
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=scale), np.float32),
    )


def _along(vector: Float32, sx: Float32, sy: Float32) -> Float32:
    """The vector along a normal tilted by slopes, times that normal's length."""
    return np.asarray(vector[..., 2] - vector[..., 0] * sx - vector[..., 1] * sy, np.float32)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
