"""Free fonts to render training data with, fetched from npm's registry.

A reader that has seen fifty families reads other ones worse; what a machine has installed is seldom more. The
registry's ``@fontsource`` packages are Google's free fonts as single files, with their licences. They stay in the
cache: none is part of the repository, and the models are made from pictures drawn with them.

    FOLDER/NAME-regular.woff, NAME-bold.woff, LICENCES.txt
"""

from __future__ import annotations

import http.client
import io
import json
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from scanapp.errors import UsageError
from scanapp.replay.write import write_whole

REGISTRY = "https://registry.npmjs.org/@fontsource"
WEIGHTS = {"400": "regular", "700": "bold"}
FREE = ("OFL", "Apache")
"""What a package's licence must begin with."""
_PATIENCE = 60.0
_LARGEST = 64 << 20


def families() -> tuple[str, ...]:
    """Package names of the families, sorted."""
    text = files("scanapp.lab").joinpath("font_families.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(sorted({word for line in lines for word in line.split()}))


def gather_fonts(
    folder: Path,
    names: tuple[str, ...],
    progress: Callable[[int, int], None] = lambda _done, _wanted: None,
) -> list[str]:
    """Fetches ``names`` into ``folder``, less what is there; the names that the registry does not have.

    UsageError when the registry cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    licences = folder / "LICENCES.txt"
    known = (
        dict(line.split("\t", 1) for line in licences.read_text("utf-8").splitlines()) if licences.exists() else {}
    )
    missing = []
    for done, name in enumerate(names, 1):
        if name not in known:
            licence = _fetch(folder, name)
            if licence is None:
                missing.append(name)
            else:
                known[name] = licence
                write_whole(licences, "".join(f"{key}\t{known[key]}\n" for key in sorted(known)).encode())
        progress(done, len(names))
    return missing


def _fetch(folder: Path, name: str) -> str | None:
    """Writes a package's upright Latin files; its licence, or None when there is none, or it is not free."""
    try:
        about = json.loads(_download(f"{REGISTRY}/{name}/latest"))
        licence = str(about.get("license", ""))
        if not licence.startswith(FREE):
            return None
        with tarfile.open(fileobj=io.BytesIO(_download(about["dist"]["tarball"])), mode="r:gz") as package:
            for weight, style in WEIGHTS.items():
                # what stands before the first hyphen is the family's name, see `fontfiles.family`
                file = folder / f"{name.replace('-', '')}-{style}.woff"
                _extract(package, f"package/files/{name}-latin-{weight}-normal.woff", file)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise UsageError(f"{REGISTRY}/{name}: {error}; try again later, what is there is kept") from error
    except (OSError, http.client.HTTPException, tarfile.TarError, KeyError, ValueError) as error:
        raise UsageError(f"{REGISTRY}/{name}: {error}; is there a network? what is there is kept") from error
    return licence


def _extract(package: tarfile.TarFile, member: str, file: Path) -> None:
    try:
        found = package.extractfile(member)
    except KeyError:  # a family without that weight
        return
    if found is not None:
        write_whole(file, found.read(_LARGEST))


def _download(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:
        return bytes(answer.read(_LARGEST))
