"""Lens: where it focuses, and what defocus does to a layer."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.lens import Camera
from scanapp.synth.motion import smooth
from scanapp.synth.scene import Optics

Float32 = NDArray[np.float32]


def focus_distance(optics: Optics, camera: Camera, t: float) -> float:
    """Millimetres at which the lens focuses at ``t``: the scene's focus pulls, or an autofocus that lags."""
    if optics.focus:
        pulls = [[1 / focus.distance] for focus in optics.focus]
        power = float(smooth([focus.t for focus in optics.focus], pulls, [t])[0, 0])
    else:
        past = t - np.linspace(0.0, 2 * optics.lag, 5)
        power = float(np.mean(1 / camera.path.distances(past)))
    for hunt in optics.hunts:
        share = (t - hunt.t) / hunt.seconds
        if 0 <= share <= 1:
            power += hunt.depth / 1000 * np.sin(2 * np.pi * share) * (1 - share)
    return 1 / max(power, 1e-6)


def confusion(optics: Optics, camera: Camera, focus: float, distance: float) -> float:
    """Diameter in pixels of the circle of confusion (thin lens) for things at ``distance`` millimetres."""
    return float(optics.aperture * camera.focal * abs(1 / max(distance, 1.0) - 1 / focus))


def defocus(image: Float32, diameter: float) -> Float32:
    """``image`` blurred with a disk of ``diameter`` pixels."""
    if diameter < 0.4:
        return image
    return np.asarray(cv2.filter2D(image, -1, _disk(round(diameter * 4)), borderType=cv2.BORDER_REPLICATE))


def lens_blur(image: Float32, sigma: float = 0.55) -> Float32:
    """The blur that every lens and sensor has."""
    return np.asarray(cv2.GaussianBlur(image, (5, 5), sigma, borderType=cv2.BORDER_REPLICATE))


def vignette(width: int, height: int, strength: float) -> Float32:
    """(height, width, 1) factors: 1 in the middle, ``1 - strength`` in the corners."""
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / (width / 2)
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / (height / 2)
    away = (x[None, :] ** 2 + y[:, None] ** 2) / 2
    return (1 - strength * away**1.3)[..., None].astype(np.float32)


@lru_cache(maxsize=64)
def _disk(quarters: int) -> Float32:
    """An anti-aliased disk of ``quarters`` / 4 pixels diameter, summing to 1."""
    radius = quarters / 8
    half = int(np.ceil(radius))
    fine = 8
    line = (np.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    mask = (line[:, None] ** 2 + line[None, :] ** 2 <= radius**2).astype(np.float32)
    kernel = mask.reshape(2 * half + 1, fine, 2 * half + 1, fine).mean(axis=(1, 3))
    return np.asarray(kernel / kernel.sum(), np.float32)
