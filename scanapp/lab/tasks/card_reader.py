"""Training the card reader: characters by column, then lines by CTC, at wish after a teacher.

Every character's place is known, so the network is first told what each column shows (cross-entropy): it learns to
read within minutes, where CTC alone spends its first thousands of steps on finding out where anything is. CTC
(Graves et al., 2006) takes over during the first third of the run. With a teacher, its softened answer for each
column (Hinton et al., 2015) is one more thing to match.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.errors import UsageError
from scanapp.lab.cache import cache_folder
from scanapp.lab.card import Description
from scanapp.lab.line_batches import IGNORE, STEADY, Jitter, batch
from scanapp.lab.line_score import decode, line_metrics
from scanapp.lab.lines_cache import LinesCache, render_lines
from scanapp.lab.nets.reader import COLUMNS, HEIGHT, WIDTH, CardReader, grown
from scanapp.lab.nets.reader_family import reader
from scanapp.lab.run import Batch, Signature
from scanapp.lab.slim import slimmed
from scanapp.lab.start import start
from scanapp.lab.trained import network_of

DESCRIPTION = Description(
    title="card_reader",
    task="""\
Reads one line of a rectified bank card: a card number, one group of a stacked number, or an expiry date.

Input `lines` (N, 1, 32, 320) float32 luma 0 … 1: characters about 20 px high (14 to 26 in training), some 8
px from the left, squeezed horizontally where the line is longer than 320 px, the rest padded by repeating the
edge. Output `logp` (N, 80, 12) log-probabilities for CTC decoding: 0 blank, 1 … 10 the digits, 11 `/`. Where
there is no digit it answers blanks: letters and artwork are not read.""",
    architecture="""\
Four dense 3×3 convolutions (ReLU, batch norm folded), in the larger ones a residual one behind the second and
the third, and one that closes the height, to 80 columns; then transformer layers (pre-norm, learned places, ReLU)
and one linear classifier a column. Brightness and contrast of the line are normalised inside the network. Trained
with cross-entropy on the known place of each character, CTC taking over during the first third.""",
    data="""\
Rendered lines of invented cards (`scanapp lab data cards`): procedural artwork, relief under a random light,
worn and tipped foil, perspective, and a camera's blur, noise, glare and compression at three levels (20 %
clean, 50 % moderate, 30 % severe), jittered again at each draw. Fonts: a parametric stroke font in the manner
of embossing machines, OCR-A, OCR-B and the system fonts of the machine that trains, without the families held
out for the test set. Validation: other seeds, the same fonts.""",
    limits="""\
- Trained on rendered pictures alone: finishes of real cards that the renderer does not know read worse.
- One view of a severely degraded line is mostly unreadable as a whole; its per-column probabilities are meant to be
  fused over frames.
