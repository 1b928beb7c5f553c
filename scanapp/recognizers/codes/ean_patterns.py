"""What the bars of EAN-13, UPC-A and EAN-8 look like, sharp and blurred."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_L = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_R = tuple("".join("10"[int(bit)] for bit in code) for code in _L)
_G = tuple(code[::-1] for code in _R)
_PARITY = ("000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010")

SAMPLES = 4
"""Samples a module."""
QUIET = 5
"""Modules of the quiet zones that are compared, too."""
CELL = 7 * SAMPLES


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a symbol of ``2 × half`` digits has its parts, in modules: guard, half, middle guard, half, guard.

    parities  which left digits are of the even set ("1"), for every value of a leading digit that has no bars
    """

    half: int
    parities: tuple[str, ...]

    @property
    def modules(self) -> int:
        """Width of the symbol."""
        return 11 + 14 * self.half

    @property
    def cells(self) -> list[slice]:
        """The samples of every digit."""
        firsts = [3 + 7 * i for i in range(self.half)] + [8 + 7 * (self.half + i) for i in range(self.half)]
        return [slice((QUIET + at) * SAMPLES, (QUIET + at) * SAMPLES + CELL) for at in firsts]

    @property
    def leading(self) -> bool:
        """Whether the parities carry a leading digit."""
        return len(self.parities) > 1

    def patterns(self, digits: str) -> list[int]:
        """The column of each barred digit in the 20 templates: 0-9, even set 10-19."""
        parity = self.parities[int(digits[0])] if self.leading else self.parities[0]
        sets = parity + "0" * self.half
        return [10 * int(chosen) + int(digit) for chosen, digit in zip(sets, digits[-2 * self.half :], strict=True)]


EAN13 = Layout(6, _PARITY)
EAN8 = Layout(4, ("0000",))


@lru_cache(maxsize=16)
def digit_templates(blur: float) -> tuple[Floats, Floats]:
    """(20, 28) left (odd, then even set) and (10, 28) right digits, blurred together with their neighbours' edges.

    ``blur``: sigma of a Gaussian, modules.
    """
    part = slice(4 * SAMPLES, 4 * SAMPLES + CELL)
    left = np.stack([blurred("0101" + code + "0101", blur)[part] for code in _L + _G])
    right = np.stack([blurred("1010" + code + "1010", blur)[part] for code in _R])
    return left, right


@lru_cache(maxsize=32)
def frame_template(layout: Layout, blur: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Guards and quiet zones of a symbol as (n,) samples, and which of the samples they are."""
    bits = "101" + "0101010" * layout.half + "01010" + "1010101" * layout.half + "101"
    signal = blurred("0" * QUIET + bits + "0" * QUIET, blur)
    mask = np.ones(len(signal), dtype=bool)
    for cell in layout.cells:
        mask[cell] = False
    return signal, mask


def symbol_signal(digits: str, layout: Layout, blur: float) -> Floats:
    """All samples of a number's blurred bars with its quiet zones."""
    columns = layout.patterns(digits)
    left = "".join((_L + _G)[column] for column in columns[: layout.half])
    right = "".join(_R[column] for column in columns[layout.half :])
    return blurred("0" * QUIET + "101" + left + "01010" + right + "101" + "0" * QUIET, blur)


def blurred(bits: str, blur: float) -> Floats:
    """Modules ("1" is dark) as samples under a Gaussian of ``blur`` modules."""
    fine = np.repeat(np.array([float(bit) for bit in bits]), SAMPLES)
    reach = int(np.ceil(3 * blur * SAMPLES))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (blur * SAMPLES)) ** 2)
    return np.convolve(np.pad(fine, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
