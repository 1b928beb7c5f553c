"""`export_model`: a verified copy of a model's file, and `recount`: what each listed model costs, counted anew."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from scanapp.errors import OutputError
from scanapp.inference.manifest import ModelEntry, write_manifest
from scanapp.inference.session import open_session
from scanapp.inference.store import ModelStore
from scanapp.inference.work import measure_work


def export_model(store: ModelStore, name: str, variant: str, file: Path) -> ModelEntry:
    """Copy a model's file to ``file``, as it was measured. Raises ModelError for one that is not, OutputError."""
    entry = store.find(name, variant)
    data = store.content(entry)
    open_session(data, entry.title)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{file}: cannot be written: {error.strerror or error}") from error
    return entry


def recount(store: ModelStore) -> list[ModelEntry]:
    """Count the work of every listed model and write the manifest; returns what has changed. Raises ModelError."""
    counted = [
        replace(entry, work=measure_work(store.content(entry), entry.title, entry.sizes)) for entry in store.entries
    ]
    write_manifest(store.root, counted)
    return [new for old, new in zip(store.entries, counted, strict=True) if old.work != new.work]
