"""How characters come onto a card: punched up, tipped with foil, printed in ink, worn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.synth.cards.canvas import Canvas
from scanapp.synth.cards.typeset import Setting

__all__ = ["Finish", "dent", "emboss", "print_flat", "shared_ground", "suited"]

Float32 = NDArray[np.float32]
Rng = np.random.Generator
Window = tuple[slice, slice]

_FOILS = {
    "silver": ((205, 205, 205), 0.7),
    "gold": ((90, 170, 215), 0.7),
    "white": ((240, 240, 240), 0.0),
    "ivory": ((200, 225, 235), 0.0),
    "black": ((25, 25, 25), 0.1),
    "copper": ((80, 120, 200), 0.6),
    "blue": ((150, 80, 40), 0.1),
}
RELIEF = 0.46  # mm, ISO/IEC 7811-1


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """The look that the lines of one card share. ``colour`` None means bare relief, or ink chosen against the
    ground."""

    colour: tuple[float, float, float] | None
    metal: float
    wear: float  # 0 new … 1 nearly bare
    patchy: float
    relief: float  # mm
    effect: str  # plain | outline | shadow | ghost
    contrast: float  # grey levels between ink and ground, flat printing

    @staticmethod
    def random(rng: Rng, *, raised: bool) -> Finish:
        """A finish for embossed (``raised``) or printed lines."""
        effect = str(rng.choice(("plain", "shadow", "outline", "glow"), p=(0.76, 0.12, 0.04, 0.08)))
        contrast = float(rng.uniform(55, 220))
        wear, patchy = float(rng.beta(1.2, 2.5)), float(rng.beta(1, 2.5))
        if not raised:
            metal = float(rng.uniform(0.2, 0.6)) if rng.random() < 0.12 else 0.0
            return Finish(None, metal, wear * 0.5, patchy * 0.5, 0.0, effect, contrast)
        relief = RELIEF * float(rng.uniform(0.75, 1.1))
        if rng.random() < 0.32:
            return Finish(None, 0.0, wear, patchy, relief, "plain", contrast)
        name = str(rng.choice(tuple(_FOILS), p=(0.42, 0.2, 0.14, 0.06, 0.1, 0.04, 0.04)))
        colour, metal = _FOILS[name]
        tint = tuple(float(np.clip(c + rng.normal(0, 12), 5, 250)) for c in colour)
        return Finish((tint[0], tint[1], tint[2]), metal, wear, patchy, relief, "plain", contrast)


def _padded(setting: Setting, canvas: Canvas, pad: int) -> tuple[Float32, Window]:
    """The line's mask with up to ``pad`` px of free space, and where it lies."""
    rows, cols = canvas.shape
    h, w = setting.mask.shape
    top, left = min(pad, setting.y), min(pad, setting.x)
    bottom, right = min(pad, rows - setting.y - h), min(pad, cols - setting.x - w)
    mask = np.asarray(
        cv2.copyMakeBorder(setting.mask, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0), np.float32
    )
    return mask, (slice(setting.y - top, setting.y + h + bottom), slice(setting.x - left, setting.x + w + right))


