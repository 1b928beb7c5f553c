"""Groups of a stacked number that the layout network missed or cut wrongly: they stand in line with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scanapp.recognizers.cards.crops import widened
from scanapp.recognizers.cards.lines import LineRead, read_lines
from scanapp.recognizers.cards.nets import CardNets
from scanapp.recognizers.cards.sheet import Upright

GROUP = (3, 6)
"""Digits of a group in a stack."""
CLOSEST, FARTHEST = 1.15, 3.0
"""Distance of neighbouring rows, in heights."""
REACH = 2
"""Rows to look for above the first and below the last."""
LEAST_SURE = 0.7
TALL = 1.75
"""Times the usual height from which a row is two that stand close (those are 1.9 to 4 times as high): it is read as
neither."""


def completed(nets: CardNets, upright: Upright, rows: Sequence[LineRead]) -> list[LineRead]:
    """The groups among ``rows`` and those found between, above and below them; ``rows`` where there is no stack.

    A group of another size than the most is read once more where the others begin and end; a row that holds two is
    left out, and both are looked for.
    """
    groups = _single(row for row in rows if _is_group(row))
    if not groups:
        return list(rows)
    # boxes are too high more often than too low: strips have one height, and neighbours run together
    height = float(np.quantile([row.box.height for row in groups], 0.25))
    gaps = [gap for gap in np.diff([row.box.y for row in groups]) if gap > CLOSEST * height]
    if gaps and min(gaps) <= FARTHEST * height:
        return _filled(nets, upright, groups, height, float(min(gaps)))
    # two groups in one column with one or two missing between them, or one beside others that run together
    in_column = float(np.ptp([row.box.x for row in groups])) <= height
    far = [float(min(gaps)) / missing for missing in (3, 2)] if gaps and in_column else []
    steps = far or _steps_beside(groups, rows, height)
    fit = [step for step in steps if height < step <= FARTHEST * height]
    tried = [_filled(nets, upright, groups, min(height, step / CLOSEST), step, REACH + 1) for step in fit]
    return max(tried, key=len, default=list(rows))


def _steps_beside(groups: Sequence[LineRead], rows: Sequence[LineRead], height: float) -> list[float]:
    """Of a stack of which one group was read: by the middle of a box beside it that holds two or three others."""
    group = groups[0].box
    tall = [
        row.box for row in rows if row.box.height > TALL * height and abs(row.box.x - group.x) < group.length / 2
    ]
    if len(groups) > 1 or not tall:
        return []
    nearest = min(abs(box.y - group.y) for box in tall)
    # the middle of n rows beside the group is (n + 1) / 2 steps away
    return [2 * nearest / (held + 1) for held in (3, 2)]


def _filled(
    nets: CardNets, upright: Upright, groups: Sequence[LineRead], height: float, step: float, reach: int = REACH
) -> list[LineRead]:
    """``groups`` and those found between them and up to ``reach`` rows above and below, so many pixels from one to
    the next."""
    size = usual_size(groups)
    fitting = [row for row in groups if len(row.decoded.text) == size]
    first, last = groups[0].box.y - reach * step, groups[-1].box.y + reach * step
    middles = [y for y in np.arange(first, last + step / 2, step) if height < y < upright.size[1] - height / 2]
    pattern = replace(
        fitting[0].box,
        x=float(np.median([row.box.x for row in fitting])),
        height=height,
        length=float(np.median([row.box.length for row in fitting])),
    )
    free = [y for y in middles if all(abs(y - row.box.y) > 0.4 * step for row in groups)]
    odd = [row.box.y for row in groups if len(row.decoded.text) != size]
    found = read_lines(nets, upright, [replace(pattern, y=float(y)) for y in (*free, *odd)])
    short = [row for row in found if len(row.decoded.text) == size - 1 and row.decoded.confidence >= LEAST_SURE]
    found += read_lines(nets, upright, [widened(row.box, 1.2, 1.2, upright.size) for row in short])
    fit = [row for row in found if len(row.decoded.text) == size and not row.dated]
    new = [row for row in fit if row.decoded.confidence >= LEAST_SURE]
    kept = [row for row in groups if not any(abs(row.box.y - other.box.y) < 0.4 * step for other in new)]
    return sorted([*kept, *new], key=lambda row: row.box.y)


def _is_group(row: LineRead) -> bool:
    return GROUP[0] <= len(row.decoded.text) <= GROUP[1] and not row.dated


def _single(rows: Iterable[LineRead]) -> list[LineRead]:
    """Rows of one group each, from the top."""
    ordered = sorted(rows, key=lambda row: row.box.y)
    heights = [row.box.height for row in ordered]
    usual = float(np.quantile(heights, 0.25)) if len(ordered) > 2 else min(heights, default=0.0)
    return [row for row in ordered if row.box.height < TALL * usual]


def usual_size(groups: Sequence[LineRead]) -> int:
    """Digits of the most groups, of the larger ones where two sizes are as frequent."""
    counts = Counter(len(row.decoded.text) for row in groups)
    return max(counts, key=lambda size: (counts[size], size))
