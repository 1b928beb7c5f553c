"""What a hand-held camera does to a card: light, optics, sensor and codec, in that order, at three levels.

Sizes are in ‰ of the card's width ("mil"), so that results compare across picture sizes. On an ID-1 card 1 ‰ is
0.086 mm: a printed number's digits are about 40–50 ‰ high, their strokes 4–7 ‰ wide. The stages run at the
resolution that the card has in the camera's frame: a picture in which the card is wider is first made smaller, and
enlarged again at the end, so that shape and place never change.

========== =============== ================ ================ ========== ==========================================
level      card in frame   defocus (radius) motion (length)  noise (σ)  otherwise
========== =============== ================ ================ ========== ==========================================
clean      650–1100 px     0–0.7 ‰          0                0–1.5      JPEG 85–97, slight shading and white balance
moderate   450–900 px      0–2.5 ‰          0–6 ‰            1–5        JPEG 45–92, glare beside the number, shadows
severe     260–400 px      0–8 ‰            0–24 ‰           2–11       JPEG 30–75, low light, glare on the number
========== =============== ================ ================ ========== ==========================================

In "severe" one or two of blur, motion, dark and glare are strong in a frame and the rest are moderate, so that a
single frame usually cannot be read in full and different frames fail at different places: on 120 faces two digits
in three still looked like themselves (correlation above 0.6), all in a third of the frames, none in a seventh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.art_light import Box, light_fields

Picture = NDArray[np.uint8]
Kernel = NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Level:
    """Ranges to draw from, uniformly. Strong ranges replace mild ones in a frame that fails by that effect."""

    card_px: Range
    defocus: Range
    motion: Range
    noise: Range
    exposure: Range
    contrast: Range
    quality: Range
    glare: float
    shadow: float
    screen: float


LEVELS = {
    "clean": Level((650, 1100), (0, 0.7), (0, 0), (0, 1.5), (0.9, 1.1), (0.9, 1.0), (85, 97), 0.05, 0.1, 0.0),
    "moderate": Level((450, 900), (0, 2.5), (0, 6), (1, 5), (0.6, 1.25), (0.7, 1.0), (45, 92), 0.4, 0.35, 0.04),
    "severe": Level((260, 400), (0, 2.5), (0, 6), (2, 6), (0.5, 1.3), (0.6, 1.0), (30, 75), 0.4, 0.5, 0.06),
}
_STRONG_DEFOCUS: Range = (3.0, 8.0)
_STRONG_MOTION: Range = (8.0, 24.0)
_STRONG_DARK: Range = (0.2, 0.5)
_STRONG_NOISE: Range = (5.0, 11.0)


def degrade(
    picture: Picture,
    rng: np.random.Generator,
    level: str,
    *,
    card_px: float | None = None,
    number_box: Box | None = None,
) -> Picture:
    """The picture, (H, W) or (H, W, 3) BGR uint8, as a camera would have taken it; same shape and geometry.

    ``card_px`` is the card's width in the picture, pixels; by default the picture's own width. ``number_box`` is
    x0, y0, x1, y1 of the number in pixels: moderate glare keeps off it, severe glare lies on a part of it (by
    default on the picture's middle). Raises ValueError for a level that is not in `LEVELS`.
    """
    if level not in LEVELS:
        raise ValueError(f"level {level!r} is none of {', '.join(LEVELS)}")
    ranges = LEVELS[level]
    count = 1 if rng.random() < 0.65 else 2
    strong = set(rng.choice(["defocus", "motion", "dark", "glare"], count, replace=False, p=[0.3, 0.3, 0.2, 0.2]))
    if level != "severe":
        strong = set()
    card = float(card_px or picture.shape[1])
    scale = min(1.0, rng.uniform(*ranges.card_px) / card)
    seen = resize(picture, scale, rng)
    mil = card * scale / 1000
    spots = _scaled(number_box, scale)
    gain, veil = light_fields(
        rng,
        seen.shape[:2],
        card * scale,
        glare=1.0 if "glare" in strong else ranges.glare,
        shadow=ranges.shadow,
        number_box=spots,
        on_number="glare" in strong,
    )
    exposure = rng.uniform(*(_STRONG_DARK if "dark" in strong else ranges.exposure))
    seen = expose(seen, gain * np.float32(exposure), veil)
    if rng.random() < ranges.screen:
        seen = screen_grid(seen, rng)
    radius = mil * rng.uniform(*(_STRONG_DEFOCUS if "defocus" in strong else ranges.defocus))
    length = mil * rng.uniform(*(_STRONG_MOTION if "motion" in strong else ranges.motion))
    seen = blur(seen, joined(defocus_kernel(radius, rng), motion_kernel(length, rng)))
    seen = sensor_noise(seen, rng, rng.uniform(*(_STRONG_NOISE if "dark" in strong else ranges.noise)))
    seen = tone(seen, rng, rng.uniform(*ranges.contrast), lift=exposure)
    if rng.random() < 0.35:
        seen = sharpen(seen, rng.uniform(0.2, 1.0))
    seen = codec(seen, rng, round(rng.uniform(*ranges.quality)))
    if seen.shape == picture.shape:
        return seen
    height, width = picture.shape[:2]
    return _u8(cv2.resize(seen, (width, height), interpolation=cv2.INTER_CUBIC))


def resize(picture: Picture, scale: float, rng: np.random.Generator) -> Picture:
    """The picture made ``scale`` times as large, at least 8 px each way; mostly as a sensor averages."""
    if scale == 1.0:
        return picture
    height, width = (max(8, round(n * scale)) for n in picture.shape[:2])
    how = cv2.INTER_LINEAR if rng.random() < 0.25 else cv2.INTER_AREA
    return _u8(cv2.resize(picture, (width, height), interpolation=how))


def expose(picture: Picture, gain: NDArray[np.float32], veil: NDArray[np.float32]) -> Picture:
    """``picture * gain + veil``, clipped as a sensor clips; both (H, W) float32, veil in grey levels."""
    planes = [
        cv2.add(cv2.multiply(plane, gain, dtype=cv2.CV_32F), veil, dtype=cv2.CV_8U) for plane in cv2.split(picture)
    ]
    return _u8(cv2.merge(planes) if picture.ndim == 3 else planes[0])


def defocus_kernel(radius: float, rng: np.random.Generator) -> Kernel:
    """A lens's blur of ``radius`` pixels, a disc or a Gaussian of its spread; (1, 1) below a third of a pixel."""
    if radius < 0.3:
        return np.ones((1, 1), np.float32)
    reach = int(np.ceil(radius + 0.5))
    grid = np.arange(-reach, reach + 1, dtype=np.float32)
    square = grid[:, None] ** 2 + grid[None, :] ** 2
    if rng.random() < 0.4:
        kernel = np.exp(-square / (0.5 * radius * radius + 0.08))
    else:
        kernel = np.clip(radius + 0.5 - np.sqrt(square), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def motion_kernel(length: float, rng: np.random.Generator) -> Kernel:
    """A shaking hand's path of ``length`` pixels, nearly straight, unevenly fast; (1, 1) below half a pixel."""
    if length < 0.5:
        return np.ones((1, 1), np.float32)
    reach = int(np.ceil(length / 2 + 1))
    turn = rng.uniform(0, 2 * np.pi) + rng.uniform(-0.6, 0.6) * np.linspace(-1, 1, 24)
    speed = np.clip(
        1 + 0.5 * np.sin(np.linspace(0, 2 * np.pi, 24) * rng.uniform(0.3, 1.2) + rng.uniform(0, 6)), 0.3, 2
    )
    steps = np.stack([np.cos(turn), np.sin(turn)], axis=1) * (speed / speed.sum() * length)[:, None]
    path = np.cumsum(steps, axis=0)
    path = path - (path.max(axis=0) + path.min(axis=0)) / 2 + reach
    kernel = np.zeros((2 * reach + 2, 2 * reach + 2), np.float32)
    column, row = np.floor(path).astype(int).T
    right, down = (path - np.floor(path)).T
    for dx, dy, share in (
        (0, 0, (1 - right) * (1 - down)),
        (1, 0, right * (1 - down)),
        (0, 1, (1 - right) * down),
        (1, 1, right * down),
    ):
        np.add.at(kernel, (row + dy, column + dx), share.astype(np.float32))
    kernel = kernel[: 2 * reach + 1, : 2 * reach + 1]
    return np.asarray(kernel / kernel.sum(), np.float32)


def joined(first: Kernel, second: Kernel) -> Kernel:
    """The kernel that blurs as both do, one after the other."""
    if first.size < second.size:
        first, second = second, first
    pad = second.shape[0] // 2
    wide = cv2.copyMakeBorder(first, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0)
    return np.asarray(cv2.filter2D(wide, -1, second, borderType=cv2.BORDER_CONSTANT), np.float32)


def blur(picture: Picture, kernel: Kernel) -> Picture:
    """The picture blurred by a kernel that sums to one; (1, 1) leaves it as it is."""
    if kernel.size == 1:
        return picture
    return _u8(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE))


def sensor_noise(picture: Picture, rng: np.random.Generator, sigma: float) -> Picture:
    """Read and shot noise of ``sigma`` grey levels at mid grey, at times smeared as a phone's filter leaves it.

    A colour picture also gets coarser chroma noise of up to the same strength.
    """
    if sigma <= 0.2:
        return picture
    height, width = picture.shape[:2]
    grain = rng.standard_normal((height, width), dtype=np.float32)
    if rng.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (3, 3), 0.7) * np.float32(1.6), np.float32)
    luma = picture if picture.ndim == 2 else _u8(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    shot = rng.uniform(0.2, 0.9)
    curve = np.sqrt(1 - shot + shot * np.arange(256) / 128).astype(np.float32)
    grain = np.asarray(cv2.multiply(grain, cv2.LUT(luma, curve), scale=float(sigma)), np.float32)
    if picture.ndim == 2:
        return _u8(cv2.add(picture, grain, dtype=cv2.CV_8U))
    coarse = rng.standard_normal((3, height // 4 + 1, width // 4 + 1), dtype=np.float32)
    coarse *= np.float32(sigma * rng.uniform(0, 1))
    planes = []
    for plane, tint in zip(cv2.split(picture), coarse - coarse.mean(axis=0), strict=True):
        mixed = cv2.add(grain, cv2.resize(tint, (width, height), interpolation=cv2.INTER_LINEAR))
        planes.append(cv2.add(plane, mixed, dtype=cv2.CV_8U))
    return _u8(cv2.merge(planes))


def tone(picture: Picture, rng: np.random.Generator, contrast: float, lift: float = 1.0) -> Picture:
    """Contrast towards a grey, gamma, part of a dark picture's brightness won back, and a white balance."""
    grey = rng.uniform(40, 200)
    gamma = rng.uniform(0.75, 1.3)
    regain = 1.0 if lift >= 1 else (1 / lift) ** rng.uniform(0.0, 0.8)
    table = np.empty((256, 3), np.float32)
    balance = np.exp(rng.normal(0, 0.06, 3)) if picture.ndim == 3 else np.ones(3)
    for channel in range(3):
        bright = np.clip(np.arange(256) / 255 * regain * balance[channel], 0, 1) ** gamma * 255
        table[:, channel] = grey + contrast * (bright - grey)
    levels = np.clip(table, 0, 255).astype(np.uint8)
    if picture.ndim == 2:
        return _u8(cv2.LUT(picture, levels[:, 0]))
    return _u8(cv2.LUT(picture, levels.reshape(1, 256, 3)))


def sharpen(picture: Picture, amount: float) -> Picture:
    """An unsharp mask, as phones apply: halos around digits."""
    soft = cv2.GaussianBlur(picture, (5, 5), 1.2)
    return _u8(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0))


def screen_grid(picture: Picture, rng: np.random.Generator) -> Picture:
    """A screen's pixels seen by a camera's: a fine grid, its slow beat (moiré) and its refresh's dark bands."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    fine, tilt = 2 * np.pi / rng.uniform(2.0, 5.0), rng.uniform(-0.3, 0.3)
    beat = 2 * np.pi / rng.uniform(8.0, 60.0)
    grid = (
        np.cos(fine * (x + tilt * y))
        + np.cos(fine * (y - tilt * x))
        + np.cos(beat * (x - 0.7 * y)) * rng.uniform(0, 2)
    )
    bands = np.cos(2 * np.pi * y / (height * rng.uniform(0.3, 1.5)) + rng.uniform(0, 6))
    gain = 1 + rng.uniform(0.02, 0.1) * grid + rng.uniform(0.0, 0.2) * bands
    return expose(picture, np.asarray(gain, np.float32), np.zeros((height, width), np.float32))


def codec(picture: Picture, rng: np.random.Generator, quality: int) -> Picture:
    """JPEG's losses; half of the time with the block edges smoothed over, as a video codec's loop filter does."""
    left, top = int(rng.integers(8)), int(rng.integers(8))
    shifted = cv2.copyMakeBorder(picture, top, 0, left, 0, cv2.BORDER_REPLICATE)
    packed = cv2.imencode(".jpg", shifted, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    how = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR
    back = cast("Picture", cv2.imdecode(packed, how))
    if quality < 75 and rng.random() < 0.5:
        soft = cv2.GaussianBlur(back, (3, 3), 0)
        back[::8], back[7::8] = soft[::8], soft[7::8]
        back[:, ::8], back[:, 7::8] = soft[:, ::8], soft[:, 7::8]
    return np.ascontiguousarray(back[top:, left:])


def _scaled(box: Box | None, scale: float) -> Box | None:
    return None if box is None else (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale)


def _u8(picture: object) -> Picture:
    return np.asarray(picture, np.uint8)
