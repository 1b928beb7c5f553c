"""`add_entry`: how a model file gets into the manifest (the lab's export, ``scanapp models add``)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scanapp.errors import ModelError
from scanapp.inference.manifest import MANIFEST, ModelEntry, parse_entry, read_manifest, write_manifest
from scanapp.inference.session import open_session
from scanapp.inference.store import read_bytes
from scanapp.inference.work import measure_work


def add_entry(
    root: Path,
    name: str,
    file: Path,
    *,
    variant: str = "fp32",
    task: str = "",
    default: bool = False,
    sizes: Mapping[str, int] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
) -> ModelEntry:
    """List ``file`` in ``root``'s manifest under ``name`` and ``variant``, in place of what stood there.

    root     the models' folder; its manifest is made when there is none
    file     an ONNX file inside ``root``; it is run once, so that what cannot run is never listed
    variant  any name: "fp32", "small-int8"
    default  make this the variant that "auto" takes (and no other of the same name)
    sizes    symbolic axis → its size in use (see `ModelEntry`); needed where 1 would make no picture
    notes    ``accuracy`` among them makes it one that matching can choose

    Returns the entry. Raises ModelError for a file outside ``root``, one that onnxruntime refuses, or a bad name.
    """
    inside = _inside(root, file)
    data = read_bytes(root / inside, name)
    session = open_session(data, name, threads=1)
    entry = parse_entry(
        {
            "name": name,
            "variant": variant,
            "file": inside,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "task": task,
            "default": default,
            "inputs": dict(session.inputs),
            "outputs": dict(session.outputs),
            "sizes": dict(sizes or {}),
            "work": measure_work(data, f"{name} ({variant})", sizes),
            "notes": dict(notes or {}),
        },
        str(file),
    )
    listed = read_manifest(root) if (root / MANIFEST).exists() else ()
    others = [other for other in listed if (other.name, other.variant) != (name, variant)]
    write_manifest(root, [_yielding(other, entry) for other in others] + [entry])
    return entry


def _yielding(other: ModelEntry, new: ModelEntry) -> ModelEntry:
    """There is one default a name."""
    return replace(other, default=other.default and not (new.default and other.name == new.name))


def _inside(root: Path, file: Path) -> str:
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError as error:
        raise ModelError(f"{file} does not lie in {root}; put it there first") from error
