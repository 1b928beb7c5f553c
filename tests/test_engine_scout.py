"""The shipped scout in the place of the detectors: what it proposes is read."""

from __future__ import annotations

from pathlib import Path

from scenes import still

from scanapp.scanner import Scanner
from scanapp.testing import ScriptedSource

PIPELINE = """
name = "scouted"

[[detect]]
use = "scout"
seek = ["code"]

[[recognize]]
use = "code"
"""


def test_a_code_that_only_the_scout_proposes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "scouted.toml"
    file.write_text(PIPELINE)
    events = list(Scanner(str(file)).replay(ScriptedSource(still("hello", 20))))
    confirmed = [event.value["text"] for event in events if event.type == "confirmed"]
    assert confirmed == ["hello"]
    assert not [event for event in events if event.type == "notice"]
