"""Which symbologies there are, how far one read of each can be trusted, and which a pipeline asked for.

The strengths follow what protects a symbol. Reed-Solomon (QR, Data Matrix, Aztec, MaxiCode) makes an
accidental read practically impossible; a modulo-103 check over fixed patterns (Code 128) or a modulo-10 check
with parity patterns (EAN) lets one random error in a hundred or so through; ITF, Codabar and Code 39 have no
mandatory check at all, and a piece of printed text can look like one.
"""

from __future__ import annotations

from collections.abc import Sequence

import zxingcpp

from scanapp.errors import PipelineError, did_you_mean

STRONG = 1.0
FAIR = 0.75
WEAK = 0.5
FEEBLE = 0.34

STRENGTHS: dict[str, float] = {
    "QRCode": STRONG,
    "QRCodeModel1": STRONG,
    "QRCodeModel2": STRONG,
    "DataMatrix": STRONG,
    "Aztec": STRONG,
    "AztecCode": STRONG,
    "PDF417": WEAK,  # at low correction levels zxing-cpp lets garbled codewords through, about one read in 50
    "CompactPDF417": WEAK,
    "MaxiCode": STRONG,
    "MicroPDF417": FAIR,
    "EAN13": FAIR,
    "UPCA": FAIR,
    "ISBN": FAIR,
    "EAN8": FAIR,
    "Code128": FAIR,
    "Code93": FAIR,
    "DataBar": FAIR,
    "DataBarOmni": FAIR,
    "DataBarStk": FAIR,
    "DataBarStkOmni": FAIR,
    "DataBarExp": FAIR,
    "DataBarExpStk": FAIR,
    "DataBarLtd": FAIR,
    "ITF14": WEAK,
    "Code39": WEAK,
    "Code39Std": WEAK,
    "Code39Ext": WEAK,
    "MicroQRCode": WEAK,
    "RMQRCode": WEAK,
    "AztecRune": WEAK,
    "UPCE": FEEBLE,
    "ITF": FEEBLE,
    "Codabar": FEEBLE,
    "Telepen": FEEBLE,
    "TelepenAlpha": FEEBLE,
    "TelepenNumeric": FEEBLE,
    "Code32": FEEBLE,
    "PZN": FEEBLE,
    "DXFilmEdge": FEEBLE,
    "EAN2": FEEBLE,
    "EAN5": FEEBLE,
}
"""Strength of one plain read by zxing-cpp enum name; a symbology that is not listed counts as `FEEBLE`."""

TRIFLE = 0.2
SHORT_TEXT = 4
"""Linear codes of up to this many characters count as `TRIFLE`: noise and parts of codes look like them."""

_RESCUED = {STRONG: STRONG, FAIR: WEAK, WEAK: FEEBLE, FEEBLE: 0.25, TRIFLE: 0.1}
"""What a read is worth that appeared only after a rescue; error correction vouches for itself."""

LINEAR = frozenset(
    name
    for name in STRENGTHS
    if name.startswith(("EAN", "UPC", "Code", "DataBar", "ITF", "Telepen", "PZN", "DXFilm", "Codabar", "ISBN"))
)


def strength_of(format_name: str, text: str, *, rescued: bool) -> float:
    """How much one read proves, 0 to 1 (see `scanapp.results.Reading.strength`)."""
    strength = STRENGTHS.get(format_name, FEEBLE)
    if format_name in LINEAR and len(text) <= SHORT_TEXT:
        strength = TRIFLE
    return _RESCUED[strength] if rescued else strength


def parse_formats(names: Sequence[str] | None) -> tuple[zxingcpp.BarcodeFormat, ...]:
    """zxing-cpp's formats of these enum names (``"QRCode"``, ``"EAN13"``, ``"AllLinear"``, …); empty means all.

    PipelineError names the nearest valid word when there is no such symbology.
    """
    if names is None:
        return ()
    valid = {name.lower(): name for name in _valid_names()}
    chosen = []
    for name in names:
        exact = valid.get(name.lower().replace("-", "").replace(" ", "").replace("_", ""))
        if exact is None:
            raise PipelineError(f"unknown symbology '{name}'{did_you_mean(name, valid.values())}")
        chosen.append(zxingcpp.BarcodeFormat.__members__[exact])
    if not chosen:
        raise PipelineError("formats = []: name at least one symbology, or leave it out to read all")
    return tuple(chosen)


def _valid_names() -> list[str]:
    readable = zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllReadable))
    groups = [name for name in zxingcpp.BarcodeFormat.__members__ if name.startswith("All")]
    return [fmt.name for fmt in readable] + [name for name in groups if name != "AllCreatable"]
