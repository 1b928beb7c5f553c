"""Low, middle and high devices: what their users wait for is part of the regression suite."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))
from devices import DEVICES, GOLDEN, SAMPLES, waits  # noqa: E402

TABLE: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
QUICK = ("payment_qr",)


def check(name: str, kind: str) -> None:
    found = waits(SAMPLES / f"{name}.mp4", DEVICES[kind])
    assert found == TABLE[name][kind], f"python benchmarks/devices.py --update {name} blesses it"


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("name", QUICK)
def test_waits_are_as_blessed(name: str, kind: str) -> None:
    check(name, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("name", sorted(set(TABLE) - set(QUICK)))
def test_waits_are_as_blessed_elsewhere(name: str, kind: str) -> None:
    check(name, kind)


def test_a_faster_device_waits_no_longer() -> None:
    """Over all recordings: a single one may be lucky with the frame that it gets."""

    def last(kind: str) -> float:
        return sum(row[kind]["confirmed_s"][-1] for row in TABLE.values() if row[kind]["confirmed_s"])

    answered = {kind: sum(len(row[kind]["confirmed_s"]) for row in TABLE.values()) for kind in DEVICES}
    assert answered["high"] >= answered["middle"] >= answered["low"]
    if answered["high"] == answered["low"]:
        assert last("high") <= last("low")
