"""Is a catalogue whole: database, pictures, features, index; and what a repair does about it."""

from __future__ import annotations

from dataclasses import dataclass

from scanapp.catalog import pictures
from scanapp.catalog.catalog import Catalog
from scanapp.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Checked:
    """items and references in it; problems in words, and what was repaired."""

    items: int
    references: int
    problems: tuple[str, ...]
    repaired: tuple[str, ...]


def check(catalog: Catalog, *, repair: bool = False) -> Checked:
    """Looks at all of it. ``repair`` looks again at references of another network and removes stray files."""
    problems, repaired = catalog.damage(), []
    if repair:
        again = catalog.reembed()
        if again:
            repaired.append(f"{again} references of another embedder looked at again")
    references, searched = catalog.references(), catalog.searched()
    for reference in references:
        if pictures.load(catalog.folder, reference.file) is None:
            problems.append(f"{reference.file}: the picture of {reference.sku} is missing or damaged")
        if reference.id not in searched:
            continue
        try:
            catalog.features(reference.id)
        except CatalogError as error:
            problems.append(str(error))
    with_pictures = {reference.sku for reference in references}
    problems += [f"{item.sku}: has no picture" for item in catalog.items() if item.sku not in with_pictures]
    strays = pictures.orphans(catalog.folder, {reference.file for reference in references})
    if strays and repair:
        for stray in strays:
            stray.unlink(missing_ok=True)
        repaired.append(f"{len(strays)} stray files removed")
    elif strays:
        problems.append(f"{len(strays)} files that no product refers to, such as {strays[0].name}")
    other = catalog.of_another_network()
    if other:
        problems.append(f"{other} references of another embedder are not searched")
    items, count = catalog.counts()
    return Checked(items, count, tuple(problems), tuple(repaired))
