"""The model store: finds a model by name, checks its file against the manifest, opens it.

A model decides what is believed of a picture, so a file that is not the one that was measured is not run: it is
read once, its SHA-256 is compared with the manifest's, and those same bytes go to onnxruntime.

"auto" takes the variant that the manifest calls the default, which the export chose by measurement. It is not
measured anew on each machine, because a replay must give the same events wherever it runs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanapp.errors import ModelError, did_you_mean
from scanapp.inference.manifest import AUTO, MANIFEST, PLAIN, ModelEntry, read_manifest
from scanapp.inference.session import Session, open_session

REPAIR = "restore the file (reinstall scanapp, or check out models/ again)"
ROOT_VARIABLE = "SCANAPP_MODELS"
"""Environment variable that names another models' folder."""

_lock = threading.Lock()
_opened: dict[tuple[str, str, int], Session] = {}


@dataclass(frozen=True, slots=True)
class Check:
    """What `ModelStore.verify` found of one file; ``problem`` is empty when all is well."""

    title: str
    file: str
    problem: str = ""


class ModelStore:
    """The models of one folder.

    root  holds ``manifest.toml`` and one folder a model; None: `default_root`

    Raises ModelError when the manifest is missing or malformed.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = default_root() if root is None else root
        self.entries = read_manifest(self.root)

    def find(self, name: str, variant: str = AUTO) -> ModelEntry:
        """The entry of a model; "auto" is the default variant, or fp32, or the first by name. Raises ModelError."""
        mine = [entry for entry in self.entries if entry.name == name]
        if not mine:
            known = did_you_mean(name, {entry.name for entry in self.entries})
            raise ModelError(f"model '{name}' is not listed in {self.root / MANIFEST}{known}")
        if variant == AUTO:
            return min(mine, key=lambda entry: (not entry.default, entry.variant != PLAIN, entry.variant))
        for entry in mine:
            if entry.variant == variant:
                return entry
        known = did_you_mean(variant, {AUTO, *(entry.variant for entry in mine)})
        raise ModelError(f"model '{name}' has no variant '{variant}'{known}")

    def variants(self, name: str) -> tuple[ModelEntry, ...]:
        """All that is listed of a model, in the manifest's order; empty for an unknown one."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def content(self, entry: ModelEntry) -> bytes:
        """The bytes of an entry's file. Raises ModelError when it is missing, cut short or another file."""
        path = self.root / entry.file
        data = read_bytes(path, entry.title)
        if len(data) != entry.bytes:
            raise ModelError(
                f"model {entry.title}: {path} has {len(data):,} bytes, {MANIFEST} says {entry.bytes:,}; {REPAIR}"
            )
        digest = hashlib.sha256(data).hexdigest()
        if not hmac.compare_digest(digest, entry.sha256):
            raise ModelError(
                f"model {entry.title}: {path} is not the file that {MANIFEST} lists "
                f"(SHA-256 {digest[:12]}…, expected {entry.sha256[:12]}…); {REPAIR}"
            )
        return data

    def open(self, name: str, *, variant: str = AUTO, threads: int = 1) -> Session:
        """A session of its own on a model, see `open_model`. Raises ModelError."""
        entry = self.find(name, variant)
        session = open_session(
            self.content(entry), entry.title, variant=entry.variant, threads=threads, sizes=entry.sizes
        )
        _check_signature(session, entry)
        return session

    def verify(self) -> list[Check]:
        """Check every listed file, open it, and look for ONNX files that nobody listed. Never raises ModelError."""
        return [*(self._check(entry) for entry in self.entries), *self._unlisted()]

    def _check(self, entry: ModelEntry) -> Check:
        try:
            session = open_session(self.content(entry), entry.title)
            _check_signature(session, entry)
        except ModelError as error:
            return Check(entry.title, entry.file, str(error))
        return Check(entry.title, entry.file)

    def _unlisted(self) -> Iterator[Check]:
        listed = {entry.file for entry in self.entries}
        for path in sorted(self.root.rglob("*.onnx")):
            file = path.relative_to(self.root).as_posix()
            if file not in listed:
                yield Check(
                    "", file, f"{path} is not listed in {MANIFEST}; add it (scanapp models add) or remove it"
                )


def default_root() -> Path:
    """What ``SCANAPP_MODELS`` names, else the shipped models: inside the installed package or beside it."""
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return Path(named)
    package = Path(__file__).parent.parent
    inside = package / "_models"
    return inside if inside.is_dir() else package.parent / "models"


def open_model(name: str, *, variant: str = AUTO, threads: int = 1, store: ModelStore | None = None) -> Session:
    """The process's one session for a model, opened on first use; threads may share it.

    name     as in the manifest, e.g. "card_reader"
    variant  as in the manifest, e.g. "small-int8"; "auto" is what the manifest calls the default
    threads  how many threads one operator may use
    store    where to look; None: `default_root`

    Raises ModelError when the model is not listed, or its file missing, corrupt or foreign.
    """
    with _lock:
        store = store or ModelStore()
        entry = store.find(name, variant)
        key = (entry.sha256, entry.title, threads)
        if key not in _opened:
            _opened[key] = store.open(name, variant=entry.variant, threads=threads)
        return _opened[key]


def read_bytes(path: Path, title: str) -> bytes:
    """A model file's content. Raises ModelError."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"model {title}: {path} is missing; {REPAIR}") from error
    except OSError as error:
        raise ModelError(f"model {title}: {path} cannot be read: {error.strerror or error}") from error


def _check_signature(session: Session, entry: ModelEntry) -> None:
    """The network takes and gives what the manifest says. Raises ModelError."""
    for what, listed, found in (
        ("inputs", entry.inputs, session.inputs),
        ("outputs", entry.outputs, session.outputs),
    ):
        if listed and dict(listed) != dict(found):
            raise ModelError(f"model {entry.title}: {what} are {dict(found)}, {MANIFEST} says {dict(listed)}")
