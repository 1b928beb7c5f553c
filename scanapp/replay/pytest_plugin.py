"""The pytest plugin: another project replays its own recordings as tests, in three lines.

    def test_checkout(scan_replay):
        result = scan_replay("videos/checkout.mp4")
        result.assert_ok()

pytest loads this module at every start, wherever scanapp is installed: the engine is imported by the fixture only.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scanapp.replay.result import ReplayResult

    ScanReplay = Callable[..., ReplayResult]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--scanapp-update``, ``--scanapp-device``, ``--scanapp-workers``."""
    group = parser.getgroup("scanapp", "replaying recordings with scanapp")
    group.addoption(
        "--scanapp-update",
        action="store_true",
        help="bless what the engine says now: write the .golden.jsonl beside each recording that a test replays",
    )
    group.addoption(
        "--scanapp-device",
        metavar="NAME",
        help="replay as this (virtual) device would; goldens are then not compared, truth is",
    )
    group.addoption(
        "--scanapp-workers",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="worker threads of a replay (the events are the same with any number)",
    )


@pytest.fixture
def scan_replay(request: pytest.FixtureRequest) -> ScanReplay:
    """Replays one recording: ``scan_replay(path, pipeline=None, device=None) -> ReplayResult``.

    A relative path is looked for beside the test file, then in pytest's root folder. ``pipeline`` overrides the
    one that the truth file names. Raises ScanError when the recording or its truth cannot be read.
    """
    option = request.config.getoption

    def replay(
        recording: str | os.PathLike[str], *, pipeline: str | None = None, device: str | None = None
    ) -> ReplayResult:
        from scanapp.replay.options import Options
        from scanapp.replay.result import ReplayResult
        from scanapp.replay.suite import replay_one

        options = Options(
            pipeline=pipeline,
            device=device or option("--scanapp-device"),
            workers=option("--scanapp-workers"),
            update=option("--scanapp-update"),
        )
        return ReplayResult(replay_one(_locate(Path(recording), request), options))

    return replay


def _locate(recording: Path, request: pytest.FixtureRequest) -> Path:
    beside = request.path.parent / recording
    return beside if beside.exists() else request.config.rootpath / recording


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
