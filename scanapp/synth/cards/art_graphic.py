"""What a designer draws behind a card's number: gradients, metal, waves, stripes, shapes, dots, letters, maps.

Each painter is ``(rng, width, height) -> (H, W, 3) uint8 BGR``.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.synth.cards.art_colour import (
    Picture,
    Rng,
    colour,
    distance,
    noise,
    palette,
    ramp,
    shaded,
    slope,
    solid,
)


def plain(rng: Rng, width: int, height: int) -> Picture:
    """One colour, at times with a slight unevenness."""
    sheet = solid(width, height, colour(rng))
    if rng.random() < 0.5:
        return sheet
    return shaded(sheet, (noise(rng, width, height, (width / 2, width / 2), 2) - 0.5) * rng.uniform(0.02, 0.15))


def gradient(rng: Rng, width: int, height: int) -> Picture:
    """Two to four colours along a line, or around a point, or both bent by noise."""
    colours = palette(rng, int(rng.integers(2, 5)))
    way = slope(rng, width, height)
    if rng.random() < 0.35:
        centre = (width * rng.uniform(-0.2, 1.2), height * rng.uniform(-0.2, 1.2))
        way = distance(width, height, centre) * rng.uniform(0.8, 1.6)
    if rng.random() < 0.5:
        way = way + rng.uniform(0.1, 0.9) * (noise(rng, width, height, (width / 2, height / 1.5), 2) - 0.5)
    return ramp(way, colours)


def carbon(rng: Rng, width: int, height: int) -> Picture:
    """Woven squares: carbon fibre, canvas, chequers."""
    cell = rng.uniform(2.0, 7.0)
    x = (np.arange(width, dtype=np.float32) / cell)[None, :]
    y = (np.arange(height, dtype=np.float32) / cell)[:, None]
    over = (np.floor(x) + np.floor(y)) % 2
    along = np.where(over > 0, x % 1, y % 1).astype(np.float32)
    depth = rng.uniform(0.1, 0.6)
    weave = depth * (np.sin(np.pi * along) - 0.5) + 0.3 * depth * (over - 0.5)
    base = (
        gradient(rng, width, height)
        if rng.random() < 0.4
        else solid(width, height, colour(rng, value=rng.beta(1, 2)))
    )
    return shaded(base, np.asarray(weave, np.float32))


def brushed(rng: Rng, width: int, height: int) -> Picture:
    """Metal brushed in one direction, with broad reflections."""
    along = noise(rng, width, height, (width * rng.uniform(0.3, 2), rng.uniform(1.0, 2.5)), 2) - 0.5
    sheen = np.cos(2 * np.pi * (slope(rng, width, height) * rng.uniform(0.5, 2.5) + rng.random()))
    base = solid(width, height, colour(rng, saturation=0.5 * rng.beta(1, 3), value=rng.uniform(0.15, 0.95)))
    return shaded(base, np.asarray(rng.uniform(0.1, 0.4) * along + rng.uniform(0.05, 0.3) * sheen, np.float32))


def guilloche(rng: Rng, width: int, height: int) -> Picture:
    """Bundles of fine waves, or rosettes, as on banknotes."""
    sheet = gradient(rng, width, height)
    ink = colour(rng)
    turn = np.linspace(0, 2 * np.pi, 160, dtype=np.float32)
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(8, 30))
        if rng.random() < 0.5:
            x = np.linspace(0, width, 160, dtype=np.float32)
            base = height * rng.random()
            rise, waves, drift = height * rng.uniform(0.03, 0.3), rng.uniform(0.5, 4), rng.uniform(0.02, 0.4)
            gap = rng.uniform(1.5, 8)
            lines = [
                np.stack([x, base + gap * i + rise * np.sin(waves * turn + drift * i)], axis=1)
                for i in range(count)
            ]
        else:
            centre = np.array([width * rng.random(), height * rng.random()], np.float32)
            petals, radius, depth = int(rng.integers(3, 13)), height * rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.6)
            lines = []
            for i in range(count):
                r = radius * (0.3 + 0.7 * i / count) * (1 + depth * np.sin(petals * turn + 0.2 * i))
                lines.append(centre + np.stack([r * np.cos(turn), r * np.sin(turn)], axis=1))
        points = [np.round(line * 8).astype(np.int32) for line in lines]
        cv2.polylines(sheet, points, False, ink, 1, cv2.LINE_AA, 3)
        ink = colour(rng)
    return sheet


def stripes(rng: Rng, width: int, height: int) -> Picture:
    """Stripes at an angle, straight or wavy, hard or soft, from hairlines to broad bands."""
    way = slope(rng, width, height) * rng.choice([2.0, 4.0, 8.0, 20.0, 45.0])
    if rng.random() < 0.4:
        way = way + rng.uniform(0.2, 2.0) * noise(rng, width, height, (width / 2, height / 2), 2)
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * way)
    if rng.random() < 0.5:
        wave = np.clip((wave - rng.uniform(0.2, 0.8)) * rng.uniform(2, 12) + 0.5, 0, 1)
    return ramp(np.asarray(wave, np.float32), palette(rng, int(rng.integers(2, 4))))


def low_poly(rng: Rng, width: int, height: int) -> Picture:
    """Triangles of a jittered grid, each of one shade."""
    across = int(rng.integers(4, 14))
    down = max(2, round(across * height / width))
    x, y = np.meshgrid(np.linspace(-0.1, 1.1, across + 1) * width, np.linspace(-0.1, 1.1, down + 1) * height)
    jitter = rng.uniform(-0.4, 0.4, (2, down + 1, across + 1))
    corners = (
        np.stack([x + jitter[0] * width / across, y + jitter[1] * height / down], axis=2).round().astype(np.int32)
    )
    tones = gradient(rng, across, down).astype(np.float32)
    depth = rng.uniform(0.05, 0.3)
    sheet = np.zeros((height, width, 3), np.uint8)
    for row in range(down):
        for column in range(across):
            a, b = corners[row, column], corners[row, column + 1]
            c, d = corners[row + 1, column + 1], corners[row + 1, column]
            for triangle in ((a, b, c), (a, c, d)) if (row + column) % 2 else ((a, b, d), (b, c, d)):
                tone = np.clip(tones[row, column] * (1 + depth * rng.standard_normal()), 0, 255)
                cv2.fillConvexPoly(sheet, np.array(triangle), tone.tolist())
    return sheet


def shapes(rng: Rng, width: int, height: int) -> Picture:
    """Big circles, rings, boxes, polygons and swooshes, some see-through."""
    sheet = gradient(rng, width, height) if rng.random() < 0.5 else plain(rng, width, height)
    inks = palette(rng, 4)
    for _ in range(int(rng.integers(2, 14))):
        layer = sheet.copy()
        ink = inks[int(rng.integers(4))]
        centre = (int(width * rng.uniform(-0.1, 1.1)), int(height * rng.uniform(-0.1, 1.1)))
        size = max(3, int(height * rng.uniform(0.04, 0.7)))
        stroke = -1 if rng.random() < 0.6 else int(rng.integers(1, 9))
        kind = rng.integers(4)
        if kind == 0:
            cv2.circle(layer, centre, size, ink, stroke, cv2.LINE_AA)
        elif kind == 1:
            axes = (int(size * rng.uniform(1, 3)), max(1, int(size * rng.uniform(0.2, 0.8))))
            cv2.ellipse(layer, centre, axes, rng.uniform(0, 180), 0, 360, ink, stroke, cv2.LINE_AA)
        else:
            corners = int(rng.integers(3, 7))
            turns = (
                np.sort(rng.uniform(0, 2 * np.pi, corners))
                if kind == 2
                else np.arange(4) * np.pi / 2 + rng.random()
            )
            points = np.array(centre) + size * np.stack([np.cos(turns), np.sin(turns)], axis=1)
            outline = [points.round().astype(np.int32)]
            if stroke < 0:
                cv2.fillPoly(layer, outline, ink, cv2.LINE_AA)
            else:
                cv2.polylines(layer, outline, True, ink, stroke, cv2.LINE_AA)
        share = 1.0 if rng.random() < 0.4 else rng.uniform(0.15, 0.8)
        sheet = np.asarray(cv2.addWeighted(layer, share, sheet, 1 - share, 0), np.uint8)
    return sheet


def halftone(rng: Rng, width: int, height: int) -> Picture:
    """Dots on a turned grid whose size follows a soft picture; or a plain polka-dot field."""
    pitch = rng.uniform(3.0, 12.0)
    turn = rng.uniform(0, np.pi / 2)
    x = np.arange(width, dtype=np.float32)[None, :] * 2 * np.pi / pitch
    y = np.arange(height, dtype=np.float32)[:, None] * 2 * np.pi / pitch
    grid = np.cos(np.cos(turn) * x + np.sin(turn) * y) + np.cos(np.cos(turn) * y - np.sin(turn) * x)
    tone = (
        slope(rng, width, height) if rng.random() < 0.6 else noise(rng, width, height, (width / 2, height / 2), 3)
    )
    dots = np.clip((grid / 2 + 2 * tone - 1) * pitch / 2 + 0.5, 0, 1)
    return ramp(np.asarray(dots, np.float32), palette(rng, 2))


_WORDS = "BANK CARD VALID DEBIT 0123456789 4567 89 GOLD world PLUS 2468 NATIONAL club 50 TRUST member 1357"


def letters(rng: Rng, width: int, height: int) -> Picture:
    """Rows of small repeated words and figures: the micro-text that a reader must not take for the number."""
    sheet = gradient(rng, width, height)
    base = np.asarray(sheet, np.float32).mean(axis=(0, 1))
    contrast = rng.uniform(0.1, 0.8) * (1 if base.mean() < 128 else -1)
    ink = np.clip(base + contrast * 160, 0, 255).tolist()
    scale = rng.uniform(0.18, 0.7)
    words = str(rng.choice(_WORDS.split())) + " "
    step = max(5, int(scale * rng.uniform(24, 45)))
    for row, y in enumerate(range(step // 2, height + step, step)):
        text = words * (1 + int(width / (scale * 9 * len(words)))) if rng.random() < 0.9 else _WORDS
        cv2.putText(sheet, text, (-9 * (row % 3), y), int(rng.choice([0, 2, 3])), scale, ink, 1, cv2.LINE_AA)
    return sheet


def chart(rng: Rng, width: int, height: int) -> Picture:
    """A map: land and sea with coast lines, contour lines, streets, or a globe's grid."""
    relief = noise(rng, width, height, (width / 3, width / 3), 5)
    water, land, ink = palette(rng, 3)
    coast = rng.uniform(0.4, 0.6)
    sheet = ramp(np.clip((relief - coast) * 30 + 0.5, 0, 1), [water, land])
    if rng.random() < 0.5:
        bands = np.abs((relief * rng.uniform(6, 25)) % 1 - 0.5)
        sheet[bands < 0.06] = ink
    else:
        for _ in range(int(rng.integers(6, 26))):
            start, turn = rng.random(2) * (width, height), rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.12)
            reach = width * rng.uniform(0.1, 1.2) * np.array([np.cos(turn), np.sin(turn)])
            a, b = (start - reach).astype(int).tolist(), (start + reach).astype(int).tolist()
            cv2.line(sheet, a, b, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    return sheet
