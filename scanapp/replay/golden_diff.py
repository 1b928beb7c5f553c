"""What differs between a golden and this replay's log, for a person to read.

Byte equality is the test; this is the explanation. Events are paired by what they are about (type, kind, value), so
that one event more at the top does not make everything below it look different.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanapp.replay.rows import Row, describe, flatten, identity
from scanapp.sanitize import printable

SHOWN = 5
"""So many events of each sort are named, the rest is counted."""

Pair = tuple[Row, Row]


def log_diff(golden: bytes, golden_rows: Sequence[Row], now: bytes, now_rows: Sequence[Row]) -> list[str]:
    """Lines that explain how two logs that are not equal differ; never empty."""
    if list(golden_rows) == list(now_rows):
        return [_only_bytes(golden, now)]
    pairs, missing, extra = _paired(golden_rows, now_rows)
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    lines = list(_first_difference(golden_rows, now_rows))
    lines += _named("missing", "only in the golden", missing)
    lines += _named("new", "only in this replay", extra)
    if changed:
        lines.append(f"{_events(len(changed))} changed: {_fields_of(changed)}")
    if not (changed or missing or extra):
        lines.append("the same events in another order")
    return lines


def _first_difference(golden: Sequence[Row], now: Sequence[Row]) -> Iterator[str]:
    number = next(
        (n for n, (a, b) in enumerate(zip(golden, now, strict=False)) if a != b), min(len(golden), len(now))
    )
    yield f"first difference: line {number + 1} (golden {len(golden)} lines, now {len(now)})"
    before = golden[number] if number < len(golden) else None
    after = now[number] if number < len(now) else None
    yield f"  golden: {describe(before) if before else 'nothing, the log ends'}"
    yield f"  now:    {describe(after) if after else 'nothing, the log ends'}"
    if before and after and identity(before) == identity(after):
        for path, old, new in _changes(before, after):
            yield f"    {printable(path, 60)}: golden {_shown(old)}, now {_shown(new)}"


def _paired(golden: Sequence[Row], now: Sequence[Row]) -> tuple[list[Pair], list[Row], list[Row]]:
    """The nth event about a thing goes with the nth event about the same thing."""
    waiting: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for number, row in enumerate(now):
        waiting[identity(row)].append(number)
    pairs, missing = [], []
    for row in golden:
        if partners := waiting[identity(row)]:
            pairs.append((row, now[partners.popleft()]))
        else:
            missing.append(row)
    extra = sorted(number for left in waiting.values() for number in left)
    return pairs, missing, [now[number] for number in extra]


_ABSENT = object()


def _changes(before: Row, after: Row) -> list[tuple[str, Any, Any]]:
    old, new = flatten(before), flatten(after)
    paths = dict.fromkeys([*old, *new])
    return [
        (p, old.get(p, _ABSENT), new.get(p, _ABSENT)) for p in paths if old.get(p, _ABSENT) != new.get(p, _ABSENT)
    ]


def _fields_of(changed: Iterable[Pair]) -> str:
    counts = Counter(path for pair in changed for path, _, _ in _changes(*pair))
    most = [f"{printable(path, 40)} in {count}" for path, count in counts.most_common(SHOWN)]
    return ", ".join(most) + (", …" if len(counts) > SHOWN else "")


def _named(word: str, where: str, rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    more = [f"  and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return [f"{_events(len(rows))} {word} ({where}):", *(f"  {describe(row)}" for row in rows[:SHOWN]), *more]


def _only_bytes(golden: bytes, now: bytes) -> str:
    if golden.replace(b"\r\n", b"\n") == now:
        return "only the line ends differ: the golden has CR LF (in git: '*.golden.jsonl -text' in .gitattributes)"
    at = next((n for n, (a, b) in enumerate(zip(golden, now, strict=False)) if a != b), min(len(golden), len(now)))
    line = golden.count(b"\n", 0, at) + 1
    column = at - (golden.rfind(b"\n", 0, at) + 1) + 1
    return f"the same events, written differently from line {line}, byte {column} on"


def _events(count: int) -> str:
    return f"{count} event" if count == 1 else f"{count} events"


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else printable(json.dumps(value, ensure_ascii=False), 100)
