"""`ReplayResult`: what a test gets from the ``scan_replay`` fixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanapp.events import CONFIRMED
from scanapp.replay.explain import explain
from scanapp.replay.outcome import Golden, Outcome, Status
from scanapp.replay.rows import Row
from scanapp.replay.verdicts import Judgement


class ReplayResult:
    """One recording after its replay."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    @property
    def events(self) -> list[Row]:
        """All events in their JSON form, the summary last."""
        return list(self.outcome.rows)

    @property
    def confirmed(self) -> list[Mapping[str, Any]]:
        """The values of all confirmed events, in order, e.g. ``{"format": "QRCode", "text": "…", …}``."""
        return [row["value"] for row in self.outcome.rows if row["type"] == CONFIRMED]

    @property
    def texts(self) -> list[str]:
        """The text of each confirmed value that has one, in order."""
        return [value["text"] for value in self.confirmed if "text" in value]

    @property
    def judgement(self) -> Judgement | None:
        """What the truth file says (found, wrong, latencies), None where there is none."""
        return self.outcome.judgement

    @property
    def golden(self) -> Golden:
        """How the log stands to the golden."""
        return self.outcome.golden.state

    def assert_ok(self) -> None:
        """AssertionError, with what differs, unless truth and golden agree with the replay.

        Also when neither lies beside the recording: a test that has nothing to check would pass for ever.
        """
        __tracebackhide__ = True
        name = self.outcome.recording.name
        if not self.outcome.checked and self.outcome.status is Status.OK:
            why = "; ".join(explain(self.outcome)) or "there is neither a truth nor a golden file beside it"
            raise AssertionError(
                f"{name}: nothing to check: {why} "
                "(write a .truth.json, or bless the present events with --scanapp-update)"
            )
        if self.outcome.status is not Status.OK:
            raise AssertionError("\n  ".join([f"{name} {self.outcome.status}:", *explain(self.outcome)]))
