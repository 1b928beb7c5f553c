"""The report of a suite as JUnit XML, which CI servers show: one test case a recording."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanapp.replay.explain import explain
from scanapp.replay.outcome import Golden, Outcome, Status
from scanapp.replay.write import write_whole
from scanapp.sanitize import printable

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (production 2, "Char")."""


def write_junit(path: Path, outcomes: Sequence[Outcome]) -> None:
    """OutputError when it cannot be written."""
    write_whole(path, junit(outcomes))


def junit(outcomes: Sequence[Outcome]) -> bytes:
    """UTF-8 XML: a difference is a failure, a recording that could not be replayed or checked is an error."""
    states = [outcome.status for outcome in outcomes]
    counts = {
        "tests": str(len(outcomes)),
        "failures": str(states.count(Status.DIFFERS)),
        "errors": str(states.count(Status.ERROR)),
        "skipped": "0",
        "time": _seconds(sum(outcome.seconds for outcome in outcomes)),
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {"name": "scanapp replay"} | counts)
    suite.extend(_case(outcome) for outcome in outcomes)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _case(outcome: Outcome) -> ET.Element:
    name = {
        "classname": "scanapp.replay",
        "name": _clean(str(outcome.recording)),
        "time": _seconds(outcome.seconds),
    }
    case = ET.Element("testcase", name)
    properties = ET.SubElement(case, "properties")
    for key, value in _properties(outcome):
        ET.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    lines = [_clean(line) for line in explain(outcome)]
    if outcome.status is Status.OK:
        if lines:
            ET.SubElement(case, "system-out").text = "\n".join(lines)
        return case
    tag = "error" if outcome.status is Status.ERROR else "failure"
    problem = ET.SubElement(case, tag, {"message": lines[0], "type": outcome.status})
    problem.text = "\n".join(lines)
    return case


def _properties(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "pipeline", outcome.pipeline
    yield "device", outcome.device or "none"
    if outcome.frames is not None:
        yield "frames", str(outcome.frames)
    if found := outcome.judgement:
        yield "required", str(found.required)
        yield "found", str(found.found)
        yield "wrong", str(len(found.wrong))
        yield "duplicates", str(len(found.duplicates))
        if found.median_latency is not None:
            yield "median_latency_s", f"{found.median_latency:.3f}"
        if found.median_latency_frames is not None:
            yield "median_latency_frames", f"{found.median_latency_frames:g}"
        if found.median_latency_readable is not None:
            yield "median_latency_readable_s", f"{found.median_latency_readable:.3f}"
    if not outcome.error or outcome.golden.state is not Golden.NONE:
        yield "golden", outcome.golden.state


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", printable(text))


def _seconds(value: float) -> str:
    return f"{value:.3f}"
