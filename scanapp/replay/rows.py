"""Lines of an event log: decoding them, and naming an event for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scanapp.sanitize import printable

Row = Mapping[str, Any]
"""An event as it stands in the log."""


def decode_row(line: str) -> Row:
    """One line of a log; ValueError says what is wrong with it."""
    try:
        row = json.loads(line, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"column {error.colno}: damaged JSON: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("damaged JSON: nested too deep") from error
    if not isinstance(row, dict) or not isinstance(row.get("type"), str):
        raise ValueError('expected an event, an object with a "type"')
    return row


def identity(row: Row) -> tuple[str, ...]:
    """What an event is about, whatever its time, place and track."""
    return row["type"], str(row.get("kind", "")), what(row)


def what(row: Row) -> str:
    """The value of an event, as a person would name it."""
    value = row.get("value")
    if not isinstance(value, dict):
        return str(row.get("message", ""))
    named = [str(value[key]) for key in ("format", "text", "pan", "sku", "name") if key in value]
    return " ".join(named) if named else json.dumps(value, ensure_ascii=False, sort_keys=True)


def describe(row: Row, limit: int = 90) -> str:
    """One line that names an event: fit for a terminal."""
    pts = row.get("pts")
    when = f"{pts:.3f} s" if type(pts) in (int, float) else ""
    where = f"frame {row['frame']}" if "frame" in row else ""
    return printable(" ".join(part for part in (when, where, *identity(row)) if part), limit)


def flatten(row: Row) -> dict[str, Any]:
    """Every leaf of an event by its path, e.g. "value.payload.url" or "value.lines[0].text"; quads stay whole."""
    return dict(_leaves("", row))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), member)
    elif isinstance(value, list) and value and not path.endswith("quad"):
        for number, member in enumerate(value):
            yield from _leaves(f"{path}[{number}]", member)
    else:
        yield path, value


def _no_constant(name: str) -> float:
    raise ValueError(f"damaged JSON: {name} is not a number that JSON knows")
