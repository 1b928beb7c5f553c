"""How ``scanapp models bench`` measures: each variant in a fresh session, all of them in turn."""

from __future__ import annotations

import os
from functools import partial

import psutil
from rich.console import Console
from rich.table import Table

from scanapp.devices.cost import reference_ms
from scanapp.devices.latency import LatencyModel
from scanapp.devices.measure import usable_cores
from scanapp.devices.profile import load_profile
from scanapp.devices.timing import Run, least_ms
from scanapp.errors import ModelError
from scanapp.inference.manifest import ModelEntry
from scanapp.inference.session import Session
from scanapp.inference.store import ModelStore
from scanapp.inference.work import feeds_for


def bench(store: ModelStore, names: list[str], seconds: float) -> None:
    """Measure and print. Raises ModelError for an unknown name."""
    for name in names:
        store.find(name)
    entries = [entry for entry in store.entries if not names or entry.name in names]
    if not entries:
        raise ModelError(f"no models are listed in {store.root}")
    counts = [threads for threads in (1, 2) if threads <= usable_cores()]
    resident: dict[str, float] = {}
    times = {}
    for threads in counts:
        runs = {entry.title: _run(store, entry, threads, resident) for entry in entries}
        times[threads] = least_ms(runs, seconds=seconds, alone=threads == 1)
    profile = load_profile()
    predicted = None if profile is None else LatencyModel.from_probes(profile.probe_ms[1])
    table = Table(
        "model", "variant", "file, MB", "memory, MB", *(f"ms, {t} thread{'s' if t > 1 else ''}" for t in counts)
    )
    table.add_column("predicted here" if predicted else "reference, predicted")
    table.add_column("accuracy")
    for entry in entries:
        foreseen = (
            "–" if not entry.work else f"{predicted.ms(entry.work) if predicted else reference_ms(entry):.2f}"
        )
        table.add_row(
            entry.name,
            entry.variant,
            f"{entry.bytes / 1e6:.2f}",
            f"{resident[entry.title]:.1f}",
            *(f"{times[threads][entry.title]:.2f}" for threads in counts),
            foreseen,
            "–" if entry.accuracy is None else f"{entry.accuracy:.4f}",
        )
    console = Console(markup=False)
    console.print(table)
    console.print("ms: one run at the sizes in use, the least of many. memory: what this process grew by")


def _run(store: ModelStore, entry: ModelEntry, threads: int, resident: dict[str, float]) -> Run:
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    session: Session = store.open(entry.name, variant=entry.variant, threads=threads)
    feeds = feeds_for(session.runtime, entry.sizes)
    session.run(feeds)
    resident.setdefault(entry.title, max(0, process.memory_info().rss - before) / 2**20)
    return partial(session.run, feeds)
