"""A card in a picture, for the tests of the views: drawn here, so that they do not depend on rendered cards."""

import cv2
import numpy as np
from views_scene import snapshot

from scanapp.geometry import as_quad, transform_quad
from scanapp.snapshot import TrackState

DIGITS = "4111111111111111"
MASKED = "411111••••••1111"
WIDTH, HEIGHT = 428, 270
NUMBER = as_quad([[24, 134], [404, 134], [404, 166], [24, 166]])
CARD = as_quad([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]])


def face(digits=DIGITS):
    """(270, 428, 3) uint8: white digits on dark green."""
    picture = np.full((HEIGHT, WIDTH, 3), (60, 90, 40), np.uint8)
    for group in range(4):
        text = digits[4 * group : 4 * group + 4]
        cv2.putText(
            picture, text, (30 + 97 * group, 161), cv2.FONT_HERSHEY_SIMPLEX, 0.95, (240,) * 3, 2, cv2.LINE_AA
        )
    return picture


def placed(size, x=100.0, y=50.0, angle=0.0, scale=1.0, digits=DIGITS):
    """The card on a grey ground: the picture, the card's quad and its number's quad."""
    cos, sin = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    matrix = np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1.0]])
    ground = np.full((size[1], size[0], 3), 150, np.uint8)
    cv2.warpPerspective(face(digits), matrix, size, dst=ground, borderMode=cv2.BORDER_TRANSPARENT)
    return ground, transform_quad(matrix, CARD), transform_quad(matrix, NUMBER)


def card_track(quad, *secrets, number=1, status="found", value=None, confidence=0.6, advice="", attempts=1):
    return TrackState(number, "card", quad, status, value, confidence, attempts, advice, tuple(secrets))


def value(pan=0.6, expiry=None, holder=None, confirmed=()):
    """A card's value as in an event; None leaves a field out."""
    read = {"pan": (MASKED, pan), "expiry": ("2027-12", expiry), "holder": ("JOHN Q SPECIMEN", holder)}
    fields = {name: sure for name, (_, sure) in read.items() if sure is not None}
    return {
        "network": "visa",
        **{name: text for name, (text, sure) in read.items() if sure is not None},
        "fields": {
            name: {"confidence": sure, "views": 2, "confirmed": name in confirmed} for name, sure in fields.items()
        },
    }


def scene(x=100.0, y=50.0, angle=0.0, scale=1.0, size=(640, 360), hide=True, digits=DIGITS, pts=0.0, **track):
    """A snapshot with one card; its number is secret if ``hide``."""
    picture, quad, number = placed(size, x, y, angle, scale, digits)
    state = card_track(quad, *((number,) if hide else ()), **track)
    return snapshot(state, image=picture, pts=pts), number
