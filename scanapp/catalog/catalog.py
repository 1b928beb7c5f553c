"""`Catalog`: products by their reference pictures, in one folder that can be copied.

    FOLDER/catalog.sqlite   items and references with their features: the truth
    FOLDER/pictures/        the reference pictures, 480 pixels at most
    FOLDER/vectors*         the graph of large catalogues, made anew when it is out of step

Every reference carries the version of the network that looked at it; another network looks at the kept pictures
again (`reembed`). Any number of readers, one writer at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from scanapp.catalog import index_file, pictures
from scanapp.catalog.database import NAME, PATIENCE_S, Database
from scanapp.catalog.embedder import Embedder
from scanapp.catalog.index import EXACT, ExactIndex, GraphIndex, Ids, VectorIndex, graph_available
from scanapp.catalog.items import Features, Item, Reference, measure
from scanapp.catalog.local import LocalFeatures
from scanapp.catalog.picture import Picture
from scanapp.errors import CatalogError

_KEPT = 4096
"""Features of references that stay in memory: about 17 kB each."""
_CHUNK = 4096

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Hit:
    """A reference near to a vector. likeness: the cosine, -1 to 1."""

    reference: int
    sku: str
    likeness: float


class Catalog:
    """An open catalogue. Close it, or use it in a ``with`` statement. Safe to share between threads for reading.

    folder     where it lies; CatalogError when there is none and ``create`` is not given
    embedder   None: the shipped network, opened when it is first needed
    say        told once of what is out of the ordinary: an index made anew, references of another network
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        create: bool = False,
        embedder: Embedder | None = None,
        say: Say = lambda _message: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.folder = Path(folder).expanduser()
        if create:
            _make(self.folder)
        elif not (self.folder / NAME).is_file():
            raise CatalogError(f"{self.folder}: no catalogue is there; make one with 'scanapp catalog add'")
        self._database = Database(self.folder / NAME, create=create, patience_s=patience_s)
        self._embedder = embedder or Embedder()
        self._say = say
        self._index: VectorIndex = ExactIndex()
        self._skus: dict[int, str] = {}
        self._known = -1
        self._features: OrderedDict[int, Features] = OrderedDict()
        self._complain()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; a large catalogue's graph is saved when it has grown."""
        try:
            self._save_graph()
        finally:
            self._database.close()

    @property
    def version(self) -> str:
        """Of the network in use."""
        return self._embedder.version

    # -- what is in it

    def items(self) -> list[Item]:
        """All products, by SKU."""
        rows = self._database.rows("SELECT sku, name, gtin, label FROM items ORDER BY sku")
        return [Item(*map(str, row)) for row in rows]

    def item(self, sku: str) -> Item | None:
        """The product with this SKU."""
        rows = self._database.rows("SELECT sku, name, gtin, label FROM items WHERE sku = ?", sku)
        return Item(*map(str, rows[0])) if rows else None

    def by_gtin(self, gtin: str) -> list[Item]:
        """The products with this number, whatever its length: GTINs are compared with leading zeros."""
        bare = gtin.lstrip("0")
        lengths = [bare.zfill(length) for length in (8, 12, 13, 14) if len(bare) <= length]
        rows = self._database.rows(
            f"SELECT sku, name, gtin, label FROM items WHERE gtin IN ({','.join('?' * len(lengths))})", *lengths
        )
        return [Item(*map(str, row)) for row in rows]

    def has_gtins(self) -> bool:
        """Whether any product has a number that a barcode could name."""
        return bool(self._database.rows("SELECT 1 FROM items WHERE gtin != '' LIMIT 1"))

    def references(self, sku: str | None = None) -> list[Reference]:
        """The references of a product, or all."""
        sql = "SELECT refs.id, sku, file, digest FROM refs JOIN items ON items.id = refs.item"
        if sku is None:
            rows = self._database.rows(f"{sql} ORDER BY refs.id")
        else:
            rows = self._database.rows(f"{sql} WHERE sku = ? ORDER BY refs.id", sku)
        return [Reference(int(str(row[0])), str(row[1]), str(row[2]), str(row[3])) for row in rows]

    def counts(self) -> tuple[int, int]:
        """Products and references."""
        (row,) = self._database.rows("SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM refs)")
        return int(str(row[0])), int(str(row[1]))

    def of_another_network(self) -> int:
        """References that this network has not looked at; they are not searched."""
        (row,) = self._database.rows("SELECT count(*) FROM refs WHERE version != ?", self.version)
        return int(str(row[0]))

    def searched(self) -> frozenset[int]:
        """The references that this network has looked at."""
        self.refresh()
        return frozenset(self._skus)

    def damage(self) -> list[str]:
        """What is wrong with the database, in words."""
        return self._database.problems()

    # -- changing it

    def add(self, item: Item, views: Sequence[Picture]) -> int:
        """Adds pictures (H, W, 3) BGR to a product, which is made or renamed; how many were new. CatalogError."""
        measured = [(view, pictures.digest_of(view)) for view in views]
        known = {reference.digest for reference in self.references(item.sku)}
        fresh = {digest: view for view, digest in measured if digest not in known}
        rows = [
            (pictures.keep(self.folder, view, digest), digest, self.measure(view, reference=True))
            for digest, view in fresh.items()
        ]
        return self.add_measured(item, rows)

    def add_measured(self, item: Item, rows: Sequence[tuple[str, str, Features]]) -> int:
        """Adds references whose features are known: (file in the folder, digest, features). One transaction."""
        added = 0
        with self._database.writing():
            number = self._put(item)
            for file, digest, features in rows:
                if self._database.rows("SELECT 1 FROM refs WHERE item = ? AND digest = ?", number, digest):
                    continue
                self._database.run(
                    "INSERT INTO refs (item, file, digest, version, vector, colours, local) VALUES (?,?,?,?,?,?,?)",
                    *(number, file, digest, self.version),
                    *_stored(features),
                )
                added += 1
        return added

    def remove(self, sku: str) -> bool:
        """Forgets a product and its pictures; whether there was one."""
        files = {reference.file for reference in self.references(sku)}
        if self.item(sku) is None:
            return False
        with self._database.writing():
            self._database.run("DELETE FROM items WHERE sku = ?", sku)
        for file in files - {reference.file for reference in self.references()}:
            (self.folder / file).unlink(missing_ok=True)
        return True

    def reembed(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
        """Looks again at the kept pictures of references of another network; how many there were."""
        rows = self._database.rows("SELECT id, file FROM refs WHERE version != ? ORDER BY id", self.version)
        for done, (number, file) in enumerate(rows, 1):
            picture = pictures.load(self.folder, str(file))
            if picture is None:
                self._say(f"{self.folder / str(file)}: the picture is gone or damaged; this reference stays unused")
                continue
            features = self.measure(picture, reference=True)
            with self._database.writing():
                self._database.run(
                    "UPDATE refs SET version = ?, vector = ?, colours = ?, local = ? WHERE id = ?",
                    *(self.version, *_stored(features), number),
                )
            progress(done, len(rows))
        if rows:
            self._known = -1
            self._features.clear()
        return len(rows)

    # -- searching it

    def measure(self, picture: Picture, *, reference: bool = False) -> Features:
        """The features of a picture (H, W, 3) BGR, see `scanapp.catalog.items.measure`."""
        return measure(picture, self._embedder, reference=reference)

    def nearest(self, vector: npt.NDArray[np.float32], count: int) -> list[Hit]:
        """The references nearest to a vector, nearest first; what others have added meanwhile is among them."""
        self.refresh()
        ids, likeness = self._index.nearest(vector, count)
        return [
            Hit(number, self._skus[number], alike)
            for number, alike in zip(ids.tolist(), likeness.tolist(), strict=True)
            if number in self._skus
        ]

    def features(self, reference: int) -> Features:
        """What was measured on a reference; kept in memory while there is room."""
        found = self._features.get(reference)
        if found is None:
            rows = self._database.rows("SELECT vector, colours, local FROM refs WHERE id = ?", reference)
            if not rows:
                raise CatalogError(f"{self.folder}: reference {reference} has been removed meanwhile")
            found = self._features[reference] = self._read(*rows[0])
            if len(self._features) > _KEPT:
                self._features.popitem(last=False)
        return found

    def refresh(self) -> None:
        """Takes over what has changed in the database since the last search."""
        changes = self._database.changes
        if changes == self._known:
            return
        rows = self._database.rows(
            "SELECT refs.id, sku FROM refs JOIN items ON items.id = refs.item WHERE version = ?", self.version
        )
        self._skus = {int(str(number)): str(sku) for number, sku in rows}
        if self._known < 0:
            self._index = self._first_index(changes)
        elif len(self._skus) > EXACT and isinstance(self._index, ExactIndex) and graph_available():
            self._index = GraphIndex()
        self._catch_up(self._index)
        self._known = changes

    # -- the inside

    def _put(self, item: Item) -> int:
        self._database.run(
            "INSERT INTO items (sku, name, gtin, label) VALUES (?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET "
            "name = excluded.name, gtin = iif(excluded.gtin = '', gtin, excluded.gtin), "
            "label = iif(excluded.label = '', label, excluded.label)",
            *(item.sku, item.name, item.gtin, item.label),
        )
        (row,) = self._database.rows("SELECT id FROM items WHERE sku = ?", item.sku)
        return int(str(row[0]))

    def _first_index(self, changes: int) -> VectorIndex:
        if len(self._skus) <= EXACT:
            return ExactIndex()
        if not graph_available():
            self._say(
                f"{self.folder}: {len(self._skus)} references are compared one by one; "
                "pip install 'scanapp[products]' makes searching quicker"
            )
            return ExactIndex()
        try:
            return index_file.load(self.folder, changes, self.version)
        except CatalogError as error:
            self._say(f"{self.folder}: the vector index is made anew: {error}")
            return GraphIndex()

    def _catch_up(self, index: VectorIndex) -> None:
        """Adds and removes what the database has and has not."""
        wanted = np.fromiter(self._skus, np.int64, len(self._skus))
        there = index.ids()
        index.remove(np.setdiff1d(there, wanted))
        missing = np.setdiff1d(wanted, there)
        for start in range(0, len(missing), _CHUNK):
            some = missing[start : start + _CHUNK]
            index.add(some, self._vectors(some))

    def _vectors(self, ids: Ids) -> npt.NDArray[np.float32]:
        """(n, 128) of these references, in their order (ids ascend)."""
        rows = self._database.rows(
            "SELECT id, vector FROM refs WHERE id BETWEEN ? AND ? ORDER BY id", int(ids[0]), int(ids[-1])
        )
        wanted = set(ids.tolist())
        blobs = [bytes(vector) for number, vector in rows if number in wanted]  # type: ignore[call-overload]
        return np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), -1)

    def _read(self, vector: object, colours: object, local: object) -> Features:
        try:
            return Features(
                np.frombuffer(vector, "<f4"),  # type: ignore[call-overload]
                np.frombuffer(colours, "<f2").astype(np.float32),  # type: ignore[call-overload]
                LocalFeatures.from_bytes(local),  # type: ignore[arg-type]
            )
        except (TypeError, ValueError) as error:
            raise CatalogError(f"{self.folder}: damaged features ({error}); run 'scanapp catalog check'") from error

    def _save_graph(self) -> None:
        if not isinstance(self._index, GraphIndex) or self._known < 0:
            return
        if not index_file.in_step(self.folder, self._known, self.version):
            index_file.save(self.folder, self._index, self._known, self.version)

    def _complain(self) -> None:
        """References of another network cannot be searched until they are looked at again."""
        count = self.of_another_network()
        if count:
            self._say(
                f"{self.folder}: {count} references were made by another embedder and are not searched; "
                "run 'scanapp catalog check --repair' once"
            )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogError(f"{folder}: cannot be made: {error.strerror or error}") from error


def _stored(features: Features) -> Iterable[bytes]:
    return (
        features.vector.astype("<f4").tobytes(),
        features.colours.astype("<f2").tobytes(),
        features.local.to_bytes(),
    )
