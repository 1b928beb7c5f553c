"""Lens, sensor and codec at a thumbnail's resolution: what is left of them after a frame has been averaged down."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def camera(scene: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """``scene`` (h, w) float32 luma 0 … 255 as an uint8 picture: blurred, exposed, noisy, at times through JPEG."""
    if rng.random() < 0.5:
        spread = float(abs(rng.normal(0, 0.9))) + 0.2
        side = 2 * round(2.2 * spread) + 1
        scene = cv2.GaussianBlur(scene, (side, side), spread).astype(np.float32)
    if rng.random() < 0.25:
        scene = cv2.filter2D(scene, -1, _streak(float(rng.uniform(1.5, 7)), float(rng.uniform(0, np.pi)))).astype(
            np.float32
        )
    if rng.random() < 0.2:
        soft = cv2.GaussianBlur(scene, (5, 5), 1.2).astype(np.float32)
        scene = scene + np.float32(rng.uniform(0.2, 0.9)) * (scene - soft)
    gain, lift = float(np.exp(rng.normal(0, 0.18))), float(rng.normal(0, 10))
    noise = float(abs(rng.normal(0, 3)))
    if rng.random() < 0.18:
        gain, lift, noise = float(rng.uniform(0.2, 0.6)), float(rng.uniform(0, 25)), float(rng.uniform(1, 7))
    bright = np.clip(scene, 0, 320) / np.float32(255)
    exposed = 255 * gain * np.power(bright, np.float32(np.exp(rng.normal(0, 0.2)))) + lift
    exposed += rng.standard_normal(scene.shape, np.float32) * np.float32(noise)
    picture = np.clip(exposed, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])[1]
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(picture, np.uint8)


def _streak(length: float, turn: float) -> npt.NDArray[np.float32]:
    """A straight motion's kernel."""
    side = int(np.ceil(length)) | 1
    kernel = np.zeros((side + 2, side + 2), np.float32)
    middle = (side + 1) / 2
    for along in np.linspace(-length / 2, length / 2, 4 * side):
        x, y = middle + along * np.cos(turn), middle + along * np.sin(turn)
        i, j = int(y), int(x)
        fx, fy = x - j, y - i
        kernel[i : i + 2, j : j + 2] += np.outer([1 - fy, fy], [1 - fx, fx]).astype(np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)
