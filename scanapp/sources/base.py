"""What every source of frames looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from scanapp.frame import Frame


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a source and that its user should know; becomes a `notice` event.

    what     "truncated", "reconnecting", "reconnected", "resized", "skipped", "warning"
    message  one line for a person
    """

    what: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known before the first frame; None where the container does not say.

    width, height in pixels after rotation; duration in seconds.
    """

    name: str
    live: bool
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    frames: int | None = None
    duration: float | None = None


class Source(Protocol):
    """A stream of frames with notices in between, in order. One pass; `close` ends it from any thread."""

    @property
    def info(self) -> SourceInfo:
        """Known before the first frame."""

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Frames by rising index and pts; SourceError when nothing (more) can be had."""

    def close(self) -> None:
        """Release the device or file; a running iteration ends soon. Safe to call twice, from any thread."""
