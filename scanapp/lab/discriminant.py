"""The last step of the embedder's training, in closed form: which directions tell products apart.

What the trunk pools over the whole map, its means in nine overlapping fields, and the picture's colours stand
side by side; a linear discriminant (Fisher, 1936) with a shrunken covariance makes 128 numbers of them. It takes
one look at each picture, where gradient descent would need hours to find how colours and shapes go together, and
it is why colours need no place of their own in the index. The fields know what is above what: a label's layout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.catalog.colour import LENGTH
from scanapp.lab.nets.embedder import DIMENSIONS, EmbedderNet

COLOUR_WEIGHT = 0.5
FIELDS = 9
_FAINT = 1e-9
"""Of the greatest discriminating strength: directions below are rounding."""
Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """covariance: share of a round one within classes, more where pictures are few; power: of the discriminating
    strength by which directions are weighted, 0 all alike, 1 as they discriminate.
    """

    covariance: float = 0.3
    power: float = 0.5


class JoinedNet(nn.Module):
    """The trunk and the projection of what it pools, with the colours: unit vectors (n, 128).

    Input (n, 3, side, side) BGR, 0 to 1, and colours (n, 1152) as `scanapp.catalog.colour` gives them.
    """

    def __init__(self, net: EmbedderNet) -> None:
        super().__init__()
        self.trunk = net.trunk
        self.project = nn.Linear(net.pooled_length + FIELDS * net.pooled_length // 2 + LENGTH, DIMENSIONS)

    def forward(self, picture: Tensor, colours: Tensor) -> Tensor:
        """Unit vectors (n, 128)."""
        return functional.normalize(self.project(joined(self.trunk(picture * 4 - 2), colours)), dim=1)


def joined(at16: Tensor, colours: Tensor) -> Tensor:
    """(n, 512 + 2304 + 1152) of a map (n, 256, 7, 7)."""
    pooled = torch.cat([at16.mean((2, 3)), at16.amax((2, 3))], dim=1)
    fields = functional.avg_pool2d(at16, 3, 2).flatten(1)
    return torch.cat([_tamed(pooled), _tamed(fields), COLOUR_WEIGHT * colours], dim=1)


def _tamed(pooled: Tensor) -> Tensor:
    """Square roots tame what a few large activations would say alone."""
    return functional.normalize(torch.sqrt(pooled + 1e-8), dim=1)


def discriminant(rows: Rows, names: list[str], shrinkage: Shrinkage) -> tuple[Rows, Rows]:
    """Weights (128, f) and bias (128,) of the projection that tells the names of rows (n, f) apart.

    Of fewer than 129 names the last weights are 0.
    """
    known = sorted(set(names))
    truth = np.array([known.index(name) for name in names])
    means = np.stack([rows[truth == number].mean(0) for number in range(len(known))])
    within = np.cov((rows - means[truth]).T)
    size = len(within)
    within *= 1 - shrinkage.covariance
    within[np.diag_indices(size)] += shrinkage.covariance / (1 - shrinkage.covariance) * np.trace(within) / size
    middle = means.mean(0)
    between = (means - middle).T / np.sqrt(max(1, len(known) - 1))
    # The directions lie in what the means span, so one system with as many right sides is enough.
    solved = np.linalg.solve(within, between)
    strength, turns = np.linalg.eigh(between.T @ solved)
    kept = np.flatnonzero(strength > _FAINT * strength.max())[::-1][:DIMENSIONS]
    found = solved @ turns[:, kept] * strength[kept] ** ((shrinkage.power - 1) / 2)
    weights = np.zeros((DIMENSIONS, size))
    weights[: len(kept)] = found.T
    return weights, -weights @ middle
