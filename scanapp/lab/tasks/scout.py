"""Training the scout's super-network: a map for each kind, and the locator's corners and mask.

Started from a locator, whose trunk has seen cards on all kinds of backgrounds. Each step trains the largest scout
on the targets, the smallest and random ones on these and on its answer (the sandwich rule, in place).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.detectors.card_decode import decode
from scanapp.detectors.scout_regions import KINDS, STRIDE
from scanapp.lab.backgrounds_cache import open_backgrounds, render_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.card import Description
from scanapp.lab.composites import EVERY, Composer
from scanapp.lab.faces_cache import FacesCache, render_faces
from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.nets.locator import locator
from scanapp.lab.nets.scout import CORNERS, ScoutFamily, ScoutNet, inherit
from scanapp.lab.nets.scout_ranked import rank
from scanapp.lab.run import Batch, Signature
from scanapp.lab.scout_pieces import open_pieces, render_pieces
from scanapp.lab.scout_scenes import ScoutComposer, ScoutSample
from scanapp.lab.scout_score import THRESHOLDS, Tally, tallies
from scanapp.lab.supernet.sandwich import sandwich
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.tasks.card_locator import ORDER, SHAPES, SHARES, CardLocatorTask, collate, corner_losses

DESCRIPTION = Description(
    title="scout",
    task="""\
Says what is where on a luma thumbnail. Input `image` (1, 1, height, width) float32 0 … 1, sides multiples of 32,
the picture in a margin of 8 grey pixels. Outputs, logits, one cell for 4 × 4 pixels: `kinds` (linear code, matrix
code, card, text, product, face-like thing; each moved so that 0 is the threshold with the best recall less false
alarms on validation pictures), `mask` (card or document), `corners` (four maps of a card, as in card_locator).""",
    architecture="""\
The locator's trunk and pyramid (dense and depth-wise convolutions, ReLU, batch norm folded) with eleven maps. One
of 1,728 subnets of a super-network, elastic in the channels of each stride and in depth; cut out, its batch norms
taken anew, not trained further.""",
    data="""\
Composed at the network's resolution: none to four codes, texts, documents, packages, drawn faces and at times a
card on backgrounds, half of which are crops of Caltech-101 photos (CC BY 4.0; without its faces), with shadows,
glare, blur, noise. Pieces are drawn by `scanapp lab data scout`, cards by `scanapp lab data faces`. Validation:
held-out pieces and faces.""",
    limits="""\
- Trained on composed pictures alone. Real people's faces were never shown to it.
- Bars thinner than a pixel of the thumbnail are grey: linear codes below a fifth or so of the frame's width, small
  matrix codes and small print do not show.
- What is printed on cards and packages was not counted in training: whether it is proposed is chance.""",
    licence="""\
Apache-2.0, like scanapp. No real card or person is in what it was trained on; backgrounds are in part crops of
Caltech-101 photos (CC BY 4.0).""",
)

LARGER = ((320, 192), (192, 320))
"""Inputs beside the locator's, for what is small in the frame."""
SMALL = 60.0
"""Cells: a thing that covers less weighs more, up to three times, or the large ones would drown it."""
CORNER, MASK, KIND = 0.3, 2.0, 20.0
"""Weights of the parts of the loss."""
_SEED = 97


