"""`Lease`: who releases a file or device.

A container must not be closed while another thread reads from it (that is a crash inside C code), yet `close` may
come from any thread at any time. So while an iteration runs, `close` only asks it to end, and it releases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from scanapp.errors import SourceError


class Lease:
    """One pass over something that ``release`` gives back, exactly once."""

    def __init__(self, name: str, release: Callable[[], None]) -> None:
        self._name = name
        self._release = release
        self._lock = threading.Lock()
        self._running = False
        self.closed = False

    def begin(self) -> None:
        """The iteration starts; SourceError when it ran before or the source is closed."""
        with self._lock:
            if self.closed or self._running:
                raise SourceError(f"{self._name} was read already or is closed; open it again for another pass")
            self._running = True

    def end(self) -> None:
        """The iteration is over: release."""
        with self._lock:
            self.closed = True
        self._release()

    def close(self) -> None:
        """Ask a running iteration to end, or release here when there is none."""
        with self._lock:
            was_closed, self.closed = self.closed, True
            if was_closed or self._running:
                return
        self._release()
