"""The blessed event log beside a recording: ``x.golden.jsonl``, compared byte for byte.

A golden says nothing about right or wrong: it catches any change. It is text that a person can read in a diff, and
it is written only when somebody asks for it.
"""

from __future__ import annotations

from pathlib import Path

from scanapp.errors import ReplayError
from scanapp.events import SUMMARY
from scanapp.replay.golden_diff import log_diff
from scanapp.replay.rows import Row, decode_row
from scanapp.replay.write import write_whole


def golden_path(recording: Path) -> Path:
    """Where the golden of a recording lies."""
    return recording.with_name(f"{recording.stem}.golden.jsonl")


def encode_log(lines: list[str]) -> bytes:
    """An event log as it stands in a file."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def compare_golden(path: Path, log: bytes) -> list[str]:
    """What differs between the golden and ``log``, in lines for a person; empty when they are equal, byte for byte.

    ReplayError when the golden is damaged: it names file, line and what was expected.
    """
    golden = _read(path)
    if golden == log:
        return []
    return log_diff(golden, parse_golden(golden, str(path)), log, parse_golden(log, "this replay"))


def update_golden(path: Path, log: bytes) -> bool:
    """Blesses ``log``; False when the golden says that already. OutputError when it cannot be written."""
    if path.exists() and _read(path) == log:
        return False
    write_whole(path, log)
    return True


def parse_golden(data: bytes, origin: str) -> list[Row]:
    """The events of a log; ReplayError names ``origin`` and the line that is damaged."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        damaged = data.count(b"\n", 0, error.start) + 1
        raise ReplayError(f"{origin}: line {damaged}: expected UTF-8 text{_ADVICE}") from error
    if not text:
        raise ReplayError(f"{origin}: line 1: the file is empty, expected an event{_ADVICE}")
    rows = []
    lines: list[str] = text.removesuffix("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(decode_row(line))
        except ValueError as error:
            raise ReplayError(f"{origin}: line {number}: {error}{_ADVICE}") from error
    if rows[-1]["type"] != SUMMARY:
        raise ReplayError(
            f"{origin}: line {len(lines)}: the log ends with {rows[-1]['type']!r}, expected a summary: "
            f"it seems to be cut off{_ADVICE}"
        )
    return rows


_ADVICE = " (restore it, or bless the present events with --update)"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {error.strerror or error}") from error
