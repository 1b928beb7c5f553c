"""Where caches and runs lie when nothing else is said."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(given: str = "") -> Path:
    """``given``, or scanapp/lab in the user's cache folder."""
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "scanapp" / "lab"
