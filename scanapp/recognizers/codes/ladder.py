"""The ladder: ways to read a patch, cheapest first, each rung trying what those below it did not.

A rung is a list of variants; a variant is one transformation followed by one decoding pass, and it has a name,
because agreement (see `agreement`) counts how many different variants gave the same answer. Costs and gains are
measured by ``benchmarks/still_codes.py --rungs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import zxingcpp

from scanapp.recognizers.codes.bars import bar_regions, upright
from scanapp.recognizers.codes.patch import Patch, closed, flattened, softened, thresholded, unsharp
from scanapp.recognizers.codes.symbol import BINARIZER, Request, Symbol, decode
from scanapp.results import Effort

Formats = tuple[zxingcpp.BarcodeFormat, ...]
Read = Callable[[Patch, Formats], Iterator[Symbol]]

MAX_PIXELS = 3_000_000
"""Enlarged patches stay below this: beyond it a pass costs more than it finds."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One effort: a cost, a gain, and the passes that it makes over a patch.

    rescue  its readings need more agreement than those of a plain pass
    """

    effort: Effort
    read: Read
    rescue: bool


def fast(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """One pass in the picture's own resolution, dark on light only."""
    yield from _pass(patch, Request(formats, downscale=False, invert=False), "zxing")


def full(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """zxing-cpp with everything that it has: rotated, inverted, shrunk; and without local thresholds."""
    yield from _pass(patch, Request(formats), "full")
    yield from _pass(patch, Request(formats, binarizer=BINARIZER.GlobalHistogram, downscale=False), "global")


def bars(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """Linear codes at any angle: found by their gradients, rectified, read at twice their size."""
    request = _linear(formats)
    if request is None:
        return
    for region in bar_regions(patch.gray):
        straight = upright(patch, region)
        yield from _pass(straight, request, "bars")
        yield from _pass(straight.scaled(2.0), request, "bars2")


def sharp_bars(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """Blurred or very fine linear codes: rectified, enlarged and sharpened."""
    request = _linear(formats)
    if request is None:
        return
    for region in bar_regions(patch.gray):
        for scale in (1.0, 2.0, 3.0):
            straight = upright(patch, region, scale=scale)
            yield from _pass(straight.with_gray(unsharp(straight.gray, scale, 2.0)), request, f"sharp{scale:g}")
            yield from _pass(straight.with_gray(unsharp(straight.gray, 2 * scale, 3.0)), request, f"keen{scale:g}")


def sharpened(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """Out of focus, small modules, flat contrast: sharpened, enlarged, evened out."""
    request = Request(formats, downscale=False)
    yield from _pass(patch.with_gray(unsharp(patch.gray)), request, "unsharp")
    large = _enlarged(patch, 2.0)
    if large is not None:
        yield from _pass(large, request, "double")
        yield from _pass(large.with_gray(unsharp(large.gray, 3.0, 3.0)), request, "double-unsharp")
    yield from _pass(patch.with_gray(flattened(patch.gray)), request, "clahe")


def binarized(patch: Patch, formats: Formats) -> Iterator[Symbol]:
    """Uneven light, dotted or hollow modules: other thresholds, softened and closed first."""
    request = Request(formats)
    for window in (0.05, 0.15):
        black = thresholded(patch.gray, window)
        yield from _pass(patch.with_gray(black), replace(request, binarizer=BINARIZER.BoolCast), f"local{window:g}")
    for sigma in (1.5, 3.0):
        yield from _pass(patch.with_gray(softened(patch.gray, sigma)), request, f"soft{sigma:g}")
    for size in (3, 5):
        yield from _pass(patch.with_gray(closed(patch.gray, size)), request, f"closed{size}")
    yield from _pass(patch.padded(max(16, patch.long_side // 8)), request, "padded")


LADDER: tuple[Rung, ...] = (
    Rung(Effort("fast", 1.5, 0.80), fast, rescue=False),
    Rung(Effort("full", 6.0, 0.08), full, rescue=False),
    Rung(Effort("bars", 12.0, 0.06), bars, rescue=True),
    Rung(Effort("sharp_bars", 25.0, 0.03), sharp_bars, rescue=True),
    Rung(Effort("sharpened", 25.0, 0.01), sharpened, rescue=True),
    Rung(Effort("binarized", 30.0, 0.01), binarized, rescue=True),
)


def _pass(patch: Patch, request: Request, method: str) -> Iterator[Symbol]:
    yield from decode(patch.gray, patch.to_frame, request, method)


def _linear(formats: Formats) -> Request | None:
    """The linear ones of the requested formats; None when there are none."""
    if not formats:
        wanted: Formats = (zxingcpp.BarcodeFormat.AllLinear,)
    else:
        linear = set(zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormat.AllLinear))
        wanted = tuple(f for f in zxingcpp.barcode_formats_list(list(formats)) if f in linear)
    return Request(wanted, rotate=False, downscale=False, invert=False) if wanted else None


def _enlarged(patch: Patch, factor: float) -> Patch | None:
    return patch.scaled(factor) if patch.gray.size * factor**2 <= MAX_PIXELS else None