- It knows nothing of check digits or issuers; what may be accepted is for the fusion to decide.
- Latin digits and `/` only; upside-down lines must be turned first.""",
)

TEMPERATURE = 2.0


@dataclass(frozen=True)
class CardReaderTask:
    """Settings.

    size     "student", "large", "xlarge", "huge", "teacher", or a smaller one: "student@width=64,depth=1"
    cache    folder of caches; "" is the default one. lines, check: names of the caches in it
    also     another cache, from which half of each batch is drawn; "": none
    rows     how many rows of the training cache to use; 0: all that are ready
    soil, bend, room, turn, busy  chances that a drawn line is soiled once more, that its strokes are bent, that it
             is cut too long, that it is upside down, and that other artwork shines through; see `Jitter`
    learn_from, trust, until   a teacher (see `scanapp.lab.trained`), the weight of its answers at first, and the
             part of the run after which it counts no more: who has overtaken a teacher need not hear it
    start_from          a trained reader, named like a teacher, or an exported .onnx file of ``start_size``;
             a larger network is cut down; one with fewer channels or layers gets some that add nothing yet
    eased               characters by column first, CTC later; False: both from the start
    """

    size: str = "student"
    cache: str = ""
    lines: str = "lines-training"
    check: str = "lines-validation"
    also: str = ""
    rows: int = 0
    batch_size: int = 64
    soil: float = 0.5
    bend: float = 0.0
    room: float = 0.0
    turn: float = 0.0
    busy: float = 0.0
    learn_from: str = ""
    trust: float = 1.0
    until: float = 1.0
    start_from: str = ""
    start_size: str = ""
    eased: bool = True

    @property
    def model(self) -> str:
        return "card_reader"

    @property
    def score(self) -> str:
        return "exact"

    @property
    def signature(self) -> Signature:
        return Signature({"lines": (1, 1, HEIGHT, WIDTH)}, ("logp",), {"lines": {0: "N"}, "logp": {0: "N"}})

    @classmethod
    def smoke(cls, folder: Path) -> dict[str, Any]:
        render_lines(folder / "lines-training", 16, seed=1)
        render_lines(folder / "lines-validation", 8, seed=2)
        return {"cache": str(folder), "batch_size": 8}

    def network(self) -> nn.Module:
        return reader(self.size)

    def start(self, net: nn.Module) -> None:
        """Gives ``net`` the weights of ``start_from``, cut down where that run's network is larger, with channels
        and layers that add nothing yet where it is smaller."""
        if not self.start_from:
            return
        if self.start_from.endswith(".onnx"):
            trained = reader(self.start_size or self.size)
            start(trained, self.start_from, self)
        else:
            trained = cast("CardReader", network_of(self.start_from))
        net.load_state_dict(self._fitted(trained, cast("CardReader", net)).state_dict())

    def _fitted(self, trained: CardReader, net: CardReader) -> CardReader:
        if _holds(net, trained):
            return grown(trained, net)
        return self._cut(trained, net)

    def _cut(self, trained: CardReader, net: CardReader, *, ranked: bool = False) -> CardReader:
        """``net`` with what matters most of ``trained``; see `slimmed`."""
        lines = CardReaderTask.batch(self, np.random.default_rng(17))

        def loss(large: nn.Module) -> Tensor:
            logp: Tensor = large(lines["lines"])
            return functional.cross_entropy(logp.flatten(0, 1), lines["columns"].flatten(), ignore_index=IGNORE)

        return slimmed(trained, net, loss, ranked=ranked)

    def batch(self, rng: np.random.Generator) -> Batch:
        if not self.also:
            return self._draw(self._training, self.lines, self.batch_size, rng)
        half = self.batch_size // 2
        one = self._draw(self._training, self.lines, self.batch_size - half, rng)
        other = self._draw(self._further, self.also, half, rng)
        return {key: torch.cat([one[key], other[key]]) for key in one}

    def _draw(self, cache: LinesCache, name: str, count: int, rng: np.random.Generator) -> Batch:
        ready = cache.ready
        if ready < count:
            raise UsageError(f"{name}: only {ready} lines are ready; run 'scanapp lab data cards' first")
        limit = min(ready, self.rows) if self.rows else ready
        return batch(
            cache,
            rng.integers(limit, size=count),
            Jitter(soil=self.soil, bend=self.bend, room=self.room, turn=self.turn, busy=self.busy),
            rng,
        )

    def loss(self, net: nn.Module, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        lines = batch["lines"]
        logits: Tensor = net(lines).float()
        told = functional.cross_entropy(logits.flatten(0, 1), batch["columns"].flatten(), ignore_index=IGNORE)
        shift = min(1.0, 3.0 * progress) if self.eased else 1.0
        by_column = 1.0 - 0.7 * shift
        total = by_column * told
        parts = {"columns": float(told.detach())}
        if shift > 0.02:
            line = functional.ctc_loss(
                logits.log_softmax(-1).transpose(0, 1),
                batch["targets"],
                torch.full((len(logits),), COLUMNS),
                batch["lengths"],
                zero_infinity=True,
            )
            total = total + 0.5 * shift * line
            parts["ctc"] = float(line.detach())
        trust = self.trust * (1.0 - progress / self.until) if self.until < 1.0 else self.trust
        if self.learn_from and trust > 0.0:
            with torch.no_grad():
                soft = (self._teacher(lines).float() / TEMPERATURE).softmax(-1)
            own = (logits / TEMPERATURE).log_softmax(-1)
            copied = functional.kl_div(own, soft, reduction="none").sum(-1).mean() * TEMPERATURE**2
            total = total + trust * copied
            parts["teacher"] = float(copied.detach())
        return total, parts

    def calibration(self) -> Iterator[dict[str, npt.NDArray[np.float32]]]:
        """300 lines as the recognizer would cut them."""
        rng = np.random.default_rng(5)
        for first in range(0, min(300, self._training.ready), 20):
            indices = np.arange(first, min(first + 20, self._training.ready))
            yield {"lines": batch(self._training, indices, STEADY, rng)["lines"].numpy()}

    def keep_float(self) -> tuple[str, ...]:
        # the sum with the places' code suffers most (40 dB), and is no faster in INT8
        return ("/classify", "/Add_1")

    @property
    def description(self) -> Description:
        return DESCRIPTION

    def evaluate(self, net: nn.Module) -> dict[str, float]:
        return evaluate_lines(net, self._checking)

    @cached_property
    def _training(self) -> LinesCache:
        return LinesCache.open(cache_folder(self.cache) / self.lines)

    @cached_property
    def _further(self) -> LinesCache:
        return LinesCache.open(cache_folder(self.cache) / self.also)

    @cached_property
    def _checking(self) -> LinesCache:
        return LinesCache.open(cache_folder(self.cache) / self.check)

    @cached_property
    def _teacher(self) -> nn.Module:
        net = network_of(self.learn_from)
        net.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return net


def _holds(large: CardReader, small: CardReader) -> bool:
    """Whether ``large`` can begin as ``small``: the same width, and at least as much of all else."""
    sizes = {name: value.shape for name, value in large.state_dict().items()}
    return large.place.shape == small.place.shape and all(
        name in sizes and all(most >= own for most, own in zip(sizes[name], value.shape, strict=True))
        for name, value in small.state_dict().items()
    )


def evaluate_lines(net: nn.Module, cache: LinesCache, jitter: Jitter = STEADY) -> dict[str, float]:
    """Metrics of ``net`` over all ready rows of ``cache``; see `line_metrics`."""
    read: list[str] = []
    for first in range(0, cache.ready, 128):
        indices = np.arange(first, min(first + 128, cache.ready))
        lines = batch(cache, indices, jitter, np.random.default_rng((7, first)))["lines"]
        read += decode(net(lines).float().numpy())
    return line_metrics(cache.rows[: cache.ready], read)
