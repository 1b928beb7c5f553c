"""Where the catalogue lies when nothing else is said."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "SCANAPP_CATALOG"
"""Environment variable that names another folder."""


def catalog_folder(given: str = "") -> Path:
    """``given``, else what ``SCANAPP_CATALOG`` names, else scanapp/catalog in the user's data folder."""
    named = given or os.environ.get(VARIABLE, "")
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "scanapp" / "catalog"
