"""`Symbol`: one decoded code, before it becomes a `Reading`; and zxing-cpp, wrapped to give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanapp.errors import GeometryError
from scanapp.geometry import Gray, Quad, Transform, as_quad, transform_quad

BINARIZER = zxingcpp.Binarizer
MIN_SIDE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """One decoded code.

    format      zxing-cpp's enum name ("QRCode", "EAN13", …); EAN-13 of a leading zero is "UPCA"
    text        the content as text, control characters included; GTINs as printed (UPC-A 12 digits, UPC-E 8)
    data        the payload's bytes
    quad        (4, 2) float32 in pixels of the frame, clockwise from the symbol's own top left
    identifier  the AIM symbology identifier, e.g. "]Q1", "" when unknown
    method      how it was read, e.g. "unsharp+zxing"
    """

    format: str
    text: str
    data: bytes
    quad: Quad
    identifier: str
    method: str

    @property
    def key(self) -> str:
        """Identity of the answer: format and payload bytes."""
        return f"{self.format}:{self.data.hex() or self.text}"


@dataclass(frozen=True, slots=True)
class Request:
    """What to look for: zxing-cpp formats (none: all readable ones) and how hard to look."""

    formats: tuple[zxingcpp.BarcodeFormat, ...] = ()
    rotate: bool = True
    downscale: bool = True
    invert: bool = True
    binarizer: zxingcpp.Binarizer = BINARIZER.LocalAverage
    pure: bool = False


def decode(gray: Gray, to_frame: Transform, request: Request, method: str = "zxing") -> list[Symbol]:
    """All symbols that zxing-cpp reads in a (h, w) uint8 image whose pixels ``to_frame`` maps to the frame."""
    barcodes = zxingcpp.read_barcodes(
        np.ascontiguousarray(gray),
        formats=zxingcpp.BarcodeFormats(list(request.formats or (zxingcpp.BarcodeFormat.AllReadable,))),
        try_rotate=request.rotate,
        try_downscale=request.downscale,
        try_invert=request.invert,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=request.binarizer,
        is_pure=request.pure,
        ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Ignore,
    )
    symbols = (_symbol(barcode, to_frame, method) for barcode in barcodes)
    return [symbol for symbol in symbols if symbol is not None]


def gtin(digits: str, identifier: str, method: str, quad: Quad) -> Symbol:
    """The symbol of 13 digits read from an EAN-13 or UPC-A symbol, or of 8 from EAN-8."""
    if len(digits) == 13 and digits[0] == "0":
        return Symbol("UPCA", digits[1:], digits[1:].encode(), quad, identifier, method)
    return Symbol("EAN13" if len(digits) == 13 else "EAN8", digits, digits.encode(), quad, identifier, method)


def _symbol(barcode: Any, to_frame: Transform, method: str) -> Symbol | None:
    quad = _place(barcode.position, to_frame)
    name = str(barcode.format.name)
    text = str(barcode.text)
    identifier = str(barcode.symbology_identifier)
    if quad is None:
        return None
    if name in ("EAN13", "UPCA", "ISBN") and text.isdigit():
        return gtin(text.zfill(13), identifier, method, quad)
    if name == "UPCE":
        text = printed_upce(barcode, text)
        return Symbol(name, text, text.encode(), quad, identifier, method)
    return Symbol(name, text, bytes(barcode.bytes), quad, identifier, method)


def printed_upce(barcode: Any, text: str) -> str:
    """The eight digits under a UPC-E symbol: zxing-cpp gives the GTIN that they stand for."""
    extra = barcode.extra or {}
    printed = str(extra.get("UPCE", "")) if isinstance(extra, dict) else ""
    return printed or compress_upce(text) or text


def compress_upce(gtin13: str) -> str:
    """A zero-suppressed GTIN-12 (padded to 13 digits) as UPC-E's eight digits; "" when it has no such form."""
    digits = gtin13.zfill(13)[1:]
    system, maker, item, check = digits[0], digits[1:6], digits[6:11], digits[11]
    if maker[2] in "012" and maker[3:] == "00" and item[:2] == "00":
        return system + maker[:2] + item[2:] + maker[2] + check
    if maker[3:] == "00" and item[:3] == "000":
        return system + maker[:3] + item[3:] + "3" + check
    if maker[4] == "0" and item[:4] == "0000":
        return system + maker[:4] + item[4] + "4" + check
    if item[:4] == "0000" and item[4] in "56789":
        return system + maker + item[4] + check
    return ""


def _place(position: Any, to_frame: Transform) -> Quad | None:
    corners = np.array(
        [
            (point.x, point.y)
            for point in (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
        ],
        dtype=np.float64,
    )
    try:
        return transform_quad(to_frame, as_quad(_clockwise(_thick(corners))))
    except GeometryError:
        return None


def _thick(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of a symbol that was found on a single row, moved apart so that they enclose an area."""
    along = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
    down = (corners[3] + corners[2] - corners[0] - corners[1]) / 2
    length, height = float(np.hypot(*along)), float(np.hypot(*down))
    if height >= MIN_SIDE or length == 0:
        return corners
    normal = np.array([-along[1], along[0]]) / length * MIN_SIDE / 2
    return np.asarray(corners + np.array([-normal, -normal, normal, normal]), dtype=np.float64)


def _clockwise(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of a mirrored symbol in clockwise order, the first one kept."""
    x, y = corners[:, 0], corners[:, 1]
    signed = np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
    return corners if signed >= 0 else np.asarray(corners[[0, 3, 2, 1]], dtype=np.float64)
