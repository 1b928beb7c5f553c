"""How far a holder's name is read, and in how many lines, with a text reader made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scanapp.frame import Frame
from scanapp.geometry import box_quad
from scanapp.recognizers.cards.fields import FieldBox
from scanapp.recognizers.cards.holder import read_holder
from scanapp.recognizers.cards.sheet import Upright, upright_of

NAME = "ANNA EXAMPLE"
LEFT, PITCH, HEIGHT = 20.0, 9.0, 8.0
"""Of the letters on the upright sheet, its pixels."""
LETTERS = "AELMNPX"


class Blocks:
    """Reads blocks: each letter is one, its luma says which; a gap as wide as a letter is a space."""

    charset = ("", *LETTERS, " ")

    def __init__(self) -> None:
        self.reads = 0

    def line_posteriors(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        self.reads += 1
        luma = image[0, 0, 20:28].mean(axis=0) * 127.5 + 127.5
        shares = np.full((len(luma) // 8, len(self.charset)), 1e-4, np.float32)
        dark = np.flatnonzero(luma < 110)
        before = None
        for run in np.split(dark, np.flatnonzero(np.diff(dark) > 1) + 1):
            if len(run) < 10:
                continue
            if before is not None and run[0] - before > 30:
                shares[int((run[0] + before) / 16), -1] = 0.98
            before = run[-1]
            which = int(np.clip(round(float(np.median(luma[run[2:-2]])) / 15), 0, len(LETTERS) - 1))
            shares[int(run.mean() / 8), 1 + which] = 0.98
        shares[:, 0] = np.maximum(1 - shares[:, 1:].sum(axis=1), 1e-4)
        return shares


def card() -> Upright:
    """A card that fills 1152 × 736 pixels, four to one of the sheet, with the name in blocks."""
    picture = np.full((760, 1180), 240, np.uint8)
    for i, letter in enumerate(NAME):
        if letter != " ":
            x, y = 4 * (LEFT + i * PITCH) + 10, 4 * 150 + 10
            picture[round(y - 16) : round(y + 16), round(x) : round(x + 24)] = 15 * LETTERS.index(letter)
    return upright_of(Frame(picture), box_quad(10, 10, 1162, 746))


def box(letters: int) -> FieldBox:
    """Around the first letters of the name."""
    length = letters * PITCH
    return FieldBox("holder", LEFT + length / 2, 150, length, HEIGHT, 0.0, 1.0)


@pytest.mark.parametrize(("letters", "most"), [(12, 1), (10, 2), (9, 2), (6, 4)])
def test_a_name_is_read_whole_in_few_lines_wherever_its_box_ends(letters: int, most: int) -> None:
    models = Blocks()
    chars = read_holder(models, card(), box(letters))  # type: ignore[arg-type]
    assert "".join(char[0][0] for char in chars) == NAME
    assert models.reads <= most


def test_what_is_no_name_is_none() -> None:
    models = Blocks()
    nothing = FieldBox("holder", 100, 40, 80, HEIGHT, 0.0, 1.0)
    assert read_holder(models, card(), nothing) == ()  # type: ignore[arg-type]
