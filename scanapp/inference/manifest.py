"""``models/manifest.toml``: what each model file is, and the SHA-256 by which the store knows it.

    schema = 1

    [[model]]
    name = "card_reader"
    variant = "fp32"
    file = "card_reader/card_reader.onnx"
    sha256 = "…"
    bytes = 1234567
    task = "digits and '/' of one line on a bank card"
    inputs = { lines = "float32 (N, 1, 32, 320)" }
    outputs = { logp = "float32 (N, 80, 12)" }
    notes = { accuracy = 0.7605, parameters = 395700 }

A model has any number of variants: sizes of the network ("small"), precisions ("int8"), both ("small-int8"). Which
one a device gets is chosen by `accuracy` in the notes and by `work`; "auto" is always the same one.

`write_manifest` sorts it by name and variant, so that a diff shows what changed and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any

from scanapp.errors import ModelError, did_you_mean

MANIFEST = "manifest.toml"
SCHEMA = 1
PLAIN = "fp32"
"""The variant that "auto" takes where none is called the default."""
AUTO = "auto"
"""Stands for the default variant, and cannot be the name of one."""

_HEADER = """\
# The models that scanapp opens, by the SHA-256 of their files. Written by scanapp's export (`scanapp models add`
# for a file of your own): a file that does not match is refused.
"""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VARIANT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One file of one model.

    file     relative to the manifest's folder, with forward slashes
    bytes    size of the file
    default  the variant that "auto" takes: the faster one as measured at export. Without any, fp32
    inputs, outputs  tensor name → element type and shape, e.g. ``"float32 (N, 1, 32, 320)"``
    sizes    symbolic axis → its size in use, e.g. ``{"height": 128, "width": 224}``; an axis not named counts as 1
    work     what one run at these sizes costs, see `scanapp.inference.work`; measured when the file is listed
    notes    whatever else the export wants to keep. ``accuracy`` (0 to 1, comparable between the variants of one
             model) is what matching goes by; ``parameters``, ``macs`` and ``ms`` are for people
    """

    name: str
    variant: str
    file: str
    sha256: str
    bytes: int
    task: str = ""
    default: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    work: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """``card_reader (int8)``."""
        return f"{self.name} ({self.variant})"

    @property
    def accuracy(self) -> float | None:
        """As noted at export, 0 to 1; None where nobody has measured it."""
        noted = self.notes.get("accuracy")
        return float(noted) if isinstance(noted, int | float) else None


def read_manifest(root: Path) -> tuple[ModelEntry, ...]:
    """The entries of ``root``'s manifest, in its order. Raises ModelError naming file, place and what is wrong."""
    path = root / MANIFEST
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file; reinstall scanapp, or point SCANAPP_MODELS elsewhere") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}: not valid TOML: {error}; restore the file") from error
    if table.get("schema") != SCHEMA:
        raise ModelError(f"{path}: schema {table.get('schema')!r}, but this scanapp knows {SCHEMA}; update scanapp")
    rows = table.get("model", [])
    if not isinstance(rows, list):
        raise ModelError(f"{path}: 'model' is no list of tables; write [[model]]")
    entries = tuple(parse_entry(row, f"{path}: [[model]] {number}") for number, row in enumerate(rows, 1))
    _no_twins(entries, path)
    return entries


def write_manifest(root: Path, entries: Iterable[ModelEntry]) -> None:
    """Write ``root``'s manifest, sorted by name and variant; a crash leaves the old one. Raises ModelError."""
    ordered = sorted(entries, key=lambda entry: (entry.name, entry.variant))
    text = "\n".join([f"{_HEADER}schema = {SCHEMA}\n", *(_toml(entry) for entry in ordered)])
    path = root / MANIFEST
    partial = path.with_name(f".{MANIFEST}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ModelError(f"{path}: cannot be written: {error.strerror or error}") from error


def parse_entry(row: Any, where: str) -> ModelEntry:
    """One ``[[model]]`` table; ``where`` stands before messages. Raises ModelError."""
    if not isinstance(row, Mapping):
        raise ModelError(f"{where}: no table")
    known = {item.name: item for item in fields(ModelEntry)}
    for key in row:
        if key not in known:
            raise ModelError(f"{where}: unknown key '{key}'{did_you_mean(str(key), known)}")
    types: dict[str, type] = dict.fromkeys(("inputs", "outputs", "sizes", "work", "notes"), dict)
    types |= {"bytes": int, "default": bool}
    for key in known:
        if key not in row and key in ("name", "variant", "file", "sha256", "bytes"):
            raise ModelError(f"{where}: '{key}' is missing")
        if key in row and type(row[key]) is not types.get(key, str):
            raise ModelError(f"{where}: {key} must be {types.get(key, str).__name__}, not {row[key]!r}")
    for key in ("sizes", "work"):
        if not all(type(value) is int and value >= 0 for value in row.get(key, {}).values()):
            raise ModelError(f"{where}: {key} must hold whole numbers of at least 0, not {row[key]!r}")
    if not _NAME.fullmatch(row["name"]):
        raise ModelError(f"{where}: name '{row['name']}': write lower-case letters, digits and _")
    if not _VARIANT.fullmatch(row["variant"]) or row["variant"] == AUTO:
        raise ModelError(
            f"{where}: variant '{row['variant']}': write lower-case letters, digits and -._, but not '{AUTO}'"
        )
    if not _SHA256.fullmatch(row["sha256"]):
        raise ModelError(f"{where}: sha256 must be 64 lower-case hexadecimal digits")
    file = PurePosixPath(row["file"])
    if file.is_absolute() or ".." in file.parts or "\\" in row["file"] or ":" in row["file"]:
        raise ModelError(f"{where}: file '{row['file']}' leads out of the models' folder")
    return ModelEntry(**row)


def _no_twins(entries: Iterable[ModelEntry], path: Path) -> None:
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if (entry.name, entry.variant) in seen:
            raise ModelError(f"{path}: {entry.title} is listed twice; keep one")
        seen.add((entry.name, entry.variant))


def _toml(entry: ModelEntry) -> str:
    rows = ["[[model]]"]
    for item in fields(ModelEntry):
        value = getattr(entry, item.name)
        if item.name in ("name", "variant", "file", "sha256", "bytes") or value:
            rows.append(f"{item.name} = {_toml_value(value)}")
    return "\n".join(rows) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_toml_key(str(key))} = {_toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return repr(value).lower()  # true, 12, 0.5, nan: TOML writes them as Python does


def _toml_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _toml_value(key)