@dataclass(frozen=True)
class ScoutTask:
    """cache       folder that holds ``faces``, ``backgrounds`` and ``pieces``; empty: the user's cache
    size        samples a batch
    spread      of a corner's target, cells
    larger      share of the batches with larger inputs
    checks      validation samples
    randoms     random subnets a step, beside the largest and the smallest
    middle      share of the steps in which one of them is the middle one, which is what most devices get
    start_from  a locator: a run's folder, or an exported .onnx file
    start_net   its network; what a deep one has more is left out
    """

    cache: str = ""
    size: int = 10
    spread: float = 0.7
    larger: float = 0.12
    checks: int = 200
    randoms: int = 1
    middle: float = 0.5
    start_from: str = ""
    start_net: str = "deeper"

    @property
    def model(self) -> str:
        """Name of the shipped model."""
        return "scout"

    @property
    def score(self) -> str:
        """The metric that picks the best checkpoint."""
        return "good"

    @property
    def signature(self) -> Signature:
        """One picture of any shape whose sides are multiples of 32."""
        outputs = ("corners", "mask", "kinds")
        cells = {name: {2: "rows", 3: "columns"} for name in outputs}
        return Signature({"image": (1, 1, 128, 224)}, outputs, {"image": {2: "height", 3: "width"}, **cells})

    @classmethod
    def smoke(cls, folder: Path) -> dict[str, Any]:
        """Settings for a run of seconds, after drawing a few faces and pieces in ``folder``."""
        render_faces(folder / "faces", 32, seed=1)
        render_backgrounds(folder / "backgrounds", 4, seed=1)
        render_pieces(folder / "pieces", 24, seed=1)
        return {"cache": str(folder), "size": 3, "checks": 8}

    def network(self) -> SharedNet:
        """An untrained super-network."""
        return SharedNet(ScoutFamily())

    def start(self, net: nn.Module) -> None:
        """Gives the largest subnet what the locator ``start_from`` has learnt."""
        if self.start_from:
            trained = locator(self.start_net)
            CardLocatorTask(self.cache, net=self.start_net, start_from=self.start_from).start(trained)
            whole = cast("ScoutNet", cast("SharedNet", net).whole)
            inherit(whole, trained)
            rank(whole)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Samples of one shape, and the seed by which the step's subnets are drawn."""
        if rng.random() < self.larger:
            width, height = LARGER[int(rng.integers(len(LARGER)))]
        else:
            width, height = SHAPES[int(rng.choice(len(SHAPES), p=SHARES))]
        composer = _composer(self.cache, held_out=False)
        samples = [composer.sample(rng, width, height) for _ in range(self.size)]
        targets = [_targets(sample) for sample in samples]
        return {
            **collate([sample.sample for sample in samples], self.spread),
            "kinds": torch.from_numpy(np.stack([kinds for kinds, _ in targets])),
            "weights": torch.from_numpy(np.stack([weights for _, weights in targets])),
            "draw": torch.tensor(int(rng.integers(2**31))),
        }

    def loss(self, net: nn.Module, batch: Batch, _progress: float) -> tuple[Tensor, dict[str, float]]:
        """Corners and mask as the locator's; cross-entropy of the kinds where they count.

        The smaller subnets hear half of that and half of what the largest one says: at first it knows nothing.
        """
        image = batch["image"].float() / 255
        if not isinstance(net, SharedNet):
            return _told(net(image), batch)

        def learn(one: nn.Module) -> tuple[Tensor, dict[str, float]]:
            return _told(one(image), batch)

        def follow(answer: Any, goal: Any) -> Tensor:
            return 0.5 * _told(answer, batch)[0] + 0.5 * _distance(answer, goal)

        rng, space = np.random.default_rng(int(batch["draw"])), net.family.space
        middle = [("middle", space.middle)] if rng.random() < self.middle else []
        return sandwich(net, learn, follow, (image,), rng, self.randoms - len(middle), also=middle)

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        """Of a scout: recall and false alarms of each kind at its threshold, corners of cards; "good" is the mean
        of recall less false alarms. Of the super-network: that of largest, middle and smallest, and their mean.
        """
        if not isinstance(net, SharedNet):
            return summarise(self.tally(net), _corners(net, _checks(self.cache, self.checks)))
        space, good = net.family.space, {}
        inputs = list(calibration_inputs(cast("Any", self)))
        for name in ("largest", "middle", "smallest"):
            plain = recalibrated(net.extract(space.parse(name)), inputs)
            good[f"good_{name}"] = self.evaluate(plain)["good"]
        return {"good": float(np.mean(list(good.values()))), **good}

    def tally(self, net: nn.Module) -> dict[str, Tally]:
        """Counts over the validation samples."""
        samples = _checks(self.cache, self.checks)
        return tallies((sample, _answer(net, sample)[2][0].float().numpy()) for sample in samples)

    def finished(self, net: nn.Module) -> nn.Module:
        """The network with each kind's map moved so that its threshold is zero."""
        with torch.inference_mode():
            found = self.tally(net.eval())
        maps = cast("ScoutNet", net.whole if isinstance(net, SharedNet) else net).maps
        with torch.no_grad():
            for place, kind in enumerate(KINDS):
                cast("Tensor", maps.bias)[CORNERS + 1 + place] -= THRESHOLDS[found[kind].best]
        return net

    @property
    def description(self) -> Description:
        """The words of the model card."""
        return DESCRIPTION


