"""Many products at once: a folder with one folder a product, or a CSV file that names pictures.

Each product is one transaction, so an import that was stopped is simply started again: pictures that are there
already are not measured twice. A picture that cannot be read is named and left out; the others go on.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.items import Item
from scanapp.errors import CatalogError, SourceError
from scanapp.sources.images import is_image, list_images, load_image

COLUMNS = ("picture", "sku", "name", "gtin", "label")
MOST_AT_ONCE = 32
"""Pictures of one product that are decoded together: memory stays small."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product to import, and its pictures' files; ``named``: its name was given, and is not only a folder's."""

    item: Item
    files: tuple[Path, ...]
    named: bool = True


@dataclass(slots=True)
class Imported:
    """What an import did. skipped: one line for each picture or row that was left out, with the reason."""

    items: int = 0
    added: int = 0
    known: int = 0
    skipped: list[str] = field(default_factory=list)


def wanted_from(path: Path) -> tuple[list[Wanted], list[str]]:
    """What a folder or CSV file asks for, and what in it makes no sense. CatalogError when it is neither."""
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_csv(path)
    raise CatalogError(f"{path}: no such folder or CSV file")


def import_all(
    catalog: Catalog,
    wanted: list[Wanted],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Imported:
    """Adds all products; ``progress`` counts pictures. CatalogError ends it: what was added before stays."""
    told = Imported()
    total, done = sum(len(one.files) for one in wanted), 0
    for one in wanted:
        item = _agreed(catalog, one)
        if item is None:
            told.skipped.append(f"SKU '{one.item.sku}' stands for another name already, not for '{one.item.name}'")
            continue
        read = 0
        for start in range(0, len(one.files), MOST_AT_ONCE):
            views = []
            for file in one.files[start : start + MOST_AT_ONCE]:
                try:
                    views.append(load_image(file).bgr)
                except SourceError as error:
                    told.skipped.append(str(error))
            read += len(views)
            added = catalog.add(item, views) if views else 0
            told.added += added
            told.known += len(views) - added
            done += len(one.files[start : start + MOST_AT_ONCE])
            progress(done, total)
        told.items += read > 0
    return told


def _agreed(catalog: Catalog, wanted: Wanted) -> Item | None:
    """The product as it is to be called: a name that is there already stays; None where another was given."""
    before = catalog.item(wanted.item.sku)
    if before is None:
        return wanted.item
    if wanted.named and wanted.item.name not in (before.name, wanted.item.sku):
        return None
    return replace(wanted.item, name=before.name)


def _from_folder(path: Path) -> tuple[list[Wanted], list[str]]:
    """One folder a product, its name is the SKU; pictures may lie deeper."""
    found, problems = [], []
    for folder in sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith(".")):
        files = sorted(file for file in folder.rglob("*") if file.is_file() and is_image(file))
        if files:
            found.append(
                Wanted(Item(folder.name, folder.name.replace("_", " ").replace("-", " ")), tuple(files), False)
            )
        else:
            problems.append(f"{folder}: holds no pictures")
    if not found:
        raise CatalogError(f"{path}: needs one folder a product with pictures in it, its name the SKU")
    return found, problems


def _from_csv(path: Path) -> tuple[list[Wanted], list[str]]:
    """One row a picture, or a folder of them; rows of one SKU belong together, the first one names it."""
    items: dict[str, Item] = {}
    files: dict[str, list[Path]] = {}
    problems = []
    for line, row in _rows(path):
        try:
            item = _item(row)
            pictures = list_images([path.parent / row["picture"]])
        except (CatalogError, SourceError) as error:
            problems.append(f"{path}:{line}: {error}")
            continue
        first = items.setdefault(item.sku, item)
        if item.name not in (first.name, item.sku) or item.gtin not in (first.gtin, ""):
            problems.append(
                f"{path}:{line}: SKU '{item.sku}' stands for '{first.name}' already, not for '{item.name}' too; "
                "its picture is left out"
            )
            continue
        files.setdefault(item.sku, []).extend(pictures)
    return [Wanted(items[sku], tuple(some)) for sku, some in files.items()], problems


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"picture", "sku"} - set(reader.fieldnames or ())
            if missing:
                raise CatalogError(f"{path}: needs columns {', '.join(COLUMNS)} (picture and sku at least)")
            for row in reader:
                yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error


def _item(row: dict[str, str]) -> Item:
    sku = row["sku"]
    return Item(sku, row.get("name") or sku, row.get("gtin", ""), row.get("label", ""))
