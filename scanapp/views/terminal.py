"""`TerminalView`: the scan live in a terminal.

A thread of its own draws at most `REFRESHES` times a second, always the newest snapshot, so that a slow terminal
never holds up the engine. Where nobody watches (a pipe, a dumb terminal) it writes plain lines instead.
"""

from __future__ import annotations

import atexit
import threading

from rich.console import Console, RenderableType
from rich.live import Live

from scanapp.events import Event
from scanapp.snapshot import Snapshot
from scanapp.views.panels import ScreenState, final_report, screen
from scanapp.views.plain import PlainView

REFRESHES = 8
"""Screens a second at most: more costs CPU that recognition needs, and nobody reads faster."""


class TerminalView:
    """A `Display` on the terminal behind ``console`` (default: standard output, or standard error)."""

    def __init__(self, console: Console | None = None, *, stderr: bool = False) -> None:
        self._console = console or Console(stderr=stderr, highlight=False)
        watched = self._console.is_terminal and not self._console.is_dumb_terminal
        self._inner: _LiveScreen | PlainView = _LiveScreen(self._console) if watched else PlainView(self._console)

    def show(self, snapshot: Snapshot) -> bool:
        """Keep the snapshot for the next refresh (plain: write its events); never asks to quit."""
        return self._inner.show(snapshot)

    def finish(self, summary: Event | None) -> None:
        """Give the screen back and leave the results and the summary on it."""
        self._inner.finish(summary)

    def close(self) -> None:
        """Give the screen back."""
        self._inner.close()


class _LiveScreen:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._state = ScreenState()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="scanapp-terminal", daemon=True)
        self._thread.start()
        atexit.register(self._end_thread)  # the user's screen comes back even if nobody calls close

    def show(self, snapshot: Snapshot) -> bool:
        self._raise_failure()
        with self._lock:
            self._state.add(snapshot)
        self._news.set()
        return True

    def finish(self, summary: Event | None) -> None:
        self.close()
        self._console.print(final_report(self._state))
        PlainView(self._console).finish(summary)

    def close(self) -> None:
        self._end_thread()
        atexit.unregister(self._end_thread)
        self._raise_failure()

    def _end_thread(self) -> None:
        self._stop.set()
        self._news.set()
        self._thread.join()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        try:
            with self._live() as live:
                while not self._stop.is_set():
                    self._news.wait()
                    self._news.clear()
                    live.update(self._screen(), refresh=True)
                    self._stop.wait(1 / REFRESHES)
        except Exception as failure:
            self._failure = failure

    def _live(self) -> Live:
        # The alternate screen keeps what the user had. Other output is not ours to redirect: it may be events.
        return Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def _screen(self) -> RenderableType:
        size = self._console.size
        with self._lock:
            return screen(self._state, size.width, size.height, colour=self._console.color_system is not None)
