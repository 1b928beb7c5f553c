"""The vector index: which references lie nearest to a vector.

Two of them behind one protocol. Up to `EXACT` references all are compared: exact, the same answer on every run, no
file that could be out of step; 155 references take 0.02 ms. Beyond that a graph of usearch (HNSW, Malkov and
Yashunin, 2018; Apache-2.0) answers in about a millisecond and lies in a file beside the database. Without usearch
(``pip install 'scanapp[products]'``) all are compared at any size: see docs/products.md for what that costs.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scanapp.catalog.one_thread import product
from scanapp.errors import CatalogError

EXACT = 20_000
DIMENSIONS = 128

Ids = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]


class VectorIndex(Protocol):
    """Unit vectors by the ids of their references."""

    def __len__(self) -> int: ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """ids (n,), none of them known; vectors (n, 128)."""

    def remove(self, ids: Ids) -> None:
        """Those that are known are forgotten."""

    def ids(self) -> Ids:
        """All that are known, in no order."""

    def nearest(self, vector: Vectors, count: int) -> tuple[Ids, Vectors]:
        """Ids and cosines of at most ``count`` references, nearest first."""


class ExactIndex:
    """Compares with every vector."""

    def __init__(self) -> None:
        self._ids = np.zeros(0, np.int64)
        self._store = np.zeros((16, DIMENSIONS), np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Room is doubled when it is spent."""
        size = len(self._ids)
        if size + len(ids) > len(self._store):
            grown = np.zeros((max(2 * len(self._store), size + len(ids)), DIMENSIONS), np.float32)
            grown[:size] = self._store[:size]
            self._store = grown
        self._store[size : size + len(ids)] = vectors
        self._ids = np.concatenate([self._ids, ids])

    def remove(self, ids: Ids) -> None:
        """Closes the gaps."""
        kept = ~np.isin(self._ids, ids)
        self._store = self._store[: len(self._ids)][kept]
        self._ids = self._ids[kept]

    def ids(self) -> Ids:
        """In order of arrival."""
        return self._ids

    def nearest(self, vector: Vectors, count: int) -> tuple[Ids, Vectors]:
        """Exact; equally near ones in order of arrival."""
        cosines = product(self._store[: len(self._ids)], vector)
        if count < len(cosines):
            some = np.sort(np.argpartition(-cosines, count)[:count])
        else:
            some = np.arange(len(cosines))
        order = some[np.argsort(-cosines[some], kind="stable")]
        return self._ids[order], cosines[order]


class GraphIndex:
    """A graph of usearch, vectors in half precision."""

    def __init__(self, path: Path | None = None) -> None:
        from usearch.index import Index

        self._index: Any = Index(ndim=DIMENSIONS, metric="ip", dtype="f16", connectivity=16, expansion_search=128)
        if path is not None:
            try:
                self._index.load(str(path))
            except Exception as error:  # usearch raises RuntimeError and others for files that are not its own
                raise CatalogError(f"{path}: cannot be read as an index ({error})") from error
            if self._index.ndim != DIMENSIONS:
                raise CatalogError(f"{path}: an index of {self._index.ndim} dimensions, not {DIMENSIONS}")

    def __len__(self) -> int:
        return len(self._index)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """On one thread: the graph is the same on every run."""
        if len(ids):
            self._index.add(ids.astype(np.uint64), vectors, threads=1)

    def remove(self, ids: Ids) -> None:
        """Leaves them out of the graph."""
        for one in ids:
            if one in self._index:
                self._index.remove(int(one))

    def ids(self) -> Ids:
        """In the graph's order."""
        return np.asarray(self._index.keys, np.int64)

    def nearest(self, vector: Vectors, count: int) -> tuple[Ids, Vectors]:
        """Nearly exact: see docs/products.md for the share found."""
        if not len(self._index):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        found = self._index.search(vector, min(count, len(self._index)), threads=1)
        return np.asarray(found.keys, np.int64), np.asarray(1.0 - found.distances, np.float32)

    def save(self, path: Path) -> None:
        """CatalogError when it cannot be written."""
        try:
            self._index.save(str(path))
        except Exception as error:  # usearch has no exceptions of its own
            raise CatalogError(f"{path}: the index cannot be written ({error}); free some space") from error


def graph_available() -> bool:
    """Whether usearch is installed."""
    return find_spec("usearch") is not None
