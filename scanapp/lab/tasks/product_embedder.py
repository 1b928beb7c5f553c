"""Training of the product embedder: classes of things and of products drawn to anchors on one sphere.

Every fifth class of products is held out: it is neither an anchor nor ever shown, and tells how well the vectors
serve products that nobody trained on, from five reference pictures each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.catalog.colour import LENGTH, colours
from scanapp.catalog.picture import GREY, squared
from scanapp.lab.cache import cache_folder
from scanapp.lab.discriminant import JoinedNet, Shrinkage, discriminant, joined
from scanapp.lab.int8 import Feeds
from scanapp.lab.nets.embedder import COARSE, SIDE, EmbedderNet
from scanapp.lab.picture_views import lit, seen
from scanapp.lab.pictures_cache import SIDE as STORED
from scanapp.lab.pictures_cache import Label, PicturesCache, write_labels
from scanapp.lab.run import Batch, Signature
from scanapp.lab.start import start

_SEED = 97
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ProductEmbedderTask:
    """cache   folder that holds ``pictures``; empty: the user's cache
    size       pictures a batch
    crop       pixels of the training views at the end of the run; it starts with two thirds
    products   share of products in a batch, class by class; the rest are other things
    scale, margin  of the cosine classifier: larger scales trust the anchors more, the margin pushes classes apart
    checks     reference pictures a class in the validation with all classes
    start_from a run folder whose best weights are the start
    things     pictures of other things that the final projection tells apart, beside all of the trained products;
               they do harm to makers' pictures on white, which many things share
    shrinkage  of its covariance
    """

    cache: str = ""
    size: int = 64
    crop: int = 96
    products: float = 0.6
    scale: float = 18.0
    margin: float = 0.12
    checks: int = 12
    start_from: str = ""
    things: int = 0
    shrinkage: float = 0.3

    @property
    def model(self) -> str:
        """Name of the shipped model."""
        return "product_embedder"

    @property
    def score(self) -> str:
        """The metric that picks the best checkpoint: the held-out classes have no say in it."""
        return "top1"

    @property
    def signature(self) -> Signature:
        """Any number of square pictures."""
        batch = {name: {0: "pictures"} for name in ("picture", "colours", "vector")}
        return Signature({"picture": (1, 3, SIDE, SIDE), "colours": (1, LENGTH)}, ("vector",), batch)

    @staticmethod
    def smoke(folder: Path) -> dict[str, Any]:
        """Settings for a run of seconds, after drawing coloured shapes in ``folder``."""
        _draw_shapes(folder / "pictures")
        return {"cache": str(folder), "size": 8, "checks": 2}

    def network(self) -> nn.Module:
        """A fresh network."""
        return EmbedderNet()

    def start(self, net: nn.Module) -> None:
        """Gives it the weights of ``start_from``."""
        start(net, self.start_from, self)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Random views with the numbers of their class and, of products, of their coarse class."""
        lesson = _lesson(self.cache)
        chosen = [lesson.draw(rng, self.products) for _ in range(self.size)]
        views = np.stack([seen(lesson.cache.pictures[index], self.crop, rng) for index in chosen])
        return {
            "picture": torch.from_numpy(views.transpose(0, 3, 1, 2)),
            "name": torch.tensor([lesson.names[lesson.cache.labels[index].name] for index in chosen]),
            "coarse": torch.tensor([lesson.coarse.get(lesson.cache.labels[index].coarse, -1) for index in chosen]),
        }

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy of the scaled cosines to the anchors, fine and coarse."""
        side = self.crop * 2 // 3 if progress < 0.5 else self.crop * 5 // 6 if progress < 0.8 else self.crop
        pictures = batch["picture"].float() / 255
        if side != self.crop:
            pictures = functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
        vectors = net(lit(pictures)).float()
        fine = self._crossed(vectors, net.anchors, batch["name"], min(1.0, 4 * progress))
        coarse = self._crossed(vectors, net.coarse_anchors, batch["coarse"], 0.0)
        parts = {"fine": fine, "coarse": coarse}
        return fine + 0.3 * coarse, {name: float(part.detach()) for name, part in parts.items()}

    def _crossed(self, vectors: Tensor, anchors: Any, truth: Tensor, eased: float) -> Tensor:
        """Rows with truth -1 do not count; ``eased`` from 0 to 1 lets the margin in slowly."""
        cosines = vectors @ functional.normalize(anchors, dim=1).T
        wanted = functional.one_hot(truth.clamp(min=0), anchors.shape[0])
        logits = self.scale * (cosines - eased * self.margin * wanted)
        return functional.cross_entropy(logits, truth, ignore_index=-1, label_smoothing=0.05)

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Shares of first answers that are right, nearest reference picture, see `_Exam`."""
        exam = _exam(self.cache, self.checks)
        return exam.judge(embedded(net, exam.cache.pictures, exam.needed))

    @torch.no_grad()
    def finished(self, net: nn.Module) -> nn.Module:
        """The network with the projection that is shipped, see `scanapp.lab.discriminant`."""
        assert isinstance(net, EmbedderNet)
        lesson = _lesson(self.cache)
        few = np.random.default_rng(_SEED).permutation(len(lesson.things))[: self.things]
        chosen = [index for some in lesson.products for index in some] + [lesson.things[place] for place in few]
        made = JoinedNet(net).eval().requires_grad_(False)
        rows = [
            joined(net.trunk(pictures * 4 - 2), colours).numpy()
            for mirrored in (False, True)
            for pictures, colours in _given(lesson.cache.pictures, chosen, mirrored=mirrored)
        ]
        names = 2 * [lesson.cache.labels[index].name for index in chosen]
        weights, bias = discriminant(np.concatenate(rows).astype(np.float64), names, Shrinkage(self.shrinkage))
        made.project.weight.copy_(torch.from_numpy(weights))
        made.project.bias.copy_(torch.from_numpy(bias))
        return made

    def calibration(self) -> Iterable[Feeds]:
        """Stored products as they are."""
        cache = _lesson(self.cache).cache
        chosen = np.random.default_rng(_SEED).choice(cache.where("products", "train"), 200)
        for index in chosen:
            yield {"picture": planes(cache.pictures[[index]]), "colours": _colours(cache.pictures[[index]])}

    def keep_float(self) -> tuple[str, ...]:
        """The projection is small, and the vectors are compared to a hundredth."""
        return ("/project",)


