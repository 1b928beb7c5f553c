"""What a page's lines become: a reading, a JSON-ready value, the quad around them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from scanapp.events import rounded_quad
from scanapp.geometry import Quad, as_quad
from scanapp.recognizers.ocr.edges import UNKNOWN
from scanapp.recognizers.ocr.layout import page_axes
from scanapp.results import Line, Reading

ALONE = 0.75
"""A single character needs at least this confidence."""


def legible(line: Line, min_confidence: float) -> bool:
    """Whether a line is text rather than a pattern: sure enough, with letters or digits, more so if it is short."""
    text = line.text
    solid = sum(c == "%" or unicodedata.category(c) == "Sc" or unicodedata.category(c)[0] in "LN" for c in text)
    if solid == 0:
        return False
    return line.confidence >= (max(min_confidence, ALONE) if len(text) == 1 else min_confidence)


def reading(lines: Sequence[Line], method: str) -> Reading:
    """A reading of kind "text" of these lines, in this order."""
    text = "\n".join(line.text for line in lines)
    sizes = [max(1, len(line.text)) for line in lines]
    confidence = float(np.average([line.confidence for line in lines], weights=sizes))
    quad = hull(lines)
    return Reading("text", normalized(text), text_value(lines), quad, confidence, 0.5, method, tuple(lines))


def text_value(lines: Sequence[Line]) -> dict[str, Any]:
    """The lines as they stand in an event."""
    rows: list[dict[str, Any]] = [
        {"text": _shown(line), "quad": rounded_quad(line.quad), "confidence": round(line.confidence, 3)}
        for line in lines
    ]
    return {"text": "\n".join(row["text"] for row in rows), "lines": rows}


def _shown(line: Line) -> str:
    """An end that the view cut off shows as an ellipsis."""
    return line.text.replace(UNKNOWN, "…")


def normalized(text: str) -> str:
    """``text`` for comparisons: compatibility forms (full width) levelled, runs of white space one space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def hull(lines: Sequence[Line]) -> Quad:
    """The box around the lines along their mean reading direction, clockwise from where reading begins."""
    points = np.concatenate([line.quad for line in lines]).astype(np.float64)
    axes = page_axes([line.quad for line in lines])
    (x0, y0), (x1, y1) = (points @ axes.T).min(axis=0), (points @ axes.T).max(axis=0)
    return as_quad(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ axes)
