"""The catalogue's SQLite file: items, references with their features, and a counter of changes.

One transaction an item: a crash leaves all of it or nothing. Readers go on while one writes (write-ahead log); a
second writer waits, then is told. Every failure of SQLite becomes a `CatalogError`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanapp.errors import CatalogError

NAME = "catalog.sqlite"
SCHEMA = 1
PATIENCE_S = 10.0
"""How long a writer waits for another."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    gtin TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT ''
);
CREATE INDEX items_by_gtin ON items (gtin) WHERE gtin != '';
CREATE TABLE refs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    version TEXT NOT NULL,
    vector BLOB NOT NULL,
    colours BLOB NOT NULL,
    local BLOB NOT NULL,
    UNIQUE (item, digest)
);
"""


class Database:
    """A connection. ``path`` is the SQLite file; it is made where there is none and ``create`` is given.

    Safe to use from several threads, one at a time. Raises CatalogError when the file is no catalogue.
    """

    def __init__(self, path: Path, *, create: bool = False, patience_s: float = PATIENCE_S) -> None:
        self.path = path
        self._depth = 0
        with self._told():
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?{_manner(path, create)}",
                uri=True,
                timeout=patience_s,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            if create:
                self._create()
            self._check_schema()

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """All rows of a query."""
        with self._told():
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """One statement inside `writing`; returns the row id of what it inserted."""
        with self._told():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing; counts as one change."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.run("UPDATE meta SET value = value + 1 WHERE key = 'changes'")
            with self._told():
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @property
    def changes(self) -> int:
        """How many times the catalogue has been changed, by whomever."""
        return int(self.meta("changes") or 0)

    def meta(self, key: str) -> str:
        """A note about the whole catalogue; empty where there is none."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(found[0][0]) if found else ""

    def problems(self) -> list[str]:
        """What SQLite finds wrong with its file."""
        try:
            told = [str(row[0]) for row in self.rows("PRAGMA integrity_check(10)")]
        except CatalogError as error:
            return [str(error)]
        orphans = self.rows("PRAGMA foreign_key_check")
        return [line for line in told if line != "ok"] + [f"{len(orphans)} references of no item"] * bool(orphans)

    def close(self) -> None:
        """Ends the connection; the last one folds the write-ahead log into the file."""
        self._connection.close()

    def _create(self) -> None:
        """The tables, once, whoever comes first."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall():
                for statement in _TABLES.split(";\n"):
                    self._connection.execute(statement)
                rows = [("schema", str(SCHEMA)), ("changes", "0")]
                self._connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def _check_schema(self) -> None:
        found = self.meta("schema")
        if found != str(SCHEMA):
            raise CatalogError(
                f"{self.path}: a catalogue of schema {found or 'unknown'}; this scanapp reads schema {SCHEMA}"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in the user's words."""
        try:
            yield
        except sqlite3.Error as error:
            raise CatalogError(f"{self.path}: {_said(error)}") from error


def _manner(path: Path, create: bool) -> str:
    """How to open it: a write-ahead log needs a folder that can be written, even to read."""
    if create:
        return "mode=rwc"
    return "mode=rw" if os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"


def _said(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text or "busy" in text:
        return "another program is writing to this catalogue; try again when it has finished"
    if "full" in text or "disk I/O" in text:
        return f"cannot be written ({text}); free some space, nothing of this item was added"
    if "unable to open" in text:
        return "no catalogue is there; make one with 'scanapp catalog add'"
    if "not a database" in text or "malformed" in text or "no such table" in text:
        return f"damaged, or no catalogue ({text}); restore a copy of the folder"
    if "readonly" in text:
        return "cannot be written: it is read-only for this user"
    return text
