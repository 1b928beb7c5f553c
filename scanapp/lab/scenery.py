"""What stands around a card in a composed picture: hands, fingers, sheets, screens, shadows, glare.

All functions draw into ``scene`` (h, w) float32 luma 0 … 255, in place. A pose takes pixels of the face to pixels
of the scene; ``size`` is the face's (width, height) in its own pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scanapp.lab.poses import Points, random_pose, rectangle, through

Scene = npt.NDArray[np.float32]
Gray = npt.NDArray[np.uint8]
Size = tuple[float, float]
_FINE = 3


def outline(pose: Points, size: Size, radius: float, frame: tuple[int, int]) -> Gray:
    """(h, w) uint8 coverage of a rectangle with rounded corners seen through ``pose``, 0 … 255."""
    wide, tall = size
    arc = np.deg2rad(np.linspace(0, 90, 5))
    curve = radius * (1 - np.column_stack([np.cos(arc), np.sin(arc)]))
    right, low = np.array([wide, 0]), np.array([0, tall])
    flip_x, flip_y = np.array([-1, 1]), np.array([1, -1])
    points = np.concatenate(
        [curve, (curve * flip_x + right)[::-1], curve * flip_x * flip_y + right + low, (curve * flip_y + low)[::-1]]
    )
    return polygon(through(pose, points if radius > 0 else rectangle(*size)), frame)


def polygon(points: Points, frame: tuple[int, int]) -> Gray:
    """(h, w) uint8 coverage of a polygon, anti-aliased by drawing it three times as large."""
    mask = np.zeros(frame[::-1], np.uint8)
    x0, y0 = (max(0, int(np.floor(low)) - 1) for low in points.min(axis=0))
    x1, y1 = (min(side, int(np.ceil(high)) + 1) for side, high in zip(frame, points.max(axis=0), strict=True))
    if x0 >= x1 or y0 >= y1:
        return mask
    large = np.zeros(((y1 - y0) * _FINE, (x1 - x0) * _FINE), np.uint8)
    corners = np.clip(np.round(((points - [x0, y0]) * _FINE - 0.5) * 16), -(2**20), 2**20).astype(np.int32)
    cv2.fillPoly(large, [corners], 255, shift=4)
    mask[y0:y1, x0:x1] = cv2.resize(large, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return mask


def blend(scene: Scene, tone: Scene | float, alpha: npt.NDArray[np.float32]) -> None:
    """Moves the scene towards ``tone`` by ``alpha`` 0 … 1."""
    scene += (tone - scene) * alpha


def share(mask: Gray) -> Scene:
    """Coverage 0 … 255 as 0 … 1."""
    return np.asarray(mask * np.float32(1 / 255), np.float32)


def things(scene: Scene, rng: np.random.Generator, textures: Gray) -> None:
    """None to four sheets, boxes, screens and lines of text lying about."""
    height, width = scene.shape
    for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.4, 0.3, 0.2, 0.1]))):
        size = (float(rng.uniform(60, 300)), float(rng.uniform(40, 200)))
        pose = random_pose(rng, (width, height), size, share=(0.2, 1.3), cut=0.8)
        mask = outline(pose, size, float(rng.choice([0.0, rng.uniform(2, 16)])), (width, height))
        alpha = share(mask)
        if rng.random() < 0.5:
            cast_shadow(scene, mask, rng)
        blend(scene, _filling(rng, textures, width, height), alpha)
        if rng.random() < 0.5:
            _writing(scene, pose, size, rng)
    for _ in range(int(rng.choice([0, 1, 3], p=[0.6, 0.25, 0.15]))):
        ends = [(int(rng.uniform(-20, width + 20)), int(rng.uniform(-20, height + 20))) for _ in range(2)]
        cv2.line(scene, ends[0], ends[1], float(rng.uniform(0, 255)), int(rng.integers(1, 5)), cv2.LINE_AA)


def _filling(rng: np.random.Generator, textures: Gray, width: int, height: int) -> Scene:
    if rng.random() < 0.5:
        slope = np.linspace(0, float(rng.normal(0, 25)), width, dtype=np.float32)
        return np.broadcast_to(np.float32(rng.uniform(10, 245)) + slope, (height, width)).astype(np.float32)
    texture = textures[int(rng.integers(len(textures)))]
    y, x = (int(rng.integers(0, max(1, 256 - side + 1))) for side in (height, width))
    return np.asarray(texture[y : y + height, x : x + width], np.float32) * np.float32(rng.uniform(0.6, 1.2))


def _writing(scene: Scene, pose: Points, size: Size, rng: np.random.Generator) -> None:
    """Lines of words, as strokes along a sheet."""
    ink = float(rng.choice([rng.uniform(0, 80), rng.uniform(170, 255)]))
    rows = np.arange(rng.uniform(0.05, 0.3), 0.95, rng.uniform(9, 26) / size[1])[:14] * size[1]
    word = rng.uniform(8, 30)
    starts = np.arange(0.06 * size[0], rng.uniform(0.4, 1.0) * size[0], word * 1.3)
    y, x = (grid.reshape(-1) for grid in np.meshgrid(rows, starts, indexing="ij"))
    shown = rng.random(len(x)) < 0.9
    ends = x + word * rng.uniform(0.4, 1, len(x))
    strokes = through(pose, np.stack([x, y, ends, y], axis=1)[shown].reshape(-1, 2)).reshape(-1, 2, 2)
    strokes = strokes[np.abs(strokes).max(axis=(1, 2)) < 2000]
    fine = np.round(strokes * 8).astype(np.int32)
    cv2.polylines(scene, list(fine), False, ink, int(rng.integers(1, 3)), cv2.LINE_AA, 3)


def cast_shadow(scene: Scene, mask: Gray, rng: np.random.Generator) -> None:
    """A soft shadow under what ``mask`` covers, a few pixels to one side; none at times."""
    depth = float(rng.uniform(-0.15, 0.6))
    if depth <= 0:
        return
    dx, dy = rng.normal(0, 3, 2)
    soft = int(rng.integers(1, 6))
    moved = cv2.warpAffine(mask, np.array([[1, 0, dx], [0, 1, dy]]), mask.shape[::-1])
    moved = cv2.blur(cv2.blur(moved, (soft, soft)), (soft + 1, soft + 1))
    scene *= 1 - np.float32(depth / 255) * moved


def screen(scene: Scene, pose: Points, size: Size, rng: np.random.Generator) -> None:
    """A page around the card and a dark bezel around the page: the card is shown on a phone or a monitor."""
    height, width = scene.shape
    for grow, tone in (
        (rng.uniform(1.15, 2.2), rng.uniform(5, 60)),
        (rng.uniform(1.05, 1.12), rng.uniform(60, 255)),
    ):
        reach = np.array([size[0] * grow, size[1] * grow * rng.uniform(1.0, 1.8)])
        corner = (np.asarray(size) - reach) / 2
        corners = through(pose, rectangle(float(reach[0]), float(reach[1])) + corner)
        if np.abs(corners).max() < 3000:
            blend(scene, float(tone), share(polygon(corners, (width, height))))


def hand(scene: Scene, pose: Points, size: Size, rng: np.random.Generator) -> None:
    """A hand behind the card: a lump that sticks out on one side."""
    height, width = scene.shape
    tone = float(rng.uniform(50, 215))
    edge, along = int(rng.integers(4)), rng.uniform(0.2, 0.8)
    corners = rectangle(*size)
    at = corners[edge] * (1 - along) + corners[(edge + 1) % 4] * along
    ((x, y),) = through(pose, [at])
    if max(abs(x), abs(y)) > 2000:
        return
    mask = np.zeros((height, width), np.uint8)
    axes = (int(rng.uniform(0.1, 0.35) * width), int(rng.uniform(0.1, 0.3) * width))
    cv2.ellipse(mask, (round(x), round(y)), axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    shaded = tone * (1 + np.linspace(-0.2, 0.2, width, dtype=np.float32) * float(rng.choice([-1, 1])))
    blend(scene, np.broadcast_to(shaded, scene.shape).astype(np.float32), share(mask))


def fingers(scene: Scene, pose: Points, size: Size, rng: np.random.Generator) -> None:
    """One to three shaded finger tips that come from outside over the card's edge, 3 to 18 mm deep, at times 38."""
    height, width = scene.shape
    unit = max(size) / 85.6
    tone = float(rng.uniform(45, 215))
    corners = rectangle(*size)
    edge = int(rng.integers(4))
    for _ in range(int(rng.integers(1, 4))):
        if rng.random() < 0.3:
            edge = int(rng.integers(4))
        along = rng.uniform(0.02, 0.98)
        border = corners[edge] * (1 - along) + corners[(edge + 1) % 4] * along
        outward = np.array([[0, -1], [1, 0], [0, 1], [-1, 0]][edge], np.float64)
        outward = outward + rng.normal(0, 0.5) * outward[::-1]
        tip = border - outward * rng.uniform(*((2, 12) if rng.random() < 0.7 else (12, 32))) * unit
        start = border + outward * rng.uniform(30, 80) * unit
        ends = through(pose, np.stack([tip, start]))
        near = through(pose, np.stack([border, border + np.array([unit, 0])]))
        thick = float(np.linalg.norm(near[1] - near[0])) * rng.uniform(11, 18)
        if np.abs(ends).max() > 2000 or thick < 2:
            continue
        a, b = ((round(float(x)), round(float(y))) for x, y in ends)
        mask = np.zeros((height, width), np.uint8)
        cv2.line(mask, a, b, 255, max(2, round(thick)), cv2.LINE_AA)
        inner = np.zeros((height, width), np.uint8)
        cv2.line(inner, a, b, 255, max(1, round(thick * 0.5)), cv2.LINE_AA)
        soft = max(2, round(thick * 0.35))
        light = cv2.blur(cv2.blur(inner, (soft, soft)), (soft, soft)).astype(np.float32)
        skin = np.float32(tone * 0.78) + light * np.float32(tone * 0.3 / 255)
        blend(scene, skin, share(np.asarray(cv2.blur(mask, (2, 2)), np.uint8)))


