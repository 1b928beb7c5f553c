"""The shipped font, and text drawn with it.

`ScanappFallback.ttf` holds GB 2312, the common Big5 characters and kana from Google's Droid Sans Fallback
(Apache-2.0, © 2006-2010 Google Corp.) and Latin, Greek and Cyrillic from DejaVu Sans (Bitstream Vera licence,
changes in the public domain), so that Chinese and Japanese show on machines without such fonts.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FONT_FILE = Path(__file__).with_name("ScanappFallback.ttf")


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The shipped font, and text drawn with it.

    `ScanappFallback.ttf` holds GB 2312, the common Big5 characters and kana from Google's Droid Sans Fallback
    (Apache-2.0, © 2006-2010 Google Corp.) and Latin, Greek and Cyrillic from DejaVu Sans (Bitstream Vera licence,
    changes in the public domain), so that Chinese and Japanese show on machines without such fonts.
    """
    return ImageFont.truetype(str(FONT_FILE), size)
