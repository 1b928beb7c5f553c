"""Stages by name, through entry points, so that another package can add one without touching this one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scanapp.errors import PipelineError, ScanError, did_you_mean

DETECTORS, RECOGNIZERS, FUSIONS, VIEWS = (
    "scanapp.detectors",
    "scanapp.recognizers",
    "scanapp.fusion",
    "scanapp.views",
)


@lru_cache(maxsize=8)
def names(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of a group by name."""
    return {point.name: point for point in sorted(entry_points(group=group), key=lambda p: p.name)}


def factory(group: str, name: str, place: str) -> Callable[..., Any]:
    """The factory registered under ``name``; PipelineError, naming ``place``, when there is none."""
    known = names(group)
    if name not in known:
        what = group.removeprefix("scanapp.").rstrip("s")
        raise PipelineError(f"{place}: unknown {what} '{name}'{did_you_mean(name, known)}")
    try:
        made = known[name].load()
    except Exception as error:  # a plug-in's module may raise anything while it is imported
        raise PipelineError(f"{place}: '{name}' cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(made):
        raise PipelineError(f"{place}: '{name}' is registered but cannot be called")
    return made  # type: ignore[no-any-return]


def create(group: str, name: str, options: Mapping[str, Any], place: str) -> Any:
    """Make the stage registered under ``name``; PipelineError for an unknown name or option, or a bad value."""
    make = factory(group, name, place)
    check_options(make, options, f"{place} ({name})")
    try:
        return make(**options)
    except (TypeError, ValueError, ScanError) as error:
        raise PipelineError(f"{place} ({name}): {error}") from error


def check_options(make: Callable[..., Any], options: Mapping[str, Any], place: str) -> None:
    """PipelineError when ``make`` does not take one of ``options``."""
    parameters = inspect.signature(make).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    valid = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for option in options:
        if option not in valid:
            raise PipelineError(f"{place}: unknown option '{option}'{did_you_mean(option, valid)}")