def glare(scene: Scene, rng: np.random.Generator, mask: Gray) -> None:
    """Bright spots and bands, mostly on the card; a slope of light and a shadow's edge over everything."""
    height, width = scene.shape
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            u, v = rng.uniform(0, width), rng.uniform(0, height)
            turn = rng.uniform(0, np.pi)
            along = ((x - u) * np.cos(turn) + (y - v) * np.sin(turn)) / rng.uniform(4, 60)
            across = ((y - v) * np.cos(turn) - (x - u) * np.sin(turn)) / rng.uniform(3, 18)
            spot = np.exp(-0.5 * (along**2 + across**2)) * np.float32(rng.uniform(40, 260))
            scene += spot * (mask / np.float32(255) if rng.random() < 0.7 else np.float32(1))
    if rng.random() < 0.6:
        gx, gy = rng.normal(0, 0.25, 2)
        scene *= 1 + np.float32(gx) * (x / width - 0.5) + np.float32(gy) * (y / height - 0.5)
    if rng.random() < 0.15:
        turn, offset = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.25) * width
        side = (x - width / 2) * np.cos(turn) + (y - height / 2) * np.sin(turn) - offset
        scene *= 1 - np.float32(rng.uniform(0.2, 0.6)) / (1 + np.exp(-side / rng.uniform(0.7, 8)))
