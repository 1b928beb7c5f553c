"""Reads blurred EAN-13, UPC-A and EAN-8 from a profile by matching whole blurred digits, not single edges.

Edges of a defocused bar code merge, and decoders that measure bar widths give up. But a digit can only be one of
twenty seven-module patterns, and neighbours touch it with known colours, so each cell of the profile is compared
with all patterns under a range of blurs, and the likeliest number *that obeys the parity table and the check
digit* is chosen; how far the next best number lies behind says whether to believe it. The idea of deformable
templates is from Gallo & Manduchi, "Reading 1D Barcodes with Mobile Phones Using Deformable Templates" (PAMI 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scanapp.recognizers.codes.ean_numbers import cheapest_numbers, parity_costs
from scanapp.recognizers.codes.ean_patterns import (
    CELL,
    SAMPLES,
    Floats,
    Layout,
    digit_templates,
    frame_template,
    symbol_signal,
)
from scanapp.recognizers.codes.ean_places import Place, likely_places, nearby_places, sample
from scanapp.recognizers.codes.profile import Profile

BLURS = (0.35, 0.6, 0.85, 1.1)
SEARCH_BLUR = 0.7
TRIED = 3
"""Coarse places that are refined: the best one is now and then a wrong one."""
CLOSE = 1.3
"""Those that cost more than this times the best are not."""
SHIFTS = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45)
STIFFNESS = 6.0
"""Every cell may sit a little off its place (bent labels), at this cost a module squared."""
MEAN_FORGIVEN = 0.5
"""Which part of a cell's mean brightness is forgiven: shading that the levelling left."""
NOISE_FLOOR = 0.003


@dataclass(frozen=True, slots=True)
class Match:
    """The likeliest number in a profile.

    digits  13 or 8 digits, check digit right
    start, end  pixels of the profile: outer edges of the outer guards; start > end when read backwards
    fit     correlation of the profile with the number's own blurred bars, −1 to 1
    margin  how much worse the next best valid number fits, in units of the mean residual of a sample
    """

    digits: str
    start: float
    end: float
    fit: float
    margin: float


def match(profile: Profile, expected: tuple[float, float], layout: Layout) -> Match | None:
    """The best number of this layout in a profile; ``expected``: about where the symbol starts and ends, pixels.

    None where nothing there can be a symbol.
    """
    size = len(profile)
    turned = profile[::-1]
    guesses = [(found, False) for found in _coarse(profile, expected, layout)]
    guesses += [(found, True) for found in _coarse(turned, (size - expected[1], size - expected[0]), layout)]
    guesses.sort(key=lambda guess: guess[0].cost)
    guesses = [guess for guess in guesses[:TRIED] if guess[0].cost < CLOSE * guesses[0][0].cost]
    refined = [(_refined(turned if back else profile, found, layout), back) for found, back in guesses]
    if not refined:
        return None
    place, back = min(refined, key=lambda option: option[0].cost)
    if not back:
        return _decide(profile, place, layout)
    mirrored = _decide(turned, place, layout)
    return Match(mirrored.digits, size - mirrored.start, size - mirrored.end, mirrored.fit, mirrored.margin)


def _coarse(profile: Profile, expected: tuple[float, float], layout: Layout) -> list[Place]:
    grid = likely_places(profile, expected, layout)
    return _search(profile, grid, layout, TRIED) if len(grid) else []


def _refined(profile: Profile, found: Place, layout: Layout) -> Place:
    module = found.module(layout)
    for reach, bends in ((0.6, (-1.2, -0.6, 0.0, 0.6, 1.2)), (0.2, (-0.3, 0.0, 0.3))):
        grid = nearby_places(found, reach * module, reach * module / 2, [bend * module for bend in bends])
        found = _search(profile, grid, layout)[0]
    return found


def _search(profile: Profile, grid: Floats, layout: Layout, count: int = 1) -> list[Place]:
    """The places, all different, whose samples some digits of a valid parity and the guards explain best."""
    costs, frame = _costs(sample(profile, grid, layout), layout, SEARCH_BLUR)
    total = parity_costs(costs, layout).min(axis=1) + frame
    found: list[Place] = []
    for index in np.argsort(total, kind="stable")[: 8 * count]:
        start, end, bend = (float(value) for value in grid[index])
        place = Place(start, end, bend, float(total[index]))
        if all(place.distance(other) > 1.5 * place.module(layout) for other in found):
            found.append(place)
    return found[:count]


def _costs(values: Floats, layout: Layout, blur: float) -> tuple[Floats, Floats]:
    """Squared distances of (g, n) samples: (g, digits, 20) to the patterns, (g,) to guards and quiet zones.

    Columns 10-19 are the even set, which the right half does not have.
    """
    cells = np.stack([values[:, cell] for cell in layout.cells], axis=1)
    left, right = digit_templates(blur)
    none = np.full((len(values), layout.half, 10), 1e9)
    right_costs = np.concatenate([_distances(cells[:, layout.half :], right), none], axis=2)
    signal, mask = frame_template(layout, blur)
    frame = ((values[:, mask] - signal[mask]) ** 2).sum(axis=1)
    return np.concatenate([_distances(cells[:, : layout.half], left), right_costs], axis=1), frame


def _distances(cells: Floats, templates: Floats) -> Floats:
    """(g, d, k) squared distances of (g, d, n) cells to (k, n) templates."""
    square = (cells**2).sum(axis=2)[..., None] + (templates**2).sum(axis=1) - 2 * cells @ templates.T
    mean = cells.mean(axis=2)[..., None] - templates.mean(axis=1)
    return np.asarray(square - MEAN_FORGIVEN * CELL * mean**2, dtype=np.float64)


def _decide(profile: Profile, place: Place, layout: Layout) -> Match:
    """The best number at a place, every cell allowed to shift a little, under the blur that suits best."""
    module = place.module(layout)
    grid = np.array([place.shifted(shift * module) for shift in SHIFTS])
    values = sample(profile, grid, layout)
    penalty = (np.array(SHIFTS) ** 2 * STIFFNESS)[:, None, None]
    options = [(_costs(values, layout, blur)[0] + penalty, blur) for blur in BLURS]
    shifted, blur = min(options, key=lambda option: float(parity_costs(option[0].min(axis=0)[None], layout).min()))
    (cost, digits), (next_cost, _) = cheapest_numbers(shifted.min(axis=0), layout)
    noise = max(cost / (2 * layout.half * CELL), NOISE_FLOOR)
    fit = _fit(values, shifted, digits, layout, blur)
    return Match(digits, place.start, place.end, fit, (next_cost - cost) / noise / SAMPLES)


def _fit(values: Floats, shifted: Floats, digits: str, layout: Layout, blur: float) -> float:
    """Correlation of the samples, every cell at its own best shift, with the number's blurred bars."""
    line = values[len(SHIFTS) // 2].copy()
    for i, (cell, column) in enumerate(zip(layout.cells, layout.patterns(digits), strict=True)):
        line[cell] = values[int(np.argmin(shifted[:, i, column])), cell]
    return _correlation(line, symbol_signal(digits, layout, blur))


def _correlation(a: Floats, b: Floats) -> float:
    """-1 to 1; 0 where one of them is flat."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / norm if norm > 0 else 0.0
