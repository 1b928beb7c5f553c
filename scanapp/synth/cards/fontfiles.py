"""Font files of this machine, or of a folder, split by family into a training and a test half.

The split depends on names alone, so a family falls into the same half on every machine.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

__all__ = ["family", "font_files"]

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_SUFFIXES = (".ttf", ".otf", ".woff")
_DENIED = (
    "symbol emoji music math dingbat d050 z003 webding wingding "
    "adlam notosans notoserif noto_ notokufi notonask notonasta notorashi notolooped "
    "notocolor nototraditional tamil fallback neohellenic ocra ocrb gfs thai cjk icons"
)
_ALLOWED = ("notosans-", "notoserif-", "notomono", "notosansmono-", "notosansdisplay-", "notoserifdisplay-")
_TOO_THIN = ("hairline", "thin", "extralight")
# Families that share their drawings count as one, so that no clone of a training font is in the test set.
_KIN = {
    "courierprime": "courierprime",
    "notosans": "droid",
    "notomono": "droid",
    "opensans": "droid",
    "droid": "droid",
    "notoserif": "droidserif",
    "karla": "karla",
    "roboto": "roboto",
    "ubuntu": "ubuntu",
    "liberationsans": "helvetica",
    "nimbussans": "helvetica",
    "freesans": "helvetica",
    "arial": "helvetica",
    "freemono": "courier",
    "nimbusmono": "courier",
    "courier": "courier",
    "couriernew": "courier",
    "freeserif": "times",
    "nimbusroman": "times",
    "liberationserif": "times",
    "carlito": "lato",
    "hack": "dejavu",
    "dejavusans": "dejavu",
    "dejavuserif": "dejavu",
    "anonymouspro": "anonymouspro",
    "mplus": "mplus",
    "linlibertine": "linlibertine",
    "linbiolinum": "linbiolinum",
    "arimo": "helvetica",
    "cousine": "courier",
    "tinos": "times",
}
_HELD_OUT = ("cabin", "play", "jetbrains", "courierprime", "inconsolata", "quicksand", "junction", "ubuntu")


@lru_cache(maxsize=1024)
def family(stem: str) -> str:
    """The family of a font file's stem; families with the same drawings count as one."""
    word = stem.lower().split("-")[0].split("[")[0].replace("_", "").replace(" ", "")
    for key, kin in _KIN.items():
        if word.startswith(key):
            return kin
    return word


def _held_out(kin: str) -> bool:
    listed = any(kin.startswith(name) for name in _HELD_OUT)
    known = kin in set(_KIN.values()) or kin in (
        "firacode",
        "lato",
        "cantarell",
        "comfortaa",
    )
    return listed or (not known and zlib.crc32(kin.encode()) % 5 == 0)


@lru_cache(maxsize=8)
def font_files(held_out: bool, also: str = "") -> tuple[tuple[str, str], ...]:
    """(stem, path) of the plain Latin fonts of this machine and of folder ``also`` in one half, by stem."""
    found: dict[str, str] = {}
    for folder in (*_FOLDERS, also) if also else _FOLDERS:
        for path in sorted(Path(folder).rglob("*.*")) if Path(folder).is_dir() else ():
            if path.suffix in _SUFFIXES and _suits(path.stem.lower()) and _held_out(family(path.stem)) == held_out:
                found.setdefault(path.stem.lower(), str(path))
    return tuple(sorted(found.items()))


def _suits(stem: str) -> bool:
    if any(word in stem for word in _TOO_THIN) or ("italic" in stem and "sans" not in stem):
        return False
    return stem.startswith(_ALLOWED) or not any(word in stem for word in _DENIED.split())
