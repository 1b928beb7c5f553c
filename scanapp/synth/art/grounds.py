"""What surfaces are made of. Each is an artwork of a given size without anything to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scanapp.synth.art.canvas import Rgb, Rgba, pixels
from scanapp.synth.art.noise import tinted, value_noise
from scanapp.synth.scene import Truth


@dataclass(frozen=True, slots=True)
class _Ground:
    """A material of ``width`` × ``height`` millimetres."""

    width: float
    height: float

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""
        return self.width, self.height

    def truth(self) -> tuple[Truth, ...]:
        """Nothing to read."""
        return ()

    def _shape(self, ppmm: float) -> tuple[int, int]:
        width, height = pixels(self.size, ppmm)
        return height, width


@dataclass(frozen=True, slots=True)
class Plain(_Ground):
    """One colour; with ``alpha`` 0 nothing at all, for labels that float in the air."""

    color: Rgb = (235, 235, 232)
    alpha: int = 255

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:  # noqa: ARG002  (the protocol has it)
        """See `Art.paint`."""
        sheet = np.empty((*self._shape(ppmm), 4), np.uint8)
        sheet[...] = (*self.color, self.alpha)
        return sheet


@dataclass(frozen=True, slots=True)
class Paper(_Ground):
    """Paper: fibres, and a slight unevenness."""

    color: Rgb = (243, 241, 236)
    grain: float = 0.005

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        shape = self._shape(ppmm)
        fibre = value_noise(shape, (1.5 * ppmm, 1.0 * ppmm), rng, 3)
        uneven = value_noise(shape, (60 * ppmm, 60 * ppmm), rng, 2)
        return tinted(self.color, self.grain * fibre + self.grain * uneven)


@dataclass(frozen=True, slots=True)
class Cardboard(_Ground):
    """Corrugated cardboard: horizontal ribs and specks."""

    color: Rgb = (186, 148, 106)

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        shape = self._shape(ppmm)
        ribs = np.sin(np.arange(shape[0]) / (4.5 * ppmm) * 2 * np.pi).astype(np.float32)[:, None]
        fibre = value_noise(shape, (6 * ppmm, 1.2 * ppmm), rng, 3)
        return tinted(self.color, 0.012 * ribs + 0.035 * fibre)


@dataclass(frozen=True, slots=True)
class Laminate(_Ground):
    """An office desk: speckled, with faint wiping marks."""

    color: Rgb = (172, 168, 160)

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        shape = self._shape(ppmm)
        specks = value_noise(shape, (1.2 * ppmm, 1.2 * ppmm), rng, 2)
        clouds = value_noise(shape, (90 * ppmm, 50 * ppmm), rng, 4)
        return tinted(self.color, 0.017 * specks + 0.025 * clouds)


@dataclass(frozen=True, slots=True)
class Wood(_Ground):
    """Planks with grain along the x axis."""

    color: Rgb = (158, 112, 70)
    plank: float = 140.0

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        shape = self._shape(ppmm)
        warp = value_noise(shape, (180 * ppmm, 25 * ppmm), rng, 3)
        y = np.arange(shape[0], dtype=np.float32)[:, None] / ppmm
        rings = np.sin(y * 0.55 + 3.2 * warp) + 0.5 * np.sin(y * 1.7 + 7.0 * warp)
        fibre = value_noise(shape, (40 * ppmm, 0.8 * ppmm), rng, 3)
        number = np.floor(y / self.plank).astype(int).clip(0)
        tone = rng.normal(0, 0.07, int(number.max()) + 1).astype(np.float32)[number]
        gap = np.exp(-(((y % self.plank) - 1.0) ** 2) / 0.6)
        shade = 0.055 * rings + 0.06 * fibre + tone - 0.5 * gap
        return tinted(self.color, shade.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Fabric(_Ground):
    """A woven cloth."""

    color: Rgb = (84, 98, 120)
    thread: float = 1.1

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        height, width = self._shape(ppmm)
        x = np.sin(np.arange(width, dtype=np.float32) / (self.thread * ppmm) * 2 * np.pi)[None, :]
        y = np.sin(np.arange(height, dtype=np.float32) / (self.thread * ppmm) * 2 * np.pi)[:, None]
        folds = value_noise((height, width), (120 * ppmm, 160 * ppmm), rng, 3)
        lint = value_noise((height, width), (3 * ppmm, 3 * ppmm), rng, 3)
        return tinted(self.color, 0.12 * x * y + 0.07 * folds + 0.06 * lint)
