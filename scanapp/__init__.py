"""scanapp: a streaming scan engine.

from scanapp import Scanner

with Scanner("codes") as scanner:
    for event in scanner.scan("visit.mp4"):
        print(event)
"""

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
