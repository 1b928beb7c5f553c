"""Surfaces and rooms behind a card: wood, tiles, carpet, printed pages, keyboards, screens, shelves, hands.

Each painter is ``(rng, width, height) -> (H, W, 3) uint8 BGR``, made for thumbnails of some hundred pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.synth.cards.art_colour import Picture, Rng, colour, noise, palette, ramp, shaded, slope, solid


def wood(rng: Rng, width: int, height: int) -> Picture:
    """Planks with grain along one side."""
    if rng.random() < 0.3:
        return np.ascontiguousarray(_grain(rng, height, width).transpose(1, 0, 2))
    return _grain(rng, width, height)


def _grain(rng: Rng, width: int, height: int) -> Picture:
    """Grain along x, boards across y."""
    warp = noise(rng, width, height, (width / 1.5, height / 6), 3)
    y = np.arange(height, dtype=np.float32)[:, None] / height
    rings = np.sin((y * rng.uniform(15, 60) + rng.uniform(3, 12) * warp) * 2)
    fibre = noise(rng, width, height, (width / 4, 1.5), 2) - 0.5
    board = np.floor(y * rng.uniform(1, 7) + rng.random())
    step = 0.12 * np.sin(board * 12.9898) - 0.4 * (np.abs(np.gradient(board, axis=0)) > 0)
    hue, strength = rng.uniform(0.05, 0.11), rng.uniform(0.15, 0.7)
    base = solid(width, height, colour(rng, hue, strength, rng.uniform(0.2, 0.95)))
    return shaded(
        base, np.asarray(rng.uniform(0.03, 0.12) * rings + rng.uniform(0.1, 0.4) * fibre + step, np.float32)
    )


def tiles(rng: Rng, width: int, height: int) -> Picture:
    """Tiles, bricks, parquet: a grid with joints, each field a shade of its own."""
    wide, tall = rng.uniform(0.08, 0.4) * width, rng.uniform(0.08, 0.4) * width
    y = np.arange(height, dtype=np.float32)[:, None] / tall + rng.random()
    x = np.arange(width, dtype=np.float32)[None, :] / wide + rng.choice([0.0, 0.5]) * np.floor(y)
    shade = rng.uniform(0, 0.2) * np.sin(np.floor(x) * 12.9898 + np.floor(y) * 78.233)
    joint = (x % 1 < 2.5 / wide) | (y % 1 < 2.5 / tall)
    grain = noise(rng, width, height, (width / 6, width / 6), 5, 0.7) - 0.5
    sheet = shaded(solid(width, height, colour(rng)), np.asarray(shade + rng.uniform(0, 0.4) * grain, np.float32))
    sheet[joint] = colour(rng, None, 0.2)
    return sheet


def carpet(rng: Rng, width: int, height: int) -> Picture:
    """Pile: fine noise over a pattern of a few colours."""
    pile = noise(rng, width, height, (3, 3), 2)
    way = slope(rng, width, height) * rng.choice([3.0, 8.0, 20.0])
    pattern = (way % 1 > 0.5) * 0.3 if rng.random() < 0.5 else noise(rng, width, height, (width / 6, width / 6), 2)
    return ramp(np.asarray(0.5 * pile + pattern - 0.1, np.float32), palette(rng, 3))


def page(rng: Rng, width: int, height: int) -> Picture:
    """Printed paper filling the view: lines of words, headings, a picture, columns."""
    sheet = solid(width, height, colour(rng, 0.12, 0.1 * rng.random(), rng.uniform(0.75, 1.0)))
    ink = colour(rng, None, 0.3, rng.uniform(0, 0.35))
    step = max(3, int(height * rng.uniform(0.025, 0.1)))
    columns = int(rng.integers(1, 4))
    for column in range(columns):
        left, right = width * (column + 0.06) / columns, width * (column + 0.94) / columns
        y = int(rng.integers(0, step * 2))
        while y < height:
            x, end = left, left + (right - left) * (1 if rng.random() < 0.8 else rng.random())
            while x < end:
                word = step * rng.uniform(0.6, 3.5)
                a, b = (int(x), y), (int(min(x + word, end)), y)
                cv2.line(sheet, a, b, ink, max(1, step // 3))
                x += word + step * 0.5
            y += step if rng.random() < 0.9 else 3 * step
    return shaded(sheet, 0.15 * (noise(rng, width, height, (width / 2, width / 2), 2) - 0.5))


def keyboard(rng: Rng, width: int, height: int) -> Picture:
    """Rows of keys with signs on them, a till's or a computer's."""
    body = colour(rng, None, 0.15 * rng.random(), rng.choice([0.1, 0.3, 0.85]))
    sheet = solid(width, height, body)
    cell = width * rng.uniform(0.06, 0.16)
    key = tuple(int(np.clip(v * rng.uniform(0.7, 1.5) + 8, 0, 255)) for v in body)
    sign = (240, 240, 240) if sum(key) < 380 else (30, 30, 30)
    for row in range(int(height / cell) + 1):
        offset = cell * rng.uniform(-1, 0)
        for column in range(int(width / cell) + 2):
            x, y = int(offset + column * cell), int(row * cell)
            cv2.rectangle(sheet, (x + 1, y + 1), (int(x + cell * 0.88), int(y + cell * 0.85)), key, -1)
            if rng.random() < 0.8:
                letter = chr(int(rng.integers(48, 91)))
                at = (int(x + cell * 0.3), int(y + cell * 0.6))
                cv2.putText(sheet, letter, at, cv2.FONT_HERSHEY_SIMPLEX, cell / 60, sign, 1, cv2.LINE_AA)
    return sheet


def screen(rng: Rng, width: int, height: int) -> Picture:
    """A display with windows, a bar of figures, lists."""
    sheet = solid(width, height, colour(rng, None, 0.3, rng.choice([0.1, 0.9])))
    for _ in range(int(rng.integers(3, 9))):
        x, y = int(width * rng.uniform(-0.1, 0.9)), int(height * rng.uniform(-0.1, 0.9))
        w, h = int(width * rng.uniform(0.1, 0.6)), int(height * rng.uniform(0.1, 0.6))
        panel = colour(rng, None, 0.4 * rng.random())
        cv2.rectangle(sheet, (x, y), (x + w, y + h), panel, -1)
        cv2.rectangle(sheet, (x, y), (x + w, y + max(2, h // 10)), colour(rng), -1)
        ink = (20, 20, 20) if sum(panel) > 380 else (235, 235, 235)
        for row in range(y + h // 5, y + h - 2, max(4, h // 7)):
            cv2.line(sheet, (x + 4, row), (x + 4 + int(w * rng.uniform(0.2, 0.9)), row), ink, max(1, h // 40))
    return sheet


def room(rng: Rng, width: int, height: int) -> Picture:
    """A room out of focus: wall, floor, furniture and lights as soft boxes."""
    sheet = solid(width, height, colour(rng, None, 0.3 * rng.random()))
    floor = int(height * rng.uniform(0.4, 0.9))
    sheet[floor:] = colour(rng, 0.08, 0.4)
    for _ in range(int(rng.integers(4, 16))):
        x, y = int(width * rng.uniform(-0.1, 1)), int(height * rng.uniform(-0.1, 1))
        w, h = int(width * rng.uniform(0.03, 0.4)), int(height * rng.uniform(0.05, 0.6))
        cv2.rectangle(sheet, (x, y), (x + w, y + h), colour(rng, None, 0.5 * rng.random()), -1)
    for _ in range(int(rng.integers(0, 4))):
        centre = (int(width * rng.random()), int(height * rng.random() * 0.5))
        cv2.circle(sheet, centre, int(width * rng.uniform(0.01, 0.06)), (255, 252, 245), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), width * rng.uniform(0.004, 0.03)), np.uint8)


def skin(rng: Rng, width: int, height: int) -> Picture:
    """A palm or an arm close by: skin tones, creases, its edge against something plain."""
    tone = skin_colour(rng)
    uneven = noise(rng, width, height, (width / 3, width / 3), 4) - 0.5
    sheet = shaded(solid(width, height, tone), np.asarray(0.3 * uneven, np.float32))
    dark = tuple(int(v * 0.7) for v in tone)
    for _ in range(int(rng.integers(1, 6))):
        points = np.cumsum(rng.normal(0, 0.12, (12, 2)) + rng.normal(0, 0.1, 2), axis=0) + rng.random(2)
        path = cv2.GaussianBlur((points * (width, height)).astype(np.float32), (1, 5), 0)
        cv2.polylines(sheet, [path.astype(np.int32)], False, dark, max(1, width // 160), cv2.LINE_AA)
    field = slope(rng, width, height) + 0.15 * noise(rng, width, height, (width / 2, width / 2), 2)
    mask = (field > rng.uniform(0.5, 0.9)).astype(np.uint8)
    behind = solid(width, height, colour(rng))
    return np.asarray(cv2.copyTo(behind, mask, sheet), np.uint8)


def skin_colour(rng: Rng) -> tuple[int, int, int]:
    """Any human skin's colour under indoor light."""
    return colour(rng, rng.uniform(0.03, 0.085), rng.uniform(0.25, 0.65), rng.uniform(0.25, 1.0))
