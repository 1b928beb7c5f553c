"""The holder's name, by the text recognizer's line reader: it knows letters, embossed ones less well."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scanapp.geometry import Gray
from scanapp.recognizers.cards.crops import widened
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.warp import cut
from scanapp.recognizers.ocr.crops import STRIDE, network_input
from scanapp.recognizers.ocr.ctc import decode
from scanapp.recognizers.ocr.models import OcrModels
from scanapp.results import CharPosterior

HEIGHT = 48
LETTER = 30.0
"""Height of a letter in the picture that the line reader gets."""
MAX_WIDTH = 960
LEAST_SURE = 0.6
"""Geometric mean probability of a character below which a name is not one."""
PADDING = 0.4
"""Line heights around the box that are seen, too."""
READ_ON, STEP = 4, 2.5
"""How many times a line is read on to its right, and by how many of its heights: no more than a gap between words,
so that a logo further off is not taken for a part of the name."""
_SIGNS = " .-'/&,"


@dataclass(frozen=True, slots=True)
class _Line:
    """What was read in ``box``, and how many of its heights are free between the last character and its end."""

    box: FieldBox
    chars: tuple[CharPosterior, ...]
    free: float

    @property
    def text(self) -> str:
        return "".join(char[0][0] for char in self.chars)


def read_holder(models: OcrModels, upright: Upright, box: FieldBox) -> tuple[CharPosterior, ...]:
    """The characters of the name in ``box`` and right of it; empty when it does not read as one.

    Boxes of long names often end too soon, so a step beyond the box is read at once, and reading goes on to the
    right for as long as something stands in the last step and adds to the name. Each line costs some 40 ms.
    """
    line = _name(models, upright, box)
    if not name_like(line.text):
        return ()
    sure = np.exp(np.mean([np.log(max(char[0][1], 1e-6)) for char in line.chars]))
    return line.chars if sure >= LEAST_SURE else ()


def _name(models: OcrModels, upright: Upright, box: FieldBox) -> _Line:
    longer = _longer(box, upright)
    line = _read(models, upright, longer or box)
    if longer is None or not name_like(line.text):
        return line if longer is None else _read(models, upright, box)
    before = box
    for _ in range(READ_ON - 1):
        longer = _longer(line.box, upright)
        if longer is None or line.free > (line.box.length - before.length) / box.height:
            break
        more = _read(models, upright, longer)
        if not _continued(line.text, more.text):
            break
        before, line = line.box, more
    return line


def _longer(box: FieldBox, upright: Upright) -> FieldBox | None:
    """``box`` and a step more to its right; None where the card ends."""
    longer = widened(box, 0.0, STEP, upright.size)
    return longer if longer.length >= box.length + 0.5 * STEP * box.height else None


def _read(models: OcrModels, upright: Upright, box: FieldBox) -> _Line:
    picture = holder_picture(upright, box)
    posteriors = models.line_posteriors(network_input(picture))
    seen = [step for step, best in enumerate(posteriors.argmax(axis=1).tolist()) if models.charset[best].strip()]
    heights = box.length / box.height
    last = (seen[-1] + 0.5) * STRIDE / picture.shape[1] * (heights + 2 * PADDING) - PADDING if seen else 0.0
    return _Line(box, tuple(decode(posteriors, models.charset)), heights - last)


def _continued(text: str, longer: str) -> bool:
    """Whether ``longer`` is the same name with more of it; the last letter seen may have been cut in half."""
    return len(longer) > len(text) > 1 and longer.startswith(text[:-1]) and name_like(longer)


def holder_picture(upright: Upright, box: FieldBox) -> Gray:
    """``(48, width)`` uint8: the line with a margin around."""
    line = widened(box, PADDING, PADDING)
    scale = LETTER / line.height
    width = int(np.clip(round(line.length * scale), 16, MAX_WIDTH))
    corners = np.array([[0, 0], [width, 0], [width, HEIGHT], [0, HEIGHT]], dtype=np.float32)
    (ux, uy), half, high = line.along, line.length / 2, HEIGHT / scale / 2
    right, down = np.array([ux, uy]) * half, np.array([-uy, ux]) * high
    middle = np.array([line.x, line.y])
    target = np.array(
        [middle - right - down, middle + right - down, middle + right + down, middle - right + down], np.float32
    )
    to_sheet = np.asarray(cv2.getPerspectiveTransform(corners, target), dtype=np.float64)
    return cut(upright.frame, upright.to_frame @ to_sheet, width, HEIGHT)


def name_like(text: str) -> bool:
    """Letters, with what stands between names; at least three of them and hardly anything else."""
    letters = sum(char.isalpha() for char in text)
    others = sum(not char.isalpha() and char not in _SIGNS for char in text)
    return letters >= 3 and others == 0
