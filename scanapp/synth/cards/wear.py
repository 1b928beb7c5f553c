"""What years in a wallet do to a card: scratches, rubbed patches, grime around the relief."""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.synth.cards.canvas import Canvas

__all__ = ["age"]

Rng = np.random.Generator


def age(rng: Rng, canvas: Canvas) -> None:
    """Ages the finished face in place: two cards of three stay as new."""
    if rng.random() < 0.18:
        _scratch(rng, canvas)
    if rng.random() < 0.12:
        _rub(rng, canvas)
    if rng.random() < 0.2 and canvas.height.max() > 0.1:
        _grime(rng, canvas)


def _scratch(rng: Rng, canvas: Canvas) -> None:
    """Fine bright lines, mostly along one direction."""
    rows, cols = canvas.shape
    layer = np.zeros((rows, cols), np.uint8)
    main = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(3, 40))):
        x, y = rng.uniform(0, cols), rng.uniform(0, rows)
        turn, reach = main + rng.normal(0, 0.3), rng.exponential(0.15) * cols
        ends = np.array([(x, y), (x + reach * np.cos(turn), y + reach * np.sin(turn))]) * 16
        (ax, ay), (bx, by) = np.round(ends).astype(int).tolist()
        cv2.line(layer, (ax, ay), (bx, by), int(rng.integers(20, 110)), 1, cv2.LINE_AA, 4)
    tone = 0 if rng.random() < 0.2 else 235
    cover = layer.astype(np.float32)[..., None] / 255
    canvas.albedo[:] = (canvas.albedo * (1 - cover) + tone * cover).astype(np.uint8)


def _rub(rng: Rng, canvas: Canvas) -> None:
    """Patches where print has faded towards a dull tone."""
    rows, cols = canvas.shape
    small = np.asarray(rng.random((5, 7)), np.float32)
    cover = cv2.resize(small, (cols, rows), interpolation=cv2.INTER_CUBIC)
    cover = np.clip(cover - 0.55, 0, 1)[..., None] * np.float32(rng.uniform(0.3, 0.9))
    canvas.albedo[:] = (canvas.albedo * (1 - cover) + float(rng.uniform(90, 200)) * cover).astype(np.uint8)


def _grime(rng: Rng, canvas: Canvas) -> None:
    """Dirt that stays at the foot of embossed characters."""
    around = cv2.GaussianBlur(canvas.height, (0, 0), 0.45 * canvas.ppmm)
    foot = np.clip((around - canvas.height) * 5, 0, 1)[..., None] * np.float32(rng.uniform(0.2, 0.6))
    canvas.albedo[:] = (canvas.albedo * (1 - foot) + float(rng.uniform(20, 60)) * foot).astype(np.uint8)