def _targets(sample: ScoutSample) -> tuple[Any, Any]:
    """(6, h/4, w/4) float32 each: the share of a cell that each kind covers, and how much the cell weighs."""
    count, height, width = sample.kinds.shape
    cells = (count, height // STRIDE, STRIDE, width // STRIDE, STRIDE)
    kinds = sample.kinds.reshape(cells).mean((2, 4), dtype=np.float32) / np.float32(255)
    weights = 1 + 3 * kinds
    for thing in sample.things:
        low, high = np.floor(thing.quad.min(0) / STRIDE), np.ceil(thing.quad.max(0) / STRIDE)
        (x0, y0), (x1, y1) = np.maximum(low, 0).astype(int), np.maximum(high, 0).astype(int)
        part = KINDS.index(thing.kind), slice(y0, y1), slice(x0, x1)
        size = max(1.0, float(kinds[part].sum()))
        weights[part] *= min(3.0, max(1.0, (SMALL / size) ** 0.5))
    return kinds, weights * sample.counted.reshape(cells).all((2, 4))


def _told(answer: Any, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """The loss of an answer ``corners, mask, kinds`` by the targets, and its parts."""
    corners, mask, kinds = (part.float() for part in answer)
    place, order, offset = corner_losses(corners, batch)
    covered = functional.binary_cross_entropy_with_logits(mask[:, 0], batch["mask"])
    told = functional.binary_cross_entropy_with_logits(kinds, batch["kinds"], weight=batch["weights"])
    total = CORNER * (place + ORDER * order + 1.5 * offset) + MASK * covered + KIND * told
    parts = {"place": place, "offset": offset, "mask": covered, "kinds": told}
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _distance(answer: Any, goal: Any) -> Tensor:
    """How far a subnet's answer is from the largest one's, in the terms of the loss."""
    own, wanted = (corners.float().flatten(2).log_softmax(-1).logsumexp(1) for corners in (answer[0], goal[0]))
    places = (
        functional.kl_div(own - np.log(4), wanted - np.log(4), reduction="none", log_target=True).sum(-1).mean()
    )
    mask, kinds = (
        functional.binary_cross_entropy_with_logits(answer[part].float(), goal[part].float().sigmoid())
        for part in (1, 2)
    )
    return CORNER * places + MASK * mask + 1.5 * KIND * kinds


def summarise(found: dict[str, Tally], corners: float) -> dict[str, float]:
    """Metrics of the counts, each kind at its own threshold."""
    recall = {f"recall_{kind}": float(tally.recall[tally.best]) for kind, tally in found.items()}
    false = {f"false_{kind}": float(tally.alarms[tally.best]) for kind, tally in found.items()}
    good = float(np.mean(list(recall.values())) - np.mean(list(false.values())))
    return {"good": good, **recall, **false, "card_corners": corners}


def _corners(net: nn.Module, samples: tuple[ScoutSample, ...]) -> float:
    """Share of the cards, whole in the picture, whose corners are found within 3 % of the diagonal."""
    right = []
    for sample in (one.sample for one in samples):
        if sample.quad is None or (sample.quad < 0).any() or (sample.quad > sample.image.shape[::-1]).any():
            continue
        corners, mask, _ = _answered(net, sample.image)
        found = decode(corners[0].float().numpy(), mask[0, 0].float().numpy())
        errors = (
            [1.0]
            if found is None
            else [float(np.linalg.norm(np.roll(found.quad, k, 0) - sample.quad, axis=1).mean()) for k in range(4)]
        )
        right.append(min(errors) < 0.03 * float(np.linalg.norm(sample.quad[2] - sample.quad[0])))
    return float(np.mean(right)) if right else 0.0


def _answer(net: nn.Module, sample: ScoutSample) -> tuple[Tensor, Tensor, Tensor]:
    return _answered(net, sample.sample.image)


def _answered(net: nn.Module, image: Any) -> tuple[Tensor, Tensor, Tensor]:
    answer: tuple[Tensor, Tensor, Tensor] = net(torch.from_numpy(image[None, None]).float() / 255)
    return answer


@lru_cache(maxsize=4)
def _composer(cache: str, *, held_out: bool) -> ScoutComposer:
    folder = cache_folder(cache)
    cards = Composer(FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds"), held_out)
    pieces = {}
    for kind, drawn in open_pieces(folder / "pieces").items():
        kept = [piece for place, piece in enumerate(drawn) if (place % EVERY == 0) == held_out]
        pieces[kind] = kept or drawn
    return ScoutComposer(cards, pieces)


@lru_cache(maxsize=2)
def _checks(cache: str, count: int) -> tuple[ScoutSample, ...]:
    composer = _composer(cache, held_out=True)
    shapes = [SHAPES[index % len(SHAPES)] if index % 2 else SHAPES[0] for index in range(count)]
    return tuple(
        composer.sample(np.random.default_rng((_SEED, index)), *shape) for index, shape in enumerate(shapes)
    )
