"""Picture-like artwork made by procedure: plants, stone, light, skies, water, paint, towns, mountains, fur, cloth.

Each painter is ``(rng, width, height) -> (H, W, 3) uint8 BGR``. Busy, digit-sized detail is the point: a number
printed over foliage is what readers trained on smooth artwork fail on.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.synth.cards.art_colour import (
    Bgr,
    Field,
    Picture,
    Rng,
    colour,
    distance,
    noise,
    palette,
    ramp,
    shaded,
    slope,
)


def _tints(
    rng: Rng, hue: tuple[float, float], saturation: tuple[float, float], value: tuple[float, float]
) -> list[Bgr]:
    """Twelve colours of a kind, darkest first."""
    return [
        colour(rng, rng.uniform(*hue), rng.uniform(*saturation), value[0] + (value[1] - value[0]) * i / 11)
        for i in range(12)
    ]


def _green(rng: Rng) -> list[Bgr]:
    low = rng.uniform(0.12, 0.3)
    return _tints(rng, (low, low + 0.1), (0.35, 0.9), (0.08, rng.uniform(0.5, 1.0)))


def grass(rng: Rng, width: int, height: int) -> Picture:
    """Blades of grass, back to front; straw and fur are the same strokes in other colours."""
    tints = _green(rng) if rng.random() < 0.6 else _tints(rng, (0.06, 0.14), (0.2, 0.7), (0.15, 0.95))
    sheet = ramp(noise(rng, width, height, (width / 4, height / 4), 3), tints[:5])
    count = 380
    foot = rng.random((count, 2)) * (width, height * 1.3)
    lean = rng.normal(rng.normal(0, 0.3), 0.35, count)
    length = height * rng.uniform(0.12, 0.5) * rng.uniform(0.5, 1.2, count)
    order = np.argsort(foot[:, 1])
    thick = 1 + (rng.random(count) < 0.4) * int(rng.integers(0, 4))
    bend = rng.normal(0, 0.3, count)
    for i in order:
        tip = foot[i] + length[i] * np.array([np.sin(lean[i]), -np.cos(lean[i])])
        middle = (foot[i] + tip) / 2 + (bend[i] * length[i] * 0.3, 0)
        points = (np.array([foot[i], middle, tip]) * 8).astype(np.int32)
        cv2.polylines(sheet, [points], False, tints[int(rng.integers(3, 12))], int(thick[i]), cv2.LINE_AA, 3)
    return sheet


def foliage(rng: Rng, width: int, height: int) -> Picture:
    """Overlapping leaves with a vein each; petals and feathers in other colours."""
    tints = _green(rng) if rng.random() < 0.7 else _tints(rng, (0.0, 1.0), (0.2, 0.8), (0.1, 1.0))
    sheet = ramp(noise(rng, width, height, (width / 4, height / 4), 3), tints[:4])
    count = int(rng.integers(60, 180))
    size = height * rng.uniform(0.05, 0.2)
    for i in range(count):
        centre = (int(width * rng.random()), int(height * rng.random()))
        long = max(3, int(size * rng.uniform(0.5, 1.5)))
        wide = max(2, int(long * rng.uniform(0.25, 0.6)))
        turn = rng.uniform(0, 360)
        tint = tints[min(11, int(rng.integers(0, 7)) + 5 * i // count)]
        cv2.ellipse(sheet, centre, (long, wide), turn, 0, 360, tint, -1, cv2.LINE_AA)
        way = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))]) * long
        ends = [(np.array(centre) + s * way).astype(int).tolist() for s in (-1, 1)]
        vein = [min(255, int(c * 1.25 + 12)) for c in tint] if i % 2 else [int(c * 0.6) for c in tint]
        cv2.line(sheet, ends[0], ends[1], vein, 1, cv2.LINE_AA)
    return sheet


def wheat(rng: Rng, width: int, height: int) -> Picture:
    """Ears of cereal: a stalk, grains in two rows, awns."""
    sky = palette(rng, 2)
    tints = _tints(rng, (0.09, 0.14), (0.35, 0.85), (0.35, 1.0))
    sheet = ramp(slope(rng, width, height, np.pi / 2), [*sky, tints[4]])
    for _ in range(int(rng.integers(7, 15))):
        top = rng.random(2) * (width, height * 0.6)
        lean, size = rng.normal(0, 0.4), height * rng.uniform(0.015, 0.035)
        way = np.array([np.sin(lean), -np.cos(lean)])
        foot = top - way * height
        tint = tints[int(rng.integers(3, 12))]
        cv2.line(sheet, top.astype(int).tolist(), foot.astype(int).tolist(), tint, 2, cv2.LINE_AA)
        for grain in range(10):
            side = 1 if grain % 2 else -1
            at = top - way * size * grain * 1.1 + side * size * 0.9 * np.array([way[1], -way[0]])
            turn = np.degrees(lean) - 90 + 25 * side
            axes = (max(2, int(size * 1.5)), max(1, int(size * 0.8)))
            body = tints[int(rng.integers(2, 12))]
            cv2.ellipse(sheet, at.astype(int).tolist(), axes, turn, 0, 360, body, -1, cv2.LINE_AA)
            out = at + 5 * size * np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
            cv2.line(sheet, at.astype(int).tolist(), out.astype(int).tolist(), tint, 1, cv2.LINE_AA)
    return sheet


def pebbles(rng: Rng, width: int, height: int) -> Picture:
    """Stones, soil, beans, cells: regions around random seeds, rounded by their distance to the border."""
    count = int(rng.choice([60, 150, 400, 900]))
    seeds = np.full((height, width), 255, np.uint8)
    xs, ys = rng.integers(0, width, count), rng.integers(0, height, count)
    seeds[ys, xs] = 0
    reach, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    border = (
        cv2.morphologyEx(labels.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) == 0
    ).astype(np.uint8)
    inside = cv2.distanceTransform(border, cv2.DIST_L2, 3)
    spread = np.sqrt(width * height / count)
    tones = rng.beta(2, 2, int(labels.max()) + 1).astype(np.float32)[labels]
    dome = np.minimum(inside / (0.3 * spread), 1.0)
    tilt = cv2.Sobel(reach, cv2.CV_32F, 1, 1, ksize=3) * 0.05
    grain = noise(rng, width, height, (4, 4), 2) - 0.5
    base = ramp(tones, palette(rng, 4))
    return shaded(base, np.asarray(0.9 * dome - 0.7 + 0.2 * grain - np.clip(tilt, -0.2, 0.2), np.float32))


def bokeh(rng: Rng, width: int, height: int) -> Picture:
    """Lights out of focus: see-through discs on a dark ground."""
    sheet = ramp(slope(rng, width, height), [colour(rng, value=rng.uniform(0.02, 0.4)) for _ in range(2)]).astype(
        np.float32
    )
    inks = [colour(rng, value=1.0) for _ in range(4)]
    biggest = height * rng.uniform(0.06, 0.25)
    for _ in range(int(rng.integers(15, 45))):
        centre = (int(width * rng.random()), int(height * rng.random()))
        radius = max(2, int(biggest * rng.uniform(0.3, 1.0)))
        x, y = max(0, centre[0] - radius - 1), max(0, centre[1] - radius - 1)
        part = sheet[y : centre[1] + radius + 2, x : centre[0] + radius + 2]
        disc = np.zeros_like(part)
        ink = np.multiply(inks[int(rng.integers(4))], rng.uniform(0.1, 0.6))
        cv2.circle(disc, (centre[0] - x, centre[1] - y), radius, ink.tolist(), -1, cv2.LINE_AA)
        part += disc
    return np.asarray(np.clip(sheet, 0, 255), np.uint8)


def clouds(rng: Rng, width: int, height: int) -> Picture:
    """Clouds, smoke, nebulae; with stars at times."""
    field = noise(rng, width, height, (width / rng.uniform(1, 4), height / rng.uniform(1, 3)), 6, 0.55)
    field = (field - 0.5) * rng.uniform(1.0, 3.0) + rng.uniform(0.3, 0.7)
    blue = [colour(rng, 0.58, rng.uniform(0.3, 0.9), rng.uniform(0.4, 0.9)), (250, 248, 245)]
    sheet = ramp(field, blue if rng.random() < 0.4 else palette(rng, 3))
    if rng.random() < 0.25:
        stars = rng.random((2, 120))
        sheet[(stars[1] * height).astype(int), (stars[0] * width).astype(int)] = 255
    return sheet


def water(rng: Rng, width: int, height: int) -> Picture:
    """Waves that get smaller towards a horizon, or caustics seen from above."""
    if rng.random() < 0.5:
        cell = (width / rng.uniform(5, 15), height / rng.uniform(8, 40))
        field = noise(rng, width, height, cell, 4, 0.7)
    else:
        field = 1 - 2.5 * np.abs(noise(rng, width, height, (width / 6, width / 6), 2) - 0.5)
        field = np.asarray(np.clip(field, 0, 1) ** 4, np.float32)
    hue = rng.uniform(0.45, 0.65)
    tints = [colour(rng, hue, rng.uniform(0.4, 0.9), v) for v in (rng.uniform(0.1, 0.4), 0.6, 0.95)]
    return ramp(field, tints)


def marble(rng: Rng, width: int, height: int) -> Picture:
    """Veined stone, or ink swirled in water: noise whose place is bent by noise."""
    bend = noise(rng, width, height, (width / 2, width / 2), 5, 0.6)
    way = slope(rng, width, height) * rng.uniform(1, 5) + rng.uniform(1.0, 4.0) * bend
    vein = 1 - np.abs(np.sin(np.pi * way)) ** rng.uniform(0.2, 0.9)
    return ramp(
        np.asarray(vein if rng.random() < 0.6 else way % 1.0, np.float32), palette(rng, int(rng.integers(2, 5)))
    )


def impasto(rng: Rng, width: int, height: int) -> Picture:
    """Thick paint: short strokes of a bristled brush with ridges that catch light."""
    tints = palette(rng, 6)
    sheet = ramp(noise(rng, width, height, (width / 3, height / 3), 3), tints)
    relief = np.zeros((height, width), np.float32)
    flow = rng.uniform(0, np.pi)
    curl = rng.uniform(0.2, 2.5)
    for _ in range(int(rng.integers(120, 260))):
        at = rng.random(2) * (width, height)
        turn = flow + curl * np.sin(at[0] / width * 3 + at[1] / height * 2)
        length, wide = height * rng.uniform(0.04, 0.22), int(rng.integers(3, 11))
        way = length * np.array([np.cos(turn), np.sin(turn)])
        a, b = (at - way / 2).astype(int).tolist(), (at + way / 2).astype(int).tolist()
        base = sheet[min(int(at[1]), height - 1), min(int(at[0]), width - 1)].astype(float)
        tint = np.clip(0.6 * base + 0.4 * np.array(tints[int(rng.integers(6))]) + rng.normal(0, 22), 0, 255)
        cv2.line(sheet, a, b, tint.tolist(), wide, cv2.LINE_AA)
        cv2.line(relief, a, b, float(rng.random()), wide, cv2.LINE_AA)
    ridge = cv2.Sobel(cv2.GaussianBlur(relief, (0, 0), 0.8), cv2.CV_32F, 1, 1, ksize=3)
    return shaded(sheet, np.clip(ridge * 0.8, -0.45, 0.45).astype(np.float32))


def _sky(rng: Rng, width: int, height: int) -> Picture:
    haze = 0.2 * noise(rng, width, height, (width / 2, height / 6), 3) - 0.1
    way = np.asarray(slope(rng, width, height, np.pi / 2) + haze, np.float32)
    return ramp(way, palette(rng, int(rng.integers(2, 5))))


def skyline(rng: Rng, width: int, height: int) -> Picture:
    """Rows of towers against a sky, with lit windows."""
    sheet = _sky(rng, width, height)
    hue = rng.random()
    for layer in range(int(rng.integers(1, 4))):
        tone = colour(rng, hue, 0.4, 0.6 - 0.2 * layer + rng.uniform(-0.1, 0.1))
        light = colour(rng, 0.13, 0.5, 1.0)
        x, top = 0, height * (0.15 + 0.2 * layer)
        while x < width:
            wide, y = int(width * rng.uniform(0.03, 0.1)) + 2, int(top + height * 0.4 * rng.random())
            cv2.rectangle(sheet, (x, y), (x + wide, height), tone, -1)
            if rng.random() < 0.7:
                step = int(rng.integers(3, 6))
                block = sheet[y + 3 : height : step, x + 2 : x + wide - 1 : step]
                block[rng.random(block.shape[:2]) < 0.4] = light
            x += wide + int(rng.integers(0, 4))
    return sheet


def mountains(rng: Rng, width: int, height: int) -> Picture:
    """Ridges one before the other under a sunset, the sun's disc at times, at times their picture in a lake."""
    sheet = _sky(rng, width, height)
    if rng.random() < 0.6:
        centre = (int(width * rng.random()), int(height * rng.uniform(0.1, 0.5)))
        cv2.circle(sheet, centre, int(height * rng.uniform(0.05, 0.2)), colour(rng, 0.1, 0.4, 1.0), -1, cv2.LINE_AA)
    hue = rng.random()
    layers = int(rng.integers(2, 5))
    y = np.arange(height)[:, None]
    for layer in range(layers):
        rise = noise(rng, width, 2, (width / rng.uniform(1, 5), 2), 6, 0.55)[0] - 0.5
        edge = height * (0.35 + 0.5 * layer / layers + 0.6 * rise)
        sheet[y > edge[None, :]] = colour(rng, hue + rng.normal(0, 0.04), 0.5, 0.75 - 0.6 * layer / layers)
    rough = noise(rng, width, height, (width / 8, height / 8), 5, 0.7) - 0.5
    return shaded(sheet, rng.uniform(0, 0.6) * rough)


