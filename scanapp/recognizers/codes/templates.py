"""The dearest way to read retail codes: profiles of a rectified patch against blurred templates (see `ean`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import zxingcpp

from scanapp.errors import GeometryError
from scanapp.geometry import as_quad, sides, transform_quad
from scanapp.recognizers.codes.bars import QUIET, BarRegion, upright
from scanapp.recognizers.codes.ean import Match, match
from scanapp.recognizers.codes.ean_patterns import EAN8, EAN13, Layout
from scanapp.recognizers.codes.patch import Patch
from scanapp.recognizers.codes.profile import Profile, band_profiles
from scanapp.recognizers.codes.symbol import Symbol, gtin

WIDTH = 380.0
"""The region's width in the rectified patch, pixels: 4 a module of EAN-13."""
MAX_ENLARGED = 4.0
WIDER = 3.0
"""Patches reach this many times the usual quiet zone beyond the region: it may have lost the symbol's ends."""
LIMITS = {EAN13: (0.88, 8.0), EAN8: (0.92, 25.0)}
"""Least fit and margin of a read. Eight digits are found in stray stripes sooner than thirteen: measured, all false
reads of single bands were EAN-8, with margins up to 12."""
ENOUGH = 2
"""Bands that must agree before the rest is skipped."""
HOPELESS = 0.8
PROBES = 2
"""When so many bands all fit worse than `HOPELESS`, the rest is skipped: no such symbol is here."""

F = zxingcpp.BarcodeFormat
_WANTED: tuple[tuple[Layout, frozenset[str]], ...] = (
    (EAN13, frozenset({"EAN13", "UPCA", "ISBN"})),
    (EAN8, frozenset({"EAN8"})),
)


def layouts(formats: tuple[zxingcpp.BarcodeFormat, ...]) -> list[Layout]:
    """The layouts that the requested formats (none: all) ask for."""
    if not formats:
        return [layout for layout, _ in _WANTED]
    names = {fmt.name for fmt in zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats(list(formats)))}
    return [layout for layout, wanted in _WANTED if names & wanted]


def read_templates(patch: Patch, region: BarRegion, wanted: Sequence[Layout]) -> Iterator[Symbol]:
    """A symbol for every band whose number fits well and has no close rival, of the first layout that reads."""
    width, _ = sides(region.quad)
    straight = upright(patch, region, scale=float(np.clip(WIDTH / width, 1.0, MAX_ENLARGED)), grow=WIDER)
    profiles = band_profiles(straight.gray)
    for layout in wanted:
        found = False
        for symbol in _read_bands(straight, profiles, layout):
            found = True
            yield symbol
        if found:
            return


def _read_bands(straight: Patch, profiles: list[Profile], layout: Layout) -> Iterator[Symbol]:
    columns = straight.gray.shape[1]
    edge = columns * QUIET * WIDER / (1 + 2 * QUIET * WIDER)
    min_fit, min_margin = LIMITS[layout]
    agreeing: dict[str, int] = {}
    best = 0.0
    for tried, index in enumerate(_middle_first(len(profiles))):
        if tried >= PROBES and best < HOPELESS:
            return
        found = match(profiles[index], (edge, columns - edge), layout)
        if found is None:
            return
        best = max(best, found.fit)
        if found.fit < min_fit or found.margin < min_margin:
            continue
        symbol = _symbol(straight, found, f"template{index}")
        if symbol is not None:
            yield symbol
            agreeing[found.digits] = agreeing.get(found.digits, 0) + 1
            if agreeing[found.digits] >= ENOUGH:
                return


def _middle_first(count: int) -> list[int]:
    """Band numbers, the middle one first, neighbours (which share rows with it) last."""
    middle = count // 2
    return sorted(range(count), key=lambda i: (i != middle, (i - middle) % 2, abs(i - middle), i))


def _symbol(straight: Patch, found: Match, method: str) -> Symbol | None:
    height = straight.gray.shape[0]
    low, high = (0, height) if found.start < found.end else (height, 0)
    corners = [[found.start, low], [found.end, low], [found.end, high], [found.start, high]]
    try:
        quad = transform_quad(straight.to_frame, as_quad(corners))
    except GeometryError:
        return None
    return gtin(found.digits, "]E0" if len(found.digits) == 13 else "]E4", method, quad)
