"""`LayoutNet`: which rows of a rectified card hold the number, expiry and holder, and which way it is turned.

The card is always 288 × 184, so the net may know by position what a field is. Dense convolutions to stride 16
(see `locator.py` for why), the card's mean added there, then back up to stride 4. A row is predicted as a
*kernel*, the row shrunk to half its height (after PSENet, Wang et al., 2019), so that rows of stacked numbers
stay apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.errors import UsageError, did_you_mean
from scanapp.lab.nets.locator import Context, Residual, conv, double, separable

FIELDS = ("pan", "expiry", "holder")
TURNS = 4
WIDTH, HEIGHT = 288, 184
STRIDE = 4


class LayoutNet(nn.Module):
    """Input (n, 1, 184, 288) luma 0 to 1.

    `forward` returns logits: fields (n, 3, 46, 72) in the order of `FIELDS`, turn (n, 4): the upright card is the
    input turned clockwise by 0, 90, 180 or 270 degrees.

    widths  channels at strides 2, 4, 8 and 16; top  of the way up at stride 4
    deep    one residual stage more at each of the three strides of the way up
    """

    def __init__(
        self, widths: tuple[int, int, int, int] = (8, 16, 48, 64), top: int = 16, *, deep: bool = False
    ) -> None:
        super().__init__()
        w2, w4, w8, w16 = widths
        self.stem = conv(1, w2, stride=2)
        self.to4 = nn.Sequential(conv(w2, w4, stride=2), Residual(w4))
        self.to8 = nn.Sequential(conv(w4, w8, stride=2), Residual(w8))
        self.to16 = nn.Sequential(
            conv(w8, w16, stride=2), Residual(w16, size=5), Residual(w16, size=5), Context(w16)
        )
        self.lateral8, self.down16 = nn.Conv2d(w8, w8, 1), nn.Conv2d(w16, w8, 1)
        self.merge8 = Residual(w8, size=5)
        self.lateral4, self.down8 = nn.Conv2d(w4, top, 1), nn.Conv2d(w8, top, 1)
        self.merge4 = nn.Sequential(separable(top, top, size=5), separable(top, top))
        self.rows = nn.Conv2d(top, len(FIELDS), 1)
        self.judge = nn.Sequential(nn.Linear(w8 + w16, 64), nn.ReLU(), nn.Linear(64, TURNS))
        self.more16 = Residual(w16, size=5) if deep else nn.Identity()
        self.more8 = Residual(w8, size=5) if deep else nn.Identity()
        self.more4 = Residual(top, size=5) if deep else nn.Identity()

    def forward(self, card: Tensor) -> tuple[Tensor, Tensor]:
        """Logits ``fields, turn``."""
        at4 = self.to4(self.stem(card * 2 - 1))
        at8 = self.to8(at4)
        at16 = self.more16(self.to16(at8))
        # 184 / 16 is not whole: the doubled map has one row too many
        up8 = functional.relu(self.lateral8(at8) + double(self.down16(at16))[:, :, : at8.shape[2]])
        up8 = self.more8(self.merge8(up8))
        up4 = self.more4(self.merge4(functional.relu(self.lateral4(at4) + double(self.down8(up8)))))
        summary = torch.cat([up8.amax((2, 3)), quarters(at16)], dim=1)
        return self.rows(up4), self.judge(summary)


def layout(size: str) -> LayoutNet:
    """The network of a size: "small", 42 million multiply-accumulates, or "large". UsageError for another name."""
    if size == "small":
        return LayoutNet()
    if size == "large":
        return LayoutNet((8, 24, 48, 64), 24, deep=True)
    raise UsageError(f"layout network: no size '{size}'{did_you_mean(size, ('small', 'large'))}")


def quarters(x: Tensor) -> Tensor:
    """(n, c): a quarter of the channels averaged over each of the card's upper, lower, left and right halves.

    Where things are is what tells a turn; the mean over the whole card would forget it.
    """
    height, width, part = x.shape[2] // 2, x.shape[3] // 2, x.shape[1] // 4
    upper = x[:, :part, :height].mean((2, 3))
    lower = x[:, part : 2 * part, -height:].mean((2, 3))
    left = x[:, 2 * part : 3 * part, :, :width].mean((2, 3))
    right = x[:, 3 * part :, :, -width:].mean((2, 3))
    return torch.cat([upper, lower, left, right], dim=1)
