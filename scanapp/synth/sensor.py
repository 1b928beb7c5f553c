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


def expose(light: Float32, gain: float, optics: Optics, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Linear RGB light (height, width, 3) to an 8-bit BGR picture."""
    signal = light * np.float32(gain)
    if optics.noise > 0:
        signal += _noise(signal, gain, optics.noise, rng)
    picture = _tone_table()[np.clip(signal * (_LEVELS / _RANGE), 0, _LEVELS - 1).astype(np.uint16)]
    bgr = np.ascontiguousarray(picture[..., ::-1])
    if optics.sharpen > 0:
        soft = cv2.GaussianBlur(bgr, (0, 0), 1.1)
        bgr = cv2.addWeighted(bgr, 1 + optics.sharpen, soft, -optics.sharpen, 0)
    return np.asarray(bgr, np.uint8)


def _noise(signal: Float32, gain: float, strength: float, rng: np.random.Generator) -> Float32:
    """Shot and read noise: mostly luma; the chroma part is coarser, as a phone's demosaicing leaves it."""
    height, width = signal.shape[:2]
    spread = np.sqrt(_SHOT * gain * np.maximum(signal, 0.0) + (_READ * gain) ** 2, dtype=np.float32)
    luma = rng.standard_normal((height, width), dtype=np.float32)
    small = rng.standard_normal((-(-height // 2), -(-width // 2), 3), dtype=np.float32)
    chroma = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(spread * (0.75 * luma[..., None] + 0.7 * chroma) * np.float32(strength), np.float32)


@lru_cache(maxsize=1)
def _tone_table() -> NDArray[np.uint8]:
    """Linear 0 to 2 to sRGB bytes, with a soft shoulder above 0.75."""
    x = np.linspace(0, _RANGE, _LEVELS)
    x = np.where(x > 0.75, 0.75 + 0.25 * np.tanh((x - 0.75) / 0.25), x)
    srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)
