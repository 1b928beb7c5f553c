"""The ladder: ways to read a patch, cheapest first, each rung trying what those below it did not.

A rung makes passes; a pass is one transformation followed by one decoding, and it has a name, because agreement
(see `agreement`) counts how many different passes gave the same answer. Costs and gains are measured by
``benchmarks/still_codes.py --rungs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import zxingcpp

from scanapp.geometry import Quad
from scanapp.recognizers.codes.bars import BarRegion, bar_regions, upright
from scanapp.recognizers.codes.patch import Patch, closed, flattened, softened, thresholded, unsharp, without_specks
from scanapp.recognizers.codes.symbol import BINARIZER, Request, Symbol, decode
from scanapp.recognizers.codes.templates import layouts, read_templates
from scanapp.results import Effort

Formats = tuple[zxingcpp.BarcodeFormat, ...]

MAX_PIXELS = 6_000_000
"""Enlarged patches stay below this: beyond it a pass costs more than it finds."""
AGREED = 3
"""So many equal reads of one region end a rung's work on it."""
MAX_REGIONS = 8
"""Regions that a rung looks at, fewer where the rung is dear."""


@dataclass(slots=True)
class Look:
    """What a rung works on: a patch, the symbologies to read (none: all), and places that are already explained."""

    patch: Patch
    formats: Formats = ()
    explained: Callable[[Quad], bool] = field(default=lambda _: False)
    max_regions: int = MAX_REGIONS
    _regions: list[BarRegion] | None = None

    def regions(self, limit: int = MAX_REGIONS) -> Iterator[BarRegion]:
        """The best runs of bars that are not explained yet, at most ``limit`` and ``max_regions``."""
        if self._regions is None:
            self._regions = bar_regions(self.patch.gray)
        left = min(limit, self.max_regions)
        for region in self._regions:
            if left and not self.explained(self.patch.quad_in_frame(region.quad)):
                left -= 1
                yield region

    def linear(self) -> Request | None:
        """A request for the linear ones of the wanted symbologies on rectified bars; None when there are none."""
        wanted: Formats = (zxingcpp.BarcodeFormat.AllLinear,)
        if self.formats:
            linear = set(zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllLinear)))
            chosen = zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats(list(self.formats)))
            wanted = tuple(fmt for fmt in chosen if fmt in linear)
        return Request(wanted, rotate=False, downscale=False, invert=False) if wanted else None


@dataclass(frozen=True, slots=True)
class Rung:
    """One effort and the passes that it makes.

    rescue  its readings need more agreement than those of a plain pass
    """

    effort: Effort
    read: Callable[[Look], Iterator[Symbol]]
    rescue: bool


def fast(look: Look) -> Iterator[Symbol]:
    """One pass in the picture's own resolution, dark on light only."""
    yield from _pass(look.patch, Request(look.formats, downscale=False, invert=False), "zxing")


def full(look: Look) -> Iterator[Symbol]:
    """zxing-cpp with everything that it has: inverted, shrunk; and under one global threshold."""
    yield from _pass(look.patch, Request(look.formats), "zxing")
    one_threshold = Request(look.formats, binarizer=BINARIZER.GlobalHistogram, downscale=False)
    yield from _pass(look.patch, one_threshold, "global")


def bars(look: Look) -> Iterator[Symbol]:
    """Linear codes at any angle: found by their gradients, rectified, read at their size and at twice."""
    request = look.linear()
    if request is None:
        return
    for region in look.regions():
        straight = upright(look.patch, region)
        yield from _pass(straight, request, "bars")
        yield from _pass(straight.scaled(2.0), request, "bars2")


def sharp_bars(look: Look) -> Iterator[Symbol]:
    """Blurred or very fine linear codes: rectified, enlarged and sharpened."""
    request = look.linear()
    if request is None:
        return
    for region in look.regions():
        yield from _until_agreed(_sharpened_passes(look.patch, region, request))


