"""`Outcome`: what came of one recording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from scanapp.replay.rows import Row
from scanapp.replay.verdicts import Judgement


class Status(StrEnum):
    """ok; differs (from truth or golden); error (could not be replayed or checked)."""

    OK = "ok"
    DIFFERS = "differs"
    ERROR = "error"


class Golden(StrEnum):
    """How a log stands to its golden."""

    OK = "ok"
    DIFFERS = "differs"
    NONE = "none"
    UPDATED = "updated"
    REFUSED = "refused"
    DAMAGED = "damaged"
    NOT_COMPARED = "skipped"


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """``lines`` say what differs or is damaged, or why it was refused or not compared."""

    state: Golden
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One recording after its replay.

    pipeline   its name or file, "" when it failed before that was known
    device     the virtual device that was asked for, None for none
    frames     of the recording, None when unknown
    rows       the events, as in the log
    judgement  what the truth says, None where there is no truth
    notes      what a person should know that is no failure
    error      why it could not be replayed or checked, "" when it could
    details    lines that belong to the error
    seconds    of this machine that the replay took
    """

    recording: Path
    pipeline: str = ""
    device: str | None = None
    frames: int | None = None
    rows: tuple[Row, ...] = ()
    judgement: Judgement | None = None
    golden: GoldenCheck = GoldenCheck(Golden.NONE)
    notes: tuple[str, ...] = ()
    error: str = ""
    details: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        """An error, a difference, or neither."""
        if self.error or self.golden.state is Golden.DAMAGED:
            return Status.ERROR
        wrong = self.judgement is not None and not self.judgement.ok
        return Status.DIFFERS if wrong or self.golden.state in (Golden.DIFFERS, Golden.REFUSED) else Status.OK

    @property
    def checked(self) -> bool:
        """Whether there was anything to check it against."""
        return self.judgement is not None or self.golden.state not in (Golden.NONE, Golden.NOT_COMPARED)
