"""Training of the layout net: kernels of the rows of number, expiry and holder, and the turn of the card."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.lab.backgrounds_cache import open_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.faces_cache import FacesCache
from scanapp.lab.nets.layout import FIELDS, HEIGHT, WIDTH, layout
from scanapp.lab.nets.widen import widened
from scanapp.lab.run import Batch, Signature
from scanapp.lab.sheets import SHRUNK, Sheet, SheetMaker
from scanapp.lab.start import start

_SEED = 98
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class CardLayoutTask:
    """cache   folder that holds ``faces`` and ``backgrounds``; empty: the user's cache
    size    samples a batch
    checks  validation samples
    net     "small", or "large": half again as dear
    start_from  a run's folder, whose best weights are the start, or an exported .onnx file
    start_net  its size, where it is another: a larger network begins with what a smaller one computes
    rare    share of the training sheets for which a portrait or stacked card is looked for
    backs   share of the training sheets that show a card's back ("faces-backs")
    """

    cache: str = ""
    size: int = 20
    checks: int = 300
    net: str = "small"
    start_from: str = ""
    start_net: str = ""
    rare: float = 0.0
    backs: float = 0.0

    @property
    def model(self) -> str:
        """Name of the shipped model."""
        return "card_layout"

    @property
    def score(self) -> str:
        """The metric that picks the best checkpoint."""
        return "good"

    @property
    def signature(self) -> Signature:
        """Any number of rectified cards."""
        batch = {name: {0: "cards"} for name in ("card", "fields", "turn")}
        return Signature({"card": (1, 1, HEIGHT, WIDTH)}, ("fields", "turn"), batch)

    @staticmethod
    def smoke(folder: Path) -> dict[str, Any]:
        """Settings for a run of seconds, after drawing a few faces in ``folder``."""
        from scanapp.lab.tasks.card_locator import CardLocatorTask

        return {**CardLocatorTask.smoke(folder), "size": 4, "checks": 8}

    def network(self) -> nn.Module:
        """A fresh network."""
        return layout(self.net)

    def start(self, net: nn.Module) -> None:
        """Gives it the weights of ``start_from``."""
        if not self.start_from:
            return
        smaller = layout(self.start_net or self.net)
        start(smaller, self.start_from, self)
        widened(smaller, net)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Random sheets."""
        maker = _maker(self.cache, held_out=False, rare=self.rare)
        backs = _maker(self.cache, held_out=False, faces="faces-backs") if self.backs else None

        def sample() -> Sheet:
            return (backs if backs is not None and rng.random() < self.backs else maker).sample(rng)

        sheets = [sample() for _ in range(self.size)]
        return {
            "card": torch.from_numpy(np.stack([sheet.image for sheet in sheets])[:, None]),
            "kernels": torch.from_numpy(np.stack([sheet.kernels for sheet in sheets])),
            "turn": torch.tensor([sheet.turn for sheet in sheets]),
        }

    def loss(self, net: nn.Module, batch: Batch, _progress: float) -> tuple[Tensor, dict[str, float]]:
        """Weighted cross-entropy and Dice of the kernels, cross-entropy of the turn."""
        fields, turn = net(batch["card"].float() / 255)
        fields, turn, kernels = fields.float(), turn.float(), batch["kernels"]
        crossed = functional.binary_cross_entropy_with_logits(fields, kernels, weight=1 + 4 * kernels)
        shares = fields.sigmoid()
        common = (shares * kernels).sum((0, 2, 3))
        dice = 1 - (2 * common + 1) / (shares.square().sum((0, 2, 3)) + kernels.square().sum((0, 2, 3)) + 1)
        turned = functional.cross_entropy(turn, batch["turn"])
        total = 5 * crossed + dice.mean() + 0.5 * turned
        parts = {"kernels": crossed, "dice": dice.mean(), "turn": turned}
        return total, {name: float(part.detach()) for name, part in parts.items()}

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Rows found at an IoU of a half, by field; turns; numbers seen where there are none."""
        counts: dict[str, list[float]] = {}
        for sheet in _checks(self.cache, self.checks):
            fields, turn = net(torch.from_numpy(sheet.image[None, None]).float() / 255)
            _count(counts, sheet, fields[0].float().numpy(), int(turn.argmax()))
        means = {name: float(np.mean(values)) for name, values in sorted(counts.items())}
        recall, precision = means["pan_recall"], means.get("pan_precision", 0.0)
        good = 2 * recall * precision / max(recall + precision, 1e-9) * means["turn"]
        return {"good": good, **means}


def _count(counts: dict[str, list[float]], sheet: Sheet, fields: npt.NDArray[np.float32], turn: int) -> None:
    vertical = bool(sheet.turn % 2)
    for place, field in enumerate(FIELDS):
        truth = [_grown(row[1:], vertical) for row in sheet.rows if row[0] == place]
        found = [_grown(box, vertical) for box in boxes(fields[place])]
        hits = [max((overlap(box, other) for other in found), default=0.0) > 0.5 for box in truth]
        right = [max((overlap(box, other) for other in truth), default=0.0) > 0.5 for box in found]
        counts.setdefault(f"{field}_recall", []).extend(map(float, hits))
        if sheet.card:
            counts.setdefault(f"{field}_precision", []).extend(map(float, right))
        elif field == "pan":
            counts.setdefault("pan_invented", []).append(float(bool(found)))
    if sheet.card:
        counts.setdefault("turn", []).append(float(turn == sheet.turn))


def boxes(logits: npt.NDArray[np.float32], least: int = 3) -> list[Box]:
    """x0 y0 x1 y1, cells, of the connected parts of a map (46, 72) that are more likely a row than not."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((logits > 0).astype(np.uint8), connectivity=4)
    return [
        (float(x), float(y), float(x + wide), float(y + tall))
        for x, y, wide, tall, size in stats[1:count].tolist()
        if size >= least
    ]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, wide) * max(0.0, tall)
    return common / max(_area(one) + _area(other) - common, 1e-9)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _grown(box: Box, vertical: bool) -> Box:
    """A kernel's box with the row's full height."""
    x0, y0, x1, y1 = box
    more_x = (x1 - x0) * (1 / SHRUNK - 1) / 2 if vertical else 0.0
    more_y = 0.0 if vertical else (y1 - y0) * (1 / SHRUNK - 1) / 2
    return x0 - more_x, y0 - more_y, x1 + more_x, y1 + more_y


@lru_cache(maxsize=4)
def _maker(cache: str, *, held_out: bool, rare: float = 0.0, faces: str = "faces") -> SheetMaker:
    folder = cache_folder(cache)
    backgrounds = open_backgrounds(folder / "backgrounds")
    return SheetMaker(FacesCache.open(folder / faces), backgrounds, held_out, rare)


@lru_cache(maxsize=2)
def _checks(cache: str, count: int) -> tuple[Sheet, ...]:
    maker = _maker(cache, held_out=True)
    return tuple(maker.sample(np.random.default_rng((_SEED, index))) for index in range(count))
