"""A stored picture as a camera might see the thing: turned, nearer, off centre, in other light, behind a finger."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from scanapp.catalog.picture import GREY, Picture

GRAY_WEIGHTS = (0.114, 0.587, 0.299)
"""Of blue, green and red."""


def seen(picture: Picture, side: int, rng: np.random.Generator) -> Picture:
    """A random view (side, side, 3) of ``picture`` (N, N, 3)."""
    view = np.asarray(
        cv2.warpPerspective(
            picture,
            _pose(picture.shape[0], side, rng),
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(GREY, GREY, GREY),
        ),
        np.uint8,
    )
    if rng.random() < 0.25:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), rng.uniform(0.4, 1.6)), np.uint8)
    if rng.random() < 0.4:
        _cover(view, rng)
    return view


def _pose(source: int, side: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """The map from the stored picture to the view: a turned, shifted, mirrored, slightly tilted window of it."""
    area = np.exp(rng.uniform(np.log(0.3), np.log(1.15)))
    aspect = np.exp(rng.uniform(-0.3, 0.3))
    half = np.array([np.sqrt(area * aspect), np.sqrt(area / aspect)]) * source / 2
    free = np.maximum(0.0, source / 2 - half) + 0.03 * source
    middle = source / 2 + rng.uniform(-free, free)
    turn = rng.normal(0.0, 0.2) if rng.random() < 0.9 else rng.uniform(-np.pi, np.pi)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners += rng.normal(0.0, 0.03 * source, (4, 2))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    window = (corners @ spin.T + middle).astype(np.float32)
    whole = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    if rng.random() < 0.5:
        whole = whole[[1, 0, 3, 2]]
    return np.asarray(cv2.getPerspectiveTransform(window, whole), np.float32)


def _cover(view: Picture, rng: np.random.Generator) -> None:
    """A rectangle of one colour over a part of the view."""
    side = view.shape[0]
    wide, tall = (rng.uniform(0.12, 0.45, 2) * side).astype(int)
    x, y = int(rng.integers(0, side - wide + 1)), int(rng.integers(0, side - tall + 1))
    view[y : y + tall, x : x + wide] = rng.integers(0, 256, 3)


def lit(pictures: Tensor, strength: float = 1.0) -> Tensor:
    """Other light on (n, 3, h, w), 0 to 1: brightness, contrast, white balance, saturation, noise."""
    count = len(pictures)

    def spread(size: tuple[int, ...], width: float) -> Tensor:
        return (torch.rand(size) * 2 - 1) * (width * strength)

    gain = torch.exp(spread((count, 1, 1, 1), 0.35) + spread((count, 3, 1, 1), 0.12))
    saturation = torch.exp(spread((count, 1, 1, 1), 0.3))
    contrast = torch.exp(spread((count, 1, 1, 1), 0.3))
    weights = pictures.new_tensor(GRAY_WEIGHTS).view(1, 3, 1, 1)
    gray = (pictures * weights).sum(1, keepdim=True)
    level = gray.mean((2, 3), keepdim=True)
    changed = (gray + (pictures - gray) * saturation - level) * contrast + level
    noise = torch.randn_like(pictures) * (torch.rand(count, 1, 1, 1) * 0.03 * strength)
    return (changed * gain + noise).clamp(0.0, 1.0)
