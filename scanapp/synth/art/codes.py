"""Codes of every symbology that zxing-cpp writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanapp.errors import UsageError, did_you_mean
from scanapp.synth.art.canvas import Rgb, Rgba, pixels
from scanapp.synth.art.text import Text
from scanapp.synth.scene import Truth

_LINEAR = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "Code128", "Code39", "Code93", "ITF", "Codabar", "DataBar"})
_FINER = 12
_CREATABLE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllCreatable)


@dataclass(frozen=True, slots=True)
class Code:
    """A printed code with its quiet zone.

    format   zxing-cpp's name: QRCode, EAN13, Code128, DataMatrix, Aztec, PDF417, …
    module   width of one module in millimetres
    bars     height of a linear code's bars in millimetres
    quiet    quiet zone in modules, on paper colour
    level    QR and Aztec: error correction as zxing-cpp takes it ("L", "M", "Q", "H"); empty for its default
    hri      print the text under the bars (as optional text in the truth)
    """

    format: str
    text: str
    module: float
    bars: float = 15.0
    quiet: float = 4.0
    ink: Rgb = (22, 22, 24)
    paper: Rgb = (246, 245, 242)
    level: str = ""
    hri: bool = False
    _key: tuple[str, str, str] = field(init=False, repr=False, default=("", "", ""))

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", (self.format, self.text, self.level))
        symbol(*self._key)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres, quiet zone included."""
        _, _, x1, y1 = self._box()
        quiet = self.quiet * self.module
        return x1 + quiet, y1 + (quiet if not self.hri else max(quiet, self._digits().size[1] + 1.0))

    def paint(self, ppmm: float, rng: np.random.Generator) -> Rgba:
        """See `Art.paint`."""
        width, height = pixels(self.size, ppmm)
        sheet = np.empty((height, width, 4), np.uint8)
        sheet[...] = (*self.paper, 255)
        x0, y0, x1, y1 = (v * ppmm for v in self._box())
        ink = self._coverage(x0, y0, x1, y1, width, height)[..., None]
        sheet[..., :3] = np.round(sheet[..., :3] * (1 - ink) + np.array(self.ink) * ink)
        if self.hri:
            self._print_digits(sheet, ppmm, rng)
        return sheet

    def truth(self) -> tuple[Truth, ...]:
        """The code, and the digits under it as optional text."""
        value = {"format": self.format, "text": self.text}
        code = Truth("code", value, self._box(), self.module)
        if not self.hri:
            return (code,)
        digits = self._digits().truth()[0]
        dx, dy = self._digits_at()
        x0, y0, x1, y1 = digits.box
        box = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
        return code, Truth("text", digits.value, box, digits.detail, required=False)

    def _box(self) -> tuple[float, float, float, float]:
        rows, columns = symbol(*self._key).shape
        quiet = self.quiet * self.module
        height = self.bars if self.format in _LINEAR else rows * self.module
        return quiet, quiet, quiet + columns * self.module, quiet + height

    def _coverage(self, x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> NDArray[np.float32]:
        """(height, width) float32: the share of each pixel that is inked, exact at any scale."""
        modules = symbol(*self._key)
        fine = cv2.resize(modules, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_NEAREST)
        out_w, out_h = max(1, round(x1) - round(x0)), max(1, round(y1) - round(y0))
        shrinks = fine.shape[1] >= out_w and fine.shape[0] >= out_h
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR_EXACT
        ink = np.zeros((height, width), np.float32)
        left, top = round(x0), round(y0)
        area = ink[top : top + out_h, left : left + out_w]
        area[...] = cv2.resize(fine, (out_w, out_h), interpolation=how)[: area.shape[0], : area.shape[1]]
        return ink

    def _digits(self) -> Text:
        return Text((self.text,), em=max(2.6, self.module * 9), ink=self.ink)

    def _digits_at(self) -> tuple[float, float]:
        x0, _, x1, y1 = self._box()
        return (x0 + x1 - self._digits().size[0]) / 2, y1 + 0.6

    def _print_digits(self, sheet: Rgba, ppmm: float, rng: np.random.Generator) -> None:
        digits = self._digits().paint(ppmm, rng)
        x, y = (round(v * ppmm) for v in self._digits_at())
        area = sheet[y : y + digits.shape[0], max(0, x) : x + digits.shape[1]]
        part = digits[: area.shape[0], : area.shape[1]]
        share = part[..., 3:] / 255
        area[..., :3] = np.round(area[..., :3] * (1 - share) + part[..., :3] * share)


@lru_cache(maxsize=128)
def symbol(name: str, text: str, level: str = "") -> NDArray[np.float32]:
    """(rows, columns) float32 modules, 1 is ink; linear codes have one row. UsageError for what cannot be made."""
    formats = {f.name: f for f in zxingcpp.barcode_formats_list(_CREATABLE)}
    if name not in formats:
        raise UsageError(f"unknown code format '{name}'{did_you_mean(name, formats)}")
    options: dict[str, Any] = {"ec_level": level} if level else {}
    try:
        barcode = zxingcpp.create_barcode(text, formats[name], **options)
    except (ValueError, RuntimeError) as error:
        raise UsageError(f"'{text}' cannot be written as {name}: {error}") from error
    image = np.array(barcode.to_image(scale=1, add_quiet_zones=False))
    modules = (image < 128).astype(np.float32)
    return modules[:1] if name in _LINEAR else modules
