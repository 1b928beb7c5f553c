"""From light to an 8-bit picture: auto-exposure, sensor noise, tone curve, the phone's sharpening."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.scene import Optics

Float32 = NDArray[np.float32]

_SHOT = 1.2e-4
"""Variance of shot noise at full scale and gain 1."""
_READ = 0.0012
"""Standard deviation of read noise at gain 1, full scale 1."""
_TARGET = 0.30
_HIGHLIGHT = 0.86
_SETTLE = 0.25
_MAX_GAIN = 40.0
_RANGE = 2.0
_LEVELS = 8192


class AutoExposure:
    """Follows the scene's brightness with a time constant of a quarter second.

    The gain brings the mean to 0.30 of full scale unless that would burn the brightest two percent.
    """

    def __init__(self, fps: int, error: float) -> None:
        self._rate = 1 - float(np.exp(-1 / (fps * _SETTLE)))
        self._error = error
        self._gain: float | None = None

    def gain(self, light: Float32) -> float:
        """The gain for this frame; ``light`` (height, width, 3) is what falls on the sensor."""
        right = self._metered(light)
        if self._gain is None:
            self._gain = right * self._error
        used = self._gain
        self._gain = used * (right / used) ** self._rate
        return used

    def _metered(self, light: Float32) -> float:
        small = cv2.resize(light, (64, 36), interpolation=cv2.INTER_AREA).mean(axis=2)
        gain = min(
            _TARGET / max(float(small.mean()), 1e-4), _HIGHLIGHT / max(float(np.percentile(small, 98)), 1e-4)
        )
        return float(np.clip(gain, 0.2, _MAX_GAIN))


class Grain:
    """Noise of unit spread: mostly luma; the chroma part is coarser, as a phone's demosaicing leaves it.

    One large field is drawn once; each frame takes another part of it, mirrored at random. Drawing new noise for
    each frame took a sixth of the rendering time and looked the same.
    """

    _SPARE = 160

    def __init__(self, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._width, self._height = size
        width, height = (side + self._SPARE for side in size)
        luma = rng.standard_normal((height, width, 1), dtype=np.float32)
        small = rng.standard_normal((-(-height // 2), -(-width // 2), 3), dtype=np.float32)
        self._field = 0.75 * luma + 0.7 * cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)

    def field(self, rng: np.random.Generator) -> Float32:
        """(height, width, 3) float32 noise for one frame."""
        y, x, mirror = (int(rng.integers(n)) for n in (self._SPARE, self._SPARE, 4))
        part = self._field[y : y + self._height, x : x + self._width]
        return part[:: 1 - 2 * (mirror & 1), :: 1 - (mirror & 2)]


def expose(light: Float32, gain: float, optics: Optics, grain: Float32) -> NDArray[np.uint8]:
    """Linear RGB light (height, width, 3) to an 8-bit BGR picture; ``grain`` is noise of unit spread."""
    signal = light * np.float32(gain)
    if optics.noise > 0:
        shot, read = optics.noise**2 * _SHOT * gain, (optics.noise * _READ * gain) ** 2
        signal += cv2.sqrt(signal * np.float32(shot) + np.float32(read)) * grain
    picture = _tone_table()[np.clip(signal * (_LEVELS / _RANGE), 0, _LEVELS - 1).astype(np.uint16)]
    bgr = np.ascontiguousarray(picture[..., ::-1])
    if optics.sharpen > 0:
        soft = cv2.GaussianBlur(bgr, (0, 0), 1.1)
        bgr = cv2.addWeighted(bgr, 1 + optics.sharpen, soft, -optics.sharpen, 0)
    return np.asarray(bgr, np.uint8)


@lru_cache(maxsize=1)
def _tone_table() -> NDArray[np.uint8]:
    """Linear 0 to 2 to sRGB bytes, with a soft shoulder above 0.75."""
    x = np.linspace(0, _RANGE, _LEVELS)
    x = np.where(x > 0.75, 0.75 + 0.25 * np.tanh((x - 0.75) / 0.25), x)
    srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)