def templates(look: Look) -> Iterator[Symbol]:
    """Retail codes that are too blurred for bar widths: whole digits compared with blurred patterns."""
    wanted = layouts(look.formats)
    for region in look.regions(MAX_REGIONS // 2 if wanted else 0):
        yield from read_templates(look.patch, region, wanted)


def enlarged(look: Look) -> Iterator[Symbol]:
    """Small modules and grain, which cost zxing-cpp most matrix codes: twice the size, softened."""
    request = Request(look.formats)
    double = _enlarged(look.patch, 2.0)
    if double is not None:
        yield from _pass(double, request, "double")
    yield from _pass(look.patch.with_gray(softened(look.patch.gray, 1.5)), request, "soft1.5")


def contrasts(look: Look) -> Iterator[Symbol]:
    """Blur, uneven light, dots, no quiet zone: sharpened, thresholded, softened, closed, padded, tripled."""
    patch, request = look.patch, Request(look.formats)
    binary = Request(look.formats, binarizer=BINARIZER.BoolCast)
    yield from _pass(patch.with_gray(unsharp(patch.gray)), request, "unsharp")
    yield from _pass(patch.with_gray(thresholded(patch.gray, 0.15)), binary, "local")
    double = _enlarged(patch, 2.0)
    if double is not None:
        yield from _pass(double.with_gray(unsharp(double.gray, 3.0, 3.0)), request, "double-unsharp")
        yield from _pass(double.with_gray(thresholded(double.gray)), binary, "double-local")
    triple = _enlarged(patch, 3.0)
    if triple is not None:
        yield from _pass(triple, request, "triple")
    yield from _pass(patch.with_gray(softened(patch.gray, 3.0)), request, "soft3")
    yield from _pass(patch.with_gray(without_specks(patch.gray)), request, "median")
    for size in (3, 5):
        yield from _pass(patch.with_gray(closed(patch.gray, size)), request, f"closed{size}")
    yield from _pass(patch.padded(max(16, patch.long_side // 8)), request, "padded")
    yield from _pass(patch.with_gray(flattened(patch.gray)), request, "clahe")


LINEAR_ONLY = frozenset({"linear"})
"""Rungs that look for bars are no use where a detector saw a matrix code."""

LADDER: tuple[Rung, ...] = (
    Rung(Effort("fast", 1.0, 0.85, 8.0), fast, rescue=False),
    Rung(Effort("full", 1.5, 0.02, 30.0), full, rescue=False),
    Rung(Effort("enlarged", 2.0, 0.05, 90.0), enlarged, rescue=True),
    Rung(Effort("bars", 3.0, 0.06, 300.0, LINEAR_ONLY), bars, rescue=True),
    Rung(Effort("sharp_bars", 4.0, 0.03, 400.0, LINEAR_ONLY), sharp_bars, rescue=True),
    Rung(Effort("contrasts", 5.0, 0.03, 700.0), contrasts, rescue=True),
    Rung(Effort("templates", 10.0, 0.02, 1200.0, LINEAR_ONLY), templates, rescue=True),
)


def _enlarged(patch: Patch, factor: float) -> Patch | None:
    return patch.scaled(factor) if patch.gray.size * factor**2 <= MAX_PIXELS else None


def _sharpened_passes(patch: Patch, region: BarRegion, request: Request) -> Iterator[Symbol]:
    for scale in (2.0, 3.0, 1.0):
        straight = upright(patch, region, scale=scale)
        for name, sigma, amount in (("keen", 2.0, 3.0), ("sharp", 1.0, 2.0)):
            sharper = straight.with_gray(unsharp(straight.gray, sigma * scale, amount))
            yield from _pass(sharper, request, f"{name}{scale:g}")


def _until_agreed(symbols: Iterable[Symbol]) -> Iterator[Symbol]:
    counts: dict[str, int] = {}
    for symbol in symbols:
        yield symbol
        counts[symbol.key] = counts.get(symbol.key, 0) + 1
        if counts[symbol.key] >= AGREED:
            return


def _pass(patch: Patch, request: Request, method: str) -> Iterator[Symbol]:
    yield from decode(patch.gray, patch.to_frame, request, method)
