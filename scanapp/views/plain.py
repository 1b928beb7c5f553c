"""What a terminal view says when nobody watches it live: one line an event, and the summary."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from scanapp.events import CONFIRMED, FOUND, LOST, NOTICE, Event
from scanapp.snapshot import Snapshot
from scanapp.views.wording import event_line, summary_line

_TOLD = frozenset({FOUND, CONFIRMED, LOST, NOTICE})


class PlainView:
    """Lines of plain text for a pipe, a log file or a dumb terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, snapshot: Snapshot) -> bool:
        """One line for each event worth one."""
        for event in snapshot.events:
            if event.type in _TOLD:
                self._say(event_line(event))
        return True

    def finish(self, summary: Event | None) -> None:
        """The summary's line."""
        if summary is not None:
            self._say(summary_line(summary))

    def close(self) -> None:
        """Nothing to give back."""

    def _say(self, line: str) -> None:
        # Text, not a string: brackets in a payload are no markup.
        self._console.print(Text(line), soft_wrap=True)
