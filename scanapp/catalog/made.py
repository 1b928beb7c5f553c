"""A catalogue made from a table of pictures when it is first asked for: a checkout ships pictures alone.

It is kept in the user's cache, under the digest of the table, its pictures and the network that looks at them:
other pictures or another network make another one. It is built aside and moved into place whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from scanapp.catalog.catalog import Catalog
from scanapp.catalog.database import NAME
from scanapp.catalog.embedder import Embedder
from scanapp.catalog.importing import import_all, wanted_from
from scanapp.errors import CatalogError

TABLE = ".csv"


def open_catalog(folder: Path) -> Catalog:
    """The catalogue in ``folder``; of a CSV file, the one that is made from it. Raises CatalogError, ModelError."""
    return Catalog(folder if folder.suffix != TABLE else made_from(folder))


def made_from(table: Path) -> Path:
    """The folder of the catalogue that ``table`` lists, made where it is not there yet."""
    wanted, problems = wanted_from(table)
    if problems:
        raise CatalogError(problems[0])
    embedder = Embedder()
    digest = hashlib.sha256(embedder.version.encode())
    try:
        for file in (table, *(file for one in wanted for file in one.files)):
            digest.update(file.read_bytes())
        kept = _cache() / digest.hexdigest()[:16]
        if (kept / NAME).is_file():
            return kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="new-", dir=kept.parent))
        try:
            with Catalog(aside, create=True, embedder=embedder) as catalog:
                told = import_all(catalog, wanted)
            if told.skipped:
                raise CatalogError(told.skipped[0])
            _move(aside, kept)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise CatalogError(
            f"{table}: its catalogue cannot be made in {_cache()}: {error.strerror or error}"
        ) from error
    return kept


def _move(aside: Path, kept: Path) -> None:
    """Into place, unless another process was quicker."""
    try:
        aside.rename(kept)
    except OSError:
        if not (kept / NAME).is_file():
            raise


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "scanapp" / "catalogues"
