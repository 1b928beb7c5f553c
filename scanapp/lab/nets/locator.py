"""`LocatorNet`: where a bank card's four corners are, in upright order, and whether there is a card at all.

Dense 3×3 convolutions down to stride 8 and in the decoder: with 32 to 64 channels they cost onnxruntime no more
time than depth-wise ones with their many small steps, and they train half again as fast. Depth-wise 5×5 ones
below, for the wide view. All ReLU. The whole picture's mean is added at the bottom (a card may fill the frame);
then upwards with sums to stride 4 (a feature pyramid after Lin et al., 2017). A corner is a softmax over all the
places of its map, so the four maps also say which way is up; a card that looks the same upside down has two peaks
in each.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from scanapp.errors import UsageError, did_you_mean

STRIDE = 4
"""Network pixels a map cell."""


def conv(inputs: int, outputs: int, *, stride: int = 1, groups: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation (folded into the weights at export), ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def separable(inputs: int, outputs: int, *, stride: int = 1, size: int = 3) -> nn.Sequential:
    """A depth-wise convolution and a point-wise one."""
    return nn.Sequential(
        conv(inputs, inputs, stride=stride, groups=inputs, size=size),
        conv(inputs, outputs, size=1),
    )


class Residual(nn.Module):
    """Two separable convolutions beside a shortcut."""

    def __init__(self, channels: int, *, size: int = 3) -> None:
        super().__init__()
        self.body = nn.Sequential(
            separable(channels, channels, size=size),
            conv(channels, channels, groups=channels, size=size),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return functional.relu(x + self.body(x))


class Context(nn.Module):
    """Adds a projection of the map's mean to each position."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return functional.relu(x + self.project(x.mean((2, 3), keepdim=True)))


Widths = tuple[int, int, int, int, int]
LARGEST: Widths = (16, 32, 64, 96, 128)
"""Channels at strides 2 to 32: the locator's, and the most a scout has."""


More = tuple[int, int, int, int, int, int]
DEEP: More = (0, 3, 2, 1, 0, 0)
"""Further residual blocks at strides 8, 16 and 32 on the way down and at 16, 8 and 4 on the way up. Where maps are
small they cost least, and they see fingers and edges together."""
DEEPER: More = (1, 5, 4, 2, 1, 0)
"""A sixth dearer than `DEEP`."""
NONE: More = (0, 0, 0, 0, 0, 0)


class Trunk(nn.Module):
    """Down to stride 32 and back up to stride 4, where ``maps`` say what is seen.

    widths  channels at strides 2, 4, 8, 16 and 32; top  of the way up at strides 8 and 4
    maps    how many; depth  residual blocks at stride 16; more  further ones, see `DEEP`
    """

    def __init__(
        self, maps: int, widths: Widths = LARGEST, top: int = 32, depth: int = 2, more: More = NONE
    ) -> None:
        super().__init__()
        w2, w4, w8, w16, w32 = widths
        self.stem = conv(1, w2, stride=2)
        self.to4 = conv(w2, w4, stride=2)
        self.to8 = nn.Sequential(conv(w4, w8, stride=2), conv(w8, w8))
        self.to16 = nn.Sequential(conv(w8, w16, stride=2), *(Residual(w16, size=5) for _ in range(depth)))
        self.to32 = nn.Sequential(conv(w16, w32, stride=2), Residual(w32, size=5), Context(w32))
        self.lateral16, self.down32 = nn.Conv2d(w16, w8, 1), nn.Conv2d(w32, w8, 1)
        self.merge16 = Residual(w8, size=5)
        self.lateral8, self.down16 = nn.Conv2d(w8, top, 1), nn.Conv2d(w8, top, 1)
        self.merge8 = conv(top, top)
        self.lateral4, self.down8 = nn.Conv2d(w4, top, 1), nn.Conv2d(top, top, 1)
        self.merge4 = conv(top, top)
        self.maps = nn.Conv2d(top, maps, 1)
        places = zip((w8, w16, w32, w8, top, top), (3, 5, 5, 5, 3, 3), more, strict=True)
        self.more = nn.ModuleList(
            nn.Sequential(*(Residual(channels, size=size) for _ in range(count)))
            for channels, size, count in places
        )

    def seen(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The maps (n, maps, h/4, w/4), and what the way down shows at strides 8, 16 and 32."""
        at4 = self.to4(self.stem(evened(image)))
        more8, more16, more32, more_up16, more_up8, more_up4 = self.more
        at8 = more8(self.to8(at4))
        at16 = more16(self.to16(at8))
        at32 = more32(self.to32(at16))
        up16 = more_up16(self.merge16(functional.relu(self.lateral16(at16) + double(self.down32(at32)))))
        up8 = more_up8(self.merge8(functional.relu(self.lateral8(at8) + double(self.down16(up16)))))
        up4 = more_up4(self.merge4(functional.relu(self.lateral4(at4) + double(self.down8(up8)))))
        return self.maps(up4), at8, at16, at32


class LocatorNet(Trunk):
    """Input (n, 1, h, w) luma 0 to 1, h and w multiples of 32.

    `forward` returns logits: corners (n, 4, h/4, w/4), mask (n, 1, h/4, w/4), score (n, 1).
    """

    def __init__(self, widths: Widths = LARGEST, top: int = 32, more: More = NONE) -> None:
        super().__init__(5, widths, top, more=more)
        _, _, w8, w16, w32 = widths
        self.judge = nn.Sequential(nn.Linear(2 * w8 + w16 + w32, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``corners, mask, score``."""
        maps, at8, at16, at32 = self.seen(image)
        mask = maps[:, 4:]
        # judged by what lies on the card, small or large, not by what lies around it
        near8 = functional.avg_pool2d(mask.sigmoid(), 2)
        near16 = functional.avg_pool2d(near8, 2)
        parts = over(at8, near8), (at8 * near8).amax((2, 3)), over(at16, near16), at32.mean((2, 3))
        return maps[:, :4], mask, self.judge(torch.cat(parts, dim=1))


def locator(size: str) -> LocatorNet:
    """The network of a size: "plain", "deep" or "deeper". UsageError for another name."""
    sizes = {"plain": NONE, "deep": DEEP, "deeper": DEEPER}
    if size not in sizes:
        raise UsageError(f"locator network: no size '{size}'{did_you_mean(size, sizes)}")
    return LocatorNet(more=sizes[size])


def evened(image: Tensor) -> Tensor:
    """The picture with mean 0 and spread 1, so that a dim card looks like a bright one."""
    centred = image - image.mean((2, 3), keepdim=True)
    return centred / (centred.square().mean((2, 3), keepdim=True).sqrt() + 0.03)


def over(x: Tensor, share: Tensor) -> Tensor:
    """(n, c): the mean of a map where ``share`` (n, 1, h, w) is near 1."""
    return (x * share).sum((2, 3)) / (share.sum((2, 3)) + 1.0)


def double(x: Tensor) -> Tensor:
    """Twice the size, nearest neighbour."""
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
