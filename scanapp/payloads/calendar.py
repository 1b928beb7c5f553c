"""Appointments: VCALENDAR / VEVENT (RFC 5545 and vCalendar 1.0)."""

from __future__ import annotations

import datetime as dt
import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import ContentLine, content_lines

_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})?(Z?))?")


def parse_calendar(item: PayloadInput) -> Payload | None:
    """The first event: summary, start, end (ISO 8601), duration, all_day, location, description, …

    ``events`` counts them when there are several. Times without a zone are local; ``timezone`` is the TZID.
    """
    if item.text[:15].upper() != "BEGIN:VCALENDAR" and item.text[:12].upper() != "BEGIN:VEVENT":
        return None
    events = _events(content_lines(item.text))
    if not events:
        raise PayloadError("a calendar text without a VEVENT")
    event = events[0]
    start, end = event.get("DTSTART"), event.get("DTEND")
    return compact(
        {
            "type": "calendar",
            "summary": _text(event, "SUMMARY"),
            "start": _time(start),
            "end": _time(end),
            "duration": _text(event, "DURATION"),
            "all_day": start is not None and "T" not in start.value.upper(),
            "timezone": next(iter(start.params.get("TZID", [])), "") if start else "",
            "location": _text(event, "LOCATION"),
            "description": _text(event, "DESCRIPTION"),
            "organizer": re.sub(r"(?i)^mailto:", "", _text(event, "ORGANIZER")),
            "url": _text(event, "URL"),
            "repeat": _text(event, "RRULE"),
            "events": len(events) if len(events) > 1 else None,
        }
    )


def _events(lines: list[ContentLine]) -> list[dict[str, ContentLine]]:
    events: list[dict[str, ContentLine]] = []
    nesting: list[str] = []
    for line in lines:
        word = line.value.strip().upper()
        if line.name == "BEGIN":
            nesting.append(word)
            if word == "VEVENT":
                events.append({})
        elif line.name == "END":
            if nesting:
                nesting.pop()
        elif nesting and nesting[-1] == "VEVENT":  # a VALARM inside has a DESCRIPTION of its own
            events[-1].setdefault(line.name, line)
    return [event for event in events if event]


def _text(event: dict[str, ContentLine], name: str) -> str:
    line = event.get(name)
    return line.text().strip() if line else ""


def _time(line: ContentLine | None) -> str:
    if line is None:
        return ""
    match = _TIME.fullmatch(line.value.strip().upper())
    if match is None:
        raise PayloadError(f"{line.name} must be YYYYMMDD or YYYYMMDDTHHMMSS")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        if match[4] is None:
            return dt.date(year, month, day).isoformat()
        second = min(int(match[6] or 0), 59)  # RFC 5545 allows a leap second, datetime does not
        moment = dt.datetime(year, month, day, int(match[4]), int(match[5]), second)
    except ValueError as exc:
        raise PayloadError(f"{line.name} is not a date of the calendar") from exc
    return moment.isoformat() + match[7]
