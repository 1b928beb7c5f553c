"""Lines cut off by the picture's edge, marked so that nobody trusts their ends.

Half a character reads as another one, with confidence ("d" as "c", 8 as 3), and what follows is unknown. At a cut
end the outermost character's probability is halved and a position is added that may be nothing or may be anything:
the text stays what it was, but fusion does not confirm the line before another view shows how it goes on.
"""

from __future__ import annotations

import numpy as np

from scanapp.results import CharPosterior, Line

UNKNOWN = "\ufffd"
"""Some character, nobody knows which."""
OPEN: CharPosterior = (("", 0.5), (UNKNOWN, 0.5))

NEAR, OUTSIDE = 0.3, 0.12
"""Line heights: an end this near to the edge is cut; a long side this far outside of it cuts all characters. (The
detector's boxes are a little larger than the print.)"""

Box = tuple[float, float, float, float]


def marked(line: Line, picture: Box) -> Line:
    """``line`` with its cut ends marked; ``picture`` is ``(x0, y0, x1, y1)`` in the same pixels."""
    quad = line.quad.astype(np.float64)
    start, end = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
    top, bottom = (quad[0] + quad[1]) / 2, (quad[3] + quad[2]) / 2
    height = float(np.linalg.norm(bottom - top))
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    down = (bottom - top) / max(height, 1e-6)
    chars = list(line.chars)
    if _outside(top + OUTSIDE * height * down, picture) or _outside(bottom - OUTSIDE * height * down, picture):
        chars = [_doubted(posterior) for posterior in chars]
    if _outside(start - NEAR * height * along, picture):
        chars = [OPEN, _doubted(chars[0]), *chars[1:]]
    if _outside(end + NEAR * height * along, picture):
        chars = [*chars[:-1], _doubted(chars[-1]), OPEN]
    return Line(line.quad, tuple(chars))


def _doubted(posterior: CharPosterior) -> CharPosterior:
    """The same order, but a half goes to the unknown character; doubt is not doubled."""
    if any(char == UNKNOWN for char, _ in posterior):
        return posterior
    best, probability = posterior[0]
    halved = tuple((char, round(p / 2, 6)) for char, p in posterior[1:])
    return ((best, round(probability / 2, 6)), (UNKNOWN, round(probability * 0.45, 6)), *halved)


def _outside(point: np.ndarray, picture: Box) -> bool:
    x0, y0, x1, y1 = picture
    return bool(point[0] < x0 or point[0] > x1 or point[1] < y0 or point[1] > y1)