def fur(rng: Rng, width: int, height: int) -> Picture:
    """Streaks along a bending direction: fur, hair, wood, feathers; made by smearing noise along a flow."""
    grain = rng.random((height, width), dtype=np.float32)
    reach = float(rng.integers(5, 14))
    turn = rng.uniform(0, np.pi) + rng.uniform(0.5, 4) * (
        noise(rng, width, height, (width / 2, height / 2), 2) - 0.5
    )
    step_x, step_y = cv2.polarToCart(np.ones_like(grain), turn.astype(np.float32))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    smear: Field = grain
    for scale in (1.0, 2.0, 4.0):
        far = scale * reach / 7
        moved = cv2.remap(
            smear, x + far * step_x, y + far * step_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        smear = np.asarray(0.5 * smear + 0.5 * moved, np.float32)
    clump = noise(rng, width, height, (width / 10, height / 10), 2) - 0.5
    field = (smear - 0.5) * rng.uniform(1.5, 3.5) + 0.5 + 0.8 * clump
    return ramp(np.asarray(field, np.float32), palette(rng, 3))


def cloth(rng: Rng, width: int, height: int) -> Picture:
    """Draped cloth: folds, a weave, at times a check."""
    fold = noise(rng, width, height, (width / rng.uniform(1, 4), height / rng.uniform(0.5, 2)), 2)
    relief = cv2.Sobel(fold, cv2.CV_32F, 1, 1, ksize=5)
    relief = relief / (np.abs(relief).max() + 1e-6)
    pitch = rng.uniform(2, 5)
    x = np.arange(width, dtype=np.float32)[None, :] * 2 * np.pi / pitch
    y = np.arange(height, dtype=np.float32)[:, None] * 2 * np.pi / pitch
    inks = palette(rng, 2)
    band = rng.uniform(5, 20)
    check = (np.sin(x / band) > 0.2).astype(np.float32) + (np.sin(y / band) > 0.2)
    base = ramp(check / 2 if rng.random() < 0.5 else np.zeros_like(fold), inks)
    return shaded(base, np.asarray(0.5 * relief + 0.1 * np.sin(x) * np.sin(y), np.float32))


def sunburst(rng: Rng, width: int, height: int) -> Picture:
    """Rays from a point, soft or hard, fading with distance."""
    centre = (width * rng.random(), height * rng.random())
    x = np.arange(width, dtype=np.float32)[None, :] - centre[0]
    y = np.arange(height, dtype=np.float32)[:, None] - centre[1]
    turn = np.arctan2(y, x).astype(np.float32)
    rays = 0.5 + 0.5 * np.sin(turn * int(rng.integers(5, 40)))
    if rng.random() < 0.5:
        rays = (rays > 0.5).astype(np.float32)
    far = distance(width, height, centre)
    return ramp(np.asarray(rays * rng.uniform(0.2, 0.8) + (1 - far) * 0.4, np.float32), palette(rng, 3))
