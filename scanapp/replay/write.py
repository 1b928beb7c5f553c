"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path

from scanapp.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Replaces ``path`` by ``data`` at once: a reader sees the old content or the new, never a part.

    A link is followed, permissions are kept. OutputError when it cannot be done; then ``path`` is as it was.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".scanapp-{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, draft)
        os.replace(draft, target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
