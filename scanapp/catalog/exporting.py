"""A catalogue as plain files: its pictures and a CSV that `scanapp catalog import` takes."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.importing import COLUMNS
from scanapp.errors import OutputError

NAME = "catalog.csv"


def export_all(catalog: Catalog, folder: Path) -> tuple[int, list[str]]:
    """Writes pictures and ``catalog.csv`` into a folder; how many pictures, and which are missing. OutputError."""
    items = {item.sku: item for item in catalog.items()}
    rows, missing = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for reference in catalog.references():
            item = items.get(reference.sku)
            source = catalog.folder / reference.file
            if item is None or not source.is_file():
                missing.append(f"{source}: the picture of {reference.sku} is missing")
                continue
            target = folder / _plain(reference.sku) / f"{reference.id}{source.suffix}"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
            rows.append([target.relative_to(folder).as_posix(), item.sku, item.name, item.gtin, item.label])
        with open(folder / NAME, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return len(rows), missing


def _plain(sku: str) -> str:
    """A folder's name: an SKU may hold anything."""
    return re.sub(r"[^\w.-]+", "_", sku).strip(".")[:80] or "item"
