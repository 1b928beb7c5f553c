"""Training of the card locator: four corner maps, a mask and a score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.detectors.card_decode import decode
from scanapp.lab.backgrounds_cache import open_backgrounds, render_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.composites import Composer, Sample
from scanapp.lab.faces_cache import FacesCache, render_faces
from scanapp.lab.nets.locator import STRIDE, locator
from scanapp.lab.nets.widen import widened
from scanapp.lab.run import Batch, Signature
from scanapp.lab.scene_samples import scene_sample
from scanapp.lab.scenes_cache import ScenesCache
from scanapp.lab.start import start

SHAPES = ((224, 128), (128, 224), (224, 160), (160, 224), (192, 192))
"""(width, height) of the inputs, network pixels."""
SHARES = (0.42, 0.17, 0.2, 0.1, 0.11)
ORDER = 0.25
"""Weight of the way up."""
_REACH = 3
_SEED = 99


@dataclass(frozen=True)
class CardLocatorTask:
    """cache       folder that holds ``faces`` and ``backgrounds``; empty: the user's cache
    size        samples a batch
    spread      of a corner's target, cells
    checks      validation samples
    net         "deeper", as shipped, "deep": a sixth cheaper, or "plain": a third
    start_from  a run's folder, whose best weights are the start where their shapes fit, or an exported .onnx file
    start_net   its network, where it is another: a deep one begins with what a plain one computes
    scenes      share of the samples, also of those for validation, that come from rendered frames ("scenes")
    others      share of the samples for training that show a thing of another size than a card's ("scenes-others")
    """

    cache: str = ""
    size: int = 24
    spread: float = 0.7
    checks: int = 400
    net: str = "deeper"
    start_from: str = ""
    start_net: str = ""
    scenes: float = 0.0
    others: float = 0.0

    @property
    def model(self) -> str:
        """Name of the shipped model."""
        return "card_locator"

    @property
    def score(self) -> str:
        """The metric that picks the best checkpoint."""
        return "good"

    @property
    def signature(self) -> Signature:
        """One picture of any shape whose sides are multiples of 32."""
        return Signature(
            inputs={"image": (1, 1, 128, 224)},
            outputs=("corners", "mask", "score"),
            dynamic={
                "image": {2: "height", 3: "width"},
                "corners": {2: "rows", 3: "columns"},
                "mask": {2: "rows", 3: "columns"},
            },
        )

    @staticmethod
    def smoke(folder: Path) -> dict[str, Any]:
        """Settings for a run of seconds, after drawing a few faces in ``folder``."""
        render_faces(folder / "faces", 32, seed=1)
        render_backgrounds(folder / "backgrounds", 4, seed=1)
        return {"cache": str(folder), "size": 4, "checks": 24}

    def network(self) -> nn.Module:
        """A fresh network."""
        return locator(self.net)

    def start(self, net: nn.Module) -> None:
        """Gives it the weights of ``start_from``."""
        if not self.start_from:
            return
        smaller = locator(self.start_net or self.net)
        start(smaller, self.start_from, self)
        widened(smaller, net)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Samples of one shape."""
        width, height = SHAPES[int(rng.choice(len(SHAPES), p=SHARES))]
        composer = _composer(self.cache, held_out=False)
        rendered = _scenes(self.cache, "scenes") if self.scenes else None
        others = _scenes(self.cache, "scenes-others") if self.others else None

        def sample() -> Sample:
            if others is not None and rng.random() < self.others:
                return scene_sample(others, rng, width, height)
            if rendered is not None and rng.random() < self.scenes:
                return scene_sample(rendered, rng, width, height)
            return composer.sample(rng, width, height)

        return collate([sample() for _ in range(self.size)], self.spread)

    def loss(self, net: nn.Module, batch: Batch, _progress: float) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy of the corners' places, their sub-cell offset, the mask, the score.

        The four maps *together* must show the four corners (weight 1, and the sub-cell offset); which map shows
        which, the way up, weighs little: on a thumbnail it is often anybody's guess, and guessing must not keep
        corners from being learnt. The layout network decides it on the straightened card.
        """
        image = batch["image"].float() / 255
        corners, mask, score = net(image)
        corners, mask, score = corners.float(), mask.float(), score.float()
        place, order, offset = corner_losses(corners, batch)
        covered = functional.binary_cross_entropy_with_logits(mask[:, 0], batch["mask"])
        judged = functional.binary_cross_entropy_with_logits(score[:, 0], batch["card"])
        total = place + ORDER * order + 1.5 * offset + covered + 1.5 * judged
        parts = {"place": place, "order": order, "offset": offset, "mask": covered, "score": judged}
        return total, {name: float(part.detach()) for name, part in parts.items()}

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Corner errors over the diagonal, orientation, recall and false cards on held-out faces."""
        return summarise([_judge(net, sample) for sample in _checks(self.cache, self.checks, self.scenes)])


