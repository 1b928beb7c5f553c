"""`EmbedderNet`: a picture of a product becomes a unit vector; pictures of the same product lie close together.

Dense 3×3 convolutions in narrow residual stages: at these widths they cost onnxruntime no more than depth-wise ones
with their many small steps, train faster, and gain from INT8. All ReLU. Colour stays in (three channels): a shelf
tells flavours apart by it. The map's mean and its largest values are projected together: the mean knows the whole
picture, the largest values know a logo wherever it is.

The rows of `anchors` are what the vectors are pulled to while training (a cosine classifier, after CosFace, Wang et
al., 2018); an exported network does not have them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.lab.nets.locator import conv

SIDE = 112
"""Pixels of the picture's sides where the network is used; it was trained on slightly smaller crops."""
DIMENSIONS = 128
ANCHORS = 256
COARSE = 64


class Dense(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, channels),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return functional.relu(x + self.body(x))


class EmbedderNet(nn.Module):
    """Input (n, 3, side, side) BGR, 0 to 1; `forward` returns unit vectors (n, 128)."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 48, 96, 192), top: int = 256) -> None:
        super().__init__()
        w2, w4, w8, w16 = widths
        self.pooled_length = 2 * top
        self.trunk = nn.Sequential(
            conv(3, w2, stride=2),
            conv(w2, w4, stride=2),
            conv(w4, w8, stride=2),
            Dense(w8),
            Dense(w8),
            conv(w8, w16, stride=2),
            Dense(w16),
            Dense(w16),
            conv(w16, top, size=1),
        )
        self.project = nn.Sequential(nn.Linear(2 * top, DIMENSIONS, bias=False), nn.BatchNorm1d(DIMENSIONS))
        self.anchors = nn.Parameter(torch.randn(ANCHORS, DIMENSIONS) * DIMENSIONS**-0.5)
        self.coarse_anchors = nn.Parameter(torch.randn(COARSE, DIMENSIONS) * DIMENSIONS**-0.5)

    def forward(self, picture: Tensor, _colours: Tensor | None = None) -> Tensor:
        """Unit vectors (n, 128); colours join in later (`scanapp.lab.discriminant`)."""
        at16 = self.trunk(picture * 4 - 2)
        pooled = torch.cat([at16.mean((2, 3)), at16.amax((2, 3))], dim=1)
        return functional.normalize(self.project(pooled), dim=1)
