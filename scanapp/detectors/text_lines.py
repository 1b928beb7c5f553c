"""`TextLineDetector`: blocks of text, by strokes that join into parallel lines.

Strokes thinner than a few pixels of a thumbnail are what a black-hat (or, light on dark, a top-hat) leaves. At
the scale where letters are 3 to 10 pixels tall their strokes touch and a word becomes one solid, elongated blob;
leaves, fabric and gravel become blobs of all shapes and directions. A block is text when most of its ink lies in
elongated blobs that agree on a direction, with many transitions along them (else it is a stripe or a bar).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanapp.detectors.regions import oriented_rectangle, without_overlaps
from scanapp.detectors.strokes import Blobs, stroke_blobs
from scanapp.detectors.texture import Level, texture_maps
from scanapp.frame import Frame
from scanapp.geometry import Quad, area, as_quad
from scanapp.results import Detection

GRID = 4
"""Blobs are grouped on a raster of this many pixels of the level."""
DENSE = 0.16
"""Transitions a pixel at the middle of a word: less is an edge, a line or a coarse pattern."""
STRIPED = 0.6
"""How much of the change around a word may run across it (-1 to 1): bars, stripes and wires change only across."""
LONGEST = 700
"""Levels with a longer side are left out: readable text shows its lines on smaller ones, for less."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Words of one level that stand together.

    points  (n, 2) float32 corners of its words, frame pixels
    angle   radians, the lines' direction
    height  frame pixels, mean thickness of its words
    amount  how many word lengths over word heights it has in all
    """

    points: NDArray[np.float32]
    angle: float
    height: float
    amount: float
    score: float

    @property
    def quad(self) -> Quad:
        """The smallest rectangle along the lines."""
        return as_quad(oriented_rectangle(self.points, self.angle, self.height * 0.25))


class TextLineDetector:
    """Proposes one region a block of text (a label, sign, page or paragraph), lines merged.

    min_score     0 to 1: raising it drops single words, faint and hand-written text first; a false block costs the
                  text recognizer some 150 ms
    max_regions   most blocks a frame
    min_height    letters lower than this many frame pixels are ignored: they cannot be read
    """

    name = "text_lines"
    kinds = frozenset({"text"})
    cost_ms = 1.8

    def __init__(self, *, min_score: float = 0.4, max_regions: int = 4, min_height: float = 8) -> None:
        self.min_score = min_score
        self.max_regions = max_regions
        self.min_height = min_height

    def detect(self, frame: Frame) -> list[Detection]:
        """Blocks of text, best first."""
        levels = [level for level in texture_maps(frame).levels if max(level.thumb.shape) <= LONGEST]
        blocks = [block for level in levels for block in self._blocks(level)]
        found = [_detection(block) for block in _merged(blocks)]
        return without_overlaps([d for d in found if area(d.quad) >= 1], most=self.max_regions)

    def _blocks(self, level: Level) -> list[Block]:
        texture = (level.corners > 0.12) & (level.span > 25) & (level.coherence < 0.95)
        dense = texture & (level.corners > DENSE)
        if np.count_nonzero(dense) < 2:
            return []
        texture &= cv2.dilate(dense.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
        blobs = stroke_blobs(level, texture)
        if blobs is None:
            return []
        words = _words(blobs, level) & (blobs.thickness * level.scale >= self.min_height * 0.6)
        return _judged(blobs, words, level, self.min_score) if words.any() else []


def _words(blobs: Blobs, level: Level) -> NDArray[np.bool_]:
    slender = blobs.length / blobs.thickness
    shape = (slender > 1.8) & (blobs.fill > 0.5) & (blobs.thickness > 1.5) & (blobs.thickness < 14)
    shape &= (slender < 10) | ((slender < 25) & (blobs.fill < 0.93))  # else a ruled line, a wire, an edge
    dense = level.corners[blobs.row, blobs.column] > DENSE
    double = 2 * blobs.angle
    across = -(
        level.cosine[blobs.row, blobs.column] * np.cos(double)
        + level.sine[blobs.row, blobs.column] * np.sin(double)
    )
    return np.asarray(shape & dense & (across < STRIPED))


def _judged(blobs: Blobs, words: NDArray[np.bool_], level: Level, min_score: float) -> list[Block]:
    group, count = _groups(blobs, words, level)
    ink = blobs.ink * (group > 0)
    weight = ink * words
    cosine = np.bincount(group, weight * np.cos(2 * blobs.angle), count)
    sine = np.bincount(group, weight * np.sin(2 * blobs.angle), count)
    total = np.maximum(np.bincount(group, weight, count), 1e-9)
    angle, agreement = np.arctan2(sine, cosine) / 2, np.hypot(cosine, sine) / total
    aligned = words & (group > 0) & (np.cos(2 * (blobs.angle - angle[group])) > 0.86)
    good = np.bincount(group, ink * aligned, count)
    purity = good / np.maximum(np.bincount(group, ink, count), 1e-9)
    amount = np.bincount(group, aligned * blobs.length / blobs.thickness, count)
    height = np.bincount(group, ink * aligned * blobs.thickness, count) / np.maximum(good, 1e-9)
    several = np.bincount(group, aligned, count) > 1  # one long thing alone is an edge rather than a word
    score = purity * agreement * several * np.minimum(1, amount / 12)
    blocks = []
    for number in np.argsort(-score, kind="stable")[:8]:
        if score[number] < min_score:
            break
        points = _rectangles(blobs, np.flatnonzero(group == number)) * level.scale
        tall = float(height[number] * level.scale)
        blocks.append(
            Block(
                points.astype(np.float32), float(angle[number]), tall, float(amount[number]), float(score[number])
            )
        )
    return blocks


def _groups(blobs: Blobs, words: NDArray[np.bool_], level: Level) -> tuple[NDArray[np.intp], int]:
    """The number of the block each blob's centre lies in, 0 for none, and how many there are with 0."""
    raster = np.zeros(tuple(side // GRID + 1 for side in level.thumb.shape), np.uint8)
    inked = words[blobs.pixel_blob]
    raster[blobs.pixel_y[inked] // GRID, blobs.pixel_x[inked] // GRID] = 1
    raster = np.asarray(cv2.dilate(raster, np.ones((7, 7), np.uint8)), dtype=np.uint8)
    count, labels = cv2.connectedComponents(raster, connectivity=8, ltype=cv2.CV_32S)
    return labels[blobs.y.astype(np.intp) // GRID, blobs.x.astype(np.intp) // GRID].astype(np.intp), count


def _rectangles(blobs: Blobs, which: NDArray[np.intp]) -> NDArray[np.float64]:
    """(4 n, 2) corners of the blobs' rectangles."""
    angle = blobs.angle[which]
    u = np.column_stack([np.cos(angle), np.sin(angle)])
    v = np.column_stack([-u[:, 1], u[:, 0]]) * (blobs.thickness[which] / 2)[:, None]
    u = u * (blobs.length[which] / 2)[:, None]
    middle = np.column_stack([blobs.x[which], blobs.y[which]])
    return np.concatenate([middle - u - v, middle + u - v, middle + u + v, middle - u + v])


def _merged(blocks: list[Block]) -> list[Block]:
    """Blocks that overlap or are a few lines apart and run alike become one; the best keeps its direction."""
    merged: list[Block] = []
    waiting = sorted(blocks, key=lambda b: b.score * b.amount)
    while waiting:
        block = waiting.pop()
        near = [other for other in waiting if _together(block, other)]
        if not near:
            merged.append(block)
            continue
        waiting = [other for other in waiting if other not in near]
        parts = [block, *near]
        waiting.append(
            Block(
                np.concatenate([part.points for part in parts]),
                block.angle,
                block.height,
                sum(part.amount for part in parts),
                max(part.score for part in parts),
            )
        )
    return merged


def _together(a: Block, b: Block) -> bool:
    if abs(np.sin(a.angle - b.angle)) > 0.35 or max(a.height, b.height) > 4 * min(a.height, b.height):
        return False
    along = np.array([np.cos(a.angle), np.sin(a.angle)], dtype=np.float32)
    axes = np.column_stack([along, [-along[1], along[0]]])
    first, second = a.points @ axes, b.points @ axes
    gap = np.maximum(first.min(axis=0) - second.max(axis=0), second.min(axis=0) - first.max(axis=0))
    return bool((gap < 1.5 * (a.height + b.height)).all())


def _detection(block: Block) -> Detection:
    return Detection("text", block.quad, min(1.0, block.score), "page" if block.amount > 30 else "line")