def collate(samples: list[Sample], spread: float) -> Batch:
    """Pictures and targets: ``places`` (n, 4, cells) distributions, ``cells`` (n, 4, 2) x y, ``counted`` (n, 4)."""
    images = np.stack([sample.image for sample in samples])
    height, width = (side // STRIDE for side in images.shape[1:])
    quads = np.stack([np.full((4, 2), -99.0) if s.quad is None else s.quad for s in samples]).astype(np.float32)
    cells = quads / STRIDE - 0.5
    inside = (cells > -0.5).all(-1) & (cells[..., 0] < width - 0.5) & (cells[..., 1] < height - 0.5)
    x = np.exp(-0.5 * ((np.arange(width) - cells[..., :1]) / spread) ** 2)
    y = np.exp(-0.5 * ((np.arange(height) - cells[..., 1:]) / spread) ** 2)
    places = (y[..., :, None] * x[..., None, :]).reshape(len(samples), 4, -1)
    places /= places.sum(-1, keepdims=True) + 1e-9
    masks = np.stack([sample.mask for sample in samples]).reshape(len(samples), height, STRIDE, width, STRIDE)
    return {
        "image": torch.from_numpy(images[:, None]),
        "places": torch.from_numpy((places * inside[..., None]).astype(np.float32)),
        "cells": torch.from_numpy(cells),
        "counted": torch.from_numpy(inside.astype(np.float32)),
        "mask": torch.from_numpy((masks.mean((2, 4)) / 255).astype(np.float32)),
        "card": torch.from_numpy(np.array([sample.quad is not None for sample in samples], np.float32)),
    }


def corner_losses(corners: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """place, order, offset: of all four maps together, each alone, and below a cell; ``batch`` from `collate`."""
    counted = batch["counted"]
    weight = counted / counted.sum().clamp(min=1)
    logs = corners.flatten(2).log_softmax(-1)
    together = logs.logsumexp(1, keepdim=True)
    place = (-(batch["places"] * together).sum(-1) * weight).sum()
    order = (-(batch["places"] * logs).sum(-1) * weight).sum()
    shown = together.view(-1, 1, *corners.shape[2:]).expand(-1, 4, -1, -1)
    offset = (_offsets(shown, batch["cells"]).abs().sum(-1) * weight).sum()
    return place, order, offset


def _offsets(corners: Tensor, cells: Tensor) -> Tensor:
    """(n, 4, 2): the middle of the maps' mass around the true cells, less the true place; cells."""
    padded = functional.pad(corners, (_REACH,) * 4, value=-30.0)
    rows, columns = corners.shape[2:]
    near = torch.arange(2 * _REACH + 1)
    column = cells[..., 0].round().clamp(0, columns - 1).long()
    row = cells[..., 1].round().clamp(0, rows - 1).long()
    at = (row[..., None, None] + near[:, None]) * (columns + 2 * _REACH) + column[..., None, None] + near
    windows = padded.flatten(2).gather(2, at.flatten(2))
    shares = windows.softmax(-1).view(*windows.shape[:2], len(near), len(near))
    steps = near.float() - _REACH
    x = (shares.sum(2) * steps).sum(-1) + column
    y = (shares.sum(3) * steps).sum(-1) + row
    return torch.stack([x, y], -1) - cells


@dataclass(frozen=True, slots=True)
class Judgement:
    """card: a thing of a card's shape, with a number or not; whole: all corners in the picture; score: 0 to 1;
    error: mean over the corners, best of four turns, parts of the diagonal; upright: the turn is right; certainty:
    see `Corners`."""

    card: bool
    whole: bool
    score: float
    error: float
    upright: bool
    certainty: float


def _judge(net: nn.Module, sample: Sample) -> Judgement:
    corners, mask, score = net(torch.from_numpy(sample.image[None, None]).float() / 255)
    found = decode(corners[0].float().numpy(), mask[0, 0].float().numpy())
    value = float(torch.sigmoid(score.float()))
    if sample.quad is None or found is None:
        return Judgement(sample.quad is not None, sample.quad is not None, value, 1.0, False, 0.0)
    size = np.array(sample.image.shape[::-1])
    whole = bool((sample.quad > 0).all() and (sample.quad < size).all())
    errors = [float(np.linalg.norm(np.roll(found.quad, k, axis=0) - sample.quad, axis=1).mean()) for k in range(4)]
    diagonal = (
        float(np.linalg.norm(sample.quad[2] - sample.quad[0]) + np.linalg.norm(sample.quad[3] - sample.quad[1])) / 2
    )
    return Judgement(True, whole, value, min(errors) / diagonal, int(np.argmin(errors)) == 0, found.certainty)


def summarise(judged: list[Judgement]) -> dict[str, float]:
    """Metrics; "good", 0 to 1, is what users want: cards found within 3 %, times other scenes passed over."""
    cards = [j for j in judged if j.card and j.whole]
    others = [j for j in judged if not j.card]
    errors = np.array([j.error for j in cards])
    near = errors < 0.03
    sure = np.array([j.score > 0.5 for j in cards])
    false = float(np.mean([j.score > 0.5 for j in others]))
    upright = [float(j.upright) for j in cards if j.error < 0.05]
    return {
        "good": float((near & sure).mean()) * (1 - false),
        "median": float(np.median(errors)),
        "p95": float(np.quantile(errors, 0.95)),
        "recall": float(sure.mean()),
        "false": false,
        "upright": float(np.mean(upright)) if upright else 0.0,
    }


@lru_cache(maxsize=4)
def _composer(cache: str, *, held_out: bool) -> Composer:
    folder = cache_folder(cache)
    faces = FacesCache.open(folder / "faces")
    return Composer(faces, open_backgrounds(folder / "backgrounds"), held_out)


@lru_cache(maxsize=4)
def _scenes(cache: str, name: str) -> ScenesCache:
    return ScenesCache.open(cache_folder(cache) / name)


@lru_cache(maxsize=2)
def _checks(cache: str, count: int, scenes: float) -> tuple[Sample, ...]:
    composer = _composer(cache, held_out=True)
    shapes = [SHAPES[index % len(SHAPES)] if index % 2 else SHAPES[0] for index in range(count)]
    rngs = [np.random.default_rng((_SEED, index)) for index in range(count)]
    rendered = round(scenes * count)
    return tuple(
        scene_sample(_scenes(cache, "scenes"), rng, *shape, held_out=True)
        if index < rendered
        else composer.sample(rng, *shape)
        for index, (rng, shape) in enumerate(zip(rngs, shapes, strict=True))
    )