def planes(pictures: npt.NDArray[np.uint8]) -> Vectors:
    """(n, 3, 112, 112) float32, 0 to 1, of stored pictures (n, 128, 128, 3)."""
    small = np.stack([squared(picture, SIDE) for picture in pictures])
    return np.ascontiguousarray(small.transpose(0, 3, 1, 2), np.float32) / np.float32(255)


def embedded(net: nn.Module, pictures: npt.NDArray[np.uint8], which: list[int]) -> dict[int, Vectors]:
    """The vectors (128,) of stored pictures by their index."""
    found: dict[int, Vectors] = {}
    for first in range(0, len(which), 32):
        some = which[first : first + 32]
        given = torch.from_numpy(planes(pictures[some])), torch.from_numpy(_colours(pictures[some]))
        found.update(zip(some, net(*given).float().numpy(), strict=True))
    return found


def _given(
    pictures: npt.NDArray[np.uint8], which: list[int], *, mirrored: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """What the network takes of stored pictures, or of their mirror images, 32 at a time."""
    for first in range(0, len(which), 32):
        some = pictures[which[first : first + 32]]
        some = some[:, :, ::-1] if mirrored else some
        yield torch.from_numpy(planes(some)), torch.from_numpy(_colours(some))


def _colours(pictures: npt.NDArray[np.uint8]) -> Vectors:
    """(n, 1152) of stored pictures, without the grey that made them square."""
    return np.stack([colours(_content(picture)) for picture in pictures])


def _content(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    filled = (picture != GREY).any(2)
    rows, columns = np.flatnonzero(filled.any(1)), np.flatnonzero(filled.any(0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else picture


def held_out(labels: Iterable[Label]) -> frozenset[str]:
    """Every fifth class of products, sorted by name within fruit, vegetables and packages."""
    names = sorted({(label.macro, label.name) for label in labels if label.group == "products"})
    return frozenset(name for _macro, name in names[2::5])


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """names, coarse: numbers of the classes trained; products: by class, indices of pictures; things: indices."""

    cache: PicturesCache
    names: dict[str, int]
    coarse: dict[str, int]
    products: tuple[tuple[int, ...], ...]
    things: tuple[int, ...]

    def draw(self, rng: np.random.Generator, products: float) -> int:
        """A picture: of a product with this probability, each class as often as any other."""
        if not self.things or rng.random() < products:
            return int(rng.choice(self.products[int(rng.integers(len(self.products)))]))
        return self.things[int(rng.integers(len(self.things)))]


@lru_cache(maxsize=2)
def _lesson(cache: str) -> Lesson:
    pictures = PicturesCache.open(cache_folder(cache) / "pictures")
    labels, away = pictures.labels, held_out(pictures.labels)
    by_class: dict[str, list[int]] = {}
    for index in pictures.where("products", "train"):
        if labels[index].name not in away:
            by_class.setdefault(labels[index].name, []).append(index)
    things = pictures.where("objects", "train")
    names = sorted(by_class) + sorted({labels[index].name for index in things})
    coarse = sorted({labels[index].coarse for some in by_class.values() for index in some})[:COARSE]
    return Lesson(
        pictures,
        {name: number for number, name in enumerate(names)},
        {name: number for number, name in enumerate(coarse)},
        tuple(tuple(by_class[name]) for name in sorted(by_class)),
        tuple(things),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Exam:
    """Questions to the vectors: (pictures asked, references), indices.

    all       validation pictures of trained classes against ``checks`` pictures of every class: ``top1``
    few       held-out classes among themselves, five references each, all their other pictures asked: ``held_out``
    packages  packaged goods among themselves, five references each, validation pictures asked: ``packaged``
    """

    cache: PicturesCache
    questions: dict[str, tuple[list[int], list[int]]]

    @property
    def needed(self) -> list[int]:
        """Indices of all pictures that are asked or referred to."""
        return sorted({index for pair in self.questions.values() for side in pair for index in side})

    def judge(self, vectors: dict[int, Vectors]) -> dict[str, float]:
        """Share of the questions whose nearest reference has the right name."""
        result = {}
        for question, (asked, references) in self.questions.items():
            known = np.stack([vectors[index] for index in references])
            nearest = (np.stack([vectors[index] for index in asked]) @ known.T).argmax(1)
            labels = self.cache.labels
            right = [labels[a].name == labels[references[n]].name for a, n in zip(asked, nearest, strict=True)]
            result[question] = float(np.mean(right))
        return result


@lru_cache(maxsize=2)
def _exam(cache: str, checks: int) -> _Exam:
    pictures = PicturesCache.open(cache_folder(cache) / "pictures")
    labels, away = pictures.labels, held_out(pictures.labels)
    rng = np.random.default_rng(_SEED)
    shuffled = rng.permutation(pictures.where("products", "train")).tolist()
    asked = pictures.where("products", "val")
    few = _some(shuffled, labels, 5, away)
    rest = [i for i in shuffled + asked if labels[i].name in away and i not in set(few)]
    packaged = {label.name for label in labels if label.macro == "Packages"}
    return _Exam(
        pictures,
        {
            "top1": ([i for i in asked if labels[i].name not in away], _some(shuffled, labels, checks)),
            "held_out": (rest, few),
            "packaged": ([i for i in asked if labels[i].name in packaged], _some(shuffled, labels, 5, packaged)),
        },
    )


def _some(
    indices: list[int], labels: tuple[Label, ...], count: int, names: Iterable[str] | None = None
) -> list[int]:
    """The first ``count`` of each class."""
    taken: dict[str, list[int]] = {}
    wanted = None if names is None else frozenset(names)
    for index in indices:
        name = labels[index].name
        if (wanted is None or name in wanted) and len(taken.setdefault(name, [])) < count:
            taken[name].append(index)
    return [index for some in taken.values() for index in some]


def _draw_shapes(folder: Path) -> None:
    """Two dozen plain pictures of a few colours, as a cache."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = [
        Label("products" if name < 7 else "objects", split, f"shape {name}", "shape", "Packages")
        for name in range(9)
        for split in ("train",) * 8 + ("val",)
    ]
    rng = np.random.default_rng(_SEED)
    pictures = np.memmap(folder / "pictures.u8", np.uint8, "w+", shape=(len(labels), STORED, STORED, 3))
    for index, label in enumerate(labels):
        hue = 25 * int(label.name.split()[1])
        pictures[index] = np.clip(rng.normal((hue, 255 - hue, 90), 30, (STORED, STORED, 3)), 0, 255)
    pictures.flush()
    write_labels(folder, labels)
