"""How to replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scanapp.errors import UsageError


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay; UsageError for what does not go together.

    pipeline       overrides the one that a truth file names
    device         virtual device, which drops frames that come too fast for it: goldens are then not compared
    workers        worker threads: the events are the same with any number
    update, force  bless the present events; also when the truth says that they are wrong
    events_folder  where to write each log as NAME.jsonl
    """

    pipeline: str | None = None
    device: str | None = None
    workers: int = 1
    update: bool = False
    force: bool = False
    events_folder: Path | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UsageError(f"--workers {self.workers}: expected at least 1")
        if self.force and not self.update:
            raise UsageError("--force only goes with --update")
        if self.update and self.device is not None:
            raise UsageError(f"--update does not go with --device {self.device}: goldens are made without a device")
