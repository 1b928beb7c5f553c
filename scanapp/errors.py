"""What can go wrong, as one tree.

    ScanError                   anything scanapp expects to go wrong; the CLI prints it as one line, exit 2
    ├── UsageError              a wrong combination of options or arguments
    ├── SourceError             a camera, file, URL or folder cannot be opened or read
    ├── OutputError             an events file, recording or report cannot be written
    ├── PipelineError           a pipeline TOML is malformed; names file, place and the nearest valid word
    ├── GeometryError           a quad or size that makes no sense (NaN, wrong shape, empty)
    ├── ModelError              a model file is missing, corrupt or foreign
    ├── CatalogError                a catalogue of products is missing, damaged or busy, or an item does not fit in
    ├── RecognizerError         a recognizer cannot do its work on this view; isolated, counted, never ends a stream
    ├── PayloadError            a payload that claims a format and breaks it; parsers turn it into plain text
    └── ReplayError             a golden or truth file is missing or damaged

Messages say what went wrong, where, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CatalogError",
    "GeometryError",
    "ModelError",
    "OutputError",
    "PayloadError",
    "PipelineError",
    "RecognizerError",
    "ReplayError",
    "ScanError",
    "SourceError",
    "UsageError",
    "did_you_mean",
]


class ScanError(Exception):
    """Base of every expected error; its message is fit for a user's eyes."""


class UsageError(ScanError):
    """Options or arguments that do not go together."""


class SourceError(ScanError):
    """A source of frames cannot be opened or read."""


class OutputError(ScanError):
    """Something that was asked for cannot be written."""


class PipelineError(ScanError):
    """A pipeline description is malformed."""


class GeometryError(ScanError, ValueError):
    """Coordinates that make no sense."""


class ModelError(ScanError):
    """A model file is missing, corrupt or not one of ours."""


class CatalogError(ScanError):
    """A catalogue of products cannot be used, or not like this."""


class RecognizerError(ScanError):
    """A recognizer cannot do its work on this view."""


class PayloadError(ScanError, ValueError):
    """A payload claims a format and breaks it."""


class ReplayError(ScanError):
    """A golden or truth file is missing or damaged."""


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """`` (did you mean 'card'?)`` for the nearest valid word, else the list of them, else nothing."""
    words = sorted(set(valid))
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f" (did you mean '{near[0]}'?)"
    return f" (expected one of: {', '.join(words)})" if words else ""
