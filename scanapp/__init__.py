"""scanapp: a streaming scan engine.

from scanapp import Scanner

with Scanner("codes") as scanner:
    for event in scanner.scan("visit.mp4"):
        print(event)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanapp.errors import ScanError
    from scanapp.events import Event
    from scanapp.frame import Frame
    from scanapp.pipeline import Pipeline, load_pipeline
    from scanapp.results import Answer, Detection, Effort, Line, Reading, View
    from scanapp.scanner import Scanner
    from scanapp.snapshot import Snapshot, TrackState
    from scanapp.stills import Result

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Detection",
    "Effort",
    "Event",
    "Frame",
    "Line",
    "Pipeline",
    "Reading",
    "Result",
    "ScanError",
    "Scanner",
    "Snapshot",
    "TrackState",
    "View",
    "load_pipeline",
]

_HOMES = {
    "ScanError": "errors",
    "Event": "events",
    "Frame": "frame",
    "Pipeline": "pipeline",
    "load_pipeline": "pipeline",
    "Answer": "results",
    "Detection": "results",
    "Effort": "results",
    "Line": "results",
    "Reading": "results",
    "View": "results",
    "Scanner": "scanner",
    "Snapshot": "snapshot",
    "TrackState": "snapshot",
    "Result": "stills",
}


def __getattr__(name: str) -> Any:
    """Names load when they are first used: the pytest plugin must not cost every test run OpenCV and PyAV."""
    if name not in _HOMES:
        raise AttributeError(f"module 'scanapp' has no attribute '{name}'")
    return getattr(import_module(f"scanapp.{_HOMES[name]}"), name)
