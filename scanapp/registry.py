"""Stages by name, through entry points, so that another package can add one without touching this one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scanapp.errors import PipelineError, ScanError, did_you_mean

DETECTORS, RECOGNIZERS, FUSIONS = "scanapp.detectors", "scanapp.recognizers", "scanapp.fusion"


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
    """PipelineError when ``make`` does not take one of ``options``, or its value is plainly of another type."""
    parameters = inspect.signature(make).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    valid = [p.name for p in parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for option, value in options.items():
        if option not in valid:
            raise PipelineError(f"{place}: unknown option '{option}'{did_you_mean(option, valid)}")
        wanted = _wanted(parameters[option].annotation)
        if wanted is not None and not wanted[1](value):
            raise PipelineError(f"{place}: {option} must be {wanted[0]}, got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "int": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "float": ("a number", _is_number),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "str": ("a text", lambda value: isinstance(value, str)),
    "Sequence[str]": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
}


def _wanted(annotation: object) -> tuple[str, Callable[[object], bool]] | None:
    """What TOML can hold for a parameter, None where the annotation does not say it simply."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return _KINDS.get(name.removesuffix(" | None"))
