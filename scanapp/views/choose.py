"""Which view a name means, and which one this machine has for ``auto``."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

from scanapp.errors import UsageError, did_you_mean
from scanapp.views.base import Display

GROUP = "scanapp.views"
"""Entry points: a callable without required arguments that returns a `Display`."""

_WORDS = ("auto", "none")


def choose_view(name: str = "auto", *, stdout_taken: bool = False) -> Display | None:
    """The view called ``name``, made here and now (a window: on the main thread); None for ``"none"``.

    auto          a window where a person sits at a screen, else the terminal
    stdout_taken  events go to standard output: a terminal view then uses standard error

    UsageError for an unknown name, or when the view cannot work on this machine.
    """
    if name == "none":
        return None
    if name == "auto":
        name = _automatic()
    if name == "terminal":
        from scanapp.views.terminal import TerminalView

        return TerminalView(stderr=stdout_taken)
    return _registered(name)


def view_names() -> list[str]:
    """Everything that `choose_view` understands."""
    return [*_WORDS, *sorted({entry.name for entry in entry_points(group=GROUP)})]


def _automatic() -> str:
    from scanapp.views.screens import window_backend

    interactive = sys.stdin is not None and sys.stdin.isatty()
    return "window" if interactive and window_backend().name else "terminal"


def _registered(name: str) -> Display:
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            view = entry.load()()
            if not isinstance(view, Display):
                raise UsageError(f"view '{name}' ({entry.value}) is no Display: it needs show, finish and close")
            return view
    raise UsageError(f"unknown view '{name}'{did_you_mean(name, view_names())}")
