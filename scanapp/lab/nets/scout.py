"""`ScoutNet`: what is where on a thumbnail; and the family of its sizes.

The locator's trunk and pyramid with one more thing to say at stride 4: beside four corner maps and the mask of card
or document, a map for each kind. Nothing is joined by concatenation, so that a smaller network is a leading part of
every weight; the largest one's trunk is the locator's, whose weights it can start from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn

from scanapp.detectors.scout_regions import KINDS
from scanapp.lab.nets.locator import LARGEST, LocatorNet, Trunk, Widths
from scanapp.lab.supernet.space import Space

CORNERS = 4
RARE = -3.0
"""Logit with which every kind begins: most of a picture is nothing."""


class ScoutNet(Trunk):
    """Input (n, 1, h, w) luma 0 to 1, h and w multiples of 32.

    `forward` returns logits: corners (n, 4, h/4, w/4), mask (n, 1, h/4, w/4), kinds (n, 6, h/4, w/4).
    """

    def __init__(self, widths: Widths = LARGEST, top: int = 32, depth: int = 2) -> None:
        super().__init__(CORNERS + 1 + len(KINDS), widths, top, depth)
        assert self.maps.bias is not None
        nn.init.constant_(self.maps.bias[CORNERS + 1 :], RARE)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``corners, mask, kinds``."""
        maps, *_ = self.seen(image)
        return maps[:, :CORNERS], maps[:, CORNERS : CORNERS + 1], maps[:, CORNERS + 1 :]


def inherit(net: ScoutNet, locator: LocatorNet) -> int:
    """Gives ``net`` what fits of a locator: trunk, pyramid, corners and mask. Returns how many tensors fitted."""
    own, given = net.state_dict(), locator.state_dict()
    fitting = {name: value for name, value in given.items() if name in own and own[name].shape == value.shape}
    for name in ("maps.weight", "maps.bias"):
        if own[name].shape[1:] == given[name].shape[1:]:
            own[name][: CORNERS + 1] = given[name]
    net.load_state_dict({**own, **fitting})
    return len(fitting)


@dataclass(frozen=True)
class ScoutFamily:
    """All scouts up to `LARGEST`: the channels of each stride, the pyramid's, and residual blocks at stride 16."""

    @cached_property
    def space(self) -> Space:
        """1,728 subnets."""
        return Space(
            {
                "at2": (8, 16),
                "at4": (16, 24, 32),
                "at8": (24, 32, 48, 64),
                "at16": (48, 64, 96),
                "at32": (64, 80, 96, 128),
                "top": (16, 24, 32),
                "depth": (1, 2),
            }
        )

    @property
    def groups(self) -> Mapping[str, int]:
        """No weight is cut in parts."""
        return {}

    def plain(self, values: Mapping[str, int]) -> ScoutNet:
        """An untrained scout with these values."""
        widths = (values["at2"], values["at4"], values["at8"], values["at16"], values["at32"])
        return ScoutNet(widths, values["top"], values["depth"])


def scout(size: str) -> ScoutNet:
    """An untrained scout: "largest", "middle", "smallest" or ``name=value,…``, see `Space.parse`."""
    family = ScoutFamily()
    return family.plain(family.space.named(family.space.parse(size)))
