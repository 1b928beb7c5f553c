"""One line cut out of the picture, upright and 48 pixels high as the recogniser wants it, and read.

Lines are read one by one, each at its own width: onnxruntime gains nothing from batches on a CPU (six together are
as dear as six apart), padding a batch to its longest line costs, and a line's answer must not depend on its
neighbours.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.geometry import Gray, rectify
from scanapp.recognizers.ocr.ctc import decode
from scanapp.recognizers.ocr.detect import Corners
from scanapp.recognizers.ocr.models import Floats, OcrModels
from scanapp.results import CharPosterior

HEIGHT = 48
STRIDE = 8
TAIL = 16
MAX_WIDTH = 2400
"""A longer line is squeezed; 2,400 are about 120 Latin or 50 Chinese characters."""


class LineReader:
    """Reads lines of one picture; each crop once, however often it is asked for."""

    def __init__(self, gray: Gray, models: OcrModels) -> None:
        self._gray = gray
        self._models = models
        self._known: dict[bytes, tuple[CharPosterior, ...]] = {}

    def __call__(self, corners: Corners) -> tuple[CharPosterior, ...]:
        """The characters of the line whose ``corners`` run clockwise from where reading begins."""
        key = corners.tobytes()
        if key not in self._known:
            posteriors = self._models.line_posteriors(network_input(line_image(self._gray, corners)))
            self._known[key] = decode(posteriors, self._models.charset)
        return self._known[key]


def line_image(gray: Gray, corners: Corners) -> Gray:
    """``(48, width)`` uint8: the line whose ``corners`` run clockwise from where reading begins."""
    length = float(np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2
    thickness = float(np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2
    width = int(np.clip(round(HEIGHT * length / max(thickness, 1.0)), STRIDE, MAX_WIDTH))
    # A warp alone would sample one pixel in two of large text; so shrink by area afterwards.
    times = int(np.clip(round(thickness / HEIGHT), 1, 8))
    crop, _ = rectify(gray, corners, width * times, HEIGHT * times)
    if times > 1:
        crop = cv2.resize(crop, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, dtype=np.uint8)


def network_input(line: Gray) -> Floats:
    """``(1, 3, 48, w)`` float32 in -1…1, w a multiple of 8; the part right of the line is 0, as in training.

    At least `TAIL` pixels of it: without any, last characters and lone digits are lost more often.
    """
    height, width = line.shape
    padded = np.zeros((height, -(-(width + TAIL) // STRIDE) * STRIDE), dtype=np.float32)
    padded[:, :width] = line.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.broadcast_to(padded, (1, 3, *padded.shape)).copy()
