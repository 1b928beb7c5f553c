"""`Design`: what a package looks like and says; and designs at random, for tests that need many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scanapp.synth.art.canvas import Rgb
from scanapp.synth.packages.motifs import MOTIFS

Form = Literal["box", "can"]
Style = Literal["plain", "band", "frame", "slant", "split"]
STYLES: tuple[Style, ...] = ("plain", "band", "frame", "slant", "split")

_FIRST = "Amber Birch Cobble Drift Ember Fable Gale Hollow Indigo Juniper Larch Mallow Nettle Onyx Quill Rook"
_SECOND = "Acre Bridge Cove Dell Field Gate House Isle Lane Moor Point Row Spring Vale Works Yard"
_GOODS = "Biscuits Broth Cereal Cocoa Crisps Figs Honey Jam Lentils Muesli Noodles Olives Rice Rusks Soda Tea"
_SORTS = "Almond Cherry Classic Fennel Ginger Golden Herb Lemon Maple Mild Orange Plum Rich Salted Smoked Vanilla"
_PALETTES: tuple[tuple[Rgb, Rgb, Rgb], ...] = (
    ((172, 44, 38), (246, 204, 84), (252, 246, 232)),
    ((26, 84, 120), (238, 150, 62), (244, 248, 250)),
    ((238, 228, 204), (56, 112, 76), (48, 38, 30)),
    ((52, 60, 66), (214, 80, 74), (240, 240, 234)),
    ((240, 190, 62), (120, 52, 40), (58, 34, 24)),
    ((98, 56, 116), (232, 190, 214), (250, 244, 250)),
    ((222, 232, 236), (38, 92, 158), (26, 38, 60)),
    ((44, 106, 70), (236, 220, 120), (248, 248, 236)),
    ((228, 120, 92), (66, 44, 66), (255, 248, 240)),
    ((250, 250, 246), (204, 44, 60), (36, 36, 40)),
)


@dataclass(frozen=True, slots=True)
class Design:
    """A package.

    gtin      EAN-13; ours begin with 2, which is left to each shop's own use
    product   what it is; ``variant`` which sort of it; ``amount`` how much
    size      (width, height, depth) in millimetres; of a can depth is the width, its diameter
    ground    main colour, ``accent`` of strip and motif, ``ink`` of what is printed on the ground
    """

    sku: str
    name: str
    gtin: str
    brand: str
    product: str
    variant: str
    amount: str
    form: Form
    size: tuple[float, float, float]
    ground: Rgb
    accent: Rgb
    ink: Rgb
    motif: str
    style: Style = "plain"
    seed: int = 1


def invented(seed: int) -> Design:
    """A design drawn by lot; the same seed gives the same one."""
    rng = np.random.default_rng([seed, 61])
    form: Form = "can" if rng.random() < 0.35 else "box"
    ground, accent, ink = _PALETTES[int(rng.integers(len(_PALETTES)))]
    brand = f"{_pick(rng, _FIRST)} {_pick(rng, _SECOND)}"
    product, variant = _pick(rng, _GOODS), _pick(rng, _SORTS)
    wide = float(rng.uniform(58, 72) if form == "can" else rng.uniform(70, 130))
    tall = float(rng.uniform(100, 150) if form == "can" else rng.uniform(90, 190))
    digits = f"29{seed % 10**10:010d}"
    return Design(
        sku=f"X{seed:04d}",
        name=f"{brand} {product} {variant}",
        gtin=digits + check_digit(digits),
        brand=brand,
        product=product,
        variant=variant,
        amount=f"{int(rng.integers(8, 60)) * 10} g",
        form=form,
        size=(wide, tall, wide if form == "can" else float(rng.uniform(28, 60))),
        ground=ground,
        accent=accent,
        ink=ink,
        motif=_pick(rng, " ".join(sorted(MOTIFS))),
        style=STYLES[int(rng.integers(len(STYLES)))],
        seed=seed,
    )


def check_digit(digits: str) -> str:
    """The last digit of an EAN-13 that begins with these twelve."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def _pick(rng: np.random.Generator, words: str) -> str:
    """One of the words of a line."""
    known = words.split()
    return known[int(rng.integers(len(known)))]
