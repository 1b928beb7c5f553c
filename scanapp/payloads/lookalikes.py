"""Host names that pretend to be another: mixed scripts and look-alike letters.

After Unicode TS #39 (security mechanisms), reduced to what host names need: a label may mix scripts only the way
East Asian writing does, and a label of foreign letters that all look like ASCII ones is suspect on its own.
The table holds the single letters that common fonts draw (nearly) alike, not the whole of confusables.txt.
"""

from __future__ import annotations

import unicodedata

_PAIRS = {
    "a": "аɑα", "b": "Ььᖯ", "c": "сϲᴄ", "d": "ԁɗ", "e": "еҽєё", "f": "ƒϝ", "g": "ɡց", "h": "һհ",
    "i": "іıɩιї", "j": "јϳ", "k": "кκ", "l": "ӏɫ", "m": "м", "n": "ոռηп", "o": "оοօσᴏ", "p": "рρ",
    "q": "ԛգ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτ", "u": "սυц", "v": "ѵν", "w": "ԝωшɯ", "x": "хχ", "y": "уүγ",
    "z": "ᴢʐ", "3": "зӡ", "6": "б", "-": "‐‑‒–—−", "/": "⁄∕╱",
}  # fmt: skip
_ASCII_FOR = {foreign: plain for plain, letters in _PAIRS.items() for foreign in letters}

# Scripts that one label may hold together (TS #39, "highly restrictive").
_ALLOWED_MIXES = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
_COMMON = {"COMBINING", "MODIFIER", "UNKNOWN"}


def ascii_skeleton(host: str) -> str:
    """The ASCII name that a reader would take ``host`` for; letters without a look-alike stay."""
    return "".join(_ASCII_FOR.get(char, char) for char in host)


def host_warnings(host: str) -> list[str]:
    """ "mixed_scripts" and "look_alike" as far as they apply to a Unicode host in lower case."""
    if host.isascii():
        return []
    labels = [label for label in host.split(".") if label]
    warnings = []
    if any(_mixes_scripts(label) for label in labels):
        warnings.append("mixed_scripts")
    # In a domain whose top level is of the same script (сахар.рф), letters that look Latin are simply its letters.
    own = _scripts(labels[-1]) if labels and not labels[-1].isascii() else set()
    if any(_looks_ascii(label) and not (own and _scripts(label) <= own) for label in labels):
        warnings.append("look_alike")
    return warnings


def _looks_ascii(label: str) -> bool:
    return not label.isascii() and ascii_skeleton(label).isascii()


def _mixes_scripts(label: str) -> bool:
    scripts = _scripts(label)
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in _ALLOWED_MIXES)


def _scripts(label: str) -> set[str]:
    """First words of the letters' Unicode names, which name the script (Python has no script table)."""
    words = {unicodedata.name(char, "UNKNOWN").split(" ")[0].split("-")[0] for char in label if char.isalpha()}
    return words - _COMMON
