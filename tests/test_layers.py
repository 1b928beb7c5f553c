"""Modules know only what lies under them: the order is that of docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "scanapp"
LAYERS = {
    "ground": "errors sanitize clock fonts geometry",
    "words": "frame results events snapshot",
    "parts": "sources payloads inference devices catalog detectors recognizers fusion",
    "machinery": (
        "motion stats stream summary privacy kinds memory registry workers "
        "pipeline hiding observe tracking basket expect reporting lanes scheduler search planning stepping"
    ),
    "engine": "cascade exact live stills scanner",
    "outside": "testing views synth replay bench lab",
    "commands": "cli __main__",
}
"""From the ground up. Within a layer, too, a module imports only what stands before it."""

ORDER = [name for names in LAYERS.values() for name in names.split()]
BLIND = {
    "views": "views get snapshots; they cannot reach into the engine",
    "synth": "the truth must not come from the engine that it judges",
    "detectors": "a stage is a function of the frame",
    "recognizers": "a stage is a function of the view",
    "sources": "a source is a stream of frames",
}


def _imports(path: Path) -> Iterator[str]:
    """Names of scanapp's own top modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "scanapp":
            names = [f"scanapp.{alias.name}" for alias in node.names if alias.name in ORDER]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        yield from (name.split(".")[1] for name in names if name.startswith("scanapp."))


def _home(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def _edges() -> list[tuple[Path, str, str]]:
    """(file, its module, a module that it imports)."""
    files = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"})
    return [(path, _home(path), name) for path in files for name in _imports(path) if name != _home(path)]


def test_every_module_has_a_place() -> None:
    homes = {_home(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert homes == set(ORDER), "put new modules into LAYERS and docs/architecture.md"
    assert len(ORDER) == len(set(ORDER))


def test_layers_only_look_down() -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} imports scanapp.{name}"
        for path, home, name in _edges()
        if ORDER.index(name) > ORDER.index(home)
    ]
    assert not upward


@pytest.mark.parametrize("home", BLIND)
def test_what_must_not_know_the_engine(home: str) -> None:
    lowest = ORDER.index(LAYERS["machinery"].split()[0])
    engine = set(ORDER[lowest : ORDER.index("testing")])
    known = sorted({f"{path.name}: {name}" for path, own, name in _edges() if own == home and name in engine})
    assert not known, BLIND[home]


def test_nothing_is_imported_relatively() -> None:
    """Absolute imports, so that the tests above see all of them."""
    relative = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative
