"""`extra_ms`: what a stage costs more or less on the reference machine because of the variants that it runs.

The cost table was measured with the default variants; a replay with others charges what they take instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from scanapp.devices.latency import LatencyModel
from scanapp.devices.profile import REFERENCE_PROBES
from scanapp.inference.manifest import AUTO, ModelEntry
from scanapp.inference.store import ModelStore
from scanapp.inference.use import NetworkUse


def extra_ms(uses: Iterable[NetworkUse], variants: Mapping[str, str]) -> float:
    """Milliseconds a call beside those of the default variants. Raises ModelError for an unknown variant.

    variants  option → variant; "auto" and options that are missing cost nothing more
    """
    chosen = [(use, variants[use.option]) for use in uses if variants.get(use.option, AUTO) != AUTO]
    if not chosen:
        return 0.0
    store = ModelStore()
    return sum(
        use.runs * (reference_ms(store.find(use.model, name)) - reference_ms(store.find(use.model)))
        for use, name in chosen
    )


def reference_ms(entry: ModelEntry) -> float:
    """Milliseconds of one run on one core of the reference machine."""
    return _reference().ms(entry.work)


@cache
def _reference() -> LatencyModel:
    return LatencyModel.from_probes(REFERENCE_PROBES)