def _patches(rng: Rng, shape: tuple[int, int], grain: float) -> Float32:
    """Smooth noise 0…1 with features of ``grain`` px."""
    small = rng.random((max(2, int(shape[0] / grain) + 2), max(2, int(shape[1] / grain) + 2)), dtype=np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _blend(canvas: Canvas, window: Window, cover: Float32, colour: tuple[float, ...]) -> None:
    place = canvas.albedo[window].astype(np.float32)
    place += cover[..., None] * (np.array(colour, np.float32) - place)
    canvas.albedo[window] = np.clip(place, 0, 255).astype(np.uint8)


def emboss(rng: Rng, canvas: Canvas, setting: Setting, finish: Finish) -> None:
    """Punches the line up and tips its highest parts with the finish's foil, less where it is worn."""
    k = canvas.ppmm
    mask, window = _padded(setting, canvas, round(0.6 * k))
    bump = cv2.GaussianBlur(mask, (0, 0), 0.11 * k)
    bump = np.clip(bump * 1.5, 0, 1)
    bump = np.asarray(bump * bump * (3 - 2 * bump), np.float32)
    np.maximum(canvas.height[window], bump * np.float32(finish.relief), out=canvas.height[window])
    if finish.colour is None:
        return
    start = 0.45 + 0.4 * finish.wear
    level = bump - finish.patchy * 0.35 * (_patches(rng, mask.shape, 1.2 * k) - 0.3)
    cover = np.asarray(np.clip((level - start) / 0.18, 0, 1) * (1 - 0.25 * finish.wear), np.float32)
    _blend(canvas, window, cover, finish.colour)
    metal = canvas.metal[window]
    metal += cover * (np.float32(finish.metal) - metal)


def _ink(rng: Rng, canvas: Canvas, window: Window, finish: Finish) -> tuple[tuple[float, float, float], float]:
    """A colour that stands out from the ground under the line, and the ground's standard deviation."""
    ground = canvas.albedo[window].reshape(-1, 3)[::3].astype(np.float32)
    luma = ground @ np.array((0.114, 0.587, 0.299), np.float32)
    mean, spread = float(luma.mean()), float(luma.std())
    wanted = max(finish.contrast, 45 + 2.2 * spread)
    up, down = mean + wanted, mean - wanted
    light = mean < 118 if max(0.0, up - 255) + max(0.0, -down) > 0 else rng.random() < 0.6
    value = float(np.clip(up if light else down, 6, 250))
    tint = rng.normal(0, 1, 3) * (14 if rng.random() < 0.6 else 3)
    colour = np.clip(value + tint - tint.mean(), 0, 255)
    return (float(colour[0]), float(colour[1]), float(colour[2])), spread


def suited(rng: Rng, canvas: Canvas, settings: list[Setting], finish: Finish) -> Finish:
    """``finish`` for raised lines, made readable: foil as dark as the ground is swapped, bare relief calms its
    ground."""
    if not settings:
        return finish
    place = canvas.albedo[settings[0].window]
    luma = place.reshape(-1, 3).astype(np.float32) @ np.array((0.114, 0.587, 0.299), np.float32)
    mean, spread = float(luma.mean()), float(luma.std())
    if finish.colour is None:
        limit = float(rng.uniform(8, 30))
        if spread > limit:
            centre = canvas.albedo.mean(axis=(0, 1))
            calm = canvas.albedo * (limit / spread) + centre * (1 - limit / spread)
            canvas.albedo[:] = calm.astype(np.uint8)
        if mean < 45:
            canvas.albedo[:] = np.minimum(canvas.albedo, 195) + np.uint8(rng.integers(20, 60))
        return finish
    own = 0.114 * finish.colour[0] + 0.587 * finish.colour[1] + 0.299 * finish.colour[2]
    if abs(own - mean) > 28 + 0.5 * spread:
        return finish
    return replace(finish, colour=(22.0, 22.0, 24.0) if mean > 120 else (225.0, 225.0, 225.0), metal=0.1)


def dent(canvas: Canvas, setting: Setting, depth: float) -> None:
    """The back of an embossed line: mirrored, sunk by ``depth`` mm, no ink."""
    mask, (rows, cols) = _padded(setting, canvas, round(0.6 * canvas.ppmm))
    sunk = np.clip(cv2.GaussianBlur(mask, (0, 0), 0.16 * canvas.ppmm) * 1.3, 0, 1)[:, ::-1]
    wide = canvas.shape[1]
    canvas.height[rows, wide - cols.stop : wide - cols.start] -= np.asarray(sunk * depth, np.float32)


def shared_ground(rng: Rng, canvas: Canvas, settings: list[Setting], finish: Finish) -> Finish:
    """Puts a strip under the printed number now and then, and fixes one ink for all its groups."""
    if not settings:
        return finish
    k = canvas.ppmm
    x0, y0 = min(s.x for s in settings), min(s.y for s in settings)
    x1 = max(s.x + s.mask.shape[1] for s in settings)
    y1 = max(s.y + s.mask.shape[0] for s in settings)
    window = (slice(y0, y1), slice(x0, x1))
    busy = float(canvas.albedo[window].std(axis=(0, 1)).mean())
    if rng.random() < (0.10 if busy < 35 else 0.3):
        pad_x, pad_y = int(rng.uniform(0.5, 4) * k), int(rng.uniform(0.4, 1.6) * k)
        if rng.random() < 0.3:
            pad_x = canvas.shape[1]
        strip = (slice(max(0, y0 - pad_y), y1 + pad_y), slice(max(0, x0 - pad_x), x1 + pad_x))
        grey = float(
            rng.choice((rng.uniform(0, 40), rng.uniform(215, 255), rng.uniform(40, 215)), p=(0.4, 0.4, 0.2))
        )
        colour = np.clip(grey + rng.normal(0, 8, 3), 0, 255)
        part = canvas.albedo[strip]
        cover = np.full(part.shape[:2], 1.0 if rng.random() < 0.6 else rng.uniform(0.45, 0.9), np.float32)
        _blend(canvas, strip, cover, tuple(colour.tolist()))
    colour3, _ = _ink(rng, canvas, window, finish)
    return replace(finish, colour=colour3)


def print_flat(rng: Rng, canvas: Canvas, setting: Setting, finish: Finish, cap_mm: float) -> None:
    """Prints the line in ink: perhaps with a shadow, a glow or as outlines, perhaps worn."""
    k = canvas.ppmm
    mask, window = _padded(setting, canvas, max(2, round(0.5 * k)))
    colour = finish.colour
    spread = float(canvas.albedo[window].std(axis=(0, 1)).mean())
    if colour is None:
        colour, spread = _ink(rng, canvas, window, finish)
    contrary = (12.0, 12.0, 12.0) if sum(colour) > 380 else (245.0, 245.0, 245.0)
    effect = finish.effect if spread < 42 else "glow"
    if effect == "outline" and spread > 18:
        effect = "plain"
    if effect == "shadow":
        d = max(1, round(0.04 * cap_mm * k))
        _blend(canvas, window, np.roll(mask, (d, d), (0, 1)) * 0.7, contrary)
    elif effect == "glow":
        halo = np.clip(cv2.GaussianBlur(mask, (0, 0), 0.1 * cap_mm * k) * 1.6, 0, 1)
        _blend(canvas, window, np.asarray(halo * min(0.9, 0.5 + spread / 150), np.float32), contrary)
    elif effect == "outline" and cap_mm * k > 26:
        rim = cv2.dilate(mask, np.ones((3, 3), np.uint8)) - 0.9 * mask
        mask = np.asarray(np.clip(rim, 0, 1), np.float32)
    worn = _patches(rng, mask.shape, 0.7 * k)
    cover = mask * np.clip(1 - finish.wear * 0.6 * worn - finish.patchy * 0.5 * (worn > 0.75), 0.3, 1)
    cover = np.asarray(cover, np.float32)
    _blend(canvas, window, cover, colour)
    if finish.metal:
        metal = canvas.metal[window]
        np.maximum(metal, cover * np.float32(finish.metal), out=metal)
