"""The one place where replay meets the engine, so that everything else can be tested without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from scanapp.events import Event

OnProgress = Callable[[int, int | None], None]
"""Called with the frames done so far and the number of frames, None where the container does not say."""


class Engine(Protocol):
    """What replay needs of an engine."""

    def forget_s(self, pipeline: str | Path) -> float:
        """Seconds out of view after which a pipeline reports a thing once more; PipelineError when unknown."""

    def run(
        self, recording: Path, pipeline: str | Path, device: str | None, workers: int, on_progress: OnProgress
    ) -> Sequence[Event]:
        """All events of an exact replay, the summary last; ScanError when the recording cannot be replayed.

        Card numbers are not masked: the judge must see each digit. Nobody but the judge may.
        """


class ScannerEngine:
    """The real one; it is imported when it is first used."""

    def forget_s(self, pipeline: str | Path) -> float:
        """As the pipeline's policy says."""
        from scanapp.pipeline import load_pipeline

        return load_pipeline(pipeline).policy.forget_s

    def run(
        self, recording: Path, pipeline: str | Path, device: str | None, workers: int, on_progress: OnProgress
    ) -> Sequence[Event]:
        """See `Engine`."""
        return run_recording(recording, pipeline, device, workers, on_progress)


def run_recording(
    recording: Path, pipeline: str | Path, device: str | None, workers: int, on_progress: OnProgress
) -> list[Event]:
    """Replays one recording exactly, as the virtual ``device`` would (None: no frame is dropped), unmasked."""
    from scanapp.scanner import Scanner

    with Scanner(pipeline, device=device, reveal=True) as scanner:
        return list(scanner.replay(recording, workers=workers, on_progress=on_progress))
