"""What can be printed on a surface: codes, text, drawings, and what surfaces are made of.

Anything with ``size``, ``paint`` and ``truth`` (see `scanapp.synth.scene.Art`) is an artwork; these are ours.
"""

from scanapp.synth.art.bank_card import BankCard, CardLine
from scanapp.synth.art.canvas import Canvas, Drawing
from scanapp.synth.art.codes import Code
from scanapp.synth.art.grounds import Cardboard, Fabric, Laminate, Paper, Plain, Wood
from scanapp.synth.art.text import Text

__all__ = [
    "BankCard",
    "Canvas",
    "CardLine",
    "Cardboard",
    "Code",
    "Drawing",
    "Fabric",
    "Laminate",
    "Paper",
    "Plain",
    "Text",
    "Wood",
]
