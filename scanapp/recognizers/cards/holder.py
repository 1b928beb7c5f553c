"""The holder's name, by the text recognizer's line reader: it knows letters, embossed ones less well."""

from __future__ import annotations

import cv2
import numpy as np

from scanapp.geometry import Gray
from scanapp.recognizers.cards.crops import widened
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.sheet import Upright
from scanapp.recognizers.cards.warp import cut
from scanapp.recognizers.ocr.crops import network_input
from scanapp.recognizers.ocr.ctc import decode
from scanapp.recognizers.ocr.models import OcrModels
from scanapp.results import CharPosterior

HEIGHT = 48
LETTER = 30.0
"""Height of a letter in the picture that the line reader gets."""
MAX_WIDTH = 960
LEAST_SURE = 0.6
"""Geometric mean probability of a character below which a name is not one."""
READ_ON, STEP = 4, 2.5
"""How many times a line is read on to its right, and by how many of its heights: no more than a gap between words,
so that a logo further off is not taken for a part of the name."""
_SIGNS = " .-'/&,"


def read_holder(models: OcrModels, upright: Upright, box: FieldBox) -> tuple[CharPosterior, ...]:
    """The characters of the name in ``box`` and right of it; empty when it does not read as one.

    Boxes of long names often end too soon, so reading goes on to the right for as long as that adds to the name.
    """
    chars = _read(models, upright, box)
    for _ in range(READ_ON):
        longer = widened(box, 0.0, STEP, upright.size)
        if longer.length < box.length + 0.5 * STEP * box.height:
            break
        more = _read(models, upright, longer)
        if not _continued(_text(chars), _text(more)):
            break
        box, chars = longer, more
    if not name_like(_text(chars)):
        return ()
    sure = np.exp(np.mean([np.log(max(char[0][1], 1e-6)) for char in chars]))
    return chars if sure >= LEAST_SURE else ()


def _read(models: OcrModels, upright: Upright, box: FieldBox) -> tuple[CharPosterior, ...]:
    return tuple(decode(models.line_posteriors(network_input(holder_picture(upright, box))), models.charset))


def _text(chars: tuple[CharPosterior, ...]) -> str:
    return "".join(char[0][0] for char in chars)


def _continued(text: str, longer: str) -> bool:
    """Whether ``longer`` is the same name with more of it; the last letter seen may have been cut in half."""
    return len(longer) > len(text) > 1 and longer.startswith(text[:-1]) and name_like(longer)


def holder_picture(upright: Upright, box: FieldBox) -> Gray:
    """``(48, width)`` uint8: the line with a margin around."""
    line = widened(box, 0.4, 0.4)
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
