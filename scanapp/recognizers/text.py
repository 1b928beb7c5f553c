"""`TextRecognizer`: the lines of a page, label or sign, with per-character alternatives.

PP-OCR's detection and line recognition (the models in rapidocr's wheel) on the view's crop at a bounded size; how
the parts work and what they cost is in docs/text.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from scanapp.errors import RecognizerError, UsageError
from scanapp.geometry import Gray, transform_quad
from scanapp.recognizers.ocr.crops import LineReader
from scanapp.recognizers.ocr.detect import find_lines, most_text
from scanapp.recognizers.ocr.edges import marked
from scanapp.recognizers.ocr.ink import inked_box
from scanapp.recognizers.ocr.layout import reading_order
from scanapp.recognizers.ocr.models import OcrModels, shared_models
from scanapp.recognizers.ocr.orient import oriented
from scanapp.recognizers.ocr.page import legible, reading
from scanapp.recognizers.ocr.scripts import with_page_prior
from scanapp.results import Effort, Line, Reading, View

GROW = 1.12
SMALLEST = 12
ALTERNATIVES = 5
"""Kept for each character."""
GLANCE, REDUCED = 192, 0.5
"""A guess is first searched at this many pixels squared, and at most at so much of its size: for a quarter of the
cost."""
WORTH = 128
"""Pixels squared of a view for which a glance saves anything."""
TRACES = 0.08, 0.3
"""Where a glance is nowhere surer of text than this, there is none: print too small for it gives 0.1 and more.
The second at half size, where print is never too small and gives 0.9.
"""


class TextRecognizer:
    """Reads printed text. Cheap to construct; the models open at the first `recognize` or at `warm_up`.

    max_side        detection works on at most max_side² pixels: larger finds smaller print; time and memory go
                    with its square
    threads         onnxruntime's threads for one picture
    min_confidence  lines whose characters' geometric mean probability is lower are dropped
    glance          first ask a quarter of a view's pixels whether there is any text: spares most of the cost of
                    guesses, and adds a third to that of views which do show text
    """

    name = "text"
    kinds = frozenset({"text"})
    efforts = (
        Effort("plain", cost_ms=25.0, gain=0.8, per_mpx_ms=700.0),
        Effort("fine", cost_ms=60.0, gain=0.3, per_mpx_ms=1500.0),
        Effort("contrast", cost_ms=60.0, gain=0.1, per_mpx_ms=1500.0),
    )

    def __init__(
        self, *, max_side: int = 832, threads: int = 1, min_confidence: float = 0.6, glance: bool = True
    ) -> None:
        if max_side < 64 or threads < 1 or not 0 <= min_confidence <= 1:
            raise UsageError(
                "text recognizer: max_side ≥ 64, threads ≥ 1 and 0 ≤ min_confidence ≤ 1 are needed, "
                f"got {max_side}, {threads} and {min_confidence}"
            )
        self.max_side = max_side
        self.threads = threads
        self.min_confidence = min_confidence
        self.glance = glance

    def warm_up(self) -> None:
        """Open the models now (about 0.2 s, 80 MB). Raises ModelError when they are missing or damaged."""
        shared_models(self.threads)

    def recognize(self, view: View) -> Sequence[Reading]:
        """One reading with all legible lines in reading order, or none. Raises ModelError, RecognizerError."""
        models = shared_models(self.threads)
        crop, to_frame = view.crop(1.0 if view.whole else GROW)
        if min(crop.shape) < SMALLEST:
            return []
        gray = _more_contrast(crop) if view.effort >= 2 else crop
        try:
            lines = self._lines(gray, view, models)
        except cv2.error as error:
            raise RecognizerError(
                f"text: the view {crop.shape[1]}x{crop.shape[0]} cannot be read: {error}"
            ) from error
        x, y = to_frame[:2, 2]
        picture = (x, y, x + crop.shape[1], y + crop.shape[0])
        moved = [marked(Line(transform_quad(to_frame, line.quad), line.chars), picture) for line in lines]
        ordered = [moved[i] for i in reading_order([line.quad for line in moved])]
        return [reading(ordered, self.efforts[min(view.effort, 2)].name)] if ordered else []

    def _lines(self, gray: Gray, view: View, models: OcrModels) -> list[Line]:
        x0, y0, x1, y1 = inked_box(gray)
        part = gray[y0:y1, x0:x1]
        if self.glance and view.effort == 0 and not view.whole and _blank(part, models):
            return []
        read = LineReader(part, models)
        boxes = find_lines(part, models.text_map, self._scale(part, view.effort))
        to_gray = np.array([x0, y0], dtype=np.float32)
        quads = oriented(boxes, read)
        texts = with_page_prior([read(quad) for quad in quads], ALTERNATIVES)
        lines = [Line(quad + to_gray, text) for quad, text in zip(quads, texts, strict=True)]
        return [line for line in lines if legible(line, self.min_confidence)]

    def _scale(self, gray: Gray, effort: int) -> float:
        """Detection's size over the crop's: bounded by area, since that is what time and memory go with."""
        side = math.sqrt(gray.size)
        if effort == 0:
            return min(1.0, self.max_side / side)
        return min(2.0, 1.6 * self.max_side / side)


def _blank(part: Gray, models: OcrModels) -> bool:
    """Whether a glance sees no trace of text. Most guesses are at clutter, and end here."""
    if part.size <= WORTH**2:
        return False
    scale = min(REDUCED, GLANCE / math.sqrt(part.size))
    return most_text(part, models.text_map, scale) < TRACES[scale == REDUCED]


def _more_contrast(gray: Gray) -> Gray:
    return np.asarray(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray), dtype=np.uint8)
