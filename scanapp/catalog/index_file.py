"""The graph's file beside the database, and whether it is in step with it.

    vectors-CHANGES.usearch   the graph
    vectors.json              which file counts, of how many changes, of which network

The graph is written first and named last, so that a crash leaves the old pair. The database alone is the truth: a
graph that is missing, damaged, of another network or of a later database is made anew, one that is a few changes
behind is brought up to date.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from scanapp.catalog.index import GraphIndex
from scanapp.errors import CatalogError

STAMP = "vectors.json"
PATTERN = "vectors-*.usearch"


@dataclass(frozen=True, slots=True)
class Stamp:
    """file: in the catalogue's folder; bytes: its length; changes: the database's; version: the network's."""

    file: str
    bytes: int
    changes: int
    version: str


def load(folder: Path, changes: int, version: str) -> GraphIndex:
    """The graph, perhaps a few changes behind; CatalogError, with the reason, when it must be made anew."""
    stamp = _stamp(folder)
    if stamp.version != version:
        raise CatalogError("it was of another embedder")
    if stamp.changes > changes:
        raise CatalogError("it was of a later state than the database")
    return GraphIndex(folder / stamp.file)


def in_step(folder: Path, changes: int, version: str) -> bool:
    """Whether the file knows all that the database knows."""
    try:
        stamp = _stamp(folder)
    except CatalogError:
        return False
    return (stamp.changes, stamp.version) == (changes, version)


def _stamp(folder: Path) -> Stamp:
    try:
        stamp = Stamp(**json.loads((folder / STAMP).read_text()))
        size = (folder / stamp.file).stat().st_size
    except FileNotFoundError as error:
        raise CatalogError("there was none") from error
    except (OSError, ValueError, TypeError) as error:
        raise CatalogError(f"its note {STAMP} cannot be read") from error
    if size != stamp.bytes or Path(stamp.file).name != stamp.file:
        raise CatalogError("its file was cut short")
    return stamp


def save(folder: Path, graph: GraphIndex, changes: int, version: str) -> None:
    """Writes graph and stamp; older graphs are removed. CatalogError or OutputError when that cannot be done."""
    file = folder / f"vectors-{changes}.usearch"
    draft = file.with_suffix(".tmp")
    try:
        graph.save(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    stamp = Stamp(file.name, file.stat().st_size, changes, version)
    try:
        draft.write_text(json.dumps(asdict(stamp)) + "\n")
        draft.replace(folder / STAMP)
    except OSError as error:
        raise CatalogError(f"{folder / STAMP}: cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    for other in folder.glob(PATTERN):
        if other != file:
            other.unlink(missing_ok=True)
